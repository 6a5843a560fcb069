"""The view: a snapshot as controls see it. Which resources there are to judge, and which facts go with them.

A control names what it reads by the types of its parameters. The first is the resource judged; a provider here
yields each such resource of the snapshot with its evidence. The others are facts; a provider yields the one value.
`sections` says which sections of evidence the type is built from: freshness and coverage are computed from it.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section, not_collected
from plumbline.domain.facts import (
    AUTO_MODE_TAG,
    NODEGROUP_TAG,
    AddonCatalogue,
    AmiReleases,
    FlowLogs,
    IamCatalogue,
    InstanceTypes,
    LaunchTemplates,
    Now,
    RegionFacts,
    Routes,
    Trails,
    VersionCalendar,
)
from plumbline.domain.need import joined
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Resource

T = TypeVar("T")
Judged = Iterator[tuple[Resource, Section[T]]]

# Stands for every resource of a kind when the listing itself could not be read.
ALL = "*"


class ControlPlaneLogGroup(msgspec.Struct, frozen=True):
    """The log group EKS writes control-plane logs to, or None when it does not exist."""

    name: str
    group: aws.LogGroup | None


class ClusterVpc(msgspec.Struct, frozen=True):
    """The VPC of a cluster, with every subnet the cluster and its nodes use."""

    vpc_id: str
    owner_id: str
    account: str
    subnet_ids: tuple[str, ...]


class ClusterKey(msgspec.Struct, frozen=True):
    """The KMS key a cluster is configured with; `arn` is None when it has none."""

    arn: str | None
    key: Section[aws.Key]
    rotation: Section[aws.KeyRotation]
    health_codes: tuple[str, ...]


class NodeRole(msgspec.Struct, frozen=True):
    """An IAM role that nodes of the cluster run with."""

    arn: str
    role: aws.Role | None


class ScaledGroup(msgspec.Struct, frozen=True):
    """A pool that Auto Scaling groups stand behind: a managed node group or a self-managed group."""

    pool: ComputePool

    @property
    def status(self) -> str:
        """The pool's lifecycle status."""
        return self.pool.status


class AccountRegion(msgspec.Struct, frozen=True):
    """A region of an account, judged once for all its clusters."""

    account: str
    region: str
    has_clusters: bool


