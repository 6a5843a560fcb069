"""Termination: nodes are drained before they go, and replaced when they are ill."""

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import LifecycleHooks
from plumbline.domain.evidence.ec2 import AutoScalingGroup
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import InstalledAddons, ScaledGroup
from plumbline.domain.need import from_kubernetes, need
from plumbline.domain.node_facts import Autoscalers, RepairTools, tools_named
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.tools import RunningTools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
AUTOSCALER_TAG = "k8s.io/cluster-autoscaler/"
MONITORING_AGENT = "eks-node-monitoring-agent"
TERMINATION_HANDLER = "Node termination handler"


@control(
    "nodegroup.asg-safe-termination",
    title="Self-managed groups drain nodes before termination and do not rebalance under an autoscaler",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the group has no lifecycle hook for terminating instances and no termination handler runs. WARN "
        "when it spans zones, Cluster Autoscaler manages it (by tag, or by name) and AZRebalance is not suspended. "
        "PASS otherwise. NOT_APPLICABLE for managed groups."
    ),
    remediation=(
        "aws autoscaling put-lifecycle-hook --auto-scaling-group-name <asg> --lifecycle-hook-name drain "
        "--lifecycle-transition autoscaling:EC2_INSTANCE_TERMINATING with AWS Node Termination Handler; "
        "aws autoscaling suspend-processes --auto-scaling-group-name <asg> --scaling-processes AZRebalance"
    ),
)
def nodes_are_drained_first(
    scaled: ScaledGroup, hooks: LifecycleHooks, tools: Section[RunningTools], autoscalers: Section[Autoscalers]
) -> Verdict:
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
    if not drained and not tools_named(
        need(tools), TERMINATION_HANDLER, f"whether a termination handler drains the nodes of {name}"
    ):
        text = f"nothing drains the nodes of {name} before they go: no lifecycle hook, no termination handler"
        return failed("not_drained", text, observed=observed)
    if rebalancing and _manages(need(autoscalers), name, tagged=tagged):
        text = f"{name} rebalances between zones under Cluster Autoscaler"
        return warned("rebalances_under_autoscaler", text, observed=observed)
    return passed(f"{name} waits for its nodes to be drained", observed=observed)


def _manages(autoscalers: Autoscalers, name: str, *, tagged: bool) -> bool:
    """Whether Cluster Autoscaler manages a group: a tag alone shows that it is meant to."""
    if autoscalers.cluster_autoscaler:
        return tagged or not autoscalers.discovers_groups
    if not tagged:
        autoscalers.need_complete(f"whether Cluster Autoscaler manages {name}")
    return tagged and autoscalers.missing is not None


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
        "PASS when node repair of the managed group is on, WARN otherwise. Other pools WARN without the add-on "
        "eks-node-monitoring-agent, and with it when no tool runs that repairs nodes; a feature gate of Karpenter's "
        "is not seen. NOT_APPLICABLE for Auto Mode (built in), Fargate and hybrid nodes."
    ),
    remediation=(
        "aws eks update-nodegroup-config --cluster-name <cluster> --nodegroup-name <group> "
        "--node-repair-config enabled=true"
    ),
)
def unhealthy_nodes_are_repaired(
    pool: ComputePool, addons: Section[InstalledAddons], repairing: Section[RepairTools]
) -> Verdict:
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
    if pool.kind is PoolKind.UNATTACHED:
        from_kubernetes(pool.nodes, f"whether a tool repairs the nodes of {pool.name}")
    if MONITORING_AGENT not in need(addons).names:
        text = f"nothing reports ill nodes of {pool.name}: the add-on {MONITORING_AGENT} is not installed"
        return warned("no_monitoring_agent", text, observed={"node_repair": None, "monitoring_agent": False})
    tools = list(from_kubernetes(repairing, f"whether a tool repairs the nodes of {pool.name}").names)
    found = {"node_repair": None, "monitoring_agent": True, "repair_tools": tools}
    if tools:
        return passed(f"{', '.join(tools)} repairs the nodes of {pool.name}", observed=found)
    text = f"ill nodes of {pool.name} are reported, but no tool that repairs them was found"
    return warned("no_repair_tool", text, observed=found)
