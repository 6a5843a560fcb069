"""Snapshots: the joined evidence of one subject, in sections.

Evidence is collected in four parts with different owners and ages: the account's, the region's (shared by all
clusters there), the cluster's own, and what its Kubernetes API lists. A part holds references to nothing; a snapshot
joins the four.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, Section
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.subject import Subject


class ClusterEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.3 and D.4: what EKS says of one cluster and its parts.

    `access_entries` are principal ARNs; `administrators` are those with the cluster-admin policy, by principal ARN;
    `pod_identities` are by association id; `capabilities` are their types.
    """

    cluster: Section[eks.Cluster] = NOT_ASKED
    nodegroups: Listed[eks.NodeGroup] = Listed()
    fargate_profiles: Listed[eks.FargateProfile] = Listed()
    addons: Listed[eks.Addon] = Listed()
    insights: Listed[eks.Insight] = Listed()
    access_entries: Section[tuple[str, ...]] = NOT_ASKED
    administrators: Listed[tuple[eks.AccessPolicy, ...]] = Listed()
    pod_identities: Listed[eks.PodIdentity] = Listed()
    identity_providers: Section[tuple[str, ...]] = NOT_ASKED
    capabilities: Section[tuple[str, ...]] = NOT_ASKED


class RegionEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.2: the facts of a region, read once for all its clusters.

    `keys`, `key_rotations` are by key ARN; `trail_status`, `trail_selectors` by trail ARN; `vpc_attributes` by VPC;
    `lifecycle_hooks` by Auto Scaling group; `repository_policies`, `lifecycle_policies` by repository name.
    `named_roles` are by ARN, and read only where the account refuses to list all its roles.
    `ami_releases` maps SSM parameter names to recommended releases, without the names that SSM does not know.
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
    vpc_attributes: dict[str, Section[ec2.VpcAttributes]] = {}
    nat_gateways: Section[tuple[ec2.NatGateway, ...]] = NOT_ASKED
    security_groups: Section[tuple[ec2.SecurityGroup, ...]] = NOT_ASKED
    network_acls: Section[tuple[ec2.NetworkAcl, ...]] = NOT_ASKED
    vpc_endpoints: Section[tuple[ec2.VpcEndpoint, ...]] = NOT_ASKED
    images: Section[tuple[ec2.Image, ...]] = NOT_ASKED
    volumes: Section[tuple[ec2.Volume, ...]] = NOT_ASKED
    metadata_defaults: Section[ec2.MetadataDefaults] = NOT_ASKED
    lifecycle_hooks: dict[str, Section[tuple[ec2.LifecycleHook, ...]]] = {}
    scaling_policies: Section[tuple[ec2.ScalingPolicy, ...]] = NOT_ASKED
    scheduled_actions: Section[tuple[ec2.ScheduledAction, ...]] = NOT_ASKED
    detectors: Listed[aws.Detector] = Listed()
    repositories: Section[tuple[aws.Repository, ...]] = NOT_ASKED
    registry_scanning: Section[aws.RegistryScanning] = NOT_ASKED
    repository_policies: dict[str, Section[aws.PolicyText]] = {}
    lifecycle_policies: dict[str, Section[aws.PolicyText]] = {}
    named_roles: dict[str, Section[aws.NamedRole]] = {}


class AccountEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.1: the facts of an account, read once for all its regions."""

    authorization: Section[aws.Authorization] = NOT_ASKED
    summary: Section[aws.AccountSummary] = NOT_ASKED
    oidc_providers: Section[tuple[str, ...]] = NOT_ASKED
    credential_report: Section[aws.CredentialReport] = NOT_ASKED
    saml_providers: Section[tuple[str, ...]] = NOT_ASKED
    organization: Section[str] = NOT_ASKED


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What the inventory of a region or of the fleet knows of one cluster; `tags` are the cluster's own.

    `repositories` are the ECR repositories of its images, as `account/region/name`; None when that is not known.
    """

    arn: str
    version: str
    status: str = ""
    environment: str = ""
    tags: dict[str, str] = {}
    nodegroups: int = 0
    fargate_profiles: int = 0
    largest_nodegroup: int = 0
    pod_identities: int = 0
    repositories: tuple[str, ...] | None = None


CLUSTER_SECTIONS = ClusterEvidence.__struct_fields__
REGION_SECTIONS = RegionEvidence.__struct_fields__
ACCOUNT_SECTIONS = AccountEvidence.__struct_fields__
SHARED_SECTIONS = ("inventory",)
SECTIONS = CLUSTER_SECTIONS + REGION_SECTIONS + ACCOUNT_SECTIONS + KUBERNETES_SECTIONS + SHARED_SECTIONS


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The joined evidence of one subject.

    For what clusters share the cluster part is empty, and `inventory` lists the clusters it is shared by.
    """

    subject: Subject
    cluster: ClusterEvidence = ClusterEvidence()
    region: RegionEvidence = RegionEvidence()
    account: AccountEvidence = AccountEvidence()
    kubernetes: KubernetesEvidence = KubernetesEvidence()
    inventory: Section[tuple[Listing, ...]] = NOT_ASKED

    def part_of(
        self, section: str
    ) -> "ClusterEvidence | RegionEvidence | AccountEvidence | KubernetesEvidence | Snapshot":
        """Return the part that holds the section of that name."""
        if section in SHARED_SECTIONS:
            return self
        if section in CLUSTER_SECTIONS:
            return self.cluster
        if section in KUBERNETES_SECTIONS:
            return self.kubernetes
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


def oldest_of(value: Any) -> datetime | None:
    """Return the oldest time of the pieces inside one field of a part; None when nobody asked for any."""
    return min((piece.at for piece in pieces(value) if piece.at is not None), default=None)


def is_collected(section: object) -> bool:
    """Whether this piece of evidence was read."""
    return isinstance(section, Collected)
