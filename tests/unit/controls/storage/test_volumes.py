from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes import cluster as k8s
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.scaling import (
    NodePool,
    NodePoolSpec,
    PoolRequirement,
    PoolTemplate,
    PoolTemplateSpec,
)
from plumbline.domain.evidence.kubernetes.workloads import Pods
from tests.unit.baseline import REGION, auto_scaling_groups, read
from tests.unit.changes import Change, all_of, each, nodegroup, replace, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import MANAGED, in_zones, node, nodes, volume

ZONE, HOST = "storage.pv-zone-capacity", "storage.no-host-volumes"
DATA, SHARED = "PersistentVolume/pv-data", "PersistentVolume/pv-shared"
A, B = f"{REGION}a", f"{REGION}b"


def in_zone(*zones: str) -> Change:
    csi = k8s.CsiVolume(driver="ebs.csi.aws.com", volume_handle="vol-1")
    return each("persistent_volumes", volume("data", csi=csi, node_affinity=in_zones(*zones)))


def only_groups_in(*zones: str) -> Change:
    return each("auto_scaling_groups", *(replace(group, availability_zones=zones) for group in auto_scaling_groups()))


def off(**spec: Any) -> k8s.Node:
    return replace(nodes()[0], spec=k8s.NodeSpec(**spec))


def karpenter(*zones: str) -> Change:
    zone = PoolRequirement(key="topology.kubernetes.io/zone", operator="In", values=zones)
    template = PoolTemplate(spec=PoolTemplateSpec(requirements=(zone,)))
    pool = NodePool(metadata=Meta(name="spread"), spec=NodePoolSpec(template=template))
    return all_of(
        each("node_pools", pool), each("nodes", *nodes(), node("k1", ("karpenter.sh/nodepool", "spread"), f"{REGION}c"))
    )


def stored(**spec: Any) -> Change:
    return each("persistent_volumes", volume("data", **spec))


LOST = all_of(in_zone(A), each("nodes", *nodes()[1:]))
STUCK = all_of(LOST, only_groups_in(B))

CASES = [
    Case(ZONE, DATA, in_zone(B), WARN, "single_node"),
    Case(ZONE, DATA, in_zone(A), WARN, "single_node", message=f"{A} has a single node for pv-data"),
    Case(ZONE, DATA, all_of(in_zone(A), each("nodes", *nodes(), node("x", (MANAGED, "general"), A))), PASS),
    Case(
        ZONE,
        DATA,
        STUCK,
        FAIL,
        "no_node_in_zone",
        message=f"{A} has no node for pv-data",
    ),
    # A group of several zones may bring one back.
    Case(ZONE, DATA, LOST, PASS, message=f"general, rocket, workers can add a node for pv-data in {A}"),
    Case(ZONE, DATA, all_of(STUCK, karpenter(A)), WARN, "single_node"),
    Case(
        ZONE,
        DATA,
        all_of(karpenter(A), in_zone(A), only_groups_in(B), each("nodes", *nodes()[1:])),
        PASS,
        message=f"spread can add a node for pv-data in {A}",
    ),
    Case(
        ZONE,
        DATA,
        all_of(karpenter(B), in_zone(A), only_groups_in(B), each("nodes", *nodes()[1:])),
        FAIL,
        "no_node_in_zone",
    ),
    Case(
        ZONE,
        DATA,
        all_of(in_zone(A), only_groups_in(B), each("nodes", off(unschedulable=True), *nodes()[1:])),
        FAIL,
        "no_node_in_zone",
    ),
    Case(
        ZONE,
        DATA,
        all_of(in_zone(A), only_groups_in(B), each("nodes", replace(nodes()[0], status=k8s.NodeStatus()))),
        FAIL,
        "no_node_in_zone",
    ),
    Case(
        ZONE,
        DATA,
        all_of(
            STUCK,
            nodegroup("general", scaling_config=eks.ScalingConfig(min_size=0, max_size=0)),
            each("nodes", node("f", ("eks.amazonaws.com/compute-type", "fargate"), A)),
        ),
        FAIL,
        "no_node_in_zone",
    ),
    Case(ZONE, DATA, all_of(STUCK, section("pods", read(Pods()))), PASS, message="no pod uses pv-data"),
    Case(ZONE, SHARED, without("nodes"), UNKNOWN, "access_denied"),
    Case(ZONE, DATA, all_of(STUCK, without("pods")), UNKNOWN, "access_denied"),
    Case(ZONE, DATA, all_of(STUCK, without("instances")), UNKNOWN, "access_denied"),
    Case(ZONE, "PersistentVolume/*", without("persistent_volumes"), UNKNOWN, "access_denied"),
    Case(ZONE, DATA, stored(), NA, "no_zone"),
    Case(
        HOST,
        DATA,
        stored(host_path=k8s.HostPath(path="/data")),
        FAIL,
        "host_path",
        message="pv-data is the folder /data of whatever node its pod runs on",
    ),
    Case(HOST, DATA, stored(local=k8s.LocalVolume(path="/mnt/nvme")), WARN, "local_volume"),
    Case(
        HOST,
        DATA,
        stored(local=k8s.LocalVolume(path="/mnt/nvme"), storage_class_name="nvme"),
        PASS,
        parameters={"allowed-local-classes": ["nvme"]},
    ),
    Case(HOST, "PersistentVolume/*", without("persistent_volumes"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_persistent_volumes(case: Case) -> None:
    check(case)
