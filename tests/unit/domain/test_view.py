"""The view: which resources a snapshot holds, and what stands for those that could not be read."""

import pytest

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.judged import AccountRegion, ClusterKey, ClusterVpc, NodeRole, Nodes, ScaledGroup
from plumbline.domain.pools import ComputePool
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.snapshot import SECTIONS
from plumbline.domain.verdict import Reason
from plumbline.domain.view import View
from tests.unit.baseline import (
    KEY,
    NODE_ROLE,
    NOW,
    REGION,
    SUBNETS,
    VPC,
    WORKER_ROLE,
    compliant,
    compliant_region,
    listed,
)
from tests.unit.changes import DENIED, Change, all_of, cluster, nothing, section, undescribed, without


def found(kind: type, change: Change = nothing) -> dict[str, Section[object]]:
    pairs = list(RESOURCES[kind].find(View(change(compliant()), NOW)))
    by_name = {f"{resource.kind}/{resource.name}": evidence for resource, evidence in pairs}
    assert len(by_name) == len(pairs)
    return by_name


GROUPS = {"nodegroup/general", "nodegroup/rocket", "auto-scaling-group/workers"}
RESOURCES_OF_THE_BASELINE = {
    eks.Cluster: {"cluster/payments"},
    eks.NodeGroup: {"nodegroup/general", "nodegroup/rocket"},
    eks.FargateProfile: {"fargate-profile/batch"},
    eks.Addon: {"addon/vpc-cni", "addon/coredns"},
    eks.Insight: {"insight/upgrade", "insight/rollback", "insight/hybrid"},
    ComputePool: GROUPS | {"fargate-profile/batch"},
    ScaledGroup: GROUPS,
    ClusterVpc: {f"vpc/{VPC}"},
    ClusterKey: {f"kms-key/{KEY}"},
    NodeRole: {f"iam-role/{NODE_ROLE}", f"iam-role/{WORKER_ROLE}"},
}


@pytest.mark.parametrize(("kind", "names"), RESOURCES_OF_THE_BASELINE.items(), ids=lambda value: str(value)[:40])
def test_every_resource_of_the_baseline_is_found_and_read(kind: type, names: set[str]) -> None:
    resources = found(kind)
    assert set(resources) == names
    assert all(isinstance(evidence, Collected) for evidence in resources.values())


@pytest.mark.parametrize(
    ("kind", "change", "unread"),
    [
        (eks.NodeGroup, without("nodegroups"), {"nodegroup/*"}),
        (eks.NodeGroup, undescribed("nodegroups", "general"), {"nodegroup/general"}),
        (ComputePool, without("nodegroups"), {"nodegroup/*"}),
        (ComputePool, undescribed("nodegroups", "general"), {"nodegroup/general"}),
        (ComputePool, without("fargate_profiles"), {"fargate-profile/*"}),
        (ComputePool, undescribed("fargate_profiles", "batch"), {"fargate-profile/batch"}),
        (ComputePool, without("auto_scaling_groups"), {"auto-scaling-group/*", "compute-pool/*"}),
        (ComputePool, without("instances"), {"compute-pool/*"}),
        (ComputePool, without("cluster"), {"compute-pool/*"}),
        (ScaledGroup, without("auto_scaling_groups"), {"auto-scaling-group/*"}),
        (ScaledGroup, without("instances"), set()),
        (ClusterVpc, without("cluster"), {"vpc/*"}),
        (ClusterKey, without("cluster"), {"kms-key/*"}),
        (NodeRole, without("nodegroups"), {"iam-role/*"}),
    ],
)
def test_what_could_not_be_read_stands_as_such(kind: type, change: Change, unread: set[str]) -> None:
    missing = {name for name, evidence in found(kind, change).items() if isinstance(evidence, NotCollected)}
    assert missing == unread


def test_a_cluster_without_node_groups_has_none() -> None:
    assert found(eks.NodeGroup, section("nodegroups", listed())) == {}


def test_the_vpc_knows_every_subnet_and_whether_any_may_be_missing() -> None:
    vpc = found(ClusterVpc)[f"vpc/{VPC}"]
    assert isinstance(vpc, Collected)
    assert isinstance(vpc.value, ClusterVpc)
    assert (vpc.value.subnet_ids, vpc.value.unread_subnets) == (SUBNETS, None)
    partial = found(ClusterVpc, without("instances"))[f"vpc/{VPC}"]
    assert isinstance(partial, Collected)
    assert isinstance(partial.value, ClusterVpc)
    assert partial.value.unread_subnets == DENIED


def test_a_region_is_judged_once() -> None:
    pairs = list(RESOURCES[AccountRegion].find(View(compliant_region(), NOW)))
    assert [(resource.kind, resource.name) for resource, _ in pairs] == [("region", REGION)]


def test_what_types_are_built_from_are_sections() -> None:
    sections = [*(provider.sections for provider in RESOURCES.values()), *(fact.sections for fact in FACTS.values())]
    assert {name for names in sections for name in names} <= set(SECTIONS)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (nothing, Nodes(instances=3, fargate_profiles=1, hybrid_possible=False)),
        (cluster(remote_network_config={}), Nodes(instances=3, fargate_profiles=1, hybrid_possible=True)),
    ],
)
def test_nodes_are_counted_as_far_as_aws_sees_them(change: Change, expected: Nodes) -> None:
    nodes = FACTS[Nodes].build(View(change(compliant()), NOW))
    assert isinstance(nodes, Collected)
    assert nodes.value == expected


def test_a_fact_is_missing_for_the_reason_of_its_section() -> None:
    view = View(all_of(without("versions"), without("instances"))(compliant()), NOW)
    assert isinstance(view.facts.versions, NotCollected)
    assert view.facts.versions.reason is Reason.ACCESS_DENIED
    assert FACTS[Nodes].build(view) == DENIED
    assert FACTS[ec2.EbsDefault].build(view) == compliant().region.ebs_default
