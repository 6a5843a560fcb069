"""Compute pools: managed node groups, self-managed groups, Auto Mode, Fargate, and what is left (controls.md 0.5)."""

from enum import StrEnum

import msgspec

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Section
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

    """

    kind: PoolKind
    name: str
    group: eks.NodeGroup | None = None
    profile: eks.FargateProfile | None = None
    subnets: tuple[str, ...] = ()
    auto_scaling_groups: Section[tuple[ec2.AutoScalingGroup, ...]]
    instances: Section[tuple[ec2.Instance, ...]]
    template: Section[ec2.LaunchTemplateVersion | None]

    @property
    def resource(self) -> Resource:
        """The resource under which the pool is judged: a node group and a profile may share a name."""
        return Resource(_RESOURCE_KINDS.get(self.kind, "compute-pool"), self.name)

    @property
    def status(self) -> str:
        """The lifecycle status of the group or profile; ACTIVE for pools that have none."""
        described = self.group or self.profile
        return described.status if described else "ACTIVE"
