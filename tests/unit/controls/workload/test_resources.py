from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes import cluster as kubernetes
from tests.unit.changes import Change, all_of, each, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import ALL_LABELS, container, in_app, template

RESOURCES, LABELS = "workload.resource-requests-limits", "workload.recommended-labels"
SYSTEM = "DaemonSet/kube-system/aws-node"
NO_DEFAULTS = each("limit_ranges")
NOTHING = app_container(requests={}, limits={})


def defaults(kind: str = "Container", **members: dict[str, str]) -> Change:
    spec = kubernetes.LimitRangeSpec(limits=(kubernetes.LimitItem(type=kind, **members),))
    return each("limit_ranges", kubernetes.LimitRange(metadata=in_app("defaults"), spec=spec))


def without_defaults(**members: Any) -> Change:
    return all_of(NO_DEFAULTS, app_container(**members))


BOTH = {"cpu": "250m", "memory": "256Mi"}
CPU_LIMIT = {"require-cpu-limit": True}
SIDECAR = container("proxy", init=True, sidecar=True, requests={}, limits={})
SETUP = container("setup", init=True, requests={}, limits={})

CASES = [
    Case(
        RESOURCES,
        API,
        all_of(NO_DEFAULTS, NOTHING),
        FAIL,
        "no_cpu_request no_memory_request no_memory_limit",
        message="no cpu request: api; no memory request: api; no memory limit: api",
    ),
    Case(RESOURCES, API, without_defaults(limits={}), FAIL, "no_memory_limit"),
    Case(RESOURCES, API, without_defaults(requests={"cpu": "1"}, limits={"memory": "1Gi"}), PASS),
    Case(RESOURCES, API, without_defaults(requests={"memory": "1Gi"}), FAIL, "no_cpu_request"),
    Case(RESOURCES, API, NOTHING, PASS, "limit_range"),
    Case(RESOURCES, API, all_of(NOTHING, defaults(default={"cpu": "1", "memory": "1Gi"})), PASS, "limit_range"),
    Case(RESOURCES, API, all_of(NOTHING, defaults(default_request=BOTH)), FAIL, "no_memory_limit"),
    Case(
        RESOURCES,
        API,
        all_of(NOTHING, defaults("Pod", default=BOTH)),
        FAIL,
        "no_cpu_request no_memory_request no_memory_limit",
    ),
    # What the pod asks for as a whole is enough.
    Case(
        RESOURCES,
        API,
        all_of(NO_DEFAULTS, app_template(container(requests={}, limits={}), requests=BOTH, limits={"memory": "1Gi"})),
        PASS,
    ),
    Case(RESOURCES, API, all_of(NO_DEFAULTS, app_template(container(), SETUP)), PASS),
    Case(
        RESOURCES,
        API,
        all_of(NO_DEFAULTS, app_template(container(), SIDECAR)),
        FAIL,
        "no_cpu_request no_memory_request no_memory_limit",
    ),
    Case(RESOURCES, API, nothing, WARN, "no_cpu_limit", parameters=CPU_LIMIT),
    Case(RESOURCES, API, app_container(limits={"cpu": "1", "memory": "1Gi"}), PASS, parameters=CPU_LIMIT),
    Case(
        RESOURCES,
        API,
        all_of(NO_DEFAULTS, NOTHING),
        FAIL,
        "no_cpu_request no_memory_request no_memory_limit",
        parameters=CPU_LIMIT,
    ),
    Case(RESOURCES, API, without("limit_ranges"), PASS),
    Case(RESOURCES, API, all_of(NOTHING, without("limit_ranges")), UNKNOWN, "access_denied"),
    Case(RESOURCES, SYSTEM, nothing, NA, "system_namespace"),
    Case(RESOURCES, API, app(template=template().__class__()), UNKNOWN, "parse_error"),
    Case(RESOURCES, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


def labelled(*missing: str, template_lacks: str = "") -> Change:
    owner = {key: value for key, value in ALL_LABELS.items() if key not in missing}
    of_template = {key: value for key, value in ALL_LABELS.items() if key != template_lacks}
    return app(labels=owner, template=template(labels=of_template))


NAME, VERSION = "app.kubernetes.io/name", "app.kubernetes.io/version"

CASES += [
    Case(LABELS, API, labelled(NAME), FAIL, "label_missing", message="missing: app.kubernetes.io/name"),
    Case(LABELS, API, labelled(template_lacks=NAME), FAIL, "label_missing"),
    Case(LABELS, API, labelled(VERSION), WARN, "recommended_label_missing"),
    Case(LABELS, API, labelled(template_lacks=VERSION), WARN, "recommended_label_missing"),
    Case(LABELS, API, labelled(NAME, VERSION), FAIL, "label_missing"),
    Case(LABELS, API, labelled(VERSION), PASS, parameters={"recommended": []}),
    Case(LABELS, API, nothing, FAIL, "label_missing", parameters={"required": ["team"]}),
    Case(LABELS, SYSTEM, nothing, NA, "system_namespace"),
    Case(LABELS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_resources(case: Case) -> None:
    check(case)
