"""To whom what is offered is open, what stands before it, and whether all zones are served evenly."""

from fnmatch import fnmatchcase
from typing import Literal

from plumbline.controls.ingress.encryption import internet_facing
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.networking import Ingress, Service
from plumbline.domain.evidence.section import Section
from plumbline.domain.ingress_facts import (
    ALB,
    NLB,
    BalancedService,
    IngressClasses,
    admits_everybody,
    load_balancer_of,
    source_ranges,
)
from plumbline.domain.kubernetes_facts import ClusterNodes, Workloads
from plumbline.domain.need import known, need
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, unknown, warned
from plumbline.domain.zones import Subnets

_CROSS_ZONE = "load_balancing.cross_zone.enabled=true"


class Mode(Parameters, frozen=True):
    """What a missing web ACL means: something that leaves no trace in the cluster may protect it."""

    severity_mode: Literal["warn", "fail"] = "warn"


@control(
    "ingress.waf",
    title="Internet-facing application load balancers have a web ACL",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "WARN when an internet-facing ALB Ingress has no web ACL by annotation or class parameters. PASS otherwise. "
        "NOT_APPLICABLE for internal ones and for other controllers."
    ),
    remediation="`alb.ingress.kubernetes.io/wafv2-acl-arn: <arn>`",
)
def public_balancers_have_a_web_acl(ingress: Ingress, classes: IngressClasses, p: Mode) -> Verdict:
    """A web ACL stops known attacks and floods before they cost a pod.

    Firewall Manager or CloudFront may protect it without a trace in the cluster: so it is a warning by default.
    """
    if not classes.makes_albs(ingress):
        return not_applicable("other_controller", "no Application Load Balancer serves it")
    if not internet_facing(ingress, classes):
        return not_applicable("internal", "its load balancer is internal")
    settings = classes.settings_of(ingress)
    by_class = settings.spec.wafv2_acl_arn or settings.spec.wafv2_acl_name if settings else ""
    protected = bool(ingress.metadata.annotations.get(f"{ALB}wafv2-acl-arn") or by_class)
    observed = {"web_acl": protected}
    if protected:
        return passed("it has a web ACL", observed=observed)
    judged = failed if p.severity_mode == "fail" else warned
    return judged("no_web_acl", f"{ingress.path} is open to the internet without a web ACL", observed=observed)


class PublicPorts(Parameters, frozen=True):
    """The ports that may be open to everybody, and Services (namespace/name) that are meant to be."""

    public_ports: tuple[int, ...] = (80, 443)
    expected_public: tuple[str, ...] = ()


@control(
    "ingress.public-services",
    title="LoadBalancer Services are not open to everyone by accident",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when an internet-facing Service exposes a port outside public-ports to everybody (no source ranges). "
        "WARN when it exposes only public-ports, or is a classic load balancer. PASS when internal or restricted. "
        "UNKNOWN for a controller that is not known."
    ),
    remediation="Set scheme internal, or `loadBalancerSourceRanges`; use an NLB class.",
)
def services_are_not_open_by_accident(balanced: BalancedService, p: PublicPorts) -> Verdict:
    """Type LoadBalancer without a class means a balancer open to the internet: a database is one line away from it."""
    service = balanced.service
    balancer, ports = load_balancer_of(service), sorted(port.port for port in service.spec.ports)
    ranges = source_ranges(service)
    observed = {"kind": balancer.kind, "internal": balancer.internal, "ports": ports, "ranges": sorted(ranges)}
    if balancer.internal is None:
        text = (
            f"nothing says whether class {service.spec.load_balancer_class} of {service.path} is open to the internet"
        )
        return unknown(Reason.CATALOGUE_GAP, text, observed=observed)
    if balancer.internal:
        return passed("it is internal", observed=observed)
    if not admits_everybody(service):
        return passed("it is restricted to source ranges", observed=observed)
    if any(fnmatchcase(service.path, pattern) for pattern in p.expected_public):
        return passed("it is meant to be public", reason="expected", observed=observed)
    strange = [port for port in ports if port not in p.public_ports]
    if strange:
        text = f"{service.path} opens port {', '.join(map(str, strange))} to the internet"
        return failed("open_ports", text, observed=observed)
    if balancer.kind == "classic":
        return warned(
            "classic", f"{service.path} is open to the internet by a classic load balancer", observed=observed
        )
    return warned("public", f"{service.path} is open to the internet", observed=observed)


@control(
    "ingress.nlb-cross-zone",
    title="Network load balancers serve all zones evenly",
    pillar=Pillar.REL,
    severity=Severity.LOW,
    rule=(
        "Only for NLB Services. FAIL when the subnets annotation lists one zone only. WARN when cross-zone balancing "
        "is not enabled and externalTrafficPolicy is Local or replicas are fewer than zones. PASS otherwise."
    ),
    remediation=("`service.beta.kubernetes.io/aws-load-balancer-attributes: load_balancing.cross_zone.enabled=true`"),
)
def zones_are_served_evenly(
    balanced: BalancedService, workloads: Workloads, nodes: Section[ClusterNodes], subnets: Section[Subnets]
) -> Verdict:
    """Each address of a network load balancer serves its own zone only: where no pod runs, requests are lost.

    Balancing across zones costs their traffic, so targets that are spread evenly pass without it.
    """
    service = balanced.service
    if load_balancer_of(service).kind != "nlb":
        return not_applicable("no_network_load_balancer", "no network load balancer serves it")
    zones = _zones_of(service, subnets)
    observed: dict[str, object] = {
        "cross_zone": _crosses_zones(service),
        "local": service.spec.external_traffic_policy == "Local",
    }
    if zones == 1:
        return failed("one_zone", f"{service.path} is served in one zone only", observed=observed)
    if observed["cross_zone"]:
        return passed("it balances across zones", observed=observed)
    if observed["local"]:
        return warned("local_traffic", f"{service.path} keeps traffic on the node it came to", observed=observed)
    replicas = _replicas(service, workloads)
    wanted = len(need(nodes).zones)
    observed |= {"replicas": replicas, "zones": wanted}
    if replicas is not None and replicas < wanted:
        text = f"{service.path} has {replicas} pods for {wanted} zones and does not balance across them"
        return warned("few_replicas", text, observed=observed)
    return passed("there are pods for every zone", observed=observed)


def _crosses_zones(service: Service) -> bool:
    annotations = service.metadata.annotations
    attributes = annotations.get(f"{NLB}attributes", "").replace(" ", "").split(",")
    return _CROSS_ZONE in attributes or annotations.get(f"{NLB}cross-zone-load-balancing-enabled") == "true"


def _zones_of(service: Service, subnets: Section[Subnets]) -> int:
    """Return in how many zones the annotation places the balancer; 0 when it does not say."""
    named = [one.strip() for one in service.metadata.annotations.get(f"{NLB}subnets", "").split(",") if one.strip()]
    found = known(subnets, Subnets(()))
    return len({subnet.availability_zone if (subnet := found.of(name)) else name for name in named})


def _replicas(service: Service, workloads: Workloads) -> int | None:
    """Return how many pods stand behind a Service; None when no workload does."""
    selector = service.spec.selector.items()
    behind = [
        one
        for one in workloads.by_namespace.get(service.metadata.namespace, ())
        if selector and selector <= one.template.labels.items()
    ]
    return sum(one.desired or one.ready for one in behind) if behind else None
