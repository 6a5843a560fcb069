"""Whether what is offered is encrypted on its way."""

from typing import Literal

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.networking import Gateway, Ingress
from plumbline.domain.evidence.section import Section
from plumbline.domain.ingress_facts import (
    ALB,
    INTERNAL,
    NLB,
    BalancedService,
    IngressClasses,
    listened_ports,
    load_balancer_of,
)
from plumbline.domain.need import need
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

_HTTP_PORT = 80


class Internal(Parameters, frozen=True):
    """What plain HTTP inside the VPC means."""

    internal: Literal["warn", "pass"] = "warn"


@control(
    "ingress.tls",
    title="Public entry points use TLS",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when an internet-facing entry point offers HTTP without TLS or redirect. WARN for internal ones, for "
        "those whose exposure is not visible, and for TCP pass-through whose encryption is invisible. PASS otherwise."
    ),
    remediation='Add a certificate annotation and `alb.ingress.kubernetes.io/ssl-redirect: "443"`.',
    references=("CIS 5.4.5", "hardeneks use_encryption_with_aws_load_balancers"),
)
def entry_points_use_tls(
    entry: Ingress | Gateway | BalancedService, classes: Section[IngressClasses], p: Internal
) -> Verdict:
    """What crosses the internet in the clear is read and changed on the way.

    Whoever sits there needs no flaw of yours for it.
    """
    if isinstance(entry, BalancedService):
        return _of_service(entry, p)
    if isinstance(entry, Gateway):
        return _of_gateway(entry)
    return _of_ingress(entry, need(classes), p)


def _of_ingress(ingress: Ingress, classes: IngressClasses, p: Internal) -> Verdict:
    annotations = ingress.metadata.annotations
    if not classes.makes_albs(ingress):
        if ingress.spec.tls:
            return passed("it has certificates")
        return warned("no_tls", f"{ingress.path} has no certificate; who reaches it is not visible here")
    settings = classes.settings_of(ingress)
    ports = listened_ports(ingress)
    certificate = bool(
        annotations.get(f"{ALB}certificate-arn") or ingress.spec.tls or (settings and settings.spec.certificate_arn)
    )
    encrypted = certificate or "HTTPS" in ports.values()
    redirected = bool(annotations.get(f"{ALB}ssl-redirect"))
    observed = {
        "encrypted": encrypted,
        "redirected": redirected,
        "ports": sorted(f"{protocol} {port}" for port, protocol in ports.items()),
    }
    if encrypted and (redirected or "HTTP" not in ports.values()):
        return passed("it is encrypted", observed=observed)
    public = internet_facing(ingress, classes)
    said = "offers HTTP beside HTTPS without redirect" if encrypted else "offers HTTP only"
    return _plain("no_redirect" if encrypted else "no_tls", f"{ingress.path} {said}", public, observed, p)


def internet_facing(ingress: Ingress, classes: IngressClasses) -> bool:
    """Whether the ALB of an Ingress is open to the internet: internal unless the class or an annotation says so."""
    settings = classes.settings_of(ingress)
    said = settings.spec.scheme if settings and settings.spec.scheme else ""
    return (said or ingress.metadata.annotations.get(f"{ALB}scheme", INTERNAL)) != INTERNAL


def _of_gateway(gateway: Gateway) -> Verdict:
    protocols = sorted({listener.protocol.upper() for listener in gateway.spec.listeners})
    observed = {"encrypted": "HTTP" not in protocols, "redirected": False, "ports": protocols}
    if "HTTP" in protocols:
        text = f"{gateway.path} listens for HTTP; who reaches it, and whether it redirects, is not visible here"
        return warned("http_listener", text, observed=observed)
    if {"TCP", "UDP"}.intersection(protocols):
        return warned("pass_through", f"whether {gateway.path} is encrypted is not visible", observed=observed)
    return passed("it is encrypted", observed=observed)


def _of_service(entry: BalancedService, p: Internal) -> Verdict:
    service = entry.service
    ports = sorted(port.port for port in service.spec.ports)
    encrypted = bool(service.metadata.annotations.get(f"{NLB}ssl-cert"))
    observed = {"encrypted": encrypted, "redirected": False, "ports": [str(port) for port in ports]}
    if encrypted:
        return passed("it has a certificate", observed=observed)
    if _HTTP_PORT in ports:
        public = load_balancer_of(service).internal is False
        return _plain("no_tls", f"{service.path} offers port {_HTTP_PORT} without TLS", public, observed, p)
    text = f"whether ports {', '.join(map(str, ports))} of {service.path} are encrypted is not visible"
    return warned("pass_through", text, observed=observed)


def _plain(reason: str, text: str, public: bool, observed: dict[str, object], p: Internal) -> Verdict:  # noqa: FBT001
    if public:
        return failed(reason, f"{text} to the internet", observed=observed)
    if p.internal == "pass":
        return passed("it is internal", observed=observed)
    return warned(reason, f"{text} inside the VPC", observed=observed)
