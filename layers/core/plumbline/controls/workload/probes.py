"""Probes of workloads, and how their pods leave: traffic goes to pods that can answer it."""

from collections.abc import Iterable

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.networking import Service, ServicePort
from plumbline.domain.evidence.kubernetes.workloads import Container, Probe, Workload
from plumbline.domain.kubernetes_facts import Services
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_rules import Hardening, containers_named, running_containers, serving_workload


class Sidecars(Hardening, frozen=True):
    """Containers that bring probes of their own, by name."""

    sidecar_names: tuple[str, ...] = (
        "istio-proxy",
        "linkerd-proxy",
        "envoy",
        "aws-otel-collector",
        "cloudwatch-agent",
    )


_NOT_SERVING = not_applicable("not_serving", "a DaemonSet without a Service")
_SIDECARS_ALONE = not_applicable("known_sidecars", "all of its containers are known sidecars")
_READY = passed("readiness probes are in place", observed={"without_probe": [], "slow": [], "serving": []})


def _judged(workload: Workload, services: Services, p: Sidecars) -> tuple[Container, ...] | Verdict:
    """Return the containers whose probes are judged, or why none is."""
    exempt = serving_workload(workload, p)
    if exempt:
        return exempt
    if workload.kind == "DaemonSet" and not services.backed_by(workload):
        return _NOT_SERVING
    found = tuple(one for one in running_containers(workload) if one.name not in p.sidecar_names)
    return found or _SIDECARS_ALONE


@control(
    "workload.readiness-probe",
    title="Serving containers have a readiness probe",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a container that serves a port of a Service lacks a readiness probe. WARN when a timeout is not "
        "below its period, and when no container of a workload without Service is probed. PASS otherwise. "
        "NOT_APPLICABLE for Jobs, CronJobs, DaemonSets without Service, known sidecars and system namespaces."
    ),
    remediation="Add an httpGet, tcpSocket, grpc or exec readiness probe.",
    references=("Prowler core_readiness_probe_configured", "hardeneks check_readiness_probes"),
)
def serving_containers_tell_when_they_are_ready(workload: Workload, services: Services, p: Sidecars) -> Verdict:
    """Without a readiness probe a pod gets requests from its first second, and goes on getting them when it hangs.

    A readiness gate of a target group complements a probe and does not replace it.
    """
    judged = _judged(workload, services, p)
    if isinstance(judged, Verdict):
        return judged
    without = [container.name for container in judged if container.readiness is None]
    slow = [one.name for one in judged if one.readiness and one.readiness.timeout >= one.readiness.period]
    if not (without or slow):
        return _READY
    backing = services.backed_by(workload)
    serving = _serving(judged, backing)
    observed = {"without_probe": without, "slow": slow, "serving": serving}
    silent = [name for name in serving if name in without] if backing else []
    if silent:
        text = f"{containers_named(silent)} of a Service has no readiness probe"
        return failed("no_readiness_probe", text, observed=observed)
    told = [f"{containers_named(slow)}: the timeout is not below the period"] if slow else []
    reasons = ["timeout_not_below_period"] if slow else []
    if without and not backing:
        told.append(f"{containers_named(without)} has no readiness probe")
        reasons.append("no_readiness_probe")
    if told:
        return warned(reasons, "; ".join(told), observed=observed)
    return passed("the containers behind a Service are probed", observed=observed)


def _serving(containers: tuple[Container, ...], backing: Iterable[Service]) -> list[str]:
    """Return the containers that serve ports of Services; a port that none declares may be any one's."""
    found: set[str] = set()
    for service in backing:
        for port in service.spec.ports:
            declaring = [one.name for one in containers if _declares(one, port)]
            if not declaring and not any(one.readiness for one in containers):
                declaring = [one.name for one in containers]
            found.update(declaring)
    return sorted(found)


def _declares(container: Container, port: ServicePort) -> bool:
    target = port.target_port or port.port
    return any(target in (one.container_port, one.name) for one in container.ports)


class Liveness(Sidecars, frozen=True):
    """How long a container may fail before it is restarted, in seconds, and whether it must have a probe."""

    min_tolerance_seconds: int = 20
    require: bool = True


_ALIVE = passed("liveness probes are sensible", observed={"without_probe": [], "probes": {}})
_RESTARTED_WITH_CARE = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
_TOLD = {
    "same_as_readiness": "it is the readiness probe again",
    "timeout_not_below_period": "the timeout is not below the period",
    "restarts_too_soon": "it restarts a slow start",
}


@control(
    "workload.liveness-probe",
    title="Long-running containers have a sensible liveness probe",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when a container of a Deployment or StatefulSet has no liveness probe. WARN when it is the readiness "
        "probe again in handler and thresholds, when its timeout is not below its period, or when it gives up within "
        "min-tolerance-seconds without a startup probe. PASS otherwise. NOT_APPLICABLE for Jobs, CronJobs, DaemonSets "
        "without Service, known sidecars and system namespaces."
    ),
    remediation="Add a cheap liveness probe that does not test dependencies.",
    references=("Prowler core_liveness_probe_configured", "hardeneks check_liveness_probes"),
)
def containers_that_hang_are_restarted(workload: Workload, services: Services, p: Liveness) -> Verdict:
    """A container that hangs and is not restarted serves nobody until somebody notices.

    One that is restarted too eagerly turns a slow dependency into an outage.
    """
    judged = _judged(workload, services, p)
    if isinstance(judged, Verdict):
        return judged
    without: list[str] = []
    doubtful: dict[str, list[str]] = {}
    for container in judged:
        if container.liveness is None:
            without.append(container.name)
        elif doubts := _doubts(container, container.liveness, p):
            doubtful[container.name] = doubts
    if not (without or doubtful):
        return _ALIVE
    observed = {"without_probe": without, "probes": {one.name: _facts(one) for one in judged if one.name in doubtful}}
    if without and p.require and workload.kind in _RESTARTED_WITH_CARE:
        return failed("no_liveness_probe", f"{containers_named(without)} has no liveness probe", observed=observed)
    if doubtful:
        reasons = [doubt for doubts in doubtful.values() for doubt in doubts]
        told = (f"container {name}: {', '.join(_TOLD[one] for one in doubts)}" for name, doubts in doubtful.items())
        return warned(reasons, "; ".join(told), observed=observed)
    return passed("no liveness probe is required", observed=observed)


def _doubts(container: Container, probe: Probe, p: Liveness) -> list[str]:
    found = []
    if container.readiness is not None and _terms(container.readiness) == _terms(probe):
        found.append("same_as_readiness")
    if probe.timeout >= probe.period:
        found.append("timeout_not_below_period")
    if container.startup is None and probe.failure_threshold * probe.period < p.min_tolerance_seconds:
        found.append("restarts_too_soon")
    return found


def _terms(probe: Probe) -> tuple[str, int, int, int]:
    return (probe.handler, probe.period, probe.timeout, probe.failure_threshold)


def _facts(container: Container) -> list[int | bool]:
    """Return what decides: period, timeout, threshold, whether it is the readiness probe, whether there is another."""
    probe = container.liveness or Probe(handler="", kind="")
    same = container.readiness is not None and _terms(container.readiness) == _terms(probe)
    return [probe.period, probe.timeout, probe.failure_threshold, same, container.startup is not None]
