from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes import scaling
from plumbline.domain.evidence.kubernetes.objects import Condition
from tests.unit.baseline import listed
from tests.unit.changes import Change, all_of, each, item, nothing, section, undescribed, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, component, container, in_app, vertical_autoscaler, workload
from tests.unit.names import read

HPA, VPA = "scaling.hpa", "scaling.vpa-recommendation-mode"
SCALER, ADVISER, CLUSTER = (
    "HorizontalPodAutoscaler/payments/api",
    "VerticalPodAutoscaler/payments/api",
    "cluster/payments",
)
NO_DEFAULTS, UNSCALED = each("limit_ranges"), each("horizontal_autoscalers")
CPU = scaling.Metric(type="Resource", resource=scaling.ResourceMetric(name="cpu"))
REQUESTS = scaling.Metric(type="Pods")


def of_container(name: str) -> scaling.Metric:
    metric = scaling.ResourceMetric(name="memory", container=name)
    return scaling.Metric(type="ContainerResource", container_resource=metric)


def hpa(kind: str = "Deployment", name: str = "api", conditions: tuple[Condition, ...] = (), **members: Any) -> Change:
    described: dict[str, Any] = {"min_replicas": 2, "max_replicas": 10, "metrics": (CPU,)}
    spec = scaling.HorizontalSpec(
        scale_target_ref=scaling.TargetReference(kind=kind, name=name), **(described | members)
    )
    status = scaling.HorizontalStatus(conditions=conditions)
    return each(
        "horizontal_autoscalers", scaling.HorizontalAutoscaler(metadata=in_app("api"), spec=spec, status=status)
    )


def condition(name: str, status: str, reason: str = "") -> tuple[Condition, ...]:
    return (Condition(type=name, status=status, reason=reason),)


def keda(kind: str, name: str = "api") -> Change:
    spec = scaling.ScaledSpec(scale_target_ref=scaling.TargetReference(kind=kind, name=name))
    return each("scaled_objects", scaling.ScaledObject(metadata=in_app("api"), spec=spec))


WITHOUT_REQUEST = all_of(NO_DEFAULTS, app_container(requests={"memory": "1Gi"}))
TWO = app_template(container(), container("other", requests={}, limits={}))
MISSING = "Deployment payments/gone does not exist"

