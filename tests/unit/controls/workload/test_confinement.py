from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes.cluster import NodeInfo, NodeStatus
from plumbline.domain.evidence.kubernetes.workloads import Security
from tests.unit.changes import Change, all_of, each, nothing, without
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_container, app_template
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, Case, check, label
from tests.unit.kubernetes_baseline import container, node, template

CONFINEMENT = "workload.confinement-profile"
BARE = app_template(container(security=Security()), security=Security())
ANNOTATION = "container.apparmor.security.beta.kubernetes.io/api"


def running(*images: str) -> Change:
    return each(
        "nodes",
        *(
            node(f"n{place}", ("role", "workers"), "eu-west-1a", status=NodeStatus(node_info=NodeInfo(os_image=image)))
            for place, image in enumerate(images)
        ),
    )


def annotated(profile: str, **members: Any) -> Change:
    return app_template(container(security=Security(**members)), security=Security(), annotations={ANNOTATION: profile})


BOTTLEROCKET = "Bottlerocket OS 1.52.0 (aws-k8s-1.33)"

CASES = [
    Case(CONFINEMENT, API, BARE, FAIL, "no_profile", message="container api has no profile"),
    Case(CONFINEMENT, API, app_container(security=Security(seccomp="Unconfined")), FAIL, "unconfined"),
    Case(CONFINEMENT, API, app_container(security=Security(app_armor="Unconfined")), FAIL, "unconfined"),
    Case(CONFINEMENT, API, app_container(security=Security(seccomp="Localhost")), PASS),
    Case(CONFINEMENT, API, app_container(security=Security()), PASS),
    Case(
        CONFINEMENT,
        API,
        app_template(container(security=Security(app_armor="RuntimeDefault")), security=Security()),
        PASS,
    ),
    Case(CONFINEMENT, API, app_template(container(security=Security()), security=Security(selinux=True)), PASS),
    Case(CONFINEMENT, API, annotated("runtime/default"), PASS),
    Case(CONFINEMENT, API, annotated("unconfined"), FAIL, "unconfined"),
    Case(CONFINEMENT, API, annotated("unconfined", app_armor="RuntimeDefault"), PASS),
    Case(CONFINEMENT, API, all_of(BARE, running(BOTTLEROCKET, BOTTLEROCKET)), PASS, "node_enforced"),
    Case(CONFINEMENT, API, all_of(BARE, running(BOTTLEROCKET, "Amazon Linux 2023")), FAIL, "no_profile"),
    Case(CONFINEMENT, API, all_of(BARE, running()), FAIL, "no_profile"),
    Case(CONFINEMENT, API, BARE, PASS, "node_default", parameters={"seccomp-default-on-nodes": True}),
    Case(CONFINEMENT, API, app_template(os="windows"), NA, "windows"),
    Case(CONFINEMENT, "DaemonSet/kube-system/aws-node", nothing, NA, "system_namespace"),
    Case(CONFINEMENT, API, without("nodes"), PASS),
    Case(CONFINEMENT, API, all_of(BARE, without("nodes")), UNKNOWN, "access_denied"),
    Case(CONFINEMENT, API, app(template=template().__class__()), UNKNOWN, "parse_error"),
    Case(CONFINEMENT, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_confinement(case: Case) -> None:
    check(case)
