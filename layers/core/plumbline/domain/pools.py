"""Compute pools: managed node groups, self-managed groups, Auto Mode, Fargate, and what is left (controls.md 0.5)."""

from enum import StrEnum

import msgspec

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.kubernetes.scaling import Ec2NodeClass, NodePool
from plumbline.domain.evidence.section import NOT_ASKED, Section
from plumbline.domain.verdict import Resource


class PoolKind(StrEnum):
    """How a pool's nodes come to be."""

    MANAGED = "managed"
    SELF_MANAGED = "self-managed"
    AUTO_MODE = "auto-mode"
    KARPENTER = "karpenter"
    FARGATE = "fargate"
    HYBRID = "hybrid"
    UNATTACHED = "unattached"


_RESOURCE_KINDS = {
    PoolKind.MANAGED: "nodegroup",
    PoolKind.SELF_MANAGED: "auto-scaling-group",
    PoolKind.FARGATE: "fargate-profile",
}


# The pools of these kinds have one name for all clusters; a NodePool may have any.
HYBRID, UNATTACHED = PoolKind.HYBRID.value, PoolKind.UNATTACHED.value


class ComputePool(msgspec.Struct, frozen=True, kw_only=True):
    """One pool of a cluster's compute.

    Attributes:
        group: the managed node group, for that kind only.
        profile: the Fargate profile, for that kind only.
        subnets: where the pool places its nodes.
        auto_scaling_groups: the groups behind it.
        instances: its running instances.
        template: the effective launch template (EKS generates one where the customer named none); None inside a
            collected section when the pool has no template at all.
        nodes: those of its nodes that have joined the cluster, as the Kubernetes API lists them.
        node_pool, node_class: the NodePool behind a pool of Karpenter or Auto Mode, and the EC2NodeClass that
            Karpenter makes its nodes from; None inside a collected section when the pool has none.

    """

    kind: PoolKind
    name: str
    group: eks.NodeGroup | None = None
    profile: eks.FargateProfile | None = None
    subnets: tuple[str, ...] = ()
    auto_scaling_groups: Section[tuple[ec2.AutoScalingGroup, ...]]
    instances: Section[tuple[ec2.Instance, ...]]
    template: Section[ec2.LaunchTemplateVersion | None]
    nodes: Section[tuple[Node, ...]] = NOT_ASKED
    node_pool: Section[NodePool | None] = NOT_ASKED
    node_class: Section[Ec2NodeClass | None] = NOT_ASKED

    @property
    def resource(self) -> Resource:
        """The resource under which the pool is judged: a node group and a profile may share a name."""
        taken = self.kind in (PoolKind.KARPENTER, PoolKind.AUTO_MODE) and self.name in (HYBRID, UNATTACHED)
        return Resource(_RESOURCE_KINDS.get(self.kind, "compute-pool"), f"nodepool/{self.name}" if taken else self.name)

    @property
    def scaled_by_groups(self) -> bool:
        """Whether Auto Scaling groups stand behind it."""
        return self.kind in (PoolKind.MANAGED, PoolKind.SELF_MANAGED)

    @property
    def status(self) -> str:
        """The lifecycle status of the group or profile; ACTIVE for pools that have none."""
        described = self.group or self.profile
        return described.status if described else "ACTIVE"
