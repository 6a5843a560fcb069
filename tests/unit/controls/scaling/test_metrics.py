import pytest

from plumbline.domain.evidence.kubernetes.cluster import ApiService, ApiServiceStatus
from plumbline.domain.evidence.kubernetes.objects import Condition, Meta
from tests.unit.changes import Change, each, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, Case, check, label

METRICS, CLUSTER = "scaling.metrics-server", "cluster/payments"


def served(*names: str, available: str = "True") -> Change:
    status = ApiServiceStatus(conditions=(Condition(type="Available", status=available),))
    return each("api_services", *(ApiService(metadata=Meta(name=name), status=status) for name in names))


CASES = [
    Case(METRICS, CLUSTER, served("v1.apps"), FAIL, "no_metrics_api", message="payments has no resource metrics API"),
    Case(METRICS, CLUSTER, served("v1beta1.metrics.k8s.io", available="False"), FAIL, "metrics_api_unavailable"),
    Case(METRICS, CLUSTER, served("v1beta1.metrics.k8s.io", available="Unknown"), FAIL, "metrics_api_unavailable"),
    Case(METRICS, CLUSTER, served("v1beta1.metrics.k8s.io", "v1beta1.external.metrics.k8s.io"), PASS),
    Case(METRICS, CLUSTER, without("api_services"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_metrics(case: Case) -> None:
    check(case)
