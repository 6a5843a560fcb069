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
    """A VPC with a private and a public subnet in each zone."""

    name: str
    zones: tuple[str, ...] = ("a", "b", "c")
    flow_log: FlowLog | None = FlowLog()


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


class Region(Manifest):
    """One region of an account."""

    ebs_encryption_by_default: bool = True
    metadata_defaults: MetadataOptions | None = None
    vpcs: tuple[Vpc, ...] = ()
    keys: tuple[Key, ...] = ()
    trails: tuple[Trail, ...] = ()
    quotas: dict[str, float] = {}


class Account(Manifest):
    """One account. `denied_actions` are refused to everybody there, as a service control policy does."""

    id: AccountId
    name: str
    email: str
    roles_in_use: int = 120
    roles_quota: int = 1000
    oidc_providers: int = 4
    denied_actions: frozenset[str] = frozenset()
    regions: dict[str, Region]


class Organization(Manifest):
    """The organization; the hub is its management account."""

    id: Annotated[str, Field(pattern=r"^o-[a-z0-9]{10,32}$")]
    hub: AccountId
    hub_region: str
    quotas: dict[str, float]
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
