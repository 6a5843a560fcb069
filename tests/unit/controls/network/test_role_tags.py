from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes.networking import (
    Ingress,
    IngressClass,
    IngressClassParams,
    IngressClassParamsSpec,
    IngressClassSpec,
    IngressSpec,
    ParametersReference,
    Service,
    ServiceSpec,
)
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Meta
from tests.unit.baseline import route_table
from tests.unit.changes import Change, all_of, each, nothing, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.names import SUBNETS
from tests.unit.surroundings import subnet

TAGS, A = "network.subnet-role-tags", "subnet/subnet-a"
PUBLIC, PRIVATE = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
PUBLIC_ROUTES = each("route_tables", route_table("rtb-main", main=True, gateway="igw-1"))
SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
INTERNAL = {SCHEME: "internal"}


def meta(**annotations: str) -> AnnotatedMeta:
    return AnnotatedMeta(name="api", namespace="payments", annotations=annotations)


def balanced(annotations: dict[str, str], **members: Any) -> Change:
    return each("services", Service(metadata=meta(**annotations), spec=ServiceSpec(type="LoadBalancer", **members)))


def tagged(**roles: str) -> Change:
    """The subnets by their last letter have these tags."""
    return each(
        "subnets",
        *(
            subnet(name, "10.0.0.0/20", tags=(ec2.Tag(key=roles[name[-1]], value="1"),) if name[-1] in roles else ())
            for name in SUBNETS
        ),
    )


def ingress(class_name: str | None = "alb", **annotations: str) -> Change:
    return each("ingresses", Ingress(metadata=meta(**annotations), spec=IngressSpec(ingress_class_name=class_name)))


ALB_SCHEME, ALB_SUBNETS = "alb.ingress.kubernetes.io/scheme", "alb.ingress.kubernetes.io/subnets"
PUBLIC_PARAMETERS = each(
    "ingress_class_params",
    IngressClassParams(metadata=Meta(name="public"), spec=IngressClassParamsSpec(scheme="internet-facing")),
)


def public_class(**annotations: str) -> Change:
    spec = IngressClassSpec(controller="eks.amazonaws.com/alb", parameters=ParametersReference(name="public"))
    named = AnnotatedMeta(name="public", annotations=annotations)
    return all_of(each("ingress_classes", IngressClass(metadata=named, spec=spec)), PUBLIC_PARAMETERS)


DEFAULT = {"ingressclass.kubernetes.io/is-default-class": "true"}

CASES = [
    Case(TAGS, A, nothing, NA, "subnets_named"),
    Case(TAGS, A, all_of(each("services"), each("ingresses")), NA, "no_load_balancers"),
    Case(TAGS, A, balanced({"service.beta.kubernetes.io/aws-load-balancer-subnets": "subnet-a"}), NA, "subnets_named"),
    Case(
        TAGS,
        A,
        balanced(INTERNAL),
        FAIL,
        "role_tag_missing",
        message=(
            f"load balancers look for private subnets with the tag {PRIVATE}; subnet-a lacks it, and 0 zone(s) have one"
        ),
    ),
    Case(TAGS, A, all_of(balanced(INTERNAL), tagged(b=PRIVATE)), FAIL, "role_tag_missing"),
    Case(TAGS, A, all_of(balanced(INTERNAL), tagged(b=PRIVATE, c=PRIVATE)), PASS),
    Case(TAGS, "subnet/subnet-b", all_of(balanced(INTERNAL), tagged(b=PRIVATE)), PASS),
    Case(TAGS, A, all_of(balanced(INTERNAL), tagged(a=PUBLIC, b=PRIVATE, c=PRIVATE)), WARN, "wrong_role_tag"),
    Case(TAGS, A, all_of(balanced(INTERNAL), PUBLIC_ROUTES), PASS),
    # Without a class the provider inside of Kubernetes makes load balancers that face the internet.
    Case(TAGS, A, balanced({}), PASS),
    Case(TAGS, A, all_of(balanced({}), PUBLIC_ROUTES), FAIL, "role_tag_missing"),
    Case(TAGS, A, all_of(balanced({}, load_balancer_class="service.k8s.aws/nlb"), PUBLIC_ROUTES), PASS),
    Case(TAGS, A, all_of(balanced({}), PUBLIC_ROUTES, tagged(a=PUBLIC, b=PUBLIC)), PASS),
    Case(TAGS, A, ingress(), FAIL, "role_tag_missing"),
    Case(TAGS, A, ingress(**{ALB_SUBNETS: "subnet-a"}), NA, "subnets_named"),
    Case(TAGS, A, ingress(**{ALB_SCHEME: "internet-facing"}), PASS),
    Case(TAGS, A, all_of(ingress("public"), public_class(), PUBLIC_ROUTES), FAIL, "role_tag_missing"),
    # An Ingress that names no class gets the default one.
    Case(TAGS, A, all_of(ingress(None), public_class(**DEFAULT), PUBLIC_ROUTES), FAIL, "role_tag_missing"),
    Case(TAGS, A, all_of(ingress(None), public_class(), PUBLIC_ROUTES), NA, "subnets_named"),
    # Another controller's.
    Case(TAGS, A, ingress("nginx"), NA, "subnets_named"),
    Case(TAGS, A, without("services"), UNKNOWN, "access_denied"),
    Case(TAGS, A, all_of(balanced(INTERNAL), without("ingresses")), FAIL, "role_tag_missing"),
    Case(
        TAGS,
        A,
        all_of(balanced(INTERNAL), tagged(b=PRIVATE, c=PRIVATE), without("ingresses")),
        UNKNOWN,
        "access_denied",
    ),
    Case(TAGS, A, all_of(balanced(INTERNAL), each("route_tables")), UNKNOWN, "not_found_in_listing"),
    Case(TAGS, A, without("route_tables"), UNKNOWN, "access_denied"),
    Case(TAGS, A, without("subnets"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_role_tags(case: Case) -> None:
    check(case)