class View:
    """A snapshot with everything derived from it, each piece built on first use."""

    def __init__(self, snapshot: Snapshot, now: datetime, facts: RegionFacts | None = None) -> None:
        self.snapshot = snapshot
        self.now = now
        self.facts = facts or RegionFacts(snapshot.region, snapshot.account)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.snapshot.subject.cluster

    @cached_property
    def instances(self) -> Section[tuple[ec2.Instance, ...]]:
        """The running instances that the cluster's tags mark."""
        return joined(lambda found: found.get(self.name, ()), self.facts.instances_by_cluster)

    @cached_property
    def pools(self) -> tuple[ComputePool, ...]:
        """The compute pools that could be read."""
        part = self.snapshot.cluster
        pools = [self._managed(group) for group in part.nodegroups.collected()]
        pools += [self._fargate(profile) for profile in part.fargate_profiles.collected()]
        if isinstance(self.facts.self_managed_by_cluster, Collected):
            groups = self.facts.self_managed_by_cluster.value.get(self.name, ())
            pools += [self._self_managed(group) for group in groups]
        if isinstance(part.cluster, Collected) and part.cluster.value.auto_mode:
            pools.append(self._tagged(PoolKind.AUTO_MODE, "auto-mode"))
        unattached = self._tagged(PoolKind.UNATTACHED, "unattached")
        if isinstance(unattached.instances, Collected) and unattached.instances.value:
            pools.append(unattached)
        return tuple(pools)

    def _managed(self, group: eks.NodeGroup) -> ComputePool:
        groups = self._groups(group.auto_scaling_group_names)
        return ComputePool(
            kind=PoolKind.MANAGED,
            name=group.nodegroup_name,
            group=group,
            subnets=group.subnets,
            auto_scaling_groups=groups,
            instances=self._instances(lambda instance: instance.tag.get(NODEGROUP_TAG) == group.nodegroup_name),
            template=self._template(groups),
        )

    def _fargate(self, profile: eks.FargateProfile) -> ComputePool:
        at = self._read_at(self.snapshot.cluster.fargate_profiles.items[profile.fargate_profile_name])
        return ComputePool(
            kind=PoolKind.FARGATE,
            name=profile.fargate_profile_name,
            profile=profile,
            subnets=profile.subnets,
            auto_scaling_groups=Collected((), at),
            instances=Collected((), at),
            template=Collected(None, at),
        )

    def _self_managed(self, group: ec2.AutoScalingGroup) -> ComputePool:
        groups: Section[tuple[ec2.AutoScalingGroup, ...]] = joined(
            lambda _: (group,), self.facts.self_managed_by_cluster
        )
        members = {instance.instance_id for instance in group.instances}
        return ComputePool(
            kind=PoolKind.SELF_MANAGED,
            name=group.auto_scaling_group_name,
            subnets=group.subnets,
            auto_scaling_groups=groups,
            instances=self._instances(lambda instance: instance.instance_id in members),
            template=self._template(groups),
        )

    def _tagged(self, kind: PoolKind, name: str) -> ComputePool:
        """Build the pool of instances that no group owns: Auto Mode's, or what nothing explains."""
        owned = self._owned_instances()
        wanted = kind is PoolKind.AUTO_MODE
        instances = self._instances(
            lambda instance: instance.instance_id not in owned and (AUTO_MODE_TAG in instance.tag) is wanted
        )
        subnets = (
            tuple(sorted({instance.subnet_id for instance in instances.value if instance.subnet_id}))
            if isinstance(instances, Collected)
            else ()
        )
        return ComputePool(
            kind=kind,
            name=name,
            subnets=subnets,
            auto_scaling_groups=joined(lambda _: (), self.facts.group_by_name),
            instances=instances,
            template=joined(lambda _: None, self.facts.group_by_name),
        )

    def _owned_instances(self) -> frozenset[str]:
        owned: set[str] = set()
        if isinstance(self.instances, Collected):
            owned = {i.instance_id for i in self.instances.value if NODEGROUP_TAG in i.tag}
        if isinstance(self.facts.self_managed_by_cluster, Collected):
            for group in self.facts.self_managed_by_cluster.value.get(self.name, ()):
                owned |= {member.instance_id for member in group.instances}
        return frozenset(owned)

    def _groups(self, names: tuple[str, ...]) -> Section[tuple[ec2.AutoScalingGroup, ...]]:
        return joined(lambda found: tuple(found[name] for name in names if name in found), self.facts.group_by_name)

    def _instances(self, wanted: Callable[[ec2.Instance], bool]) -> Section[tuple[ec2.Instance, ...]]:
        return joined(lambda found: tuple(i for i in found if wanted(i)), self.instances)

    def _template(self, groups: Section[tuple[ec2.AutoScalingGroup, ...]]) -> Section[ec2.LaunchTemplateVersion | None]:
        return joined(_effective_template, groups, self.facts.launch_templates)

    @staticmethod
    def _read_at(section: Section[Any]) -> datetime:
        assert isinstance(section, Collected)  # noqa: S101 - only described profiles become pools
        return section.at


def _effective_template(
    groups: tuple[ec2.AutoScalingGroup, ...], templates: LaunchTemplates
) -> ec2.LaunchTemplateVersion | None:
    for group in groups:
        named = group.template
        if named is not None:
            return templates.version(named.launch_template_id, named.version)
    return None


# --- resources ------------------------------------------------------------------------------------------------------


class ResourceProvider(msgspec.Struct, Generic[T], frozen=True):
    """How to find every resource of one type, and which sections that takes."""

    sections: tuple[str, ...]
    find: Callable[[View], Judged[T]]
    of_region: bool = False


class FactProvider(msgspec.Struct, Generic[T], frozen=True):
    """How to build one fact, and which sections that takes."""

    sections: tuple[str, ...]
    build: Callable[[View], Section[T]]


