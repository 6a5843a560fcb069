from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes.workloads import Mount, Port, Volume
from tests.unit.changes import Change, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template, beside
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component, container, template, workload

HOST_PATH, SOCKET, NAMESPACES = "workload.host-path", "workload.runtime-socket", "workload.host-namespaces"
SYSTEM = "DaemonSet/kube-system/aws-node"
AGENT = "DaemonSet/monitoring/fluent-bit"
NO_CONTAINERS = app(template=template().__class__())


def mounted(path: str, *, read_only: bool = True, init: bool = False) -> Change:
    mounts = (Mount("host", read_only=read_only), Mount("tmp"))
    containers = (container("setup", init=True, mounts=mounts), container()) if init else (container(mounts=mounts),)
    return app_template(*containers, volumes=(Volume(name="host", host_path=path), Volume(name="tmp")))


def agent(**members: Any) -> Change:
    made = template(container(image="public.ecr.aws/aws-observability/aws-for-fluent-bit:2"), **members)
    return beside("daemon_sets", workload("DaemonSet", "monitoring", "fluent-bit", template=made))


SOCKET_VOLUME = (Volume(name="socket", host_path="/run/containerd/containerd.sock"),)

CASES = [
    Case(HOST_PATH, API, mounted("/var/log/app", read_only=False), FAIL, "writable"),
    Case(HOST_PATH, API, mounted("/var/log/app", read_only=False, init=True), FAIL, "writable"),
    Case(
        HOST_PATH,
        API,
        mounted("/etc", read_only=False),
        FAIL,
        "writable path_not_allowed",
        message="folders of the node: writable: /etc; not allowed: /etc",
    ),
    Case(HOST_PATH, API, mounted("/var/log/../lib"), FAIL, "path_not_allowed"),
    Case(HOST_PATH, API, mounted("/var/logs"), FAIL, "path_not_allowed"),
    Case(HOST_PATH, API, mounted("/var/log/"), WARN, "read_only_host_path"),
    Case(HOST_PATH, API, mounted("/etc"), WARN, "read_only_host_path", parameters={"allowed-read-only": ["/"]}),
    Case(HOST_PATH, API, app_template(volumes=(Volume(name="host", host_path="/opt"),)), FAIL, "path_not_allowed"),
    Case(HOST_PATH, API, app_template(volumes=(Volume(name="tmp"),)), PASS),
    Case(HOST_PATH, AGENT, agent(volumes=SOCKET_VOLUME), NA, "node_agent"),
    Case(HOST_PATH, SYSTEM, nothing, NA, "system_namespace"),
    Case(HOST_PATH, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(HOST_PATH, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(SOCKET, API, mounted("/run/containerd/containerd.sock"), FAIL, "runtime_socket"),
    Case(SOCKET, API, mounted("/var/run/docker.sock"), FAIL, "runtime_socket"),
    Case(SOCKET, API, mounted("/var/run/../run/crio"), FAIL, "runtime_socket"),
    Case(SOCKET, API, mounted("//"), FAIL, "runtime_socket"),
    Case(SOCKET, API, mounted("/run"), FAIL, "runtime_socket"),
    Case(SOCKET, API, mounted("/run/docker"), PASS),
    Case(SOCKET, API, mounted("/run/docker.sock"), PASS, parameters={"sockets": ["/run/crio/crio.sock"]}),
    # Nothing is exempt.
    Case(SOCKET, AGENT, agent(volumes=SOCKET_VOLUME), FAIL, "runtime_socket"),
    Case(
        SOCKET,
        "DaemonSet/kube-system/agent",
        beside(
            "daemon_sets",
            component("DaemonSet", "agent", "tool:1", template=template(volumes=SOCKET_VOLUME)),
        ),
        FAIL,
        "runtime_socket",
        message="the socket of a container runtime can be reached: /run/containerd/containerd.sock",
    ),
    Case(SOCKET, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(SOCKET, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(NAMESPACES, API, app_template(host_network=True), FAIL, "host_network"),
    Case(NAMESPACES, API, app_template(host_pid=True, host_ipc=True), FAIL, "host_pid host_ipc"),
    Case(
        NAMESPACES,
        API,
        app_container(ports=(Port(container_port=8080, host_port=80),)),
        FAIL,
        "host_port",
        message="the pod shares ports of the node",
    ),
    Case(NAMESPACES, AGENT, agent(host_network=True), NA, "node_agent"),
    Case(NAMESPACES, SYSTEM, nothing, NA, "system_namespace"),
    Case(NAMESPACES, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(NAMESPACES, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_host(case: Case) -> None:
    check(case)
