"""Facts of what is offered outside a cluster: classes, controllers, and what annotations ask of a load balancer."""

import ipaddress
import json
from collections.abc import Iterable, Mapping

import msgspec

from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.kubernetes.networking import Gateway, Ingress, IngressClass, IngressClassParams, Service

ALB = "alb.ingress.kubernetes.io/"
NLB = "service.beta.kubernetes.io/aws-load-balancer-"
INTERNET = "internet-facing"
INTERNAL = "internal"
# The controllers that make Application Load Balancers: the AWS Load Balancer Controller, and Auto Mode's own.
ALB_CONTROLLERS = frozenset({"ingress.k8s.aws/alb", "eks.amazonaws.com/alb"})
NLB_CLASSES = frozenset({"service.k8s.aws/nlb", "eks.amazonaws.com/nlb"})
_LEGACY_ALB = "alb"


class IngressClasses:
    """The ingress classes of a cluster with their settings."""

    def __init__(self, classes: Iterable[IngressClass], parameters: Iterable[IngressClassParams]) -> None:
        self._by_name = {one.metadata.name: one for one in classes}
        self._parameters = {one.name: one for one in parameters}

    @property
    def defaults(self) -> tuple[str, ...]:
        """The classes that an Ingress without class gets."""
        return tuple(sorted(name for name, one in self._by_name.items() if one.default))

    @property
    def any(self) -> bool:
        """Whether there is a class at all."""
        return bool(self._by_name)

    def of(self, ingress: Ingress) -> IngressClass | None:
        """Return the class of an Ingress, by name or by default; None when there is none."""
        name = ingress.class_name
        if name is None:
            name = next(iter(self.defaults), "")
        return self._by_name.get(name)

    def settings_of(self, ingress: Ingress) -> IngressClassParams | None:
        """Return the settings of the class of an Ingress, or None."""
        found = self.of(ingress)
        reference = found.spec.parameters if found else None
        return self._parameters.get(reference.name) if reference else None

    def makes_albs(self, ingress: Ingress) -> bool:
        """Whether an Application Load Balancer serves the Ingress."""
        found = self.of(ingress)
        if found is None:
            return ingress.class_name == _LEGACY_ALB
        return found.spec.controller in ALB_CONTROLLERS


class Gateways:
    """The Gateways of a cluster."""

    def __init__(self, found: Iterable[Gateway]) -> None:
        self.all = tuple(found)


class BalancedService(msgspec.Struct, frozen=True):
    """A Service of type LoadBalancer."""

    service: Service


class LoadBalancer(msgspec.Struct, frozen=True):
    """How a Service is offered.

    Attributes:
        kind: `nlb`, `classic`, or `other` for a class that is nobody's known.
        internal: only the VPC reaches it; None when nothing says so.

    """

    kind: str
    internal: bool | None


def load_balancer_of(service: Service) -> LoadBalancer:
    """Return how a Service of type LoadBalancer is offered.

    A Service without class and type is the in-tree provider's, which makes a classic balancer open to everybody; the
    AWS Load Balancer Controller and Auto Mode keep theirs internal unless told otherwise.
    """
    annotations, named = service.metadata.annotations, service.spec.load_balancer_class
    scheme = annotations.get(f"{NLB}scheme", "")
    of_type = annotations.get(f"{NLB}type", "")
    if named and named not in NLB_CLASSES:
        return LoadBalancer("other", scheme != INTERNET if scheme else None)
    if named or of_type in ("external", "nlb-ip"):
        return LoadBalancer("nlb", _internal(annotations, scheme, by_default=True))
    return LoadBalancer("nlb" if of_type == "nlb" else "classic", _internal(annotations, scheme, by_default=False))


def _internal(annotations: Mapping[str, str], scheme: str, *, by_default: bool) -> bool:
    if scheme:
        return scheme != INTERNET
    said = annotations.get(f"{NLB}internal", "").lower()
    return said != "false" if said else by_default


def source_ranges(service: Service) -> tuple[str, ...]:
    """Return the ranges that may connect; none given means everybody."""
    written = service.metadata.annotations.get("service.beta.kubernetes.io/load-balancer-source-ranges", "")
    return service.spec.load_balancer_source_ranges or tuple(one.strip() for one in written.split(",") if one.strip())


def admits_everybody(service: Service) -> bool:
    """Whether the ranges leave nobody out: none is given, or they are the whole internet, be it in pieces.

    Raises:
        EvidenceUnreadable: a range is none.

    """
    ranges = source_ranges(service)
    try:
        networks = [ipaddress.ip_network(one, strict=False) for one in ranges]
    except ValueError as error:
        raise EvidenceUnreadable(f"a source range of {service.path} cannot be understood: {error}") from error
    v4 = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network))
    v6 = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv6Network))
    return not ranges or any(one.prefixlen == 0 for one in v4) or any(one.prefixlen == 0 for one in v6)


def listened_ports(ingress: Ingress) -> dict[int, str]:
    """Return port -> protocol of what an ALB listens on, as the annotation says; empty when it says nothing.

    Raises:
        EvidenceUnreadable: the annotation is not the JSON that the controller wants.

    """
    written = ingress.metadata.annotations.get(f"{ALB}listen-ports", "")
    if not written:
        return {}
    try:
        found = json.loads(written)
        return {int(port): str(protocol).upper() for one in found for protocol, port in one.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise EvidenceUnreadable(f"listen-ports of {ingress.path} cannot be understood: {error}") from error
