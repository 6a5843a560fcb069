import pytest

from tests.unit.baseline import read
from tests.unit.changes import all_of, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import changed, gone, running, with_addon

METRICS, CLUSTER = "observability.metrics-pipeline", "cluster/payments"
NONE = gone("DaemonSet", "cloudwatch-agent")

CASES = [
    Case(
        METRICS,
        CLUSTER,
        NONE,
        FAIL,
        "no_metrics_collector",
        message="nothing known collects the metrics of payments",
    ),
    Case(METRICS, CLUSTER, changed("DaemonSet", "cloudwatch-agent", ready=1), PASS),
    Case(
        METRICS,
        CLUSTER,
        changed("DaemonSet", "cloudwatch-agent", ready=0),
        WARN,
        "collector_not_ready",
        message="CloudWatch agent has no ready pod",
    ),
    Case(METRICS, CLUSTER, all_of(NONE, running("StatefulSet", "server", "quay.io/prometheus/prometheus:v3")), PASS),
    Case(METRICS, CLUSTER, all_of(NONE, running("Deployment", "agent", "datadog/agent:7")), PASS),
    # An add-on or an API group alone collects nothing yet.
    Case(METRICS, CLUSTER, all_of(NONE, with_addon("adot")), WARN, "collector_not_ready"),
    Case(
        METRICS,
        CLUSTER,
        all_of(NONE, section("api_groups", read({"monitoring.coreos.com": ("v1",)}))),
        WARN,
        "collector_not_ready",
    ),
    Case(
        METRICS,
        CLUSTER,
        all_of(NONE, running("Deployment", "gauge", "example.com/acme/gauge:1")),
        PASS,
        parameters={"extra-signatures": ["acme/gauge"]},
        message="acme/gauge collects metrics",
    ),
    Case(METRICS, CLUSTER, all_of(NONE, without("stateful_sets")), UNKNOWN, "access_denied"),
    Case(METRICS, CLUSTER, all_of(NONE, without("addons")), UNKNOWN, "access_denied"),
    Case(METRICS, CLUSTER, without("stateful_sets"), PASS),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_observability(case: Case) -> None:
    check(case)
