from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from tests.unit.baseline import TAGS
from tests.unit.changes import Change, all_of, cluster, each, one, undescribed, without
from tests.unit.controls.cases import NA, PASS, UNKNOWN, Case, check, label

OFF_PEAK, CLUSTER = "cost.off-peak-scaling", "cluster/payments"
TEST = cluster(tags=TAGS | {"environment": "test"})
WORKERS = 2


def scheduled(*actions: ec2.ScheduledAction) -> Change:
    return all_of(TEST, each("scheduled_actions", *actions))


def action(group: str = "workers", recurrence: str | None = "0 20 * * 1-5", **sizes: Any) -> ec2.ScheduledAction:
    return ec2.ScheduledAction(auto_scaling_group_name=group, recurrence=recurrence, **sizes)


CASES = [
    Case(
        OFF_PEAK,
        CLUSTER,
        scheduled(action(desired_capacity=0)),
        PASS,
        message="scheduled actions lower workers",
    ),
    Case(OFF_PEAK, CLUSTER, scheduled(action("eks-general", desired_capacity=0)), PASS),
    Case(OFF_PEAK, CLUSTER, scheduled(action(max_size=0)), PASS),
    # At night the group is small already: the morning's action shows that it grows again.
    Case(
        OFF_PEAK,
        CLUSTER,
        all_of(
            scheduled(action(desired_capacity=0), action(recurrence="0 6 * * 1-5", desired_capacity=4)),
            one("auto_scaling_groups", WORKERS, desired_capacity=0),
        ),
        PASS,
    ),
    Case(OFF_PEAK, CLUSTER, scheduled(action(desired_capacity=1)), UNKNOWN, "not_collected"),
    Case(OFF_PEAK, CLUSTER, scheduled(action(desired_capacity=4)), UNKNOWN, "not_collected"),
    Case(OFF_PEAK, CLUSTER, scheduled(action(recurrence=None, desired_capacity=0)), UNKNOWN, "not_collected"),
    Case(OFF_PEAK, CLUSTER, scheduled(action()), UNKNOWN, "not_collected"),
    Case(OFF_PEAK, CLUSTER, scheduled(action("billing", desired_capacity=0)), UNKNOWN, "not_collected"),
    Case(
        OFF_PEAK,
        CLUSTER,
        scheduled(),
        UNKNOWN,
        "not_collected",
        message=(
            "whether anything else shrinks payments off-peak: only the Kubernetes API of the cluster knows, and it was "
            "not read"
        ),
    ),
    Case(OFF_PEAK, CLUSTER, all_of(scheduled(), undescribed("nodegroups", "general")), UNKNOWN, "access_denied"),
    Case(OFF_PEAK, CLUSTER, without("auto_scaling_groups"), NA, "production", message="the environment is prod"),
    Case(OFF_PEAK, CLUSTER, cluster(tags={}), UNKNOWN, "not_collected"),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, without("scheduled_actions")), UNKNOWN, "access_denied"),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, without("auto_scaling_groups")), UNKNOWN, "access_denied"),
    Case(OFF_PEAK, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_cost(case: Case) -> None:
    check(case)
