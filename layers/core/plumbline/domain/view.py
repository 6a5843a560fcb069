"""The view: a snapshot with what is derived from it, each piece built on first use."""

from datetime import datetime
from functools import cached_property
from typing import Any

from plumbline.domain.compute_pools import ComputePools
from plumbline.domain.environment import Environment
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.judged import ALL, ClusterKey, ClusterVpc, ControlPlaneLogGroup, first_missing, sorted_unique
from plumbline.domain.kubernetes_facts import KubernetesFacts
from plumbline.domain.need import joined
from plumbline.domain.pools import ComputePool
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
        self.kubernetes = KubernetesFacts(snapshot.kubernetes)

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
        return ComputePools(
            self.name, self.snapshot.cluster, self.facts, self.instances, self.kubernetes, self.now
        ).found(with_unattached=self.unread_pools is None)

    @property
    def unread_pools(self) -> NotCollected | None:
        """Why there may be nodes that no node group or profile explains and `pools` does not show, or None."""
        return first_missing(self.snapshot.cluster.cluster, self.facts.self_managed_by_cluster, self.instances)

    @property
    def unnamed_pools(self) -> NotCollected | None:
        """Why pools that only the Kubernetes API names may stand under another name, or None.

        What was recorded of a NodePool's nodes then stays as it is, though their instances are shown as unattached.
        """
        return self.kubernetes.unread("nodes", "node_pools")

    @property
    def unread_compute(self) -> NotCollected | None:
        """Why `pools` may lack a pool of any kind, or None."""
        part = self.snapshot.cluster
        return first_missing(self.unread_pools, part.nodegroups.complete(), part.fargate_profiles.complete())

    @cached_property
    def node_subnets(self) -> tuple[str, ...]:
        """The subnets of the pools that could be read."""
        return sorted_unique(subnet for pool in self.pools for subnet in pool.subnets)

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


def _not_listed(what: str, listing: Collected[Any]) -> NotCollected:
    return NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing", listing.at)
