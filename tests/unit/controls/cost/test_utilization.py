from datetime import timedelta

import pytest

from plumbline.domain.evidence.kubernetes.cluster import NodeStatus
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.findings import reconcile
from plumbline.domain.patience import ripened
from plumbline.domain.records import Cause, CauseKind, Entry
from tests.unit.baseline import NOW, read
from tests.unit.changes import Change, all_of, each, nothing, one, section, without
from tests.unit.controls.cases import NA, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of
from tests.unit.kubernetes_baseline import node, pod, workload
from tests.unit.node_changes import joined

USED, GENERAL = "cost.node-utilization", "nodegroup/general"


def busy(cpu: int, memory: int) -> Change:
    """The group general has two nodes in one zone, and one pod that asks for this much."""
    second = node("general-2", ("eks.amazonaws.com/nodegroup", "general"), "eu-west-1a")
    asking = pod(workload(), "general", cpu=cpu, memory=memory)
    return all_of(joined(second), section("pods", read(Pods(placed=(asking,)))))


CASES = [
    # What lasts is judged by the record, so that one assessment alone cannot tell.
    Case(
        USED,
        GENERAL,
        busy(100, 2**28),
        UNKNOWN,
        "largely_empty",
        message="pods ask for 3% of the cpu and 2% of the memory of 2 node(s) of general",
    ),
    Case(USED, GENERAL, busy(1200, 2**28), PASS),
    Case(USED, GENERAL, busy(100, 2**33), PASS),
    Case(USED, GENERAL, busy(100, 2**28), PASS, parameters={"warn-ratio": 0.02}),
    Case(USED, GENERAL, nothing, NA, "at_minimum"),
    Case(USED, GENERAL, each("nodes"), NA, "no_nodes"),
    Case(USED, "fargate-profile/batch", nothing, NA, "fargate"),
    Case(USED, GENERAL, all_of(busy(100, 2**28), one("nodes", 0, status=NodeStatus())), UNKNOWN, "largely_empty"),
    Case(USED, GENERAL, without("nodes"), UNKNOWN, "access_denied"),
    Case(USED, GENERAL, without("pods"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_node_utilization(case: Case) -> None:
    check(case)


def test_a_largely_empty_pool_is_recorded_with_the_third_sweep() -> None:
    verdict = verdicts_of(named(USED), busy(100, 2**28))[GENERAL]
    entries: dict[str, Entry] = {}
    statuses = []
    for hour in range(4):
        now = NOW + timedelta(hours=hour)
        ripe = list(ripened(entries, [verdict], now))
        entries = reconcile(
            entries, ripe, {USED: named(USED)}, now=now, attribute=lambda *_: (Cause(kind=CauseKind.CLOCK), False)
        ).entries
        statuses += [entry.status for entry in entries.values()]
    assert statuses == [PASS, PASS, WARN, WARN]
