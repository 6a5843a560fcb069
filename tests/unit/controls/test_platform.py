from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes.cluster import ApiService, ApiServiceSpec
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.workloads import Container, PodTemplate, Volume
from plumbline.domain.need import need
from plumbline.domain.verdict import Status
from tests.unit.changes import Change, each, without
from tests.unit.controls.cases import FAIL, HIGH, LOW, PASS, UNKNOWN, Case, check, label
from tests.unit.controls.system import running
from tests.unit.kubernetes_baseline import compliant_kubernetes

RETIRED = "platform.retired-components"


def served(group: str, version: str) -> Change:
    one = ApiService(metadata=Meta(name=f"{version}.{group}"), spec=ApiServiceSpec(group=group, version=version))
    return each("api_services", *need(compliant_kubernetes().api_services), one)


def mounting(path: str) -> Change:
    container = Container(name="agent", image="example.com/agent:1")
    template = PodTemplate(containers=(container,), volumes=(Volume(name="v", host_path=path),))
    return running("DaemonSet", "agent", "example.com/agent:1", template=template)


def case(component: str, change: Change, status: Status, reasons: str = "", **members: Any) -> Case:
    return Case(RETIRED, f"component/{component}", change, status, reasons, **members)


CASES = [
    case(
        "ingress-nginx",
        running("Deployment", "edge", "registry.k8s.io/ingress-nginx/controller:v1.11.2"),
        FAIL,
        "retired_component",
        severity=HIGH,
        message=(
            "ingress-nginx is in use (Deployment kube-system/edge): maintenance ended in March 2026; use a Gateway API "
            "implementation, the AWS Load Balancer Controller or a vendor's controller"
        ),
    ),
    # The vendor's own controller is another one.
    case("ingress-nginx", running("Deployment", "edge", "docker.io/nginx/nginx-ingress:5.0"), PASS),
    # It is the image that counts, whatever its namespace is called and wherever it was copied to.
    case("ingress-nginx", running("Deployment", "ingress-nginx", "example.com/shop:1"), PASS),
    case(
        "kube2iam",
        running("DaemonSet", "roles", "registry.example.com:5000/Mirror/KUBE2IAM:0.11"),
        FAIL,
        "retired_component",
        severity=HIGH,
    ),
    case("kiam", running("DaemonSet", "kiam", "quay.io/uswitch/kiam:v4"), FAIL, "retired_component", severity=HIGH),
    case("app-mesh", served("appmesh.k8s.aws", "v1beta2"), FAIL, "retired_component", severity=HIGH),
    case("flux-v1", running("Deployment", "flux", "docker.io/fluxcd/flux:1.25.4"), FAIL, "retired_component"),
    case("flux-v1", running("Deployment", "flux", "ghcr.io/fluxcd/flux-cli:v2.3.0"), PASS),
    case(
        "prometheus-adapter-old-home",
        running("Deployment", "adapter", "directxman12/k8s-prometheus-adapter:v0.8"),
        FAIL,
        "retired_component",
        severity=LOW,
    ),
    case("service-catalog", served("servicecatalog.k8s.io", "v1beta1"), FAIL, "retired_component"),
    case("pod-security-policy", served("policy", "v1beta1"), FAIL, "retired_component"),
    case("pod-security-policy", served("policy", "v1"), PASS),
    case("dockershim-paths", mounting("/var/lib/docker/containers"), FAIL, "retired_component"),
    case("dockershim-paths", mounting("/var/run/docker.sock"), FAIL, "retired_component"),
    case("dockershim-paths", mounting("/var/lib/docker-data"), PASS),
    case("app-mesh", without("api_services"), UNKNOWN, "access_denied"),
    case("kiam", without("api_services"), PASS),
    case("kiam", without("daemon_sets"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_platform(case: Case) -> None:
    check(case)
