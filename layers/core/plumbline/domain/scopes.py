"""Scopes: how much of a cluster an assessment looks at, and which sections of evidence that takes (event table E)."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    REGION_SECTIONS,
    SECTIONS,
)


class Scope(StrEnum):
    """The scopes of the event table whose evidence is collected."""

    CLUSTER = "cluster"
    CLUSTER_CONFIG = "cluster-config"
    NODEGROUP = "nodegroup"
    FARGATE_PROFILE = "fargate-profile"
    ADDON = "addon"
    ACCESS = "access"
    IDENTITY = "identity"
    NETWORK = "network"
    INSIGHTS = "insights"
    KMS = "kms"
    LOGS = "logs"
    TRAIL = "trail"
    DETECTOR = "detector"
    REGISTRY = "registry"
    ACCOUNT = "account"
    REGION_FACTS = "region-facts"
    SCALING = "scaling"
    COMPUTE_DEFAULTS = "compute-defaults"
    KUBERNETES = "kubernetes"


_GROUP_SECTIONS = frozenset(
    {"nodegroups", "auto_scaling_groups", "launch_templates", "instances", "ami_releases", "images", "lifecycle_hooks"}
)
# One group alone is judged with the instances that are known: what it takes is at most four calls.
_ONE_GROUP_SECTIONS = _GROUP_SECTIONS - {"instances", "lifecycle_hooks"} | {"instance_types"}
_NETWORK_SECTIONS = frozenset(
    {
        "vpcs",
        "subnets",
        "route_tables",
        "flow_logs",
        "vpc_attributes",
        "nat_gateways",
        "security_groups",
        "network_acls",
        "vpc_endpoints",
    }
)

_SECTIONS: dict[Scope, frozenset[str]] = {
    Scope.CLUSTER: frozenset(SECTIONS),
    Scope.CLUSTER_CONFIG: frozenset({"cluster"}),
    Scope.NODEGROUP: _GROUP_SECTIONS | {"instance_types"},
    Scope.FARGATE_PROFILE: frozenset({"fargate_profiles"}),
    Scope.ADDON: frozenset({"addons"}),
    Scope.ACCESS: frozenset({"cluster", "access_entries", "administrators", "identity_providers"}),
    Scope.IDENTITY: frozenset({"cluster", "pod_identities", "authorization", "oidc_providers", "addons"}),
    Scope.NETWORK: _NETWORK_SECTIONS | {"cluster"},
    Scope.INSIGHTS: frozenset({"insights"}),
    Scope.KMS: frozenset({"cluster", "keys", "key_rotations"}),
    Scope.LOGS: frozenset({"cluster", "log_groups"}),
    Scope.TRAIL: frozenset({"trails", "trail_status", "trail_selectors"}),
    Scope.DETECTOR: frozenset({"detectors"}),
    Scope.REGISTRY: frozenset({"repositories", "registry_scanning", "repository_policies", "lifecycle_policies"}),
    Scope.ACCOUNT: frozenset(ACCOUNT_SECTIONS),
    Scope.REGION_FACTS: frozenset(REGION_SECTIONS),
    Scope.SCALING: frozenset({"scaling_policies", "scheduled_actions"}),
    Scope.COMPUTE_DEFAULTS: frozenset({"ebs_default", "metadata_defaults"}),
    Scope.KUBERNETES: frozenset(KUBERNETES_SECTIONS),
}

# Region sections that need what the clusters' own descriptions name (VPCs, keys, groups): read after them.
RELATED_SECTIONS = frozenset(
    {
        "vpcs",
        "subnets",
        "route_tables",
        "flow_logs",
        "auto_scaling_groups",
        "launch_templates",
        "instance_types",
        "keys",
        "key_rotations",
        "ami_releases",
        "vpc_attributes",
        "nat_gateways",
        "security_groups",
        "network_acls",
        "vpc_endpoints",
        "images",
        "lifecycle_hooks",
        "named_roles",
    }
)
INDEPENDENT_SECTIONS = frozenset(REGION_SECTIONS) - RELATED_SECTIONS

# Facts that change rarely are read once a day, and the rarest once a week; the rest with every sweep (evidence plan
# D.2, column Refresh).
WEEKLY_SECTIONS = frozenset({"instance_types", "images"})
DAILY_SECTIONS = frozenset(
    {
        "versions",
        "addon_catalogue",
        "keys",
        "key_rotations",
        "trails",
        "trail_status",
        "trail_selectors",
        "ami_releases",
        "quotas",
        "vpc_attributes",
        "lifecycle_hooks",
        "named_roles",
        "scaling_policies",
        "scheduled_actions",
        "detectors",
        "repositories",
        "registry_scanning",
        "repository_policies",
        "lifecycle_policies",
        *ACCOUNT_SECTIONS,
        *WEEKLY_SECTIONS,
    }
)
DAILY = timedelta(hours=24)
WEEKLY = timedelta(days=7)
# A sweep may be late or fail once: evidence may be used for a while beyond its refresh.
GRACE = timedelta(hours=6)


_NAMED = ":"


def nodegroup_scope(name: str) -> str:
    """Return the scope of one node group alone: the others of its cluster are not looked at."""
    return f"{Scope.NODEGROUP}{_NAMED}{name}"


def nodegroups_in(scopes: Iterable[str]) -> frozenset[str]:
    """Return the node groups that these scopes name; none when one of them looks at every group."""
    named: set[str] = set()
    for scope in scopes:
        name = _named_group(scope)
        if name:
            named.add(name)
        elif "nodegroups" in sections_of([scope]):
            return frozenset()
    return frozenset(named)


def _named_group(scope: str) -> str:
    kind, _, name = scope.partition(_NAMED)
    return name if kind == Scope.NODEGROUP else ""


def sections_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the sections that an assessment of these scopes reads. An unknown scope reads everything."""
    wanted: set[str] = set()
    for scope in scopes:
        if _named_group(scope):
            wanted |= _ONE_GROUP_SECTIONS
        else:
            wanted |= _SECTIONS[Scope(scope)] if scope in frozenset(Scope) else frozenset(SECTIONS)
    return frozenset(wanted)


def is_full(scopes: Iterable[str]) -> bool:
    """Whether these scopes together look at the whole cluster."""
    return sections_of(scopes) >= frozenset(CLUSTER_SECTIONS)


def refresh_after(section: str) -> timedelta:
    """Return how old the evidence of a daily section may be before it is read again."""
    return WEEKLY if section in WEEKLY_SECTIONS else DAILY


def max_age(section: str) -> timedelta:
    """Return how old the evidence of a section may be and still be judged."""
    return refresh_after(section) + GRACE if section in DAILY_SECTIONS else GRACE
