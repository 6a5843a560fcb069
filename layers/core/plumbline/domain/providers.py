"""Providers: which resources of a snapshot there are to judge, and which facts go with them.

A control names what it reads by the types of its parameters. The first is the resource judged; a provider here
yields each such resource with its evidence. The others are facts; a provider yields the one value. `sections` says
which sections of evidence the type is built from: freshness and coverage are computed from it.
"""

from collections.abc import Iterator
from typing import Any

from plumbline.domain.access_providers import ACCESS_FACTS, ACCESS_RESOURCES
from plumbline.domain.balancer_providers import BALANCER_FACTS
from plumbline.domain.component_providers import COMPONENT_FACTS, COMPONENT_RESOURCES
from plumbline.domain.compute_pools import POOL_SECTIONS
from plumbline.domain.ec2_facts import (
    FlowLogs,
    InstanceTypes,
    LaunchTemplates,
    LifecycleHooks,
    Routes,
    ScheduledActions,
)
from plumbline.domain.environment import Environment
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import AddonCatalogue, AmiReleases, IamCatalogue, Now, Trails, VersionCalendar
from plumbline.domain.ingress_providers import INGRESS_FACTS, INGRESS_RESOURCES
from plumbline.domain.judged import (
    ALL,
    ClusterKey,
    ClusterVpc,
    Compute,
    ControlPlaneLogGroup,
    Insights,
    InstalledAddons,
    NodeRole,
    Nodes,
    ScaledGroup,
    first_missing,
)
from plumbline.domain.kubernetes_providers import KUBERNETES_FACTS, KUBERNETES_RESOURCES
from plumbline.domain.namespace_providers import NAMESPACE_FACTS
from plumbline.domain.need import joined
from plumbline.domain.network_providers import NETWORK_FACTS, NETWORK_RESOURCES
from plumbline.domain.node_providers import NODE_FACTS
from plumbline.domain.pod_role_providers import POD_ROLE_RESOURCES
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider, each, unread
from plumbline.domain.rbac_providers import RBAC_FACTS, RBAC_RESOURCES
from plumbline.domain.shared_providers import SHARED_FACTS, SHARED_RESOURCES
from plumbline.domain.size_providers import SIZE_FACTS
from plumbline.domain.storage_providers import STORAGE_FACTS, STORAGE_RESOURCES
from plumbline.domain.tool_providers import TOOL_FACTS
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View
from plumbline.domain.workload_providers import WORKLOAD_FACTS

# --- resources ------------------------------------------------------------------------------------------------------


def _clusters(view: View) -> Judged[eks.Cluster]:
    yield Resource("cluster", view.name), view.snapshot.cluster.cluster


def _pools(view: View) -> Judged[ComputePool]:
    yield from _unread_groups(view)
    yield from unread("fargate-profile", view.snapshot.cluster.fargate_profiles)
    if unread_pools := view.unread_pools or view.unnamed_pools:
        yield Resource("compute-pool", ALL), unread_pools
    for pool in view.pools:
        yield pool.resource, Collected(pool, view.now)


def _scaled_groups(view: View) -> Judged[ScaledGroup]:
    yield from _unread_groups(view)
    for pool in view.pools:
        if pool.kind in (PoolKind.MANAGED, PoolKind.SELF_MANAGED):
            yield pool.resource, Collected(ScaledGroup(pool), view.now)


def _unread_groups(view: View) -> Iterator[tuple[Resource, NotCollected]]:
    yield from unread("nodegroup", view.snapshot.cluster.nodegroups)
    if isinstance(view.facts.self_managed_by_cluster, NotCollected):
        yield Resource("auto-scaling-group", ALL), view.facts.self_managed_by_cluster


def _log_groups(view: View) -> Judged[ControlPlaneLogGroup]:
    yield Resource("log-group", f"/aws/eks/{view.name}/cluster"), view.log_group


def _vpcs(view: View) -> Judged[ClusterVpc]:
    name = view.vpc.value.vpc_id if isinstance(view.vpc, Collected) else ALL
    yield Resource("vpc", name), view.vpc


def _keys(view: View) -> Judged[ClusterKey]:
    name = (view.key.value.arn or "none") if isinstance(view.key, Collected) else ALL
    yield Resource("kms-key", name), view.key


def _node_roles(view: View) -> Judged[NodeRole]:
    kind = "iam-role"
    part = view.snapshot.cluster
    arns = {group.node_role for group in part.nodegroups.collected()}
    if isinstance(part.cluster, Collected) and part.cluster.value.compute_config is not None:
        arns.add(part.cluster.value.compute_config.node_role_arn)
    profiles = _profiles_of_own_nodes(view)
    if isinstance(view.facts.iam, Collected):
        arns |= {_role_behind(profile, view.facts.iam.value) for profile in profiles}
    missing = first_missing(part.nodegroups.complete(), view.unread_pools, view.facts.iam if profiles else None)
    if missing:
        yield Resource(kind, ALL), missing
    for arn in sorted(arn for arn in arns if arn):
        yield Resource(kind, arn), _node_role(view, arn)


def _node_role(view: View, arn: str) -> Section[NodeRole]:
    return joined(lambda iam: NodeRole(arn, iam.role(arn)), view.facts.iam)


_WITHOUT_ROLE = (PoolKind.SELF_MANAGED, PoolKind.KARPENTER, PoolKind.UNATTACHED)


