"""The view: a snapshot with what is derived from it, each piece built on first use."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from plumbline.domain.ec2_facts import LaunchTemplates
from plumbline.domain.environment import Environment
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.facts import AUTO_MODE_TAG, NODEGROUP_TAG, RegionFacts
from plumbline.domain.judged import ALL, ClusterKey, ClusterVpc, ControlPlaneLogGroup, first_missing, sorted_unique
from plumbline.domain.need import joined, known
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Reason

__all__ = ["ALL", "View"]


class View:
    """A snapshot as controls see it.

    Args:
        snapshot: the evidence of one subject.
        now: the time of the assessment.
        facts: the region's facts when they are shared with other clusters of the region.
        environment: the cluster's environment, when anything says which.

    """

    def __init__(
        self, snapshot: Snapshot, now: datetime, facts: RegionFacts | None = None, environment: str | None = None
    ) -> None:
        self.snapshot = snapshot
        self.now = now
        self.facts = facts or RegionFacts(snapshot.region, snapshot.account)
        self.environment = Environment(environment)

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self.snapshot.subject.cluster

    # --- compute pools

    @cached_property
    def instances(self) -> Section[tuple[ec2.Instance, ...]]:
        """The running instances that the cluster's tags mark."""
        return joined(lambda found: found.get(self.name, ()), self.facts.instances_by_cluster)

    @cached_property
    def pools(self) -> tuple[ComputePool, ...]:
        """The compute pools that could be read."""
        part = self.snapshot.cluster
        pools = [self._managed(group) for group in part.nodegroups.collected()]
        profiles = part.fargate_profiles.items.items()
        pools += [self._fargate(name, item) for name, item in profiles if isinstance(item, Collected)]
        if isinstance(self.facts.self_managed_by_cluster, Collected):
            groups = self.facts.self_managed_by_cluster.value.get(self.name, ())
            pools += [self._self_managed(group) for group in groups]
        if isinstance(part.cluster, Collected) and part.cluster.value.auto_mode:
            pools.append(self._tagged(PoolKind.AUTO_MODE, "auto-mode"))
        if self.unread_pools is None:
            unattached = self._tagged(PoolKind.UNATTACHED, "unattached")
            pools += [unattached] if known(unattached.instances, ()) else []
        return tuple(pools)

    @property
    def unread_pools(self) -> NotCollected | None:
        """Why there may be nodes that no node group or profile explains and `pools` does not show, or None."""
        return first_missing(self.snapshot.cluster.cluster, self.facts.self_managed_by_cluster, self.instances)

    @property
    def unread_compute(self) -> NotCollected | None:
        """Why `pools` may lack a pool of any kind, or None."""
        part = self.snapshot.cluster
        return first_missing(self.unread_pools, part.nodegroups.complete(), part.fargate_profiles.complete())

    @cached_property
    def node_subnets(self) -> tuple[str, ...]:
        """The subnets of the pools that could be read."""
        return sorted_unique(subnet for pool in self.pools for subnet in pool.subnets)

    def _managed(self, group: eks.NodeGroup) -> ComputePool:
        groups = self._groups(group.auto_scaling_group_names)
        return ComputePool(
            kind=PoolKind.MANAGED,
            name=group.nodegroup_name,
            group=group,
            subnets=group.subnets,
            auto_scaling_groups=groups,
            instances=joined(lambda found: found.get(group.nodegroup_name, ()), self._by_nodegroup),
            template=self._template(groups),
        )

    @staticmethod
    def _fargate(name: str, item: Collected[eks.FargateProfile]) -> ComputePool:
        return ComputePool(
            kind=PoolKind.FARGATE,
            name=name,
            profile=item.value,
            subnets=item.value.subnets,
            auto_scaling_groups=Collected((), item.at),
            instances=Collected((), item.at),
            template=Collected(None, item.at),
        )

    def _self_managed(self, group: ec2.AutoScalingGroup) -> ComputePool:
        groups: Section[tuple[ec2.AutoScalingGroup, ...]] = joined(
            lambda _: (group,), self.facts.self_managed_by_cluster
        )
        members = sorted(instance.instance_id for instance in group.instances)
        return ComputePool(
            kind=PoolKind.SELF_MANAGED,
            name=group.auto_scaling_group_name,
            subnets=group.subnets,
            auto_scaling_groups=groups,
            instances=joined(lambda found: tuple(found[i] for i in members if i in found), self._by_id),
            template=self._template(groups),
        )

    def _tagged(self, kind: PoolKind, name: str) -> ComputePool:
        """Build the pool of instances that no group owns: Auto Mode's, or what nothing explains."""
        owned = self._owned_instances()
        wanted = kind is PoolKind.AUTO_MODE
        instances: Section[tuple[ec2.Instance, ...]] = joined(
            lambda found: tuple(i for i in found if i.instance_id not in owned and (AUTO_MODE_TAG in i.tag) is wanted),
            self.instances,
        )
        subnets = (
            sorted_unique(instance.subnet_id for instance in instances.value)
            if isinstance(instances, Collected)
            else ()
        )
        return ComputePool(
            kind=kind,
            name=name,
            subnets=subnets,
            auto_scaling_groups=Collected((), self.now),
            instances=instances,
            template=Collected(None, self.now),
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
        found = self.facts.group_by_name
        if isinstance(found, Collected):
            unlisted = sorted({name for name in names if name not in found.value})
            if unlisted:
                return _not_listed(f"the Auto Scaling group {', '.join(unlisted)}", found)
        return joined(lambda groups: tuple(groups[name] for name in names), found)

    @cached_property
    def _by_nodegroup(self) -> Section[dict[str, tuple[ec2.Instance, ...]]]:
        return joined(_by_nodegroup, self.instances)

    @cached_property
    def _by_id(self) -> Section[dict[str, ec2.Instance]]:
        return joined(lambda found: {instance.instance_id: instance for instance in found}, self.instances)

    def _template(self, groups: Section[tuple[ec2.AutoScalingGroup, ...]]) -> Section[ec2.LaunchTemplateVersion | None]:
        if isinstance(groups, NotCollected):
            return groups
        named = next((group.template for group in groups.value if group.template), None)
        if named is None:
            return Collected(None, groups.at)
        templates: Section[LaunchTemplates] = self.facts.launch_templates
        if isinstance(templates, NotCollected):
            return templates
        version = templates.value.version(named.launch_template_id, named.version)
        if version is None:
            return _not_listed(f"version {named.version} of launch template {named.launch_template_id}", templates)
        return Collected(version, min(groups.at, templates.at))

    # --- parts of the cluster that other services hold

    @cached_property
    def log_group(self) -> Section[ControlPlaneLogGroup]:
        """The control plane's log group."""
        name = f"/aws/eks/{self.name}/cluster"
        return joined(
            lambda groups, cluster: ControlPlaneLogGroup(name, groups.get(name), cluster.status),
            self.facts.log_group_by_name,
            self.snapshot.cluster.cluster,
        )

    @cached_property
    def key(self) -> Section[ClusterKey]:
        """The cluster's KMS key, which may be none."""
        return joined(self._key, self.snapshot.cluster.cluster)

    def _key(self, cluster: eks.Cluster) -> ClusterKey:
        arn = cluster.secrets_key_arn
        missing = not_collected("the key was not read")
        return ClusterKey(
            arn=arn,
            key=self.snapshot.region.keys.get(arn or "", missing),
            rotation=self.snapshot.region.key_rotations.get(arn or "", missing),
            health_codes=sorted_unique(issue.code for issue in cluster.health.issues),
            cluster_account=self.snapshot.subject.account,
        )

    @cached_property
    def vpc(self) -> Section[ClusterVpc]:
        """The cluster's VPC."""
        described = self.snapshot.cluster.cluster
        if isinstance(described, NotCollected):
            return described
        vpc_id = described.value.resources_vpc_config.vpc_id
        if vpc_id is None:
            return not_collected("the answer of AWS did not hold cluster.resourcesVpcConfig.vpcId")
        return Collected(self._vpc(described.value, vpc_id), described.at)

    def _vpc(self, cluster: eks.Cluster, vpc_id: str) -> ClusterVpc:
        return ClusterVpc(
            vpc_id=vpc_id,
            owner=self._owner_of(vpc_id),
            account=self.snapshot.subject.account,
            subnet_ids=sorted_unique((*cluster.resources_vpc_config.subnet_ids, *self.node_subnets)),
            unread_subnets=self.unread_compute,
            node_subnet_ids=self.node_subnets,
        )

    def _owner_of(self, vpc_id: str) -> Section[str]:
        vpcs = self.snapshot.region.vpcs
        if isinstance(vpcs, NotCollected):
            return vpcs
        owner = next((vpc.owner_id for vpc in vpcs.value if vpc.vpc_id == vpc_id), "")
        return Collected(owner, vpcs.at) if owner else _not_listed(vpc_id, vpcs)


def _by_nodegroup(instances: Iterable[ec2.Instance]) -> dict[str, tuple[ec2.Instance, ...]]:
    found: dict[str, list[ec2.Instance]] = defaultdict(list)
    for instance in instances:
        found[instance.tag.get(NODEGROUP_TAG, "")].append(instance)
    return {name: tuple(members) for name, members in found.items()}


def _not_listed(what: str, listing: Collected[Any]) -> NotCollected:
    return NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing", listing.at)
