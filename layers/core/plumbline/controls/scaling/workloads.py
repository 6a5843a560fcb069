"""Scaling of workloads: autoscalers that work, where they are needed, and that do not fight each other."""

from typing import Literal

from plumbline.domain.control import control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.objects import Condition
from plumbline.domain.evidence.kubernetes.scaling import HorizontalAutoscaler, TargetReference, VerticalAutoscaler
from plumbline.domain.evidence.kubernetes.workloads import Container, Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import NamespaceDefaults, Services
from plumbline.domain.need import need
from plumbline.domain.requests import REQUESTS, undeclared
from plumbline.domain.tools import Tools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_facts import (
    ApiGroups,
    FargateSelection,
    HorizontalAutoscalers,
    ListedWorkloads,
    ScaledObjects,
)
from plumbline.domain.workload_rules import Hardening, running_containers, system_workload


class Coverage(Hardening, frozen=True):
    """Whether Deployments behind a Service should be scaled."""

    coverage: Literal["warn", "off"] = "warn"


_NO_DEPLOYMENT = not_applicable("not_a_deployment", "only Deployments are expected to be scaled by load")
_NOT_ASKED = not_applicable("coverage_off", "nobody expects Deployments to be scaled by load")
_OFF = not_applicable("scaled_to_zero", "the workload is scaled to zero")
_TOLD = {
    "not_able_to_scale": "it is not able to scale",
    "scaling_inactive": "scaling is not active",
    "target_missing": "its target does not exist",
    "no_request": "a container has no request for what it scales on",
    "limited_by_maximum": "it wants more replicas than its maximum",
    "fixed": "its minimum is its maximum",
}


@control(
    "scaling.hpa",
    title="Horizontal autoscaling works where it is used and is used where it should be",
    pillar=Pillar.PERF,
    severity=Severity.MEDIUM,
    rule=(
        "HPA: FAIL when the target is missing, AbleToScale or ScalingActive is False (ScalingDisabled is fine), or it "
        "scales on a resource for which a container has no request. WARN when its maximum limits it, or is its "
        "minimum. Coverage: WARN for a Deployment behind a Service with neither HPA nor ScaledObject. PASS otherwise."
    ),
    remediation=(
        "Mend the metric or the requests; kubectl autoscale deployment <name> --min 2 --max 10 --cpu-percent 60"
    ),
    references=("hardeneks check_horizontal_pod_autoscaling_exists",),
)
def workloads_follow_the_load(
    judged: HorizontalAutoscaler | Workload,
    listed: ListedWorkloads,
    services: Section[Services],
    horizontal: Section[HorizontalAutoscalers],
    scaled: Section[ScaledObjects],
    defaults: Section[NamespaceDefaults],
    p: Coverage,
) -> Verdict:
    """An autoscaler without its metric stays where it is, and nobody notices until the load comes.

    A fixed number of replicas is too many at night and too few on the day that counts.
    """
    if isinstance(judged, HorizontalAutoscaler):
        return _of_autoscaler(judged, listed, defaults)
    exempt = system_workload(judged, p)
    if exempt:
        return exempt
    if judged.kind != "Deployment":
        return _NO_DEPLOYMENT
    if p.coverage == "off":
        return _NOT_ASKED
    if judged.replicas == 0:
        return _OFF
    if need(horizontal).of(judged) or need(scaled).scale(judged):
        return passed("it is scaled by load", observed={"failing": [], "soft": []})
    if need(services).backed_by(judged):
        text = "neither an HPA nor a ScaledObject scales this Deployment behind a Service"
        return warned("not_scaled", text, observed={"failing": [], "soft": ["not_scaled"]})
    return passed("no Service sends it requests", observed={"failing": [], "soft": []})


def _of_autoscaler(hpa: HorizontalAutoscaler, listed: ListedWorkloads, defaults: Section[NamespaceDefaults]) -> Verdict:
    by_type = {one.type: one for one in hpa.status.conditions}
    found = [
        *(["not_able_to_scale"] if _is_false(by_type.get("AbleToScale")) else []),
        *(["scaling_inactive"] if _is_inactive(by_type.get("ScalingActive")) else []),
    ]
    told = {reason: _TOLD[reason] for reason in found}
    missing: EvidenceMissing | None = None
    try:
        told |= _of_target(hpa, listed, defaults)
    except EvidenceMissing as error:
        missing = error
    limited = by_type.get("ScalingLimited")
    soft = [
        *(
            ["limited_by_maximum"]
            if limited and limited.status == "True" and limited.reason == "TooManyReplicas"
            else []
        ),
        *(["fixed"] if hpa.spec.min_replicas == hpa.spec.max_replicas else []),
    ]
    observed = {"failing": sorted(told), "soft": soft}
    if told:
        return failed(list(told), "; ".join(told.values()), observed=observed)
    if missing:
        raise missing
    if soft:
        return warned(soft, "; ".join(_TOLD[reason] for reason in soft), observed=observed)
    return passed("the autoscaler works", observed=observed)


