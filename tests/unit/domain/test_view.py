"""The view: which resources a snapshot holds, and what stands for those that could not be read."""

import pytest

from plumbline.domain.aws_auth import AwsAuthObject
from plumbline.domain.components import (
    AddonWithRole,
    AwsController,
    Component,
    ComputeClass,
    OtherControllers,
    RetiredSighting,
)
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes import cluster as k8s
from plumbline.domain.evidence.kubernetes import networking, rbac, scaling
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.ingress_facts import BalancedService
from plumbline.domain.judged import (
    AccessEntry,
    AccountRegion,
    AwsAuth,
    ClusterKey,
    ClusterVpc,
    ControlPlaneLogGroup,
    NodeRole,
    Nodes,
    ScaledGroup,
    ServiceRole,
)
from plumbline.domain.network import ClusterNetworkAcl, ClusterSecurityGroup, ClusterSubnet, DefaultGroup
from plumbline.domain.node_facts import PodRole
from plumbline.domain.pools import ComputePool
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.shared import Account, QuotaUsage, WorkloadRole
from plumbline.domain.signatures import retired_table
from plumbline.domain.snapshot import SECTIONS, Listing, Snapshot
from plumbline.domain.storage import UnattachedVolume
from plumbline.domain.verdict import Reason
from plumbline.domain.view import View
from tests.unit.baseline import (
    ACCOUNT,
    KEY,
    NODE_ROLE,
    NOW,
    REGION,
    SUBNETS,
    VPC,
    WORKER_ROLE,
    cluster_listing,
    compliant,
    compliant_account,
    compliant_fleet,
    compliant_region,
    listed,
    read,
)
from tests.unit.changes import DENIED, Change, all_of, cluster, item, nodegroup, nothing, section, undescribed, without
from tests.unit.kubernetes_baseline import daemon_sets, deployments, namespaces
from tests.unit.names import ADMIN_ROLES, CLUSTER_ROLE, FARGATE_ROLE, POD_ROLE
from tests.unit.surroundings import CONTROLLERS, system_role


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
    eks.Addon: {
        "addon/vpc-cni",
        "addon/coredns",
        "addon/eks-pod-identity-agent",
        "addon/eks-node-monitoring-agent",
    },
    eks.Insight: {"insight/upgrade", "insight/rollback", "insight/hybrid"},
    ComputePool: GROUPS | {"fargate-profile/batch"},
    ScaledGroup: GROUPS,
    ClusterVpc: {f"vpc/{VPC}"},
    ClusterKey: {f"kms-key/{KEY}"},
    NodeRole: {f"iam-role/{NODE_ROLE}", f"iam-role/{WORKER_ROLE}"},
    ServiceRole: {f"iam-role/{CLUSTER_ROLE}", f"iam-role/{FARGATE_ROLE}"},
    AccessEntry: {f"access-entry/{arn}" for arn in ADMIN_ROLES},
    AwsAuth: set(),
    AwsAuthObject: {"aws-auth-mapping/aws-auth"},
    ClusterSubnet: {f"subnet/{name}" for name in SUBNETS},
    ClusterSecurityGroup: {"security-group/sg-cluster", "security-group/sg-nodes"},
    ClusterNetworkAcl: {"network-acl/acl-1"},
    DefaultGroup: {f"vpc/{VPC}"},
    ec2.VpcAttributes: {f"vpc/{VPC}"},
    scaling.NodePool: set(),
    Component: {"component/kube-proxy", "component/coredns", "component/aws-node"},
    RetiredSighting: {f"component/{one.component}" for one in retired_table().components},
    AwsController: {
        "DaemonSet/kube-system/aws-node",
        "DaemonSet/kube-system/cloudwatch-agent",
        "DaemonSet/kube-system/fluent-bit",
        "Deployment/kube-system/cluster-autoscaler",
    },
    AddonWithRole: set(),
    OtherControllers: {"cluster/payments"},
    ComputeClass: {"compute-class/ec2", "compute-class/fargate"},
    k8s.StorageClass: {"StorageClass/gp3"},
    k8s.PersistentVolume: {"PersistentVolume/pv-data", "PersistentVolume/pv-shared"},
    UnattachedVolume: set(),
    PodRole: {f"iam-role/{arn}" for arn in (POD_ROLE, *map(system_role, CONTROLLERS))},
    Workload: {f"{one.kind}/{one.path}" for one in (*deployments(), *daemon_sets())},
    scaling.HorizontalAutoscaler: {"HorizontalPodAutoscaler/payments/api"},
    scaling.VerticalAutoscaler: {"VerticalPodAutoscaler/payments/api"},
    k8s.Namespace: {f"Namespace/{one.name}" for one in namespaces()},
    rbac.Role: {"ClusterRole/cluster-admin", "ClusterRole/watcher"},
    rbac.RoleBinding: {"ClusterRoleBinding/cluster-admin"},
    networking.Service: {"Service/payments/api", "Service/payments/edge"},
    networking.Ingress: {"Ingress/payments/shop"},
    networking.Gateway: set(),
    BalancedService: {"Service/payments/edge"},
}
QUOTAS = (
    "clusters",
    "nodegroups-per-cluster",
    "nodes-per-nodegroup",
    "fargate-profiles-per-cluster",
    "pod-identities-per-cluster",
    "iam-roles",
    "oidc-providers",
)
SHARED: list[tuple[type, Snapshot, set[str]]] = [
    (AccountRegion, compliant_region(), {f"region/{REGION}"}),
    (aws.Repository, compliant_region(), {"repository/orders"}),
    (QuotaUsage, compliant_region(), {f"quota/{name}" for name in QUOTAS}),
    (Account, compliant_account(), {f"account/{ACCOUNT}"}),
    (WorkloadRole, compliant_account(), {f"iam-role/{arn}" for arn in (POD_ROLE, *map(system_role, CONTROLLERS))}),
    (Listing, compliant_fleet(), {f"cluster/{cluster_listing(name).arn}" for name in ("payments", "payments-test")}),
]


