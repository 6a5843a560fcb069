import pytest

from plumbline.domain.evidence.kubernetes import scaling
from tests.unit.changes import Change, all_of, each, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app_container
from tests.unit.controls.cases import NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import in_app, vertical_autoscaler

RIGHTSIZING = "cost.request-rightsizing"


def recommended(**target: str) -> Change:
    return each("vertical_autoscalers", vertical_autoscaler(**target))


def requesting(**requests: str) -> Change:
    return app_container(requests=requests, limits={})


SILENT = each("vertical_autoscalers", scaling.VerticalAutoscaler(metadata=in_app("api")))

CASES = [
    Case(
        RIGHTSIZING,
        API,
        recommended(cpu="100m"),
        WARN,
        "over",
        message="container api requests 250m of cpu, 100m is recommended",
    ),
    Case(RIGHTSIZING, API, recommended(cpu="125m"), PASS),
    Case(RIGHTSIZING, API, recommended(cpu="125m"), WARN, "over", parameters={"over-factor": 1.5}),
    Case(RIGHTSIZING, API, recommended(memory="600Mi"), WARN, "under"),
    Case(RIGHTSIZING, API, recommended(memory="512Mi"), PASS),
    Case(RIGHTSIZING, API, recommended(memory="300Mi"), WARN, "under", parameters={"under-factor": 0.9}),
    Case(RIGHTSIZING, API, recommended(cpu="1m", memory="1Gi"), WARN, "over under"),
    # Small amounts on both sides are not worth a change.
    Case(RIGHTSIZING, API, all_of(requesting(cpu="90m"), recommended(cpu="1m")), PASS),
    Case(RIGHTSIZING, API, all_of(requesting(cpu="10m"), recommended(cpu="150m")), WARN, "under"),
    Case(RIGHTSIZING, API, recommended(cpu="100m"), PASS, parameters={"min-cpu": "1"}),
    Case(RIGHTSIZING, API, all_of(requesting(memory="100Mi"), recommended(memory="1Mi")), PASS),
    # A container that requests nothing is another control's.
    Case(RIGHTSIZING, API, all_of(requesting(), recommended(cpu="4")), PASS),
    Case(RIGHTSIZING, API, app_container(name="other"), PASS),
    Case(RIGHTSIZING, API, each("vertical_autoscalers"), NA, "no_recommendation"),
    Case(RIGHTSIZING, API, SILENT, NA, "no_recommendation"),
    Case(RIGHTSIZING, API, recommended(cpu="much"), UNKNOWN, "parse_error"),
    Case(RIGHTSIZING, API, nothing, UNKNOWN, "control_error", parameters={"min-memory": "little"}),
    Case(RIGHTSIZING, API, without("vertical_autoscalers"), UNKNOWN, "access_denied"),
    Case(RIGHTSIZING, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_rightsizing(case: Case) -> None:
    check(case)
