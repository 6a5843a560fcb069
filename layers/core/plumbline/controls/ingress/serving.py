"""Whether what is offered is served at all, by a known controller."""

from datetime import timedelta

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.networking import Ingress
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import Now
from plumbline.domain.ingress_facts import Gateways, IngressClasses
from plumbline.domain.kubernetes_facts import Services
from plumbline.domain.need import known, need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned


class Controllers(Parameters, frozen=True):
    """How many Services may have a load balancer of their own, and how long an address may take."""

    max_lb_services: int = 3
    grace_minutes: int = 30


@control(
    "ingress.class-and-controller",
    title="Ingress objects are served by a known controller",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when an Ingress names a class that does not exist, or names none and no default exists, or has no "
        "address after grace-minutes. Cluster: WARN when more than max-lb-services LoadBalancer Services exist and "
        "there is no Ingress or Gateway controller. PASS otherwise. NOT_APPLICABLE without Ingress, Gateway and "
        "LoadBalancer Services."
    ),
    remediation="Install AWS Load Balancer Controller, or set spec.ingressClassName.",
)
def ingresses_are_served(
    judged: Ingress | Cluster,
    classes: IngressClasses,
    services: Section[Services],
    gateways: Section[Gateways],
    now: Now,
    p: Controllers,
) -> Verdict:
    """An Ingress that nobody serves looks deployed and reaches nobody.

    A load balancer for each Service costs money, and each is one more door.
    """
    if isinstance(judged, Ingress):
        return _of_ingress(judged, classes, now, p)
    return _of_cluster(classes, services, gateways, p)


def _of_ingress(ingress: Ingress, classes: IngressClasses, now: Now, p: Controllers) -> Verdict:
    name = ingress.class_name
    observed = {"offered": name or "", "served": bool(ingress.status.load_balancer.ingress)}
    if classes.of(ingress) is None:
        if name is None:
            return failed("no_class", f"{ingress.path} names no class and there is no default", observed=observed)
        return failed("unknown_class", f"{ingress.path} names class {name}, which does not exist", observed=observed)
    created = ingress.metadata.creation_timestamp
    waited = created is None or created < now - timedelta(minutes=p.grace_minutes)
    if not ingress.status.load_balancer.ingress and waited:
        return failed("no_address", f"{ingress.path} has no address: no controller serves it", observed=observed)
    return passed("its class exists", observed=observed)


def _of_cluster(
    classes: IngressClasses, services: Section[Services], gateways: Section[Gateways], p: Controllers
) -> Verdict:
    balanced = [one for one in need(services).all if one.spec.type == "LoadBalancer"]
    offered = known(gateways, Gateways(())).all
    observed = {"offered": len(balanced), "served": classes.any or bool(offered)}
    if classes.any or offered:
        return passed("an ingress or gateway class exists", observed=observed)
    if not balanced:
        need(gateways)
        return not_applicable("nothing_offered", "the cluster offers nothing outside", observed=observed)
    if len(balanced) > p.max_lb_services:
        need(gateways)
        text = f"{len(balanced)} Services have a load balancer each and no ingress or gateway shares one"
        return warned("many_load_balancers", text, observed=observed)
    return passed(f"{len(balanced)} Services have a load balancer", observed=observed)
