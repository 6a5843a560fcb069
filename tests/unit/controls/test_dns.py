import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import REGION, read
from tests.unit.changes import Change, addon, all_of, cluster, each, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import changed, gone, running
from tests.unit.kubernetes_baseline import MANAGED, component, node, pod

DNS, CLUSTER = "dns.coredns-capacity", "cluster/payments"
COREDNS = component("Deployment", "coredns", "eks/coredns:v1")
LARGE = {"nodes-without-scaling": 2}
AUTO_MODE = all_of(
    cluster(compute_config=eks.ComputeConfig(enabled=True)),
    section("nodegroups", Listed(names=read(()))),
    section("fargate_profiles", Listed(names=read(()))),
    each("auto_scaling_groups"),
    each("instances"),
    each("nodes"),
)


def placed(*nodes: str) -> Change:
    return section("pods", read(Pods(placed=tuple(pod(COREDNS, name) for name in nodes))))


def nodes(*zones: str) -> Change:
    return each("nodes", *(node(f"n{at}", (MANAGED, "general"), f"{REGION}{zone}") for at, zone in enumerate(zones)))


CASES = [
    Case(
        DNS,
        CLUSTER,
        changed("Deployment", "coredns", ready=1),
        FAIL,
        "too_few_replicas",
        message="1 replica(s) of CoreDNS are ready, fewer than 2",
    ),
    Case(DNS, CLUSTER, gone("Deployment", "coredns"), FAIL, "too_few_replicas"),
    Case(DNS, CLUSTER, placed("general", "general"), FAIL, "one_node"),
    Case(DNS, CLUSTER, all_of(nodes("a", "a"), placed("n0", "n1")), WARN, "one_zone"),
    Case(DNS, CLUSTER, each("nodes"), UNKNOWN, "not_found_in_listing"),
    Case(
        DNS,
        CLUSTER,
        placed("general", "workers"),
        WARN,
        "no_scaling",
        parameters=LARGE,
        message="CoreDNS does not grow with the 3 nodes",
    ),
    Case(
        DNS,
        CLUSTER,
        addon("coredns", switches={"autoScaling.enabled": True}),
        PASS,
        parameters=LARGE,
    ),
    Case(
        DNS,
        CLUSTER,
        addon("coredns", switches={"autoScaling.enabled": True, "enableNetworkPolicy": False}),
        PASS,
        parameters=LARGE,
    ),
    Case(
        DNS,
        CLUSTER,
        addon("coredns", switches={"autoScaling.enabled": False}),
        WARN,
        "no_scaling",
        parameters=LARGE,
    ),
    Case(DNS, CLUSTER, addon("coredns", switches=None), UNKNOWN, "parse_error", parameters=LARGE),
    Case(
        DNS,
        CLUSTER,
        running("DaemonSet", "node-local-dns", "registry.k8s.io/dns/k8s-dns-node-cache:1.25"),
        PASS,
        parameters=LARGE,
    ),
    Case(
        DNS,
        CLUSTER,
        running("Deployment", "dns-autoscaler", "registry.k8s.io/cpa/cluster-proportional-autoscaler:v1.9"),
        PASS,
        parameters=LARGE,
    ),
    Case(
        DNS,
        CLUSTER,
        all_of(gone("Deployment", "coredns"), running("DaemonSet", "coredns", "eks/coredns:v1")),
        PASS,
        message="CoreDNS runs on each node",
    ),
    Case(DNS, CLUSTER, AUTO_MODE, NA, "auto_mode"),
    Case(DNS, CLUSTER, all_of(AUTO_MODE, without("instances")), UNKNOWN, "access_denied", parameters=LARGE),
    Case(DNS, CLUSTER, without("deployments"), UNKNOWN, "access_denied"),
    Case(DNS, CLUSTER, without("pods"), UNKNOWN, "access_denied"),
    Case(DNS, CLUSTER, without("nodes"), UNKNOWN, "access_denied"),
    Case(DNS, CLUSTER, without("addons"), UNKNOWN, "access_denied", parameters=LARGE),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_dns(case: Case) -> None:
    check(case)
