import pytest

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.cluster import CniSettings
from plumbline.domain.evidence.kubernetes.workloads import Container, EnvVar, Pods, PodTemplate, Workload
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, nothing, replace, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component, daemon_sets, nodes, pod, workload
from tests.unit.node_changes import auto_mode, karpenter, without_deployment

DENSITY, GENERAL, WORKERS = "capacity.pod-density", "nodegroup/general", "auto-scaling-group/workers"
POOL = "compute-pool/default"


def slots(count: int, system: str = "linux") -> Change:
    """Each node takes this many pods."""
    amounts = {"pods": str(count)}
    changed = [
        replace(
            one,
            metadata=replace(one.metadata, labels=one.labels | {"kubernetes.io/os": system}),
            status=replace(one.status, capacity=amounts, allocatable=amounts),
        )
        for one in nodes()
    ]
    return each("nodes", *changed)


def vpc_cni(**settings: str) -> Change:
    variables = tuple(EnvVar(name, literal=True, setting=value) for name, value in settings.items())
    container = Container(name="aws-node", image="amazon-k8s-cni:v1.20.4-eksbuild.2", env=variables)
    own = workload("DaemonSet", "kube-system", "aws-node", template=PodTemplate(containers=(container,)))
    return each("daemon_sets", own, *daemon_sets()[1:])


def on(node: str, count: int) -> Change:
    owner: Workload = workload()
    return section("pods", read(Pods(placed=tuple(pod(owner, node) for _ in range(count)))))


PREFIXES = vpc_cni(ENABLE_PREFIX_DELEGATION="true")
AT_MAXIMUM = nodegroup("general", scaling_config=eks.ScalingConfig(min_size=1, max_size=4, desired_size=4))
WINDOWS_PREFIXES = section("cni_settings", read(CniSettings(windows_prefix_delegation=True)))

CASES = [
    Case(DENSITY, GENERAL, nothing, PASS, message="7% of the pod slots of general are in use"),
    # Three interfaces of ten addresses, of which each keeps one for itself.
    Case(DENSITY, GENERAL, slots(29), PASS),
    Case(
        DENSITY,
        GENERAL,
        slots(30),
        FAIL,
        "max_pods_exceeds_ips",
        message="nodes of type m7i.large in general take 30 pods and have addresses for 29",
    ),
    Case(DENSITY, GENERAL, all_of(slots(110), PREFIXES), PASS),
    Case(
        DENSITY,
        GENERAL,
        all_of(slots(110), cluster(kubernetes_network_config=eks.KubernetesNetwork(ip_family="ipv6"))),
        PASS,
    ),
    Case(DENSITY, GENERAL, all_of(slots(20), vpc_cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true")), PASS),
    Case(
        DENSITY,
        GENERAL,
        all_of(slots(21), vpc_cni(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true")),
        FAIL,
        "max_pods_exceeds_ips",
    ),
    Case(DENSITY, GENERAL, slots(9, "windows"), PASS),
    Case(DENSITY, GENERAL, slots(10, "windows"), FAIL, "max_pods_exceeds_ips"),
    Case(DENSITY, GENERAL, all_of(slots(110, "windows"), WINDOWS_PREFIXES), PASS),
    Case(DENSITY, GENERAL, all_of(slots(10, "windows"), without("cni_settings")), UNKNOWN, "access_denied"),
    # 25 of 29 are 86 percent, 28 are 97.
    Case(DENSITY, GENERAL, on("general", 24), PASS),
    Case(DENSITY, GENERAL, on("general", 25), WARN, "filling_up"),
    Case(DENSITY, GENERAL, on("general", 25), PASS, parameters={"warn-ratio": 0.9}),
    Case(DENSITY, GENERAL, on("general", 28), WARN, "filling_up"),
    Case(
        DENSITY,
        GENERAL,
        all_of(on("general", 28), AT_MAXIMUM),
        FAIL,
        "saturated",
        message="97% of the pod slots of general are in use, and nothing can add nodes",
    ),
    Case(DENSITY, GENERAL, all_of(on("general", 28), without_deployment("cluster-autoscaler")), FAIL, "saturated"),
    Case(DENSITY, GENERAL, all_of(on("general", 28), without("deployments")), UNKNOWN, "access_denied"),
    Case(DENSITY, POOL, all_of(karpenter(), on("spare", 28)), WARN, "filling_up"),
    Case(DENSITY, "compute-pool/general-purpose", auto_mode(), NA, "auto-mode"),
    Case(DENSITY, "fargate-profile/batch", nothing, NA, "fargate"),
    Case(DENSITY, GENERAL, each("nodes"), NA, "no_nodes"),
    Case(
        DENSITY,
        GENERAL,
        each("daemon_sets", component("DaemonSet", "cilium", "quay.io/cilium/cilium:v1.18.0")),
        NA,
        "overlay",
    ),
    Case(
        DENSITY, GENERAL, each("instance_types", ec2.InstanceType(instance_type="m7i.large")), UNKNOWN, "not_collected"
    ),
    Case(DENSITY, GENERAL, without("instance_types"), UNKNOWN, "access_denied"),
    Case(DENSITY, GENERAL, all_of(slots(30), without("pods")), FAIL, "max_pods_exceeds_ips"),
    Case(DENSITY, GENERAL, without("pods"), UNKNOWN, "access_denied"),
    Case(DENSITY, GENERAL, without("daemon_sets"), UNKNOWN, "access_denied"),
    Case(DENSITY, WORKERS, without("nodes"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_density(case: Case) -> None:
    check(case)