def _is_false(condition: Condition | None) -> bool:
    return condition is not None and condition.status == "False"


def _is_inactive(condition: Condition | None) -> bool:
    return _is_false(condition) and condition is not None and condition.reason != "ScalingDisabled"


def _of_target(
    hpa: HorizontalAutoscaler, listed: ListedWorkloads, defaults: Section[NamespaceDefaults]
) -> dict[str, str]:
    """Return what is wrong with the target; of kinds that are not listed nothing can be said."""
    reference = hpa.spec.scale_target_ref
    if not listed.lists(reference.kind):
        return {}
    target = listed.find(reference.kind, hpa.namespace, reference.name)
    if target is None:
        return {"target_missing": f"{reference.kind} {hpa.namespace}/{reference.name} does not exist"}
    without = [
        f"{name} of {container.name}"
        for name, scaling in _scaled_on(hpa, target)
        for container in scaling
        if undeclared(target, (container,), REQUESTS, name)
        and (REQUESTS, name) not in need(defaults).supplied(hpa.namespace)
    ]
    return {"no_request": f"no request for {', '.join(without)}"} if without else {}


def _scaled_on(hpa: HorizontalAutoscaler, target: Workload) -> list[tuple[str, tuple[Container, ...]]]:
    """Return the resources that it scales on, each with the containers whose use counts."""
    running = running_containers(target)
    found = [(one.resource.name, running) for one in hpa.spec.metrics if one.resource]
    for metric in hpa.spec.metrics:
        if metric.container_resource:
            named = tuple(one for one in running if one.name == metric.container_resource.container)
            found.append((metric.container_resource.name, named))
    return found


_RIGHT_SIZING = ("Goldilocks", "Kubecost", "OpenCost")
_VPA_GROUP = "autoscaling.k8s.io"


@control(
    "scaling.vpa-recommendation-mode",
    title="The Vertical Pod Autoscaler advises and does not fight the HPA",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "Cluster: WARN when the VPA API is absent and no other tool for right-sizing is found. VPA: FAIL when "
        "updateMode is not Off (absent means automatic) and an HPA scales the same target on cpu or memory. WARN when "
        "it is not Off outside of Fargate. PASS otherwise."
    ),
    remediation='updatePolicy: {updateMode: "Off"}',
    references=("hardeneks check_vertical_pod_autoscaler_exists",),
)
def recommendations_are_only_advice(
    judged: VerticalAutoscaler | Cluster,
    groups: ApiGroups,
    tools: Tools,
    horizontal: Section[HorizontalAutoscalers],
    listed: ListedWorkloads,
    fargate: FargateSelection,
) -> Verdict:
    """Without recommendations requests are guesses, and most of what a cluster costs is guessed too high.

    A VPA that acts restarts pods when it likes, and one that moves requests moves the target of the HPA.
    """
    if isinstance(judged, Cluster):
        return _of_cluster(groups, tools)
    mode, reference = judged.spec.update_policy.update_mode, judged.spec.target_ref
    observed = {"mode": mode}
    if mode == "Off":
        return passed("it only advises", observed=observed)
    if _scales_on_resources(need(horizontal).of_target(judged.namespace, reference)):
        text = f"its mode is {mode}, and an HPA scales {reference.kind} {reference.name} on the same resources"
        return failed("fights_hpa", text, observed=observed)
    if _is_on_fargate(judged.namespace, reference, listed, fargate):
        return passed("on Fargate a size that fits is worth a restart", observed=observed)
    return warned("acts", f"its mode is {mode}: it restarts pods", observed=observed)


def _of_cluster(groups: ApiGroups, tools: Tools) -> Verdict:
    if _VPA_GROUP in groups:
        return passed("the VPA API is there", observed={"mode": None, "tools": ["VPA"]})
    found = [name for name in _RIGHT_SIZING if tools.seen_named(name)]
    if found:
        return passed(f"{', '.join(found)} recommends sizes", observed={"mode": None, "tools": found})
    for name in _RIGHT_SIZING:
        tools.named(name)
    return warned("no_right_sizing", "nothing recommends sizes for requests", observed={"mode": None, "tools": []})


def _scales_on_resources(hpa: HorizontalAutoscaler | None) -> bool:
    metrics = hpa.spec.metrics if hpa else ()
    named = (one.resource or one.container_resource for one in metrics)
    return any(metric is not None and metric.name in ("cpu", "memory") for metric in named)


def _is_on_fargate(
    namespace: str, reference: TargetReference, listed: ListedWorkloads, fargate: FargateSelection
) -> bool:
    if fargate.empty or not listed.lists(reference.kind):
        return False
    target = listed.find(reference.kind, namespace, reference.name)
    if target is None:
        return False
    if not fargate.takes(target) and fargate.missing:
        raise EvidenceMissing(fargate.missing)
    return fargate.takes(target)
