"""What is wrong only when it lasts: the control says what it sees, the record since when."""

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.evidence.section import Listed
from plumbline.domain.patience import ripened
from plumbline.domain.records import Entry, entry_key
from plumbline.domain.verdict import Status
from tests.unit.baseline import NOW, read
from tests.unit.changes import all_of, cluster, each, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, ago, check, label, named, verdicts_of
from tests.unit.kubernetes_baseline import component, pod

IDLE, CLUSTER = "cost.idle-cluster", "cluster/payments"
EMPTY = all_of(each("nodes"), section("pods", read(Pods())), cluster(created_at=ago(100)))
NO_COMPUTE = all_of(
    section("nodegroups", Listed(names=read(()))),
    section("fargate_profiles", Listed(names=read(()))),
    each("auto_scaling_groups"),
    each("instances"),
)

CASES = [
    Case(
        IDLE,
        CLUSTER,
        EMPTY,
        UNKNOWN,
        "idle",
        message="payments has no node and no pod outside of the system namespaces",
    ),
    Case(IDLE, CLUSTER, EMPTY, PASS, "idle", seen_since=ago(7)),
    Case(
        IDLE,
        CLUSTER,
        EMPTY,
        WARN,
        "idle",
        seen_since=ago(8),
        message="payments has no node and no pod outside of the system namespaces, seen since 2026-02-21",
    ),
    Case(IDLE, CLUSTER, EMPTY, FAIL, "idle", seen_since=ago(15)),
    Case(IDLE, CLUSTER, all_of(EMPTY, cluster(created_at=ago(3))), PASS),
    Case(IDLE, CLUSTER, each("nodes"), PASS),
    Case(IDLE, CLUSTER, section("pods", read(Pods())), PASS),
    Case(
        IDLE,
        CLUSTER,
        all_of(
            EMPTY, section("pods", read(Pods(placed=(pod(component("Deployment", "coredns", "eks/coredns"), ""),))))
        ),
        UNKNOWN,
        "idle",
    ),
    Case(IDLE, CLUSTER, all_of(NO_COMPUTE, without("nodes"), without("pods")), UNKNOWN, "idle"),
    Case(IDLE, CLUSTER, all_of(without("nodes"), without("pods")), UNKNOWN, "access_denied"),
    Case(
        IDLE,
        CLUSTER,
        all_of(NO_COMPUTE, cluster(compute_config=eks.ComputeConfig(enabled=True)), without("nodes"), without("pods")),
        UNKNOWN,
        "access_denied",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_idle_cluster(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("seen", "status"), [(None, PASS), (0, PASS), (7, PASS), (7.1, WARN), (14, WARN), (14.1, FAIL)]
)
def test_an_idle_cluster_is_judged_by_how_long_the_record_has_seen_it(seen: float | None, status: Status) -> None:
    verdict = verdicts_of(named(IDLE), EMPTY)[CLUSTER]
    since = None if seen is None else ago(seen)
    recorded = {} if seen is None else {entry_key(IDLE, verdict.resource): Entry(lasting_since=since)}
    [judged] = ripened(recorded, [verdict], NOW)
    assert (judged.status, judged.reasons, judged.lasting_since) == (status, ("idle",), since or NOW)
    assert judged.message.endswith(f"seen since {since or NOW:%Y-%m-%d}")


def test_other_verdicts_are_left_as_they_are() -> None:
    verdict = verdicts_of(named(IDLE))[CLUSTER]
    assert list(ripened({}, [verdict], NOW)) == [verdict]