def _each(kind: str, listed: Listed[T]) -> Judged[T]:
    """Yield each described thing of a listing, and `*` with the reason when the listing itself is missing."""
    if isinstance(listed.names, NotCollected):
        yield Resource(kind, ALL), listed.names
    for name, item in listed.items.items():
        yield Resource(kind, name), item


def _clusters(view: View) -> Judged[eks.Cluster]:
    yield Resource("cluster", view.name), view.snapshot.cluster.cluster


def _nodegroups(view: View) -> Judged[eks.NodeGroup]:
    return _each("nodegroup", view.snapshot.cluster.nodegroups)


def _profiles(view: View) -> Judged[eks.FargateProfile]:
    return _each("fargate-profile", view.snapshot.cluster.fargate_profiles)


def _addons(view: View) -> Judged[eks.Addon]:
    return _each("addon", view.snapshot.cluster.addons)


def _insights(view: View) -> Judged[eks.Insight]:
    return _each("insight", view.snapshot.cluster.insights)


def _pools(view: View) -> Judged[ComputePool]:
    yield from _unreadable_pools(view, "compute-pool", "compute-pool")
    if isinstance(view.snapshot.cluster.fargate_profiles.names, NotCollected):
        yield Resource("compute-pool", ALL), view.snapshot.cluster.fargate_profiles.names
    for pool in view.pools:
        yield Resource("compute-pool", pool.name), Collected(pool, view.now)


def _unreadable_pools(view: View, managed: str, self_managed: str) -> Iterator[tuple[Resource, NotCollected]]:
    """Yield the node groups and self-managed groups that may exist but could not be read."""
    groups = view.snapshot.cluster.nodegroups
    if isinstance(groups.names, NotCollected):
        yield Resource(managed, ALL), groups.names
    for name, item in groups.items.items():
        if isinstance(item, NotCollected):
            yield Resource(managed, name), item
    if isinstance(view.facts.self_managed_by_cluster, NotCollected):
        yield Resource(self_managed, ALL), view.facts.self_managed_by_cluster


def _scaled_groups(view: View) -> Judged[ScaledGroup]:
    yield from _unreadable_pools(view, "nodegroup", "auto-scaling-group")
    kinds = {PoolKind.MANAGED: "nodegroup", PoolKind.SELF_MANAGED: "auto-scaling-group"}
    for pool in view.pools:
        if pool.kind in kinds:
            yield Resource(kinds[pool.kind], pool.name), Collected(ScaledGroup(pool), view.now)


def _log_groups(view: View) -> Judged[ControlPlaneLogGroup]:
    name = f"/aws/eks/{view.name}/cluster"
    found = joined(lambda groups: ControlPlaneLogGroup(name, groups.get(name)), view.facts.log_group_by_name)
    yield Resource("log-group", name), found


def _vpcs(view: View) -> Judged[ClusterVpc]:
    part = view.snapshot.cluster
    missing = part.cluster if isinstance(part.cluster, NotCollected) else None
    if missing:
        yield Resource("vpc", ALL), missing
        return
    assert isinstance(part.cluster, Collected)  # noqa: S101 - the branch above took the other half of the union
    cluster = part.cluster.value
    vpc_id = cluster.resources_vpc_config.vpc_id
    if vpc_id is None:
        return
    subnets = set(cluster.resources_vpc_config.subnet_ids).union(*(pool.subnets for pool in view.pools))

    def build(vpcs: tuple[ec2.Vpc, ...]) -> ClusterVpc:
        owner = next((vpc.owner_id for vpc in vpcs if vpc.vpc_id == vpc_id), "")
        return ClusterVpc(vpc_id, owner, view.snapshot.subject.account, tuple(sorted(subnets)))

    yield Resource("vpc", vpc_id), joined(build, view.snapshot.region.vpcs)


_NOT_LISTED = "the key was not read"


def _keys(view: View) -> Judged[ClusterKey]:
    region = view.snapshot.region

    def build(cluster: eks.Cluster) -> ClusterKey:
        arn = cluster.secrets_key_arn
        return ClusterKey(
            arn,
            region.keys.get(arn or "", not_collected(_NOT_LISTED)),
            region.key_rotations.get(arn or "", not_collected(_NOT_LISTED)),
            tuple(sorted({issue.code for issue in cluster.health.issues})),
        )

    key = joined(build, view.snapshot.cluster.cluster)
    name = (key.value.arn or "none") if isinstance(key, Collected) else ALL
    yield Resource("kms-key", name), key


