"""Traits: what is right and wrong with each resource of the fleet. Answers and truth are both made from them."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from benchmarks.fleet.catalogue import Image, InstanceType, Version

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class Place(NamedTuple):
    """A region of an account."""

    account: str
    region: str


class Access(StrEnum):
    """Whether a cluster that is listed can be read."""

    OPEN = "open"
    GHOST = "deleted since it was listed"
    DENIED = "denied"


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """One cluster."""

    index: int
    name: str
    environment: str
    access: Access
    version: Version
    status: str
    has_issue: bool
    public: bool
    open_to_the_world: bool
    log_types: tuple[str, ...]
    encrypted: bool
    authentication: str
    support_type: str
    protected: bool
    has_owner: bool
    # Days; 0 keeps for ever, None: there is no log group.
    log_retention: int | None
    role: "NodeRole"

    @property
    def production(self) -> bool:
        """Whether its environment is production."""
        return self.environment == "prod"


class NodeRole(StrEnum):
    """How much the role of a cluster's nodes may do."""

    MINIMAL = "AmazonEKSWorkerNodePolicy"
    WITH_CNI = "AmazonEKS_CNI_Policy"
    BROAD = "AdministratorAccess"


class Ssh(StrEnum):
    """How nodes can be logged in to."""

    NONE = "none"
    RESTRICTED = "restricted"
    OPEN = "open"


class Template(msgspec.Struct, frozen=True):
    """The versions of a customer's launch template: the newest, the default and the one in use."""

    newest: int
    default: int
    used: int


class NodeGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One managed node group."""

    index: int
    name: str
    image: Image
    # Counts from the newest, which is 0.
    release: int
    version: Version
    template: Template | None
    status: str
    instance_type: InstanceType
    spot: bool
    imdsv2: bool
    hops: int
    encrypted: bool
    public_address: bool
    ssh: Ssh
    repairs: bool
    # Percent of the nodes that an update takes at once; None: one node.
    update_percent: int | None
    smallest: int
    desired: int
    largest: int


class Addon(msgspec.Struct, frozen=True):
    """One add-on; releases count from the newest, which is 0."""

    name: str
    release: int
    status: str


class Key(msgspec.Struct, frozen=True):
    """The KMS key of some clusters."""

    arn: str
    state: str
    rotates: bool


class Vpc(msgspec.Struct, frozen=True):
    """The VPC of some clusters."""

    index: int
    logged: bool
    # Even its private subnets route to the internet.
    public: bool


class Settings(msgspec.Struct, frozen=True):
    """What is set for a whole account and region."""

    volumes_encrypted: bool
    trail_encrypted: bool
