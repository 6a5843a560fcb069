"""Shutdown of workloads: pods finish what they have begun before they go."""

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import Services
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_rules import Hardening, running_containers, serving_workload


class Draining(Hardening, frozen=True):
    """The annotation of pods that handle SIGTERM, and how long load balancers go on sending requests, in seconds."""

    declared_annotation: str = "wa/handles-sigterm"
    drain_seconds: int = 5


@control(
    "workload.graceful-shutdown",
    title="Pods shut down gracefully",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL high when terminationGracePeriodSeconds is 0, FAIL when a preStop sleep is not shorter than the grace "
        "period. WARN when a workload behind a Service has neither a preStop hook (a sleep below drain-seconds is "
        "none) nor declares that it handles SIGTERM. PASS otherwise. NOT_APPLICABLE for Jobs, CronJobs and "
        "system namespaces."
    ),
    remediation="lifecycle: {preStop: {sleep: {seconds: 10}}}, and a grace period above it.",
)
def pods_finish_what_they_have_begun(workload: Workload, services: Section[Services], p: Draining) -> Verdict:
    """A pod is removed from its Service and told to stop at the same time: requests still arrive after that.

    A process that stops at once drops them. A grace period of 0 leaves state of the pod's network behind as well.
    """
    exempt = serving_workload(workload, p)
    if exempt:
        return exempt
    containers = running_containers(workload)
    grace = workload.template.grace_seconds
    hooks = {one.name: one.pre_stop.sleep for one in containers if one.pre_stop is not None}
    observed = {"grace_seconds": grace, "hooks": hooks}
    if grace <= 0:
        text = "terminationGracePeriodSeconds is 0: the pod is killed at once"
        return failed("no_grace_period", text, observed=observed, severity=Severity.HIGH)
    long = sorted([name for name, sleep in hooks.items() if sleep is not None and sleep >= grace])
    if long:
        text = f"container {long[0]} sleeps {hooks[long[0]]} s before it stops, of a grace period of {grace} s"
        return failed("sleep_too_long", text, observed=observed)
    if _declares(workload, p) or any(sleep is None or sleep >= p.drain_seconds for sleep in hooks.values()):
        return passed("the pods are given time to drain", observed=observed)
    if need(services).backed_by(workload):
        text = "no preStop hook lets requests drain, and nothing declares that SIGTERM is handled"
        return warned("no_pre_stop", text, observed=observed)
    return passed("no Service sends it requests", observed=observed)


def _declares(workload: Workload, p: Draining) -> bool:
    return workload.template.annotations.get(p.declared_annotation, "false").lower() != "false"
