from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes import scaling
from plumbline.domain.evidence.kubernetes.objects import Meta
from tests.unit.baseline import TAGS
from tests.unit.changes import Change, all_of, cluster, each, one, undescribed, without
from tests.unit.controls.cases import NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component
from tests.unit.node_changes import aws_alone, deploys, karpenter, node_pool

OFF_PEAK, CLUSTER = "cost.off-peak-scaling", "cluster/payments"
TEST = cluster(tags=TAGS | {"environment": "test"})
WORKERS = 2


def scheduled(*actions: ec2.ScheduledAction) -> Change:
    return aws_alone(TEST, each("scheduled_actions", *actions))


def action(group: str = "workers", recurrence: str | None = "0 20 * * 1-5", **sizes: Any) -> ec2.ScheduledAction:
    return ec2.ScheduledAction(auto_scaling_group_name=group, recurrence=recurrence, **sizes)


DOWNSCALER = component("Deployment", "downscaler", "ghcr.io/caas-team/py-kube-downscaler:25.2.0")


def scaled_by(trigger: str) -> Change:
    spec = scaling.ScaledSpec(triggers=(scaling.Trigger(type=trigger),))
    return each("scaled_objects", scaling.ScaledObject(metadata=Meta(name="api", namespace="payments"), spec=spec))


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
    # --- with the Kubernetes side
    Case(
        OFF_PEAK,
        CLUSTER,
        TEST,
        WARN,
        "no_off_peak_scaling",
        message="nothing shrinks payments at night and on weekends",
    ),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, deploys(DOWNSCALER)), PASS),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, deploys(DOWNSCALER), without("cron_jobs")), PASS),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, each("cron_jobs", DOWNSCALER)), PASS),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, scaled_by("cron")), PASS),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, scaled_by("prometheus")), WARN, "no_off_peak_scaling"),
    Case(
        OFF_PEAK,
        CLUSTER,
        all_of(TEST, karpenter()),
        PASS,
        message="in the cluster itself NodePool default shrinks it",
    ),
    Case(
        OFF_PEAK,
        CLUSTER,
        all_of(TEST, karpenter(node_pool(disruption=scaling.Disruption(consolidate_after="Never")))),
        WARN,
        "no_off_peak_scaling",
    ),
    Case(OFF_PEAK, CLUSTER, all_of(TEST, without("scaled_objects")), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_off_peak_scaling(case: Case) -> None:
    check(case)