@pytest.mark.parametrize(("kind", "snapshot", "names"), SHARED, ids=[kind.__name__ for kind, _, _ in SHARED])
def test_what_clusters_share_is_found_once(kind: type, snapshot: Snapshot, names: set[str]) -> None:
    resources = dict(RESOURCES[kind].find(View(snapshot, NOW)))
    assert {f"{resource.kind}/{resource.name}" for resource in resources} == names
    assert all(isinstance(evidence, Collected) for evidence in resources.values())
    assert RESOURCES[kind].level is snapshot.subject.level


def test_every_type_that_can_be_judged_stands_in_these_tests() -> None:
    assert set(RESOURCES) == set(RESOURCES_OF_THE_BASELINE) | {kind for kind, _, _ in SHARED} | {ControlPlaneLogGroup}


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
        (ServiceRole, without("fargate_profiles"), {"iam-role/*"}),
        (AccessEntry, without("access_entries"), {"access-entry/*"}),
        (AwsAuth, without("cluster"), {"aws-auth-mapping/*"}),
        (ClusterSubnet, without("nodegroups"), {"subnet/*"}),
        (ClusterSubnet, without("subnets"), {f"subnet/{name}" for name in SUBNETS}),
        (ClusterSecurityGroup, without("launch_templates"), {"security-group/*"}),
        (ClusterNetworkAcl, without("network_acls"), {"network-acl/*"}),
        (DefaultGroup, without("security_groups"), {f"vpc/{VPC}"}),
        (ec2.VpcAttributes, without("vpc_attributes"), {f"vpc/{VPC}"}),
        (Workload, without("deployments"), {"Deployment/*"}),
        (Workload, without("pods"), {"Pod/*"}),
        (scaling.HorizontalAutoscaler, without("horizontal_autoscalers"), {"HorizontalPodAutoscaler/*"}),
        (scaling.VerticalAutoscaler, without("vertical_autoscalers"), {"VerticalPodAutoscaler/*"}),
        (AwsAuthObject, without("aws_auth"), {"aws-auth-mapping/aws-auth"}),
        (k8s.Namespace, without("namespaces"), {"Namespace/*"}),
        (rbac.Role, without("roles"), {"Role/*"}),
        (rbac.RoleBinding, without("cluster_role_bindings"), {"ClusterRoleBinding/*"}),
        (networking.Service, without("services"), {"Service/*"}),
        (networking.Ingress, without("ingresses"), {"Ingress/*"}),
        (networking.Gateway, without("gateways"), {"Gateway/*"}),
        (BalancedService, without("services"), {"Service/*"}),
    ],
)
def test_what_could_not_be_read_stands_as_such(kind: type, change: Change, unread: set[str]) -> None:
    missing = {name for name, evidence in found(kind, change).items() if isinstance(evidence, NotCollected)}
    assert missing == unread


def test_a_cluster_without_node_groups_has_none() -> None:
    assert found(eks.NodeGroup, section("nodegroups", listed())) == {}


def test_a_subnet_knows_what_uses_it() -> None:
    uses = all_of(
        nodegroup("general", subnets=("subnet-b",)),
        item("fargate_profiles", "batch", subnets=("subnet-c",)),
        section("auto_scaling_groups", read(())),
        nodegroup("rocket", subnets=()),
        section("instances", read(())),
    )
    used = {}
    for name, evidence in found(ClusterSubnet, uses).items():
        assert isinstance(evidence, Collected)
        assert isinstance(evidence.value, ClusterSubnet)
        used[name] = (evidence.value.of_control_plane, evidence.value.of_nodes, evidence.value.of_fargate)
    assert used == {
        "subnet/subnet-a": (True, False, False),
        "subnet/subnet-b": (True, True, False),
        "subnet/subnet-c": (True, False, True),
    }


def test_the_vpc_knows_every_subnet_and_whether_any_may_be_missing() -> None:
    vpc = found(ClusterVpc)[f"vpc/{VPC}"]
    assert isinstance(vpc, Collected)
    assert isinstance(vpc.value, ClusterVpc)
    assert (vpc.value.subnet_ids, vpc.value.unread_subnets) == (SUBNETS, None)
    partial = found(ClusterVpc, without("instances"))[f"vpc/{VPC}"]
    assert isinstance(partial, Collected)
    assert isinstance(partial.value, ClusterVpc)
    assert partial.value.unread_subnets == DENIED


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
