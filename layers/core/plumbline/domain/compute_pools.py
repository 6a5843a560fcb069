"""Compute pools of one cluster: what EKS, EC2 and the Kubernetes API say of them, put together (controls.md 0.5)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.kubernetes.objects import Named
from plumbline.domain.evidence.kubernetes.scaling import Ec2NodeClass, NodePool
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import NODEGROUP_TAG, RegionFacts
from plumbline.domain.judged import sorted_unique
from plumbline.domain.kubernetes_facts import KubernetesFacts
from plumbline.domain.need import joined, known
from plumbline.domain.pool_members import Home, of_auto_mode
from plumbline.domain.pool_membership import Instances, PoolMembership
from plumbline.domain.pools import HYBRID, UNATTACHED, ComputePool, PoolKind
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.domain.verdict import Reason

# What is read of the Kubernetes API to build pools.
POOL_SECTIONS = ("nodes", "node_pools", "ec2_node_classes")

T = TypeVar("T", bound=Named)


class ComputePools:
    """Builds the pools of a cluster.

    Without the Kubernetes side pools are built from AWS alone: Karpenter's nodes are then unattached.
    """

    def __init__(
        self,
        name: str,
        part: ClusterEvidence,
        facts: RegionFacts,
        instances: Section[Instances],
        kubernetes: KubernetesFacts,
        now: datetime,
    ) -> None:
        self._part = part
        self._facts = facts
        self._instances = instances
        self._kubernetes = kubernetes
        self._now = now
        self._whose = PoolMembership(name, part, facts, instances, kubernetes)

    def found(self, *, with_unattached: bool) -> tuple[ComputePool, ...]:
        """Return the pools that could be read; those nodes that no pool explains only when every other one was."""
        pools = [self._managed(group) for group in self._part.nodegroups.collected()]
        profiles = self._part.fargate_profiles.items.items()
        pools += [self._fargate(name, item) for name, item in profiles if isinstance(item, Collected)]
        pools += [self._self_managed(group) for group in self._whose.own_groups]
        pools += [self._of_node_pool(PoolKind.AUTO_MODE, name) for name in self._whose.auto_mode_names]
        pools += [self._of_node_pool(PoolKind.KARPENTER, name) for name in self._whose.karpenter_names]
        if Home(PoolKind.HYBRID, HYBRID) in self._whose.known_members:
            pools.append(self._loose(PoolKind.HYBRID, HYBRID, Collected((), self._now)))
        if with_unattached:
            unattached = self._loose(PoolKind.UNATTACHED, UNATTACHED, self._whose.unattached)
            pools += [unattached] if known(unattached.instances, ()) else []
        return tuple(pools)

    # --- node groups and profiles

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
            nodes=self._whose.nodes_of(Home(PoolKind.MANAGED, group.nodegroup_name)),
        )

    def _fargate(self, name: str, item: Collected[eks.FargateProfile]) -> ComputePool:
        return ComputePool(
            kind=PoolKind.FARGATE,
            name=name,
            profile=item.value,
            subnets=item.value.subnets,
            auto_scaling_groups=Collected((), item.at),
            instances=Collected((), item.at),
            template=Collected(None, item.at),
            nodes=self._fargate_nodes(name),
        )

    def _fargate_nodes(self, name: str) -> Section[tuple[Node, ...]]:
        nodes = self._whose.nodes_of(Home(PoolKind.FARGATE, name))
        if isinstance(nodes, Collected) and Home(PoolKind.FARGATE, "") in self._whose.known_members:
            placements = self._kubernetes.placements
            return placements if isinstance(placements, NotCollected) else _not_listed("a node's profile", placements)
        return nodes

    def _self_managed(self, group: ec2.AutoScalingGroup) -> ComputePool:
        groups: Section[tuple[ec2.AutoScalingGroup, ...]] = joined(
            lambda _: (group,), self._facts.self_managed_by_cluster
        )
        members = sorted(instance.instance_id for instance in group.instances)
        return ComputePool(
            kind=PoolKind.SELF_MANAGED,
            name=group.auto_scaling_group_name,
            subnets=group.subnets,
            auto_scaling_groups=groups,
            instances=joined(lambda found: tuple(found[i] for i in members if i in found), self._whose.by_id),
            template=self._template(groups),
            nodes=self._whose.nodes_of(Home(PoolKind.SELF_MANAGED, group.auto_scaling_group_name)),
        )

    def _groups(self, names: tuple[str, ...]) -> Section[tuple[ec2.AutoScalingGroup, ...]]:
        found = self._facts.group_by_name
        if isinstance(found, Collected):
            unlisted = sorted({name for name in names if name not in found.value})
            if unlisted:
                return _not_listed(f"the Auto Scaling group {', '.join(unlisted)}", found)
        return joined(lambda groups: tuple(groups[name] for name in names), found)

    def _template(self, groups: Section[tuple[ec2.AutoScalingGroup, ...]]) -> Section[ec2.LaunchTemplateVersion | None]:
        if isinstance(groups, NotCollected):
            return groups
        named = next((group.template for group in groups.value if group.template), None)
        if named is None:
            return Collected(None, groups.at)
        templates = self._facts.launch_templates
        if isinstance(templates, NotCollected):
            return templates
        version = templates.value.version(named.launch_template_id, named.version)
        if version is None:
            return _not_listed(f"version {named.version} of launch template {named.launch_template_id}", templates)
        return Collected(version, min(groups.at, templates.at))

    # --- pools without a group: of NodePools, hybrid, and what is left

    def _of_node_pool(self, kind: PoolKind, name: str) -> ComputePool:
        instances = self._whose.instances_of(Home(kind, name))
        pool = _named(name, self._kubernetes.evidence.node_pools)
        return self._loose(kind, name, instances, node_pool=pool, node_class=self._class_of(pool))

    def _loose(self, kind: PoolKind, name: str, instances: Section[Instances], **members: Any) -> ComputePool:
        whose = self._whose
        return ComputePool(
            kind=kind,
            name=name,
            subnets=sorted_unique(instance.subnet_id for instance in known(instances, ())),
            auto_scaling_groups=Collected((), self._now),
            instances=instances,
            template=Collected(None, self._now),
            nodes=whose.unattached_nodes if kind is PoolKind.UNATTACHED else whose.nodes_of(Home(kind, name)),
            **members,
        )

    def _class_of(self, pool: Section[NodePool | None]) -> Section[Ec2NodeClass | None]:
        if isinstance(pool, NotCollected):
            return pool
        if pool.value is None or of_auto_mode(pool.value):
            return Collected(None, pool.at)
        return _named(pool.value.spec.template.spec.node_class_ref.name, self._kubernetes.evidence.ec2_node_classes)

    @cached_property
    def _by_nodegroup(self) -> Section[dict[str, Instances]]:
        return joined(_by_nodegroup, self._instances)


def _by_nodegroup(instances: Iterable[ec2.Instance]) -> dict[str, Instances]:
    found: dict[str, list[ec2.Instance]] = defaultdict(list)
    for instance in instances:
        found[instance.tag.get(NODEGROUP_TAG, "")].append(instance)
    return {name: tuple(members) for name, members in found.items()}


def _named(name: str, listed: Section[tuple[T, ...]]) -> Section[T | None]:
    return joined(lambda found: next((one for one in found if one.name == name), None), listed)


def _not_listed(what: str, listing: Collected[Any]) -> NotCollected:
    return NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing", listing.at)
