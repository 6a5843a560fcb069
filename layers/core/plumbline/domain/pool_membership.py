"""Pool membership: whose each instance and each node of a cluster is, and which NodePools there are by that."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import AUTO_MODE_TAG, NODEGROUP_TAG, RegionFacts
from plumbline.domain.judged import sorted_unique
from plumbline.domain.kubernetes_facts import KubernetesFacts
from plumbline.domain.need import joined, known
from plumbline.domain.pool_members import (
    AUTO_MODE,
    COMPUTE_TYPE_LABEL,
    FARGATE,
    NODEPOOL_LABEL,
    Home,
    Homes,
    Members,
    instance_id,
    of_auto_mode,
    profiles_of,
)
from plumbline.domain.pools import UNATTACHED, PoolKind
from plumbline.domain.snapshot import ClusterEvidence

# The tag that Auto Mode gives an instance, with the name of its NodePool.
AUTO_MODE_POOL_TAG = "eks:kubernetes-node-pool-name"

Instances = tuple[ec2.Instance, ...]


class PoolMembership:
    """Knows whose the instances and nodes of a cluster are.

    Args:
        name: the cluster's.
        part: what EKS says of it.
        facts: the region's.
        instances: the cluster's.
        kubernetes: its Kubernetes side.

    """

    def __init__(
        self,
        name: str,
        part: ClusterEvidence,
        facts: RegionFacts,
        instances: Section[Instances],
        kubernetes: KubernetesFacts,
    ) -> None:
        self._name = name
        self._part = part
        self._facts = facts
        self._instances = instances
        self._kubernetes = kubernetes

    # --- groups and NodePools

    @cached_property
    def own_groups(self) -> tuple[ec2.AutoScalingGroup, ...]:
        """The Auto Scaling groups that are the cluster's without EKS."""
        return known(self._facts.self_managed_by_cluster, {}).get(self._name, ())

    @cached_property
    def karpenter_names(self) -> tuple[str, ...]:
        """The NodePools of Karpenter, which only the Kubernetes API names."""
        listed = known(self._kubernetes.evidence.node_pools, ())
        of_nodes = (home.name for home in self.known_members if home.kind is PoolKind.KARPENTER)
        named = {*of_nodes, *(pool.name for pool in listed if not of_auto_mode(pool))}
        return sorted_unique(named - self._auto_mode_pools)

    @cached_property
    def _auto_mode_pools(self) -> frozenset[str]:
        """The NodePools of Auto Mode that anything names: objects, nodes, instances, or the cluster's configuration."""
        if not self._kubernetes.asked:
            return frozenset()
        listed = known(self._kubernetes.evidence.node_pools, ())
        of_nodes = {home.name for home in self.known_members if home.kind is PoolKind.AUTO_MODE}
        found = of_nodes | {pool.name for pool in listed if of_auto_mode(pool)}
        if self._auto_mode:
            tags = (instance.tag.get(AUTO_MODE_POOL_TAG, "") for instance in known(self._instances, ()))
            found |= {*self._configured_pools, *tags}
        return frozenset(found - {""})

    @property
    def auto_mode_names(self) -> tuple[str, ...]:
        """The pools of Auto Mode; instances of which nothing tells the NodePool are one more."""
        named = self._auto_mode_pools
        unnamed = Home(PoolKind.AUTO_MODE, AUTO_MODE)
        lost = any(self._home_of(instance) == unnamed for instance in known(self._instances, ()))
        return sorted_unique({*named, AUTO_MODE} if lost or (self._auto_mode and not named) else named)

    @property
    def _described(self) -> eks.Cluster | None:
        return known(self._part.cluster, None)

    @property
    def _auto_mode(self) -> bool:
        return self._described is not None and self._described.auto_mode

    @property
    def _configured_pools(self) -> tuple[str, ...]:
        config = self._described.compute_config if self._described else None
        return config.node_pools if config else ()

    # --- whose an instance is

    @cached_property
    def _homes_of_instances(self) -> dict[str, Home]:
        return {one.instance_id: self._home_found(one) for one in known(self._instances, ())}

    def instances_of(self, home: Home) -> Section[Instances]:
        """Return the instances of a pool."""
        return joined(lambda found: tuple(one for one in found if self._home_of(one) == home), self._instances)

    def _home_of(self, instance: ec2.Instance) -> Home:
        return self._homes_of_instances[instance.instance_id]

    def _home_found(self, instance: ec2.Instance) -> Home:
        """Return the pool of an instance: of a group, of the node on it, else what its tags say."""
        tags = instance.tag
        if NODEGROUP_TAG in tags:
            return Home(PoolKind.MANAGED, tags[NODEGROUP_TAG])
        if instance.instance_id in self._group_of:
            return Home(PoolKind.SELF_MANAGED, self._group_of[instance.instance_id])
        of_node = self._home_by_instance.get(instance.instance_id)
        if of_node is not None:
            return of_node
        if tags.get(NODEPOOL_LABEL) in self.karpenter_names:
            return Home(PoolKind.KARPENTER, tags[NODEPOOL_LABEL])
        if AUTO_MODE_TAG in tags and self._auto_mode:
            pool = tags.get(AUTO_MODE_POOL_TAG, "") if self._kubernetes.asked else ""
            return Home(PoolKind.AUTO_MODE, pool or AUTO_MODE)
        return Home(PoolKind.UNATTACHED, UNATTACHED)

    @cached_property
    def _group_of(self) -> dict[str, str]:
        return {
            member.instance_id: group.auto_scaling_group_name for group in self.own_groups for member in group.instances
        }

    @cached_property
    def _home_by_instance(self) -> dict[str, Home]:
        """The pools of Karpenter and Auto Mode by the instances of their nodes."""
        return {
            instance_id(node): home
            for home, nodes in self.known_members.items()
            for node in nodes
            if home.kind in (PoolKind.KARPENTER, PoolKind.AUTO_MODE) and instance_id(node)
        }

    @cached_property
    def unattached(self) -> Section[Instances]:
        """The instances that no pool explains."""
        return self.instances_of(Home(PoolKind.UNATTACHED, UNATTACHED))

    @cached_property
    def by_id(self) -> Section[dict[str, ec2.Instance]]:
        """The instances by their ids."""
        return joined(lambda found: {instance.instance_id: instance for instance in found}, self._instances)

    # --- whose a node is

    @cached_property
    def _members(self) -> Section[Members]:
        return joined(lambda nodes: self._homes(nodes.all).members(nodes.all), self._kubernetes.nodes)

    @property
    def known_members(self) -> Members:
        """The nodes by pool; none where they were not read."""
        return known(self._members, {})

    def _homes(self, nodes: Iterable[Node]) -> Homes:
        on_fargate = [node.name for node in nodes if node.labels.get(COMPUTE_TYPE_LABEL) == FARGATE]
        return Homes(self._group_of, known(self.by_id, {}), self._profiles(on_fargate))

    def _profiles(self, nodes: list[str]) -> dict[str, str]:
        profiles = tuple(self._part.fargate_profiles.collected())
        if len(profiles) == 1 and self._part.fargate_profiles.complete() is None:
            return dict.fromkeys(nodes, profiles[0].fargate_profile_name)
        placements = known(self._kubernetes.placements, None)
        if not nodes or placements is None:
            return {}
        return profiles_of(nodes, placements.by_node, self._kubernetes.workloads.by_path, profiles)

    def nodes_of(self, home: Home) -> Section[tuple[Node, ...]]:
        """Return the nodes of a pool."""
        return joined(lambda members: members.get(home, ()), self._members)

    @property
    def unattached_nodes(self) -> Section[tuple[Node, ...]]:
        """The nodes on instances that no pool explains."""
        lost = {instance.instance_id for instance in known(self.unattached, ())}
        return joined(
            lambda members: tuple(_on(lost, (node for nodes in members.values() for node in nodes))), self._members
        )


def _on(instances: set[str], nodes: Iterable[Node]) -> Iterator[Node]:
    return (node for node in nodes if instance_id(node) in instances)
