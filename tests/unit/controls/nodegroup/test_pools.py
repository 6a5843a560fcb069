from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import (
    ClaimReference,
    CsiVolume,
    PersistentVolume,
    PersistentVolumeSpec,
)
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.workloads import ClaimTemplate
from tests.unit.changes import Change, all_of, each, nodegroup, nothing, one, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import template, workload
from tests.unit.node_changes import auto_mode, auto_pool, karpenter, node_pool, without_deployment

LIMITS, ZONAL, CLUSTER = "nodegroup.nodepool-limits", "nodegroup.zonal-groups-for-ebs", "cluster/payments"


def stored(driver: str = "ebs.csi.aws.com", **members: Any) -> Change:
    """The StatefulSet `db` has a volume for its first pod."""
    owner = workload("StatefulSet", name="db", claims=(ClaimTemplate("data"),), template=template(**members))
    spec = PersistentVolumeSpec(
        csi=CsiVolume(driver=driver), claim_ref=ClaimReference(namespace="payments", name="data-db-0")
    )
    return all_of(
        each("stateful_sets", owner), each("persistent_volumes", PersistentVolume(metadata=Meta(name="pv"), spec=spec))
    )


def zonal(*members: Change) -> Change:
    return all_of(
        nodegroup("general", subnets=("subnet-a",)),
        nodegroup("rocket", subnets=("subnet-b",)),
        one("auto_scaling_groups", 2, vpc_zone_identifier="subnet-c"),
        *members,
    )


TAINTED = nodegroup("general", taints=(eks.NodeTaint(key="dedicated", value="batch", effect="NO_SCHEDULE"),))

CASES = [
    Case(
        LIMITS,
        "NodePool/default",
        karpenter(),
        FAIL,
        "no_limits",
        message="NodePool default limits neither cpu nor memory",
    ),
    Case(LIMITS, "NodePool/default", karpenter(node_pool(limits={"cpu": 100})), PASS),
    Case(
        LIMITS,
        "NodePool/default",
        karpenter(node_pool(limits={"memory": "1000Gi", "cpu": "64"})),
        PASS,
        message="NodePool default is limited to cpu 64, memory 1000Gi",
    ),
    Case(LIMITS, "NodePool/default", karpenter(node_pool(limits={"nodes": 5})), FAIL, "no_limits"),
    Case(LIMITS, "NodePool/system", auto_mode(), NA, "built_in"),
    Case(LIMITS, "NodePool/own", auto_mode(auto_pool("own")), FAIL, "no_limits"),
    # A pool of Karpenter's is not built in, whatever it is called.
    Case(LIMITS, "NodePool/system", karpenter(node_pool("system")), FAIL, "no_limits"),
    Case(LIMITS, "NodePool/*", without("node_pools"), UNKNOWN, "access_denied"),
    # --- zonal-groups-for-ebs
    Case(ZONAL, CLUSTER, nothing, NA, "no_ebs_claims"),
    Case(ZONAL, CLUSTER, all_of(stored(), auto_mode()), NA, "zone_aware"),
    Case(ZONAL, CLUSTER, all_of(stored(), without_deployment("cluster-autoscaler")), NA, "no_cluster_autoscaler"),
    Case(
        ZONAL,
        CLUSTER,
        stored(),
        FAIL,
        "group_spans_zones",
        message=("pods with volumes on EBS can run in general, rocket, workers, each of which spans several zones"),
    ),
    Case(ZONAL, CLUSTER, stored("efs.csi.aws.com"), NA, "no_ebs_claims"),
    Case(ZONAL, CLUSTER, zonal(stored()), PASS),
    # Only groups that the pods fit on count.
    Case(ZONAL, CLUSTER, zonal(stored(), TAINTED, nodegroup("general", subnets=("subnet-a", "subnet-b"))), PASS),
    Case(ZONAL, CLUSTER, zonal(stored(node_selector={"eks.amazonaws.com/nodegroup": "general"})), WARN, "one_zone"),
    Case(ZONAL, CLUSTER, zonal(stored(node_selector={"disk": "fast"})), NA, "no_group"),
    Case(ZONAL, CLUSTER, all_of(stored(), without("persistent_volumes")), UNKNOWN, "access_denied"),
    Case(ZONAL, CLUSTER, zonal(stored(), without("nodegroups")), UNKNOWN, "access_denied"),
    Case(
        ZONAL,
        CLUSTER,
        all_of(without_deployment("cluster-autoscaler"), without("deployments")),
        UNKNOWN,
        "access_denied",
    ),
    Case(ZONAL, CLUSTER, without("nodes"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_pools(case: Case) -> None:
    check(case)
