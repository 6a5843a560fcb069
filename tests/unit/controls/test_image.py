from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from plumbline.domain.evaluation import evaluate
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.verdict import Status
from tests.unit.baseline import ACCOUNT, NOW, OTHER_ACCOUNT, compliant
from tests.unit.changes import Change, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label, named
from tests.unit.kubernetes_baseline import EKS_REGISTRY, REGISTRY, container, template

REGISTRIES, TAGS = "image.allowed-registries", "image.tag-policy"
SYSTEM = "DaemonSet/kube-system/fluent-bit"
FOREIGN = f"{OTHER_ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/orders:1"
NO_CONTAINERS = app(template=template().__class__())


def running(image: str, **members: Any) -> Change:
    return app_container(image=image, **members)


def allowing(*entries: str) -> Mapping[str, Any]:
    return {"allowed": list(entries)}


CASES = [
    Case(
        REGISTRIES,
        API,
        running("nginx"),
        FAIL,
        "registry_not_allowed",
        message="not from an approved registry: nginx",
    ),
    Case(REGISTRIES, API, running("nginx"), PASS, parameters=allowing("docker.io/library/nginx")),
    Case(REGISTRIES, API, running("index.docker.io/nginx:1"), PASS, parameters=allowing("docker.io/library")),
    Case(
        REGISTRIES,
        API,
        running("bitnami/redis:7"),
        FAIL,
        "registry_not_allowed",
        parameters=allowing("docker.io/library"),
    ),
    Case(REGISTRIES, API, running("localhost:5000/tool"), PASS, parameters=allowing("localhost:5000")),
    Case(REGISTRIES, API, running("quay.io/tools/agent"), PASS, parameters=allowing("quay.io/tools")),
    Case(
        REGISTRIES,
        API,
        running("quay.io/toolsets/agent"),
        FAIL,
        "registry_not_allowed",
        parameters=allowing("quay.io/tools"),
    ),
    Case(REGISTRIES, API, running("a.example.com/x"), PASS, parameters=allowing("*.example.com")),
    # A pattern for the host does not reach into the path.
    Case(
        REGISTRIES,
        API,
        running("evil.com/a.example.com/x"),
        FAIL,
        "registry_not_allowed",
        parameters=allowing("*.example.com"),
    ),
    Case(REGISTRIES, API, running(f"{ACCOUNT}.dkr.ecr.evil.com/x"), FAIL, "registry_not_allowed"),
    Case(REGISTRIES, API, running(f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws/x:1"), PASS),
    Case(REGISTRIES, API, running(f"{ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com/x:1"), PASS),
    Case(REGISTRIES, API, running(f"{EKS_REGISTRY}/eks/coredns:v1"), PASS),
    Case(REGISTRIES, API, running("877085696533.dkr.ecr.af-south-1.amazonaws.com/eks/coredns:v1"), PASS),
    Case(REGISTRIES, API, running("public.ecr.aws/eks-distro/pause:3"), PASS),
    Case(REGISTRIES, API, running("public.ecr.aws/eksen/pause:3"), FAIL, "registry_not_allowed"),
    Case(REGISTRIES, API, running("registry.k8s.io/pause:3"), PASS),
    Case(REGISTRIES, API, running(FOREIGN), FAIL, "registry_not_allowed"),
    Case(REGISTRIES, API, running(FOREIGN), PASS, parameters={"fleet-accounts": [OTHER_ACCOUNT]}),
    Case(
        REGISTRIES,
        API,
        app_template(container("setup", init=True, image="busybox"), container()),
        FAIL,
        "registry_not_allowed",
    ),
    Case(REGISTRIES, SYSTEM, nothing, NA, "system_namespace"),
    Case(REGISTRIES, SYSTEM, nothing, FAIL, "registry_not_allowed", parameters={"include-system-namespaces": True}),
    Case(REGISTRIES, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(REGISTRIES, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
    Case(TAGS, API, running("nginx"), FAIL, "mutable_tag", message="the tag is missing or moves: nginx"),
    Case(TAGS, API, running("localhost:5000/tool"), FAIL, "mutable_tag"),
    Case(TAGS, API, running(f"{REGISTRY}/orders:latest"), FAIL, "mutable_tag"),
    Case(TAGS, API, running(f"{REGISTRY}/orders:latest@sha256:{'a' * 64}"), PASS),
    Case(TAGS, API, running(f"{REGISTRY}/orders:edge"), FAIL, "mutable_tag", parameters={"forbidden-tags": ["edge"]}),
    Case(TAGS, API, running(f"{REGISTRY}/orders:1.4.2"), WARN, "not_traceable"),
    Case(TAGS, API, running(f"{REGISTRY}/orders:1.4.2"), PASS, parameters={"commit-pattern": r"^\d"}),
    Case(TAGS, API, running(f"{REGISTRY}/orders:main-0123abc"), PASS),
    Case(TAGS, API, running(f"{REGISTRY}/orders:0123abc"), PASS),
    Case(TAGS, API, running(f"{REGISTRY}/orders:x0123abc"), WARN, "not_traceable"),
    Case(TAGS, API, running("nginx:1.27"), PASS),
    Case(TAGS, API, running("nginx:1.27"), WARN, "not_traceable", parameters={"third-party-exempt": False}),
    Case(TAGS, API, running(FOREIGN), PASS),
    Case(TAGS, API, running(FOREIGN), WARN, "not_traceable", parameters={"fleet-accounts": [OTHER_ACCOUNT]}),
    Case(TAGS, API, nothing, UNKNOWN, "control_error", parameters={"commit-pattern": "["}),
    Case(TAGS, API, NO_CONTAINERS, UNKNOWN, "parse_error"),
    Case(TAGS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_image(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("identifier", "image", "status"),
    [
        (REGISTRIES, FOREIGN, Status.UNKNOWN),
        (REGISTRIES, "nginx", Status.FAIL),
        (REGISTRIES, "registry.k8s.io/pause:3", Status.PASS),
        (TAGS, FOREIGN, Status.UNKNOWN),
        (TAGS, f"{EKS_REGISTRY}/eks/coredns:v1", Status.PASS),
    ],
)
def test_nobody_knows_which_registries_are_the_fleets_when_nothing_says_which_account_it_is(
    identifier: str, image: str, status: Status
) -> None:
    snapshot = running(image)(compliant())
    homeless = msgspec.structs.replace(snapshot, subject=msgspec.structs.replace(snapshot.subject, account=""))
    verdicts = evaluate(homeless, [named(identifier)], ParameterSet(), NOW).verdicts
    assert {verdict.status for verdict in verdicts if verdict.resource.name == "payments/api"} == {status}