def _profiles_of_own_nodes(view: View) -> frozenset[str]:
    """Return the instance profiles of nodes whose role no EKS answer names: of own groups, Karpenter, and no group."""
    pools = [pool for pool in view.pools if pool.kind in _WITHOUT_ROLE]
    instances = [i for pool in pools if isinstance(pool.instances, Collected) for i in pool.instances.value]
    return frozenset(i.iam_instance_profile.arn for i in instances if i.iam_instance_profile)


def _role_behind(profile: str, iam: IamCatalogue) -> str:
    """Return the role's ARN, or the profile's own when the listing lacks it, to be reported as not found."""
    role = iam.role_of_profile(profile)
    return role.arn if role else profile


_POOL_SECTIONS = (
    "cluster",
    "nodegroups",
    "fargate_profiles",
    "auto_scaling_groups",
    "launch_templates",
    "instances",
    *POOL_SECTIONS,
)
_VPC_SECTIONS = ("cluster", "vpcs", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances")
_ROLE_SECTIONS = ("cluster", "nodegroups", "auto_scaling_groups", "instances", "authorization")
_KEY_SECTIONS = ("cluster", "keys", "key_rotations")

RESOURCES: dict[type, ResourceProvider[Any]] = {
    eks.Cluster: ResourceProvider(("cluster",), _clusters),
    eks.NodeGroup: ResourceProvider(("nodegroups",), lambda view: each("nodegroup", view.snapshot.cluster.nodegroups)),
    eks.FargateProfile: ResourceProvider(
        ("fargate_profiles",), lambda view: each("fargate-profile", view.snapshot.cluster.fargate_profiles)
    ),
    eks.Addon: ResourceProvider(("addons",), lambda view: each("addon", view.snapshot.cluster.addons)),
    eks.Insight: ResourceProvider(("insights",), lambda view: each("insight", view.snapshot.cluster.insights)),
    ComputePool: ResourceProvider(_POOL_SECTIONS, _pools),
    ScaledGroup: ResourceProvider(("nodegroups", "auto_scaling_groups"), _scaled_groups),
    ControlPlaneLogGroup: ResourceProvider(("cluster", "log_groups"), _log_groups),
    ClusterVpc: ResourceProvider(_VPC_SECTIONS, _vpcs),
    ClusterKey: ResourceProvider(_KEY_SECTIONS, _keys),
    NodeRole: ResourceProvider(_ROLE_SECTIONS, _node_roles),
    **ACCESS_RESOURCES,
    **NETWORK_RESOURCES,
    **SHARED_RESOURCES,
    **KUBERNETES_RESOURCES,
    **RBAC_RESOURCES,
    **INGRESS_RESOURCES,
    **COMPONENT_RESOURCES,
    **STORAGE_RESOURCES,
    **POD_ROLE_RESOURCES,
}


# --- facts ----------------------------------------------------------------------------------------------------------


def _trails(view: View) -> Section[Trails]:
    region = view.snapshot.region
    return joined(
        lambda trails: Trails(view.snapshot.subject.region, trails, region.trail_status, region.trail_selectors),
        region.trails,
    )


def _insights(view: View) -> Section[Insights]:
    listed = view.snapshot.cluster.insights
    return Collected(Insights(tuple(listed.collected()), listed.complete()), view.now)


def _nodes(view: View) -> Section[Nodes]:
    part = view.snapshot.cluster
    return joined(
        lambda cluster, profiles, instances: Nodes(
            len(instances), len(profiles), cluster.remote_network_config is not None
        ),
        part.cluster,
        part.fargate_profiles.names,
        view.instances,
    )


def _compute(view: View) -> Section[Compute]:
    return Collected(Compute(view.pools, view.unread_compute), view.now)


def _addons(view: View) -> Section[InstalledAddons]:
    return joined(lambda names: InstalledAddons(frozenset(names)), view.snapshot.cluster.addons.names)


def _lifecycle_hooks(view: View) -> Section[LifecycleHooks]:
    return Collected(LifecycleHooks(view.snapshot.region.lifecycle_hooks), view.now)


_COMPUTE_SECTIONS = ("cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances")

FACTS: dict[Any, FactProvider[Any]] = {
    Now: FactProvider((), lambda view: Collected(view.now, view.now)),
    Environment: FactProvider(("cluster",), lambda view: Collected(view.environment, view.now)),
    eks.Cluster: FactProvider(("cluster",), lambda view: view.snapshot.cluster.cluster),
    Insights: FactProvider(("insights",), _insights),
    Nodes: FactProvider(("cluster", "fargate_profiles", "instances"), _nodes),
    Compute: FactProvider(_COMPUTE_SECTIONS, _compute),
    InstalledAddons: FactProvider(("addons",), _addons),
    LifecycleHooks: FactProvider(("lifecycle_hooks",), _lifecycle_hooks),
    ScheduledActions: FactProvider(("scheduled_actions",), lambda view: view.facts.scheduled_actions),
    ClusterKey: FactProvider(_KEY_SECTIONS, lambda view: view.key),
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
    **ACCESS_FACTS,
    **NETWORK_FACTS,
    **SHARED_FACTS,
    **KUBERNETES_FACTS,
    **NODE_FACTS,
    **BALANCER_FACTS,
    **SIZE_FACTS,
    **RBAC_FACTS,
    **NAMESPACE_FACTS,
    **INGRESS_FACTS,
    **WORKLOAD_FACTS,
    **TOOL_FACTS,
    **COMPONENT_FACTS,
    **STORAGE_FACTS,
}
