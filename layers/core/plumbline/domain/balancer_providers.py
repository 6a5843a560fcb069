"""Providers of what asks for load balancers: Services and Ingresses."""

from typing import Any

from plumbline.domain.evidence.kubernetes.networking import Ingress, Service
from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.ingress_facts import ALB, INTERNAL, INTERNET, NLB, IngressClasses, load_balancer_of
from plumbline.domain.judged import first_missing
from plumbline.domain.need import known
from plumbline.domain.node_facts import Balancers
from plumbline.domain.provider import FactProvider
from plumbline.domain.view import View

# The annotation that names the subnets.
_SUBNETS = "subnets"
_BALANCER_SECTIONS = ("services", "ingresses", "ingress_classes", "ingress_class_params")


def _balancers(view: View) -> Section[Balancers]:
    evidence = view.kubernetes.evidence
    services = [one for one in known(evidence.services, ()) if one.spec.type == "LoadBalancer"]
    ingresses = known(evidence.ingresses, ())
    classes = IngressClasses(known(evidence.ingress_classes, ()), known(evidence.ingress_class_params, ()))
    looking = {_is_public(one) for one in services if f"{NLB}{_SUBNETS}" not in one.metadata.annotations}
    looking |= {
        _scheme_of(one, classes) == INTERNET
        for one in ingresses
        if f"{ALB}{_SUBNETS}" not in one.metadata.annotations and classes.makes_albs(one)
    }
    missing = first_missing(*(getattr(evidence, name) for name in _BALANCER_SECTIONS))
    found = Balancers(
        any=bool(services or ingresses), public=True in looking, private=False in looking, missing=missing
    )
    return Collected(found, view.now)


def _is_public(service: Service) -> bool:
    return load_balancer_of(service).internal is False


def _scheme_of(ingress: Ingress, classes: IngressClasses) -> str:
    settings = classes.settings_of(ingress)
    return (settings.spec.scheme if settings else "") or ingress.metadata.annotations.get(f"{ALB}scheme", INTERNAL)


BALANCER_FACTS: dict[Any, FactProvider[Any]] = {
    Balancers: FactProvider(_BALANCER_SECTIONS, _balancers),
}
