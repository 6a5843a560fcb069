"""Snapshots: the joined evidence of one subject, in sections.

Evidence is collected in three parts with different owners and ages: the account's, the region's (shared by all
clusters there) and the cluster's own. A part holds references to nothing; a snapshot joins the three.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, Section
from plumbline.domain.subject import Subject


class ClusterEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.3 and D.4: what EKS says of one cluster and its parts."""

    cluster: Section[eks.Cluster] = NOT_ASKED
    nodegroups: Listed[eks.NodeGroup] = Listed()
    fargate_profiles: Listed[eks.FargateProfile] = Listed()
    addons: Listed[eks.Addon] = Listed()
    insights: Listed[eks.Insight] = Listed()


class RegionEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.2: the facts of a region, read once for all its clusters.

    `keys`, `key_rotations` are by key ARN; `trail_status`, `trail_selectors` by trail ARN; `ami_releases` maps SSM
    parameter names to recommended releases, without the names that SSM does not know.
    """

    clusters: Section[tuple[str, ...]] = NOT_ASKED
    versions: Section[tuple[eks.ClusterVersion, ...]] = NOT_ASKED
    addon_catalogue: Section[tuple[eks.AddonInfo, ...]] = NOT_ASKED
    vpcs: Section[tuple[ec2.Vpc, ...]] = NOT_ASKED
    subnets: Section[tuple[ec2.Subnet, ...]] = NOT_ASKED
    route_tables: Section[tuple[ec2.RouteTable, ...]] = NOT_ASKED
    flow_logs: Section[tuple[ec2.FlowLog, ...]] = NOT_ASKED
    instances: Section[tuple[ec2.Instance, ...]] = NOT_ASKED
    auto_scaling_groups: Section[tuple[ec2.AutoScalingGroup, ...]] = NOT_ASKED
    launch_templates: Section[tuple[ec2.LaunchTemplateVersion, ...]] = NOT_ASKED
    instance_types: Section[tuple[ec2.InstanceType, ...]] = NOT_ASKED
    ebs_default: Section[ec2.EbsDefault] = NOT_ASKED
    keys: dict[str, Section[aws.Key]] = {}
    key_rotations: dict[str, Section[aws.KeyRotation]] = {}
    log_groups: Section[tuple[aws.LogGroup, ...]] = NOT_ASKED
    trails: Section[tuple[aws.TrailDescription, ...]] = NOT_ASKED
    trail_status: dict[str, Section[aws.TrailStatus]] = {}
    trail_selectors: dict[str, Section[aws.TrailSelectors]] = {}
    ami_releases: Section[dict[str, str]] = NOT_ASKED
    quotas: Section[tuple[aws.Quota, ...]] = NOT_ASKED


class AccountEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.1: the facts of an account, read once for all its regions."""

    authorization: Section[aws.Authorization] = NOT_ASKED
    summary: Section[aws.AccountSummary] = NOT_ASKED
    oidc_providers: Section[tuple[str, ...]] = NOT_ASKED


CLUSTER_SECTIONS = ClusterEvidence.__struct_fields__
REGION_SECTIONS = RegionEvidence.__struct_fields__
ACCOUNT_SECTIONS = AccountEvidence.__struct_fields__
SECTIONS = CLUSTER_SECTIONS + REGION_SECTIONS + ACCOUNT_SECTIONS


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The joined evidence of one subject. For a region's own assessment the cluster part is empty."""

    subject: Subject
    cluster: ClusterEvidence = ClusterEvidence()
    region: RegionEvidence = RegionEvidence()
    account: AccountEvidence = AccountEvidence()

    def part_of(self, section: str) -> ClusterEvidence | RegionEvidence | AccountEvidence:
        """Return the part that holds the section of that name."""
        if section in CLUSTER_SECTIONS:
            return self.cluster
        return self.region if section in REGION_SECTIONS else self.account

    def times(self, section: str) -> tuple[datetime | None, ...]:
        """Return when the pieces of a section were read or refused; None for one that nobody asked for."""
        value = getattr(self.part_of(section), section)
        return tuple(piece.at for piece in pieces(value))


def pieces(value: Any) -> Iterator[Any]:
    """Yield the sections inside one field of a part: itself, a listing with its items, or a mapping's values."""
    if isinstance(value, Listed):
        yield value.names
        yield from value.items.values()
    elif isinstance(value, dict):
        yield from value.values()
    else:
        yield value


def is_collected(section: object) -> bool:
    """Whether this piece of evidence was read."""
    return isinstance(section, Collected)
