"""What the cluster offers outside: served, encrypted, open to whom."""

from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence.kubernetes.networking import Ingress, IngressTls, Service
from plumbline.domain.snapshot import Snapshot
from tests.unit.baseline import NOW, read
from tests.unit.changes import all_of, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of
from tests.unit.controls.ingress.objects import (
    ALB,
    GATEWAY,
    INGRESS,
    NLB,
    PUBLIC,
    SERVICE,
    gateway,
    ingress,
    ingress_class,
    meta,
    params,
    service,
)
from tests.unit.kubernetes_baseline import services

SERVED, TLS, WAF, CROSS, OPEN = (
    f"ingress.{name}" for name in ("class-and-controller", "tls", "waf", "nlb-cross-zone", "public-services")
)
CLUSTER = "cluster/payments"
CERTIFICATE = {f"{ALB}certificate-arn": "arn:aws:acm:eu-west-1:111122223333:certificate/1"}
BOTH_PORTS = {f"{ALB}listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]'}
REDIRECT = {f"{ALB}ssl-redirect": "443"}
NLB_CLASS: dict[str, Any] = {"load_balancer_class": "service.k8s.aws/nlb"}
EXTERNAL = {f"{NLB}type": "external"}
FACING = {f"{NLB}scheme": "internet-facing"}


def many_services(snapshot: Snapshot) -> Snapshot:
    (one,) = service(80)(snapshot).kubernetes.services.value  # type: ignore[union-attr]
    copies = tuple(
        Service(metadata=msgspec.structs.replace(meta(), name=f"web-{number}"), spec=one.spec) for number in range(4)
    )
    return section("services", read(copies))(snapshot)


def just_made(snapshot: Snapshot) -> Snapshot:
    changed = ingress(addressed=False)(snapshot)
    (one,) = changed.kubernetes.ingresses.value  # type: ignore[union-attr]
    assert isinstance(one, Ingress)
    young = msgspec.structs.replace(one, metadata=msgspec.structs.replace(one.metadata, creation_timestamp=NOW))
    return section("ingresses", read((young,)))(changed)


INSIDE = all_of(section("ingresses", read(())), section("ingress_classes", read(())))

CASES = [
    Case(SERVED, CLUSTER, all_of(INSIDE, section("services", read(services()))), NA, "nothing_offered"),
    Case(SERVED, CLUSTER, ingress_class(), PASS),
    Case(SERVED, CLUSTER, gateway("HTTPS"), PASS),
    Case(SERVED, CLUSTER, all_of(INSIDE, service(80)), PASS),
    Case(SERVED, CLUSTER, all_of(INSIDE, many_services), WARN, "many_load_balancers"),
    Case(SERVED, CLUSTER, all_of(INSIDE, many_services), PASS, parameters={"max-lb-services": 4}),
    Case(SERVED, CLUSTER, without("services"), UNKNOWN, "access_denied"),
    Case(SERVED, CLUSTER, all_of(INSIDE, many_services, without("gateways")), UNKNOWN, "access_denied"),
    Case(SERVED, INGRESS, ingress(), PASS),
    Case(SERVED, INGRESS, ingress(name="nginx"), FAIL, "unknown_class"),
    Case(SERVED, INGRESS, ingress(name=None), FAIL, "no_class"),
    Case(SERVED, INGRESS, all_of(ingress(name=None), ingress_class(default=True)), PASS),
    Case(SERVED, INGRESS, ingress({"kubernetes.io/ingress.class": "alb"}, name=None), PASS),
    Case(SERVED, INGRESS, ingress(addressed=False), FAIL, "no_address"),
    Case(SERVED, INGRESS, just_made, PASS),
    Case(SERVED, INGRESS, all_of(ingress(), without("ingress_classes")), UNKNOWN, "access_denied"),
    Case(TLS, INGRESS, ingress(PUBLIC | CERTIFICATE), PASS),
    Case(TLS, INGRESS, ingress(PUBLIC | {f"{ALB}listen-ports": '[{"HTTPS": 443}]'}), PASS),
    Case(TLS, INGRESS, ingress(PUBLIC), FAIL, "no_tls"),
    Case(TLS, INGRESS, ingress(PUBLIC | CERTIFICATE | BOTH_PORTS), FAIL, "no_redirect"),
    Case(TLS, INGRESS, ingress(PUBLIC | CERTIFICATE | BOTH_PORTS | REDIRECT), PASS),
    Case(TLS, INGRESS, ingress(PUBLIC | {f"{ALB}listen-ports": "80"}), UNKNOWN, "parse_error"),
    Case(TLS, INGRESS, ingress(), WARN, "no_tls"),
    Case(TLS, INGRESS, ingress(), PASS, parameters={"internal": "pass"}),
    Case(TLS, INGRESS, all_of(ingress(), params(scheme="internet-facing")), FAIL, "no_tls"),
    Case(TLS, INGRESS, all_of(ingress(), params(certificate_arn=("arn",))), PASS),
    Case(TLS, INGRESS, all_of(ingress(), ingress_class("k8s.io/ingress-nginx")), WARN, "no_tls"),
    Case(
        TLS,
        INGRESS,
        all_of(ingress(tls=(IngressTls(secret_name="web"),)), ingress_class("k8s.io/ingress-nginx")),
        PASS,
    ),
    Case(TLS, GATEWAY, gateway("HTTPS", "TLS"), PASS),
    Case(TLS, GATEWAY, gateway("HTTP", "HTTPS"), WARN, "http_listener"),
    Case(TLS, GATEWAY, gateway("TCP"), WARN, "pass_through"),
    Case(TLS, "Gateway/*", without("gateways"), UNKNOWN, "access_denied"),
    Case(TLS, SERVICE, service(80), FAIL, "no_tls"),
    Case(TLS, SERVICE, service(443), WARN, "pass_through"),
    Case(TLS, SERVICE, service(443, annotations={f"{NLB}ssl-cert": "arn"}), PASS),
    Case(TLS, SERVICE, service(80, **NLB_CLASS), WARN, "no_tls"),
    Case(WAF, INGRESS, ingress(PUBLIC | {f"{ALB}wafv2-acl-arn": "arn"}), PASS),
    Case(WAF, INGRESS, ingress(PUBLIC), WARN, "no_web_acl"),
    Case(WAF, INGRESS, ingress(PUBLIC), FAIL, "no_web_acl", parameters={"severity-mode": "fail"}),
    Case(WAF, INGRESS, all_of(ingress(PUBLIC), params(wafv2_acl_name="acl")), PASS),
    Case(WAF, INGRESS, ingress(), NA, "internal"),
    Case(WAF, INGRESS, all_of(ingress(PUBLIC), ingress_class("k8s.io/ingress-nginx")), NA, "other_controller"),
    Case(WAF, "Ingress/*", without("ingresses"), UNKNOWN, "access_denied"),
    Case(OPEN, SERVICE, service(5432, **NLB_CLASS), PASS),
    Case(OPEN, SERVICE, service(5432, annotations=EXTERNAL), PASS),
    Case(OPEN, SERVICE, service(5432), FAIL, "open_ports"),
    Case(OPEN, SERVICE, service(5432, annotations=EXTERNAL | FACING), FAIL, "open_ports"),
    Case(OPEN, SERVICE, service(443, annotations=EXTERNAL | FACING), WARN, "public"),
    Case(OPEN, SERVICE, service(443), WARN, "classic"),
    Case(OPEN, SERVICE, service(443, annotations={f"{NLB}internal": "true"}), PASS),
    Case(OPEN, SERVICE, service(5432, load_balancer_source_ranges=("10.0.0.0/8",)), PASS),
    Case(OPEN, SERVICE, service(5432, load_balancer_source_ranges=("0.0.0.0/0",)), FAIL, "open_ports"),
    Case(OPEN, SERVICE, service(5432, load_balancer_source_ranges=("0.0.0.0/1", "128.0.0.0/1")), FAIL, "open_ports"),
    Case(OPEN, SERVICE, service(5432, load_balancer_source_ranges=("10.0.0.0/8", "::/0")), FAIL, "open_ports"),
    Case(OPEN, SERVICE, service(5432, load_balancer_source_ranges=("office",)), UNKNOWN, "parse_error"),
    Case(
        OPEN,
        SERVICE,
        service(5432, annotations={"service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8"}),
        PASS,
    ),
    Case(OPEN, SERVICE, service(5432), PASS, "expected", parameters={"expected-public": ["payments/*"]}),
    Case(OPEN, SERVICE, service(5432, load_balancer_class="acme.io/lb"), UNKNOWN, "catalogue_gap"),
    Case(OPEN, "Service/*", without("services"), UNKNOWN, "access_denied"),
    Case(CROSS, SERVICE, service(443), NA, "no_network_load_balancer"),
    Case(CROSS, SERVICE, service(443, **NLB_CLASS, annotations={f"{NLB}subnets": "subnet-a"}), FAIL, "one_zone"),
    Case(
        CROSS,
        SERVICE,
        service(
            443,
            **NLB_CLASS,
            annotations={
                f"{NLB}subnets": "subnet-a, subnet-b",
                f"{NLB}attributes": "load_balancing.cross_zone.enabled=true",
            },
        ),
        PASS,
    ),
    Case(CROSS, SERVICE, service(443, **NLB_CLASS, external_traffic_policy="Local"), WARN, "local_traffic"),
    Case(CROSS, SERVICE, service(443, **NLB_CLASS), WARN, "few_replicas"),
    Case(CROSS, SERVICE, all_of(service(443, **NLB_CLASS), without("nodes")), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_ingress(case: Case) -> None:
    check(case)


def test_a_service_inside_the_cluster_is_not_judged() -> None:
    assert services()[0].spec.type == "ClusterIP"
    assert set(verdicts_of(named(OPEN))) == {"Service/payments/edge"}
