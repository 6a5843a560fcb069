from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes import networking
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta
from plumbline.domain.evidence.kubernetes.workloads import Container, Port, PreStop, Probe
from tests.unit.changes import Change, all_of, each, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import FAIL, HIGH, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, LABELS, container, template, workload

READY, ALIVE, SHUTDOWN = "workload.readiness-probe", "workload.liveness-probe", "workload.graceful-shutdown"
SYSTEM = "DaemonSet/kube-system/aws-node"
UNSERVED = each("services")
NO_CONTAINERS = app(template=template().__class__())
JOB = beside("jobs", workload("Job", APP, "once"))
AGENT = "DaemonSet/payments/agent"


def agent(*, served: bool) -> Change:
    labels = LABELS if served else {"app": "agent"}
    made = template(container(readiness=None, liveness=None), labels=labels)
    return beside("daemon_sets", workload("DaemonSet", APP, "agent", template=made))


def serving(port: int, target: int | str = 0) -> Change:
    """One Service of the application, for one port."""
    ports = (networking.ServicePort(port=port, target_port=target),)
    spec = networking.ServiceSpec(selector=LABELS, ports=ports)
    return each("services", networking.Service(metadata=AnnotatedMeta(name="api", namespace=APP), spec=spec))


def other(name: str = "other", **members: Any) -> Container:
    described: dict[str, Any] = {"ports": (), "readiness": None, "liveness": None}
    return container(name, **(described | members))


def timed(**members: int) -> Probe:
    return Probe(handler="ready", kind="httpGet", **members)


def alive(**members: int) -> Change:
    return app_container(liveness=Probe(handler="alive", kind="httpGet", **members))


UNPROBED = app_container(readiness=None)

CASES = [
    Case(READY, API, UNPROBED, FAIL, "no_readiness_probe", message="container api of a Service has no readiness probe"),
    Case(READY, API, all_of(UNPROBED, serving(8080)), FAIL, "no_readiness_probe"),
    Case(READY, API, all_of(UNPROBED, serving(80, 8080)), FAIL, "no_readiness_probe"),
    # A port that no container declares may be any one's.
    Case(READY, API, all_of(UNPROBED, serving(9999)), FAIL, "no_readiness_probe"),
    Case(READY, API, all_of(app_template(container(), other()), serving(9999)), PASS),
    Case(READY, API, app_template(container(), other()), PASS),
    Case(READY, API, app_template(container(), other(init=True)), PASS),
    Case(
        READY,
        API,
        app_template(container(readiness=None), other("istio-proxy", readiness=timed())),
        FAIL,
        "no_readiness_probe",
    ),
    Case(READY, API, app_template(container("envoy", readiness=None)), NA, "known_sidecars"),
    Case(
        READY,
        API,
        app_template(container("envoy", readiness=None)),
        FAIL,
        "no_readiness_probe",
        parameters={"sidecar-names": []},
    ),
    Case(
        READY,
        API,
        app_template(container(), other("cache", init=True, sidecar=True, ports=(Port(8080, "http"),))),
        FAIL,
        "no_readiness_probe",
    ),
    Case(READY, API, app_container(readiness=timed(timeout=10)), WARN, "timeout_not_below_period"),
    Case(READY, API, all_of(UNPROBED, UNSERVED), WARN, "no_readiness_probe"),
    Case(
        READY,
        API,
        all_of(app_template(container(readiness=timed(timeout=11)), other()), UNSERVED),
        WARN,
        "no_readiness_probe timeout_not_below_period",
    ),
    Case(READY, AGENT, agent(served=False), NA, "not_serving"),
    Case(READY, AGENT, agent(served=True), FAIL, "no_readiness_probe"),
    Case(READY, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(READY, SYSTEM, nothing, NA, "system_namespace"),
    Case(READY, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(READY, API, without("services"), UNKNOWN, "access_denied"),
    Case(READY, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(ALIVE, API, app_container(liveness=None), FAIL, "no_liveness_probe"),
    Case(ALIVE, API, app_container(liveness=None), PASS, parameters={"require": False}),
    Case(
        ALIVE,
        API,
        app_template(container(), other()),
        FAIL,
        "no_liveness_probe",
        message="container other has no liveness probe",
    ),
    Case(ALIVE, API, app_container(liveness=timed(), readiness=timed()), WARN, "same_as_readiness"),
    Case(ALIVE, API, app_container(liveness=timed(), readiness=timed(period=5)), PASS),
    Case(ALIVE, API, app_container(liveness=timed(), readiness=None), PASS),
    Case(ALIVE, API, alive(timeout=10), WARN, "timeout_not_below_period"),
    Case(ALIVE, API, alive(period=5), WARN, "restarts_too_soon", message="container api: it restarts a slow start"),
    Case(ALIVE, API, alive(period=5), PASS, parameters={"min-tolerance-seconds": 15}),
    Case(
        ALIVE,
        API,
        app_container(liveness=Probe(handler="alive", kind="exec", period=5), startup=timed()),
        PASS,
    ),
    Case(ALIVE, API, alive(period=1, timeout=1), WARN, "restarts_too_soon timeout_not_below_period"),
    Case(ALIVE, AGENT, agent(served=False), NA, "not_serving"),
    Case(ALIVE, AGENT, agent(served=True), PASS),
    Case(ALIVE, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(ALIVE, SYSTEM, nothing, NA, "system_namespace"),
    Case(ALIVE, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(ALIVE, API, without("services"), UNKNOWN, "access_denied"),
    Case(ALIVE, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


def stopping(sleep: int | None, **members: Any) -> Change:
    return app_template(container(pre_stop=PreStop(sleep=sleep)), **members)


def unhooked(**members: Any) -> Change:
    return app_template(container(pre_stop=None), **members)


CASES += [
    Case(SHUTDOWN, API, app_template(grace_seconds=0), FAIL, "no_grace_period", severity=HIGH),
    Case(
        SHUTDOWN,
        API,
        stopping(30),
        FAIL,
        "sleep_too_long",
        message="container api sleeps 30 s before it stops, of a grace period of 30 s",
    ),
    Case(SHUTDOWN, API, stopping(30, grace_seconds=31), PASS),
    Case(SHUTDOWN, API, stopping(None), PASS),
    Case(SHUTDOWN, API, unhooked(), WARN, "no_pre_stop"),
    Case(SHUTDOWN, API, stopping(4), WARN, "no_pre_stop"),
    Case(SHUTDOWN, API, stopping(4), PASS, parameters={"drain-seconds": 4}),
    Case(SHUTDOWN, API, unhooked(annotations={"wa/handles-sigterm": "true"}), PASS),
    Case(SHUTDOWN, API, unhooked(annotations={"wa/handles-sigterm": ""}), PASS),
    Case(SHUTDOWN, API, unhooked(annotations={"wa/handles-sigterm": "False"}), WARN, "no_pre_stop"),
    Case(SHUTDOWN, API, unhooked(annotations={"sig": "term"}), PASS, parameters={"declared-annotation": "sig"}),
    Case(SHUTDOWN, API, all_of(unhooked(), UNSERVED), PASS),
    Case(SHUTDOWN, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(SHUTDOWN, SYSTEM, nothing, NA, "system_namespace"),
    Case(SHUTDOWN, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(SHUTDOWN, API, all_of(unhooked(), without("services")), UNKNOWN, "access_denied"),
    Case(SHUTDOWN, API, without("services"), PASS),
    Case(SHUTDOWN, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_probes(case: Case) -> None:
    check(case)
