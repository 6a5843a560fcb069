"""What exists in the simulated accounts, as the AWS APIs name it.

Rows are dicts with the member names of the service models, so that an operation answers them as they
are; members that the model does not know stay on this side of the wire.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]


@dataclass
class Cluster:
    """An EKS cluster with everything below it, each part keyed by its name or id."""

    description: Row
    nodegroups: dict[str, Row] = field(default_factory=dict)
    fargate_profiles: dict[str, Row] = field(default_factory=dict)
    addons: dict[str, Row] = field(default_factory=dict)
    access_entries: dict[str, Row] = field(default_factory=dict)
    access_policies: dict[str, dict[str, Row]] = field(default_factory=dict)
    pod_identities: dict[str, Row] = field(default_factory=dict)
    identity_providers: dict[str, Row] = field(default_factory=dict)
    capabilities: dict[str, Row] = field(default_factory=dict)
    insights: dict[str, Row] = field(default_factory=dict)
    updates: dict[str, Row] = field(default_factory=dict)


@dataclass
class Place:
    """One region of one account."""

    account: str
    region: str
    clusters: dict[str, Cluster] = field(default_factory=dict)
    vpcs: list[Row] = field(default_factory=list)
    subnets: list[Row] = field(default_factory=list)
    route_tables: list[Row] = field(default_factory=list)
    flow_logs: list[Row] = field(default_factory=list)
    nat_gateways: list[Row] = field(default_factory=list)
    security_groups: list[Row] = field(default_factory=list)
    network_acls: list[Row] = field(default_factory=list)
    vpc_endpoints: list[Row] = field(default_factory=list)
    instances: list[Row] = field(default_factory=list)
    launch_template_versions: list[Row] = field(default_factory=list)
    images: list[Row] = field(default_factory=list)
    volumes: list[Row] = field(default_factory=list)
    autoscaling_groups: list[Row] = field(default_factory=list)
    lifecycle_hooks: list[Row] = field(default_factory=list)
    scaling_policies: list[Row] = field(default_factory=list)
    scheduled_actions: list[Row] = field(default_factory=list)
    log_groups: list[Row] = field(default_factory=list)
    keys: dict[str, Row] = field(default_factory=dict)
    trails: list[Row] = field(default_factory=list)
    quotas: list[Row] = field(default_factory=list)
    detectors: dict[str, Row] = field(default_factory=dict)
    repositories: dict[str, Row] = field(default_factory=dict)
    registry_scanning: Row = field(default_factory=dict)
    ebs_encryption_by_default: bool = False
    metadata_defaults: Row = field(default_factory=dict)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


@dataclass
class Account:
    """The global facts of one account.

    `credentials` are rows of the credential report to be, `report` the last one. `stack_roles` are listed like the
    others, but belong to the emulator, which makes them when the stacks are deployed.
    """

    id: str
    users: list[Row] = field(default_factory=list)
    roles: list[Row] = field(default_factory=list)
    stack_roles: list[Row] = field(default_factory=list)
    policies: list[Row] = field(default_factory=list)
    summary: dict[str, int] = field(default_factory=dict)
    oidc_providers: list[Row] = field(default_factory=list)
    saml_providers: list[Row] = field(default_factory=list)
    credentials: list[Row] = field(default_factory=list)
    report: Row | None = None
    denied_actions: frozenset[str] = frozenset()


@dataclass
class Catalogue:
    """What AWS publishes for everybody: EKS versions, add-ons, public parameters, instance types."""

    versions: list[Row] = field(default_factory=list)
    addons: list[Row] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    releases: dict[tuple[str, str], str] = field(default_factory=dict)  # (minor, amiType) -> recommended release
    instance_types: list[Row] = field(default_factory=list)


@dataclass
class World:
    """Every simulated account. `settle_seconds` is how long an EKS update stays in progress."""

    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    settle_seconds: float = 0.0
    organization: Row = field(default_factory=dict)
    members: list[Row] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)

    def place(self, account: str, region: str) -> Place:
        """The facts of one account and region; an unknown one is empty."""
        return self.places.setdefault((account, region), Place(account, region))

    def account(self, account: str) -> Account:
        """The global facts of one account; an unknown one is empty."""
        return self.accounts.setdefault(account, Account(account))


def identifier(prefix: str, *names: str) -> str:
    """A resource id such as `vpc-0a1b...` that is the same for the same names."""
    return f"{prefix}-{hashlib.sha256('/'.join(names).encode()).hexdigest()[:17]}"