def _node_roles(view: View) -> Judged[NodeRole]:
    part = view.snapshot.cluster
    if isinstance(part.nodegroups.names, NotCollected):
        yield Resource("iam-role", ALL), part.nodegroups.names
    arns = {group.node_role for group in part.nodegroups.collected() if group.node_role}
    if isinstance(part.cluster, Collected) and part.cluster.value.compute_config is not None:
        arns |= {part.cluster.value.compute_config.node_role_arn or ""} - {""}
    for arn in sorted(arns):
        yield Resource("iam-role", arn), _role_section(view, arn)


def _role_section(view: View, arn: str) -> Section[NodeRole]:
    return joined(lambda iam: NodeRole(arn, iam.role(arn)), view.facts.iam)


def _regions(view: View) -> Judged[AccountRegion]:
    subject = view.snapshot.subject
    region = joined(
        lambda clusters: AccountRegion(subject.account, subject.region, bool(clusters)),
        view.snapshot.region.clusters,
    )
    yield Resource("region", subject.region), region


_POOL_SECTIONS = (
    "cluster",
    "nodegroups",
    "fargate_profiles",
    "auto_scaling_groups",
    "launch_templates",
    "instances",
)

RESOURCES: dict[type, ResourceProvider[Any]] = {
    eks.Cluster: ResourceProvider(("cluster",), _clusters),
    eks.NodeGroup: ResourceProvider(("nodegroups",), _nodegroups),
    eks.FargateProfile: ResourceProvider(("fargate_profiles",), _profiles),
    eks.Addon: ResourceProvider(("addons",), _addons),
    eks.Insight: ResourceProvider(("insights",), _insights),
    ComputePool: ResourceProvider(_POOL_SECTIONS, _pools),
    ScaledGroup: ResourceProvider(_POOL_SECTIONS, _scaled_groups),
    ControlPlaneLogGroup: ResourceProvider(("log_groups",), _log_groups),
    ClusterVpc: ResourceProvider(("cluster", "vpcs", "nodegroups", "fargate_profiles"), _vpcs),
    ClusterKey: ResourceProvider(("cluster", "keys", "key_rotations"), _keys),
    NodeRole: ResourceProvider(("cluster", "nodegroups", "authorization"), _node_roles),
    AccountRegion: ResourceProvider(("clusters",), _regions, of_region=True),
}


# --- facts ----------------------------------------------------------------------------------------------------------


def _trails(view: View) -> Section[Trails]:
    region = view.snapshot.region
    return joined(
        lambda trails: Trails(view.snapshot.subject.region, trails, region.trail_status, region.trail_selectors),
        region.trails,
    )


FACTS: dict[Any, FactProvider[Any]] = {
    Now: FactProvider((), lambda view: Collected(view.now, view.now)),
    eks.Cluster: FactProvider(("cluster",), lambda view: view.snapshot.cluster.cluster),
    VersionCalendar: FactProvider(("versions",), lambda view: view.facts.versions),
    AddonCatalogue: FactProvider(("addon_catalogue",), lambda view: view.facts.addon_catalogue),
    FlowLogs: FactProvider(("flow_logs",), lambda view: view.facts.flow_logs),
    Routes: FactProvider(("route_tables", "subnets"), lambda view: view.facts.routes),
    AmiReleases: FactProvider(("ami_releases",), lambda view: view.facts.ami_releases),
    InstanceTypes: FactProvider(("instance_types",), lambda view: view.facts.instance_types),
    LaunchTemplates: FactProvider(("launch_templates",), lambda view: view.facts.launch_templates),
    IamCatalogue: FactProvider(("authorization",), lambda view: view.facts.iam),
    Trails: FactProvider(("trails", "trail_status", "trail_selectors"), _trails),
    ec2.EbsDefault: FactProvider(("ebs_default",), lambda view: view.snapshot.region.ebs_default),
}
