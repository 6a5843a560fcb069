"""Termination: nodes are drained before they go, and replaced when they are ill."""

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import LifecycleHooks
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import AutoScalingGroup
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import InstalledAddons, ScaledGroup
from plumbline.domain.need import need, without_kubernetes
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, not_applicable, passed, warned

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
AUTOSCALER_TAG = "k8s.io/cluster-autoscaler/"
MONITORING_AGENT = "eks-node-monitoring-agent"


@control(
    "nodegroup.asg-safe-termination",
    title="Self-managed groups drain nodes before termination and do not rebalance under an autoscaler",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when the group has a lifecycle hook for terminating instances and either lies in one zone or has "
        "AZRebalance suspended. WARN when it spans zones, is tagged for Cluster Autoscaler and rebalances. UNKNOWN "
        "when only the Kubernetes API could tell (a termination handler, an autoscaler). NOT_APPLICABLE for managed "
        "groups."
    ),
    remediation=(
        "aws autoscaling put-lifecycle-hook --auto-scaling-group-name <asg> --lifecycle-hook-name drain "
        "--lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING with AWS Node Termination Handler; "
        "aws autoscaling suspend-processes --auto-scaling-group-name <asg> --scaling-processes AZRebalance"
    ),
)
def nodes_are_drained_first(scaled: ScaledGroup, hooks: LifecycleHooks) -> Verdict:
    """Auto Scaling ends an instance without asking Kubernetes: its pods die at once, whatever their budgets say.

    Rebalancing between zones does the same to healthy nodes, while an autoscaler places them by other rules.
    """
    if scaled.pool.kind is PoolKind.MANAGED:
        return not_applicable("managed", "EKS drains the nodes of managed groups itself")
    name, groups = scaled.pool.name, need(scaled.pool.auto_scaling_groups)
    drained = all(_waits(group, hooks) for group in groups)
    rebalancing = [group for group in groups if _rebalances(group)]
    tagged = any(key.startswith(AUTOSCALER_TAG) for group in rebalancing for key in group.tag)
    observed = {"lifecycle_hook": drained, "rebalances": bool(rebalancing), "tagged_for_autoscaler": tagged}
    if not drained:
        raise EvidenceMissing(without_kubernetes(f"whether a termination handler drains the nodes of {name}"))
    if tagged:
        text = f"{name} rebalances between zones under Cluster Autoscaler"
        return warned("rebalances_under_autoscaler", text, observed=observed)
    if rebalancing:
        raise EvidenceMissing(without_kubernetes(f"whether Cluster Autoscaler manages {name}"))
    return passed(f"{name} waits for its nodes to be drained", observed=observed)


def _waits(group: AutoScalingGroup, hooks: LifecycleHooks) -> bool:
    return any(hook.lifecycle_transition == TERMINATING for hook in need(hooks.of(group.auto_scaling_group_name)))


def _rebalances(group: AutoScalingGroup) -> bool:
    suspended = {process.process_name for process in group.suspended_processes}
    return len(set(group.availability_zones)) > 1 and "AZRebalance" not in suspended


@control(
    "nodegroup.auto-repair",
    title="Unhealthy nodes are repaired automatically",
    pillar=Pillar.REL,
    severity=Severity.LOW,
    rule=(
        "PASS when node repair of the managed group is on, WARN otherwise. A self-managed group WARNs without the "
        "add-on eks-node-monitoring-agent; with it the Kubernetes API has to tell whether a tool repairs. "
        "NOT_APPLICABLE for Auto Mode (built in), Fargate and hybrid nodes."
    ),
    remediation=(
        "aws eks update-nodegroup-config --cluster-name <cluster> --nodegroup-name <group> "
        "--node-repair-config enabled=true"
    ),
)
def unhealthy_nodes_are_repaired(pool: ComputePool, addons: Section[InstalledAddons]) -> Verdict:
    """A node whose disk, network or kubelet has failed keeps its pods, and new ones are placed on it.

    Node repair replaces it, and leaves nodes alone when too many are ill at once.
    """
    if pool.kind in (PoolKind.AUTO_MODE, PoolKind.FARGATE, PoolKind.HYBRID):
        return not_applicable("built_in", f"the nodes of {pool.name} are repaired by AWS or not on EC2")
    if pool.group is not None:
        enabled = bool(pool.group.node_repair_config and pool.group.node_repair_config.enabled)
        observed = {"node_repair": enabled, "monitoring_agent": None}
        if enabled:
            return passed(f"node repair of {pool.name} is on", observed=observed)
        return warned("repair_off", f"node repair of {pool.name} is off", observed=observed)
    if pool.kind is PoolKind.SELF_MANAGED and MONITORING_AGENT not in need(addons).names:
        text = f"nothing reports ill nodes of {pool.name}: the add-on {MONITORING_AGENT} is not installed"
        return warned("no_monitoring_agent", text, observed={"node_repair": None, "monitoring_agent": False})
    raise EvidenceMissing(without_kubernetes(f"whether a tool repairs the nodes of {pool.name}"))