CASES = [
    Case(HPA, SCALER, hpa(name="gone"), FAIL, "target_missing", message=MISSING),
    Case(HPA, SCALER, all_of(hpa(name="gone"), without("deployments")), UNKNOWN, "access_denied"),
    Case(
        HPA,
        SCALER,
        all_of(hpa(conditions=condition("AbleToScale", "False")), without("deployments")),
        FAIL,
        "not_able_to_scale",
    ),
    # Kinds that are not listed may be anything.
    Case(HPA, SCALER, hpa(kind="Rollout", name="gone"), PASS),
    Case(HPA, SCALER, hpa(conditions=condition("AbleToScale", "False")), FAIL, "not_able_to_scale"),
    Case(HPA, SCALER, hpa(conditions=condition("ScalingActive", "False")), FAIL, "scaling_inactive"),
    Case(HPA, SCALER, hpa(conditions=condition("ScalingActive", "False", "ScalingDisabled")), PASS),
    Case(HPA, SCALER, hpa(conditions=condition("ScalingActive", "Unknown")), PASS),
    Case(HPA, SCALER, WITHOUT_REQUEST, FAIL, "no_request", message="no request for cpu of api"),
    Case(HPA, SCALER, all_of(WITHOUT_REQUEST, hpa(metrics=(REQUESTS,))), PASS),
    Case(HPA, SCALER, app_container(requests={}, limits={}), PASS),
    Case(HPA, SCALER, all_of(app_container(requests={}, limits={}), without("limit_ranges")), UNKNOWN, "access_denied"),
    Case(HPA, SCALER, all_of(NO_DEFAULTS, TWO), FAIL, "no_request"),
    Case(HPA, SCALER, all_of(NO_DEFAULTS, TWO, hpa(metrics=(of_container("api"),))), PASS),
    Case(HPA, SCALER, all_of(NO_DEFAULTS, TWO, hpa(metrics=(of_container("other"),))), FAIL, "no_request"),
    Case(
        HPA, SCALER, hpa(conditions=condition("ScalingLimited", "True", "TooManyReplicas")), WARN, "limited_by_maximum"
    ),
    Case(HPA, SCALER, hpa(conditions=condition("ScalingLimited", "True", "TooFewReplicas")), PASS),
    Case(HPA, SCALER, hpa(min_replicas=3, max_replicas=3), WARN, "fixed", message="its minimum is its maximum"),
    Case(HPA, API, UNSCALED, WARN, "not_scaled"),
    Case(HPA, API, UNSCALED, NA, "coverage_off", parameters={"coverage": "off"}),
    Case(HPA, API, all_of(UNSCALED, keda("")), PASS),
    Case(HPA, API, all_of(UNSCALED, keda("Deployment")), PASS),
    Case(HPA, API, all_of(UNSCALED, keda("StatefulSet")), WARN, "not_scaled"),
    Case(HPA, API, all_of(UNSCALED, each("services")), PASS),
    Case(HPA, API, all_of(UNSCALED, app(replicas=0)), NA, "scaled_to_zero"),
    Case(HPA, API, without("horizontal_autoscalers"), UNKNOWN, "access_denied"),
    Case(HPA, "HorizontalPodAutoscaler/*", without("horizontal_autoscalers"), UNKNOWN, "access_denied"),
    Case(HPA, API, all_of(UNSCALED, without("scaled_objects")), UNKNOWN, "access_denied"),
    Case(HPA, API, all_of(UNSCALED, without("services")), UNKNOWN, "access_denied"),
    Case(
        HPA,
        "StatefulSet/payments/db",
        beside("stateful_sets", workload("StatefulSet", APP, "db")),
        NA,
        "not_a_deployment",
    ),
    Case(HPA, "Deployment/kube-system/coredns", nothing, NA, "system_namespace"),
    Case(HPA, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]

NO_VPA = section("api_groups", read({"": ("v1",), "apps": ("v1",)}))


def acting(mode: str = "Auto") -> Change:
    return each("vertical_autoscalers", vertical_autoscaler(mode))


def tool(image: str) -> Change:
    return beside("deployments", component("Deployment", "tool", image))


NOT_ON_FARGATE = item("fargate_profiles", "batch", selectors=())
BY_REQUESTS = hpa(metrics=(REQUESTS,))

CASES += [
    Case(VPA, ADVISER, acting(), FAIL, "fights_hpa"),
    Case(VPA, ADVISER, all_of(acting(), hpa(metrics=(of_container("api"),))), FAIL, "fights_hpa"),
    Case(
        VPA,
        ADVISER,
        all_of(acting("Initial"), BY_REQUESTS, NOT_ON_FARGATE),
        WARN,
        "acts",
        message="its mode is Initial: it restarts pods",
    ),
    Case(VPA, ADVISER, all_of(acting(), hpa(name="other"), NOT_ON_FARGATE), WARN, "acts"),
    # On Fargate a size that fits is worth a restart.
    Case(VPA, ADVISER, all_of(acting(), BY_REQUESTS), PASS),
    Case(VPA, ADVISER, all_of(acting(), BY_REQUESTS, section("fargate_profiles", listed())), WARN, "acts"),
    Case(
        VPA, ADVISER, all_of(acting(), BY_REQUESTS, undescribed("fargate_profiles", "batch")), UNKNOWN, "access_denied"
    ),
    Case(VPA, ADVISER, all_of(acting(), UNSCALED, without("deployments")), UNKNOWN, "access_denied"),
    Case(VPA, ADVISER, all_of(acting(), UNSCALED, each("deployments")), WARN, "acts"),
    Case(VPA, ADVISER, all_of(acting(), without("horizontal_autoscalers")), UNKNOWN, "access_denied"),
    Case(VPA, "VerticalPodAutoscaler/*", without("vertical_autoscalers"), UNKNOWN, "access_denied"),
    Case(VPA, CLUSTER, NO_VPA, WARN, "no_right_sizing"),
    Case(VPA, CLUSTER, all_of(NO_VPA, tool("us-docker.pkg.dev/fairwinds-ops/oss/goldilocks:v4.13.0")), PASS),
    Case(
        VPA,
        CLUSTER,
        all_of(NO_VPA, tool("ghcr.io/opencost/opencost:1.114.0")),
        PASS,
        message="OpenCost recommends sizes",
    ),
    Case(VPA, CLUSTER, all_of(NO_VPA, without("deployments")), UNKNOWN, "access_denied"),
    Case(VPA, CLUSTER, without("api_groups"), UNKNOWN, "access_denied"),
    Case(VPA, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_workloads(case: Case) -> None:
    check(case)
