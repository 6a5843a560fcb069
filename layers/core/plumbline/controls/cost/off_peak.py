"""Non-production capacity at night and on weekends."""

from collections.abc import Iterator

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import ScheduledActions
from plumbline.domain.environment import PRODUCTION, Environment
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import AutoScalingGroup, ScheduledAction
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Section
from plumbline.domain.judged import Compute
from plumbline.domain.need import need, without_kubernetes
from plumbline.domain.node_facts import Shrinking
from plumbline.domain.verdict import Pillar, Severity, Verdict, not_applicable, passed, warned


@control(
    "cost.off-peak-scaling",
    title="Non-production capacity shrinks off-peak",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "PASS when a recurring scheduled action lowers a group of the cluster, a downscaler runs, KEDA scales by the "
        "clock, or a NodePool consolidates. WARN otherwise. UNKNOWN when the Kubernetes API was not read, and when "
        "nothing says which environment it is. NOT_APPLICABLE for production."
    ),
    remediation=(
        "aws autoscaling put-scheduled-update-group-action --auto-scaling-group-name <asg> --scheduled-action-name "
        '<name> --recurrence "0 20 * * 1-5" --min-size 0 --desired-capacity 0'
    ),
)
def capacity_shrinks_off_peak(
    cluster: Cluster,
    compute: Compute,
    actions: Section[ScheduledActions],
    shrinking: Section[Shrinking],
    environment: Environment,
) -> Verdict:
    """Two thirds of a week are nights and weekends, and the nodes of a test cluster run through all of it.

    Schedules outside of AWS and Kubernetes, such as a pipeline's, cannot be seen.
    """
    if environment.is_one_of(PRODUCTION):
        return not_applicable("production", f"the environment is {environment.name}")
    inside = need(shrinking)
    if inside.found:
        text = f"in the cluster itself {', '.join(inside.found)} shrinks it"
        return passed(text, observed={"lowered_groups": [], "in_cluster": list(inside.found)})
    lowered = sorted(name for name in _lowered(compute, need(actions)))
    if lowered:
        text = f"scheduled actions lower {', '.join(lowered)}"
        return passed(text, observed={"lowered_groups": lowered})
    if compute.missing:
        raise EvidenceMissing(compute.missing)
    if inside.missing:
        what = without_kubernetes(f"whether anything else shrinks {cluster.name} off-peak")
        raise EvidenceMissing(what if inside.missing.at is None else inside.missing)
    text = f"nothing shrinks {cluster.name} at night and on weekends"
    return warned("no_off_peak_scaling", text, observed={"lowered_groups": [], "in_cluster": []})


def _lowered(compute: Compute, actions: ScheduledActions) -> Iterator[str]:
    for pool in compute.pools:
        for group in need(pool.auto_scaling_groups):
            if _is_lowered(group, actions.of(group.auto_scaling_group_name)):
                yield pool.name


def _is_lowered(group: AutoScalingGroup, actions: tuple[ScheduledAction, ...]) -> bool:
    """Whether a recurring action sets a smaller size than the group has now, or than another one sets."""
    sizes = [size for size in (_size(action) for action in actions if action.recurrence) if size is not None]
    return bool(sizes) and min(sizes) < max(group.desired_capacity, *sizes)


def _size(action: ScheduledAction) -> int | None:
    named = (action.desired_capacity, action.max_size, action.min_size)
    return next((size for size in named if size is not None), None)
