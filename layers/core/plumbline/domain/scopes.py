"""Scopes: how much of a cluster an assessment looks at, and which sections of evidence that takes (event table E)."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, REGION_SECTIONS, SECTIONS


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
    ACCOUNT = "account"
    REGION_FACTS = "region-facts"


_GROUP_SECTIONS = frozenset({"nodegroups", "auto_scaling_groups", "launch_templates", "instances", "ami_releases"})
_NETWORK_SECTIONS = frozenset({"vpcs", "subnets", "route_tables", "flow_logs"})

_SECTIONS: dict[Scope, frozenset[str]] = {
    Scope.CLUSTER: frozenset(SECTIONS),
    Scope.CLUSTER_CONFIG: frozenset({"cluster"}),
    Scope.NODEGROUP: _GROUP_SECTIONS | {"instance_types"},
    Scope.FARGATE_PROFILE: frozenset({"fargate_profiles"}),
    Scope.ADDON: frozenset({"addons"}),
    # Access entries and associations bring sections of their own; the cluster's description is theirs too.
    Scope.ACCESS: frozenset({"cluster"}),
    Scope.IDENTITY: frozenset({"cluster", "authorization"}),
    Scope.NETWORK: _NETWORK_SECTIONS | {"cluster"},
    Scope.INSIGHTS: frozenset({"insights"}),
    Scope.KMS: frozenset({"cluster", "keys", "key_rotations"}),
    Scope.LOGS: frozenset({"cluster", "log_groups"}),
    Scope.TRAIL: frozenset({"trails", "trail_status", "trail_selectors"}),
    Scope.ACCOUNT: frozenset(ACCOUNT_SECTIONS),
    Scope.REGION_FACTS: frozenset(REGION_SECTIONS),
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
    }
)
INDEPENDENT_SECTIONS = frozenset(REGION_SECTIONS) - RELATED_SECTIONS

# Facts that change rarely are read once a day; the rest with every sweep (evidence plan D.2, column Refresh).
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
        "instance_types",
        "quotas",
        *ACCOUNT_SECTIONS,
    }
)
DAILY = timedelta(hours=24)
# A sweep may be late or fail once: evidence may be used for a while beyond its refresh.
GRACE = timedelta(hours=6)


def sections_of(scopes: Iterable[str]) -> frozenset[str]:
    """Return the sections that an assessment of these scopes reads. An unknown scope reads everything."""
    wanted: set[str] = set()
    for scope in scopes:
        wanted |= _SECTIONS[Scope(scope)] if scope in frozenset(Scope) else frozenset(SECTIONS)
    return frozenset(wanted)


def is_full(scopes: Iterable[str]) -> bool:
    """Whether these scopes together look at the whole cluster."""
    return sections_of(scopes) >= frozenset(CLUSTER_SECTIONS)


def max_age(section: str) -> timedelta:
    """Return how old the evidence of a section may be and still be judged."""
    return DAILY + GRACE if section in DAILY_SECTIONS else GRACE
