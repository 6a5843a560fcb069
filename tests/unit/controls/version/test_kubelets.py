from datetime import timedelta

import pytest

from plumbline.domain.evidence.kubernetes.cluster import NodeInfo
from tests.unit.baseline import NOW
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, nothing, replace, without
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import nodes
from tests.unit.node_changes import COMPUTE_TYPE, NODEPOOL, POOL, auto_mode, joined, karpenter, labelled

SKEW, WORKERS, GENERAL = "version.kubelet-skew", "auto-scaling-group/workers", "nodegroup/general"
BATCH, AUTO = "fargate-profile/batch", "compute-pool/general-purpose"
CUSTOM = nodegroup("general", ami_type="CUSTOM", version=None)


def kubelet(version: str) -> NodeInfo:
    return NodeInfo(kubelet_version=version)


def runs(version: str) -> Change:
    changed = [replace(one, status=replace(one.status, node_info=kubelet(version))) for one in nodes()]
    return each("nodes", *changed)


def auto_node(version: str, days: int) -> Change:
    one = labelled("auto", {NODEPOOL: "general-purpose", COMPUTE_TYPE: "auto"})
    one = replace(
        one,
        metadata=replace(one.metadata, creation_timestamp=NOW - timedelta(days=days)),
        status=replace(one.status, node_info=kubelet(version)),
    )
    return all_of(auto_mode(), joined(one))


ON_FARGATE = labelled("fargate-ip-10-0-0-1", {COMPUTE_TYPE: "fargate"})

CASES = [
    Case(SKEW, WORKERS, nothing, PASS, message="nodes run the control plane's 1.33"),
    Case(
        SKEW,
        WORKERS,
        runs("v1.32.9-eks-1234567"),
        WARN,
        "nodes_behind",
        message="nodes at 1.32 are 1 minor(s) behind the control plane at 1.33",
    ),
    Case(SKEW, WORKERS, runs("v1.31.9"), FAIL, "nodes_behind"),
    Case(SKEW, WORKERS, runs("v1.30.9"), FAIL, "nodes_behind", CRITICAL),
    Case(SKEW, WORKERS, runs("v1.34.1"), FAIL, "nodes_newer", CRITICAL),
    Case(SKEW, WORKERS, runs("v1.31.9"), WARN, "nodes_behind", parameters={"fail-skew": 3}),
    Case(SKEW, WORKERS, all_of(runs("v1.25.9"), cluster(version="1.27")), FAIL, "nodes_behind", CRITICAL),
    Case(SKEW, WORKERS, runs("latest"), UNKNOWN, "parse_error"),
    Case(SKEW, WORKERS, each("nodes"), NA, "no_nodes"),
    Case(SKEW, GENERAL, runs("v1.31.9"), NA, "managed"),
    Case(SKEW, GENERAL, all_of(CUSTOM, runs("v1.31.9")), FAIL, "nodes_behind"),
    Case(SKEW, GENERAL, without("nodes"), NA, "managed"),
    Case(SKEW, BATCH, nothing, NA, "no_nodes"),
    Case(
        SKEW,
        BATCH,
        joined(replace(ON_FARGATE, status=replace(ON_FARGATE.status, node_info=kubelet("v1.32.1")))),
        WARN,
        "nodes_behind",
    ),
    Case(SKEW, POOL, karpenter(), PASS),
    Case(SKEW, AUTO, auto_node("v1.32.1", 20), PASS, "being_replaced"),
    Case(SKEW, AUTO, auto_node("v1.32.1", 21), WARN, "nodes_behind"),
    Case(SKEW, AUTO, auto_node("v1.31.1", 20), FAIL, "nodes_behind"),
    Case(SKEW, AUTO, auto_node("v1.32.1", 21), PASS, "being_replaced", parameters={"auto-mode-grace-days": 30}),
    Case(SKEW, WORKERS, without("nodes"), UNKNOWN, "access_denied"),
    Case(SKEW, WORKERS, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_kubelets(case: Case) -> None:
    check(case)
