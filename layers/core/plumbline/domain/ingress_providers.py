"""Providers of what is offered outside a cluster."""

from typing import Any

from plumbline.domain.evidence.section import Section
from plumbline.domain.ingress_facts import BalancedService, Gateways, IngressClasses
from plumbline.domain.kubernetes_providers import listed
from plumbline.domain.need import joined
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.view import View


def _balanced(view: View) -> Judged[BalancedService]:
    services = joined(
        lambda found: tuple(BalancedService(one) for one in found if one.spec.type == "LoadBalancer"),
        view.kubernetes.evidence.services,
    )
    yield from listed("Service", services, lambda one: one.service.path)


def _classes(view: View) -> Section[IngressClasses]:
    evidence = view.kubernetes.evidence
    return joined(IngressClasses, evidence.ingress_classes, evidence.ingress_class_params)


def _gateways(view: View) -> Section[Gateways]:
    return joined(Gateways, view.kubernetes.evidence.gateways)


INGRESS_RESOURCES: dict[type, ResourceProvider[Any]] = {BalancedService: ResourceProvider(("services",), _balanced)}
INGRESS_FACTS: dict[Any, FactProvider[Any]] = {
    IngressClasses: FactProvider(("ingress_classes", "ingress_class_params"), _classes),
    Gateways: FactProvider(("gateways",), _gateways),
}
