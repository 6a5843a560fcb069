from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.scaling import EniConfig, EniConfigSpec
from plumbline.domain.evidence.kubernetes.workloads import Container, EnvVar, PodTemplate, Workload
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import VPC, listed, read
from tests.unit.changes import Change, all_of, cluster, each, item, one, section, undescribed, without
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component, daemon_sets, workload
from tests.unit.names import SUBNETS
from tests.unit.node_changes import aws_alone
from tests.unit.surroundings import subnet

FREE, SIZE, A = "network.subnet-free-ips", "network.subnet-size", "subnet/subnet-a"
IPV6 = cluster(kubernetes_network_config=eks.KubernetesNetwork(ip_family="ipv6"))
NO_NODES = all_of(
    section("nodegroups", listed()),
    section("fargate_profiles", Listed(names=read(()))),
    each("auto_scaling_groups"),
    each("instances"),
)
# Elsewhere than the control plane: subnet-n has nodes, subnet-f has Fargate pods.
ELSEWHERE = all_of(
    each(
        "subnets",
        *(subnet(name, "10.0.0.0/20") for name in SUBNETS),
        subnet("subnet-n", "10.0.64.0/20"),
        subnet("subnet-f", "10.0.80.0/20"),
    ),
    item("nodegroups", "general", subnets=("subnet-n",)),
    item("fargate_profiles", "batch", subnets=("subnet-f",)),
)
NODES, FARGATE = 3, 4


def free(count: int | None, index: int = 0) -> Change:
    return all_of(ELSEWHERE, one("subnets", index, available_ip_address_count=count))


def cidr(prefix: str, index: int = NODES, **members: Any) -> Change:
    return all_of(ELSEWHERE, one("subnets", index, cidr_block=f"10.0.64.0/{prefix}" if prefix else "", **members))


CALICO = component("DaemonSet", "calico-node", "quay.io/calico/node:v3.30.0")
CILIUM = component("DaemonSet", "cilium", "quay.io/cilium/cilium:v1.18.0")


def daemons(*more: Workload, of_vpc: Workload | None = None) -> Change:
    own = [one for one in daemon_sets() if one.name != "aws-node"]
    return each("daemon_sets", *own, of_vpc or daemon_sets()[0], *more)


def vpc_cni(**settings: str) -> Workload:
    """The VPC CNI with these settings."""
    variables = tuple(EnvVar(name, literal=True, setting=value) for name, value in settings.items())
    container = Container(name="aws-node", image="amazon-k8s-cni:v1.20.4-eksbuild.2", env=variables)
    return workload("DaemonSet", "kube-system", "aws-node", template=PodTemplate(containers=(container,)))


