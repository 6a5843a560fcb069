"""Health: EKS itself finds nothing wrong with the node groups and profiles."""

from plumbline.domain.control import control
from plumbline.domain.evidence.eks import FargateProfile, NodeGroup
from plumbline.domain.health import judge_health
from plumbline.domain.verdict import Pillar, Severity, Verdict


@control(
    "nodegroup.health",
    title="Node groups and Fargate profiles are active and healthy",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the group or profile is degraded, failed to be created or deleted, or has any health issue; the "
        "codes of the issues are the reasons. PASS when it is active without one."
    ),
    remediation=(
        "Read the issue with aws eks describe-nodegroup --cluster-name <cluster> --nodegroup-name <group>; correct "
        "subnet, role, template or quota."
    ),
)
def group_is_healthy(group: NodeGroup | FargateProfile) -> Verdict:
    """A group that cannot launch or replace nodes looks well until the day it has to.

    EKS sees it first, and says so here.
    """
    if isinstance(group, NodeGroup):
        return judge_health(f"node group {group.nodegroup_name}", group.status, group.health.issues)
    return judge_health(f"Fargate profile {group.fargate_profile_name}", group.status, group.health.issues)
