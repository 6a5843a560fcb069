import pytest

from plumbline.domain.evidence.kubernetes.cluster import Namespace, NodeStatus
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.workloads import Pods
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, each, nothing, one, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import pod, workload

ENVELOPE, CLUSTER = "capacity.performance-envelope", "cluster/payments"


def namespaces(count: int) -> Change:
    return each("namespaces", *(Namespace(metadata=Meta(name=f"n-{number}")) for number in range(count)))


def pods(count: int, node: str = "general") -> Change:
    placed = pod(workload(), node)
    return section("pods", read(Pods(placed=(placed,) * count)))


def limited(**thresholds: int) -> dict[str, dict[str, int]]:
    return {"thresholds": {name.replace("_", "-"): value for name, value in thresholds.items()}}


CASES = [
    Case(ENVELOPE, CLUSTER, nothing, PASS),
    Case(
        ENVELOPE,
        CLUSTER,
        namespaces(10),
        FAIL,
        "namespaces",
        parameters=limited(namespaces=10),
        message="payments has 10 namespaces of 10",
    ),
    Case(ENVELOPE, CLUSTER, namespaces(9), WARN, "namespaces", parameters=limited(namespaces=10)),
    Case(ENVELOPE, CLUSTER, namespaces(7), PASS, parameters=limited(namespaces=10)),
    Case(ENVELOPE, CLUSTER, nothing, FAIL, "nodes", parameters=limited(nodes=3)),
    # The fullest namespace is the system's.
    Case(
        ENVELOPE, CLUSTER, nothing, FAIL, "deployments_per_namespace", parameters=limited(deployments_per_namespace=4)
    ),
    Case(ENVELOPE, CLUSTER, pods(5), FAIL, "pods_per_namespace", parameters=limited(pods_per_namespace=5)),
    Case(ENVELOPE, CLUSTER, nothing, FAIL, "services", parameters=limited(services=1)),
    Case(ENVELOPE, CLUSTER, nothing, FAIL, "services_per_namespace", parameters=limited(services_per_namespace=1)),
    # Two cores carry twenty pods.
    Case(
        ENVELOPE,
        CLUSTER,
        pods(20),
        FAIL,
        "pods_per_node",
        message="payments has 20 pods-per-node (general) of 20",
    ),
    Case(ENVELOPE, CLUSTER, pods(16), WARN, "pods_per_node"),
    Case(ENVELOPE, CLUSTER, all_of(pods(16), one("nodes", 0, status=NodeStatus())), FAIL, "pods_per_node"),
    Case(ENVELOPE, CLUSTER, nothing, WARN, "nodes", parameters={"early": {"nodes": 2}}),
    Case(ENVELOPE, CLUSTER, nothing, PASS, parameters={"early": {"nodes": 3}}),
    Case(ENVELOPE, CLUSTER, nothing, UNKNOWN, "control_error", parameters=limited(secrets=1)),
    Case(
        ENVELOPE,
        CLUSTER,
        all_of(namespaces(10), without("pods")),
        FAIL,
        "namespaces",
        parameters=limited(namespaces=10),
    ),
    Case(ENVELOPE, CLUSTER, without("services"), UNKNOWN, "access_denied"),
    Case(ENVELOPE, CLUSTER, without("pods"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_envelope(case: Case) -> None:
    check(case)
