"""What a cluster offers outside, for tests."""

from typing import Any

from plumbline.domain.evidence.kubernetes import networking as net
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Meta
from tests.unit.baseline import NOW, read
from tests.unit.changes import Change, all_of, section
from tests.unit.kubernetes_baseline import APP, LABELS

ALB, NLB = "alb.ingress.kubernetes.io/", "service.beta.kubernetes.io/aws-load-balancer-"
PUBLIC = {f"{ALB}scheme": "internet-facing"}
INGRESS, SERVICE, GATEWAY = f"Ingress/{APP}/web", f"Service/{APP}/web", f"Gateway/{APP}/web"


def meta(annotations: dict[str, str] | None = None, **members: Any) -> AnnotatedMeta:
    return AnnotatedMeta(name="web", namespace=APP, annotations=annotations or {}, **members)


def ingress_class(controller: str = "ingress.k8s.aws/alb", *, default: bool = False, params: str = "") -> Change:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    reference = net.ParametersReference(kind="IngressClassParams", name=params) if params else None
    found = net.IngressClass(
        metadata=AnnotatedMeta(name="alb", annotations=annotations),
        spec=net.IngressClassSpec(controller=controller, parameters=reference),
    )
    return section("ingress_classes", read((found,)))


def params(**members: Any) -> Change:
    found = net.IngressClassParams(metadata=Meta(name="web"), spec=net.IngressClassParamsSpec(**members))
    return all_of(ingress_class(params="web"), section("ingress_class_params", read((found,))))


def ingress(
    annotations: dict[str, str] | None = None, *, addressed: bool = True, name: str | None = "alb", **spec: Any
) -> Change:
    """An Ingress of class alb, which exists."""
    points = (net.IngressPoint(hostname="web.example.com"),) if addressed else ()
    found = net.Ingress(
        metadata=meta(annotations, creation_timestamp=NOW.replace(hour=1)),
        spec=net.IngressSpec(ingress_class_name=name, **spec),
        status=net.BalancedStatus(load_balancer=net.Balancer(ingress=points)),
    )
    return all_of(ingress_class(), section("ingresses", read((found,))))


def service(*ports: int, annotations: dict[str, str] | None = None, **spec: Any) -> Change:
    found = net.Service(
        metadata=meta(annotations),
        spec=net.ServiceSpec(
            type="LoadBalancer", selector=LABELS, ports=tuple(net.ServicePort(port=one) for one in ports), **spec
        ),
    )
    return section("services", read((found,)))


def gateway(*protocols: str) -> Change:
    listeners = tuple(net.Listener(name=one, protocol=one) for one in protocols)
    found = net.Gateway(metadata=meta(), spec=net.GatewaySpec(gateway_class_name="web", listeners=listeners))
    return section("gateways", read((found,)))
