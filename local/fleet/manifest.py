"""What the data files of the example fleet may say: accounts, regions and the catalogue.

Defaults are the compliant choice, so that a file shows only what is wrong with a resource. Dates are
days relative to today, so that the fleet looks the same on every day.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
Minor = Annotated[str, Field(pattern=r"^1\.\d+$")]
Days = int


class Manifest(BaseModel):
    """A part of a data file; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FlowLog(Manifest):
    """The flow log of a VPC."""

    traffic: Literal["ALL", "REJECT", "ACCEPT"] = "ALL"
    delivery: Literal["SUCCESS", "FAILED"] = "SUCCESS"


class Vpc(Manifest):
    """A VPC with a private and a public subnet in each zone.

    `nat` is how private subnets reach the internet: one gateway in each zone, one in the first zone, one for the
    region or none. `free_addresses` are those of private subnets by zone, by default nearly all.
    `role_tags` say which subnets are for public and which for internal load balancers.
    """

    name: str
    zones: tuple[str, ...] = ("a", "b", "c")
    flow_log: FlowLog | None = FlowLog()
    nat: Literal["zonal", "single", "regional"] | None = "zonal"
    dns_support: bool = True
    dns_hostnames: bool = True
    open_default_group: bool = False
    default_network_acl: bool = False
    endpoints: tuple[str, ...] = ("ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "s3", "sts")
    open_endpoint_policy: bool = False
    private_prefix: int = 20
    free_addresses: dict[str, int] = {}
    role_tags: bool = True


class Ingress(Manifest):
    """A rule that a customer's security group has: first and last TCP port, or all traffic without them."""

    cidr: str = "0.0.0.0/0"
    ports: tuple[int, int] | None = None


class Key(Manifest):
    """A customer KMS key; `shared` lets other accounts describe it."""

    name: str
    state: Literal["Enabled", "Disabled", "PendingDeletion"] = "Enabled"
    rotation_days: int | None = 365
    shared: bool = False


class Trail(Manifest):
    """A CloudTrail trail homed in its region."""

    name: str
    multi_region: bool = True
    is_logging: bool = True
    validation: bool = True
    encrypted: bool = True
    management_events: Literal["All", "WriteOnly", "ReadOnly"] | None = "All"
    delivery_error: str = ""


class MetadataOptions(Manifest):
    """The instance metadata service: tokens and hop limit."""

    tokens: Literal["required", "optional"] = "required"
    hops: int = 1


class Detector(Manifest):
    """The GuardDuty detector of a region."""

    enabled: bool = True
    audit_logs: bool = True
    runtime: bool = True


class Repository(Manifest):
    """An image repository; `mutable_tags` are those that its immutability leaves out."""

    name: str
    mutability: Literal["IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE", "MUTABLE_WITH_EXCLUSION"] = "IMMUTABLE"
    mutable_tags: tuple[str, ...] = ()
    scan_on_push: bool = True
    policy: Literal["organization", "public", "foreign-push"] | None = None
    expires: bool = True


class Region(Manifest):
    """One region of an account; `scanned` are the repositories that the registry scans on push."""

    ebs_encryption_by_default: bool = True
    metadata_defaults: MetadataOptions | None = None
    vpcs: tuple[Vpc, ...] = ()
    keys: tuple[Key, ...] = ()
    trails: tuple[Trail, ...] = ()
    detector: Detector | None = Detector()
    repositories: tuple[Repository, ...] = ()
    scanned: tuple[str, ...] = ("*",)
    quotas: dict[str, float] = {}


class Root(Manifest):
    """The root user: password, second factor, access key and their use, in days ago."""

    password: bool = True
    password_used: Days | None = 400
    mfa: bool = True
    key_age: Days | None = None
    key_active: bool = True
    key_used: Days | None = None


class User(Root):
    """An IAM user, without an access key unless it has an age."""

    name: str


class Account(Manifest):
    """One account. `denied_actions` are refused to everybody there, as a service control policy does.

    `roles` are those of people. `oidc_providers` counts all there are, those of the clusters among them.
    """

    id: AccountId
    name: str
    email: str
    roles_in_use: int = 120
    roles_quota: int = 1000
    oidc_providers: int = 4
    saml_providers: tuple[str, ...] = ("workforce",)
    root: Root = Root()
    users: tuple[User, ...] = (User(name="break-glass"),)
    roles: tuple[str, ...] = ("deploy", "platform-admins")
    denied_actions: frozenset[str] = frozenset()
    regions: dict[str, Region]


class Quota(Manifest):
    """A service quota of EKS, as applied unless a region has another value."""

    code: Annotated[str, Field(pattern=r"^L-[0-9A-F]{8}$")]
    value: float


class Organization(Manifest):
    """The organization; the hub is its management account. `quotas` are by name."""

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")]
    hub: AccountId
    hub_region: str
    quotas: dict[str, Quota]
    accounts: tuple[Account, ...]


class Version(Manifest):
    """A Kubernetes version of the calendar."""

    version: Minor
    platform: str
    patch: str
    released: Days
    standard_ends: Days
    extended_ends: Days
    default: bool = False


class AddonVersion(Manifest):
    """A version of an add-on, the cluster versions it fits and those whose default it is."""

    version: str
    fits: tuple[Minor, ...]
    default_for: tuple[Minor, ...] = ()


class CatalogueAddon(Manifest):
    """An add-on that EKS offers."""

    name: str
    kind: str = "networking"
    versions: tuple[AddonVersion, ...]


class Image(Manifest):
    """The image releases of an AMI type: the recommended one by its age or by its version."""

    ami_type: str
    parameter: str
    recommended_age: Days = 0
    recommended: str = ""


class InstanceType(Manifest):
    """Facts of an instance type."""

    name: str
    current: bool = True
    burstable: bool = False


class Catalogue(Manifest):
    """What AWS offers."""

    versions: tuple[Version, ...]
    addons: tuple[CatalogueAddon, ...]
    images: tuple[Image, ...]
    instance_types: tuple[InstanceType, ...]
