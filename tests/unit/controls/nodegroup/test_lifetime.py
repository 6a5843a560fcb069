from datetime import datetime, timedelta
from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes.cluster import NodeInfo
from tests.unit.baseline import NOW
from tests.unit.changes import Change, all_of, each, nodegroup, one, replace, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.nodegroup.pools import (
    AUTO,
    AUTO_MODE,
    BATCH,
    GENERAL,
    GENERAL_NODE,
    LOST_NODE,
    NO_NODES,
    OTHERS,
    WORKER_NODE,
    WORKERS,
    templates,
)
from tests.unit.kubernetes_baseline import nodes
from tests.unit.names import IMAGE
from tests.unit.node_changes import POOL, aws_alone, karpenter, karpenter_without_nodes, node_pool, unreachable
from tests.unit.surroundings import image

FAMILY, AGE = "nodegroup.ami-family-supported", "nodegroup.node-age"
CUSTOM = nodegroup("general", ami_type="CUSTOM", release_version=IMAGE, version=None)


def ami_type(name: str | None) -> Change:
    return nodegroup("general", ami_type=name)


def made(days: float, **members: Any) -> Change:
    return each("images", image(creation_date=NOW - timedelta(days=days), **members))


def runs_since(days: float, index: int = GENERAL_NODE) -> Change:
    return one("instances", index, launch_time=NOW - timedelta(days=days))


def nodes_run(system: str, created: datetime = NOW) -> Change:
    """All nodes run this operating system since then."""
    changed = [
        replace(
            one,
            metadata=replace(one.metadata, creation_timestamp=created),
            status=replace(one.status, node_info=NodeInfo(os_image=system)),
        )
        for one in nodes()
    ]
    return each("nodes", *changed)