OVERLAY = each("daemon_sets", CILIUM)
CUSTOM = daemons(of_vpc=vpc_cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true"))
POD_SUBNET = all_of(
    each(
        "subnets",
        *(subnet(name, "10.0.0.0/20") for name in SUBNETS),
        subnet("subnet-p", "100.64.0.0/22", available_ip_address_count=40),
    ),
    each("eni_configs", EniConfig(metadata=Meta(name="eu-west-1a"), spec=EniConfigSpec(subnet="subnet-p"))),
)

CASES = [
    # A cluster subnet; nodes and Fargate pods are elsewhere, but the other groups are here too: 4091 usable.
    Case(
        FREE,
        A,
        all_of(NO_NODES, one("subnets", 0, available_ip_address_count=5)),
        FAIL,
        "upgrade_blocked",
        CRITICAL,
        message="subnet-a has 5 of 4091 addresses free: EKS needs 6 to upgrade the cluster",
    ),
    Case(FREE, A, all_of(NO_NODES, one("subnets", 0, available_ip_address_count=6)), WARN, "few_for_upgrades"),
    Case(FREE, A, all_of(NO_NODES, one("subnets", 0, available_ip_address_count=15)), WARN, "few_for_upgrades"),
    Case(FREE, A, all_of(NO_NODES, one("subnets", 0, available_ip_address_count=16)), PASS),
    Case(
        FREE,
        A,
        all_of(NO_NODES, one("subnets", 0, available_ip_address_count=16)),
        FAIL,
        "upgrade_blocked",
        CRITICAL,
        parameters={"cluster-min": 17},
    ),
    Case(FREE, "subnet/subnet-n", free(409, NODES), FAIL, "nearly_full"),
    Case(FREE, "subnet/subnet-n", free(410, NODES), WARN, "filling_up"),
    Case(
        FREE,
        "subnet/subnet-n",
        free(818, NODES),
        WARN,
        "filling_up",
        message="subnet-n has 818 of 4091 addresses free",
    ),
    Case(FREE, "subnet/subnet-n", free(819, NODES), PASS),
    Case(FREE, "subnet/subnet-n", free(818, NODES), FAIL, "nearly_full", parameters={"fail-ratio": 0.2}),
    Case(FREE, "subnet/subnet-f", free(400, FARGATE), FAIL, "nearly_full"),
    Case(FREE, "subnet/subnet-f", all_of(free(400, FARGATE), IPV6), NA, "ipv6"),
    Case(FREE, "subnet/subnet-n", all_of(free(400, NODES), IPV6), FAIL, "nearly_full"),
    # Both at once: what blocks an upgrade comes first.
    Case(FREE, A, one("subnets", 0, available_ip_address_count=5), FAIL, "upgrade_blocked", CRITICAL),
    Case(FREE, A, one("subnets", 0, available_ip_address_count=12), FAIL, "nearly_full"),
    Case(
        FREE,
        A,
        one("subnets", 0, available_ip_address_count=15),
        WARN,
        "few_for_upgrades filling_up",
        parameters={"fail-ratio": 0.001},
    ),
    Case(FREE, A, one("subnets", 0, available_ip_address_count=None), UNKNOWN, "not_collected"),
    Case(FREE, A, one("subnets", 0, cidr_block=""), UNKNOWN, "not_collected"),
    Case(FREE, A, one("subnets", 0, cidr_block="10.0.0.0"), UNKNOWN, "parse_error"),
    Case(
        FREE,
        "subnet/subnet-x",
        cluster(resources_vpc_config=eks.VpcConfig(vpc_id=VPC, subnet_ids=("subnet-x",))),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(FREE, A, without("subnets"), UNKNOWN, "access_denied"),
    Case(FREE, "subnet/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(FREE, "subnet/*", undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(FREE, "subnet/*", without("instances"), UNKNOWN, "access_denied"),
    Case(FREE, A, without("cluster"), UNKNOWN, "access_denied"),
    Case(FREE, "subnet/subnet-p", POD_SUBNET, FAIL, "nearly_full"),
    Case(FREE, "subnet/subnet-p", all_of(POD_SUBNET, IPV6), NA, "ipv6"),
    Case(
        FREE,
        "subnet/subnet-n",
        all_of(free(400, NODES), CUSTOM),
        FAIL,
        "nearly_full",
        message="subnet-n has 400 of 4091 addresses free; in use against that: custom networking",
    ),
    Case(FREE, "subnet/*", without("eni_configs"), UNKNOWN, "access_denied"),
    # --- subnet-size
    Case(SIZE, "subnet/subnet-n", ELSEWHERE, PASS, message="subnet-n is a /20"),
    Case(
        SIZE,
        "subnet/subnet-f",
        cidr("22", FARGATE),
        FAIL,
        "subnet_too_small",
        message="subnet-f is a /22, at least a /21 is wanted",
    ),
    Case(
        SIZE,
        "subnet/subnet-f",
        cidr("21", FARGATE),
        WARN,
        "subnet_small",
        message="subnet-f is a /21, a /20 is recommended",
    ),
    Case(SIZE, "subnet/subnet-f", cidr("22", FARGATE), WARN, "subnet_small", parameters={"max-prefix": 22}),
    Case(SIZE, "subnet/subnet-f", cidr("22", FARGATE), PASS, parameters={"recommended-prefix": 22}),
    # Whether pods on nodes take addresses of the subnet depends on the CNI.
    Case(SIZE, "subnet/subnet-n", aws_alone(cidr("22")), UNKNOWN, "not_collected"),
    Case(SIZE, "subnet/subnet-n", aws_alone(cidr("21")), UNKNOWN, "not_collected"),
    Case(SIZE, "subnet/subnet-n", cidr("22"), FAIL, "subnet_too_small"),
    Case(SIZE, "subnet/subnet-n", cidr("21"), WARN, "subnet_small"),
    Case(SIZE, "subnet/subnet-n", all_of(cidr("22"), without("daemon_sets")), UNKNOWN, "access_denied"),
    Case(SIZE, "subnet/subnet-n", all_of(cidr("22"), OVERLAY), NA, "overlay", message="pods take addresses of Cilium"),
    Case(SIZE, "subnet/subnet-n", all_of(cidr("22"), CUSTOM), NA, "custom_networking"),
    # Calico beside the VPC CNI only enforces policies.
    Case(SIZE, "subnet/subnet-n", all_of(cidr("22"), daemons(CALICO)), FAIL, "subnet_too_small"),
    Case(SIZE, "subnet/subnet-p", all_of(POD_SUBNET, CUSTOM), FAIL, "subnet_too_small"),
    Case(SIZE, "subnet/*", without("eni_configs"), UNKNOWN, "access_denied"),
    Case(SIZE, A, all_of(NO_NODES, one("subnets", 0, cidr_block="10.0.0.0/28")), NA, "control_plane_only"),
    Case(SIZE, "subnet/subnet-f", all_of(cidr("24", FARGATE), IPV6), NA, "ipv6"),
    Case(SIZE, "subnet/subnet-n", cidr(""), UNKNOWN, "not_collected"),
    Case(SIZE, "subnet/subnet-n", cidr("29"), UNKNOWN, "parse_error"),
    Case(SIZE, A, without("subnets"), UNKNOWN, "access_denied"),
    Case(SIZE, "subnet/*", without("auto_scaling_groups"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_subnets(case: Case) -> None:
    check(case)