CASES = [
    Case(
        FAMILY,
        GENERAL,
        ami_type("AL2_x86_64"),
        FAIL,
        "family_retired",
        message="AWS publishes no images of type AL2_x86_64 any more",
    ),
    Case(FAMILY, GENERAL, ami_type("AL2_ARM_64"), FAIL, "family_retired"),
    Case(FAMILY, GENERAL, ami_type("WINDOWS_CORE_2019_x86_64"), WARN, "family_retiring"),
    Case(FAMILY, GENERAL, ami_type("WINDOWS_FULL_2022_x86_64"), PASS),
    Case(FAMILY, GENERAL, ami_type("AL2023_ARM_64_STANDARD"), PASS),
    Case(FAMILY, GENERAL, ami_type("AL2_x86_64"), PASS, parameters={"retired": []}),
    Case(FAMILY, "nodegroup/rocket", ami_type("AL2_x86_64"), FAIL, "family_retired", parameters={"retired": ["BOTT*"]}),
    Case(FAMILY, GENERAL, aws_alone(ami_type("CUSTOM")), UNKNOWN, "not_collected"),
    Case(FAMILY, GENERAL, ami_type(None), UNKNOWN, "not_collected"),
    Case(
        FAMILY,
        WORKERS,
        aws_alone(NO_NODES),
        UNKNOWN,
        "not_collected",
        message=(
            "which operating system the nodes of workers run: only the Kubernetes API of the cluster knows, and it was "
            "not read"
        ),
    ),
    Case(FAMILY, AUTO, AUTO_MODE, NA, "no_image_to_choose"),
    Case(FAMILY, BATCH, NO_NODES, NA, "no_image_to_choose"),
    Case(FAMILY, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    # --- node-age
    Case(
        AGE,
        WORKERS,
        made(91),
        FAIL,
        "image_too_old",
        message="image ami-1 was made on 2025-11-30",
    ),
    Case(AGE, WORKERS, made(90), PASS),
    Case(AGE, WORKERS, made(91), PASS, parameters={"max-image-age-days": 91}),
    # Images of AWS are judged by nodegroup.ami-current.
    Case(AGE, GENERAL, made(400), PASS),
    Case(AGE, GENERAL, all_of(CUSTOM, made(91)), FAIL, "image_too_old"),
    Case(AGE, GENERAL, all_of(CUSTOM, NO_NODES, made(91)), FAIL, "image_too_old"),
    Case(
        AGE,
        GENERAL,
        made(20, deprecation_time=NOW),
        FAIL,
        "image_deprecated",
        message="image ami-1 is deprecated since 2026-03-01",
    ),
    Case(AGE, GENERAL, made(20, deprecation_time=NOW + timedelta(days=1)), PASS),
    Case(AGE, WORKERS, made(91, deprecation_time=NOW), FAIL, "image_deprecated image_too_old"),
    Case(
        AGE,
        GENERAL,
        runs_since(91),
        WARN,
        "node_too_old",
        message="the oldest node of general has run since 2025-11-30",
    ),
    Case(AGE, GENERAL, runs_since(90), PASS),
    Case(AGE, GENERAL, runs_since(91), PASS, parameters={"max-node-age-days": 91}),
    # An image that is gone tells nothing, its nodes do.
    Case(AGE, WORKERS, each("images"), UNKNOWN, "not_found_in_listing"),
    Case(AGE, WORKERS, all_of(each("images"), runs_since(91, WORKER_NODE)), WARN, "node_too_old"),
    Case(AGE, GENERAL, each("images"), PASS),
    # Without nodes the template says what the next one is made from.
    Case(AGE, WORKERS, all_of(NO_NODES, made(91)), FAIL, "image_too_old"),
    Case(AGE, WORKERS, all_of(NO_NODES, templates(ec2.LaunchTemplateData())), UNKNOWN, "not_found_in_listing"),
    Case(AGE, OTHERS, aws_alone(LOST_NODE), UNKNOWN, "not_collected"),
    Case(AGE, OTHERS, all_of(LOST_NODE, runs_since(91, 3)), WARN, "node_too_old"),
    Case(AGE, AUTO, AUTO_MODE, NA, "no_image_to_choose"),
    Case(AGE, BATCH, NO_NODES, NA, "no_image_to_choose"),
    Case(AGE, WORKERS, all_of(made(91), without("launch_templates")), FAIL, "image_too_old"),
    Case(AGE, GENERAL, without("images"), UNKNOWN, "access_denied"),
    Case(AGE, GENERAL, all_of(runs_since(91), without("images")), WARN, "node_too_old"),
    Case(AGE, GENERAL, without("instances"), UNKNOWN, "access_denied"),
    # --- what nodes say of themselves
    Case(
        FAMILY,
        WORKERS,
        nodes_run("Amazon Linux 2"),
        FAIL,
        "family_retired",
        message="nodes of workers run Amazon Linux 2, for which AWS publishes no images any more",
    ),
    Case(FAMILY, WORKERS, nodes_run("Amazon Linux 2023.9.20260217"), PASS),
    Case(FAMILY, WORKERS, nodes_run("Bottlerocket OS 1.52.0 (aws-k8s-1.33)"), PASS),
    Case(FAMILY, WORKERS, each("nodes"), UNKNOWN, "not_collected"),
    Case(FAMILY, WORKERS, without("nodes"), UNKNOWN, "access_denied"),
    Case(FAMILY, GENERAL, nodes_run("Amazon Linux 2"), FAIL, "family_retired"),
    Case(FAMILY, GENERAL, without("nodes"), UNKNOWN, "access_denied"),
    Case(FAMILY, GENERAL, ami_type("CUSTOM"), PASS),
    Case(FAMILY, POOL, karpenter(), PASS),
    Case(FAMILY, POOL, karpenter_without_nodes(), UNKNOWN, "not_collected"),
    Case(AGE, POOL, karpenter(), PASS),
    Case(
        AGE,
        POOL,
        karpenter(node_pool(expire_after="Never")),
        WARN,
        "never_expires",
        message="NodePool default never replaces its nodes",
    ),
    Case(AGE, POOL, all_of(karpenter(), made(20, deprecation_time=NOW)), FAIL, "image_deprecated"),
    # Which image Karpenter takes is not known to be the customer's choice.
    Case(AGE, POOL, all_of(karpenter(), made(400)), PASS),
    Case(AGE, POOL, all_of(karpenter(), without("node_pools")), UNKNOWN, "access_denied"),
    Case(AGE, WORKERS, nodes_run("Amazon Linux 2023", created=NOW - timedelta(days=91)), WARN, "node_too_old"),
    Case(AGE, WORKERS, without("nodes"), UNKNOWN, "access_denied"),
    Case(AGE, OTHERS, LOST_NODE, PASS),
    Case(AGE, OTHERS, all_of(LOST_NODE, made(91)), FAIL, "image_too_old"),
    Case(AGE, OTHERS, all_of(LOST_NODE, made(91), unreachable), UNKNOWN, "endpoint_unreachable"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_lifetime(case: Case) -> None:
    check(case)
