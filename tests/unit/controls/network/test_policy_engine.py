import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import CniSettings
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.scaling import NodeClass, NodeClassSpec
from plumbline.domain.evidence.kubernetes.workloads import Container, PodTemplate
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import read
from tests.unit.changes import Change, addon, all_of, cluster, each, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.system import changed, running

ENGINE, CLUSTER = "network.policy-engine", "cluster/payments"
OFF = addon("vpc-cni", switches={})
AUTO_MODE = all_of(OFF, cluster(compute_config=eks.ComputeConfig(enabled=True)))
FARGATE_ALONE = all_of(
    section("nodegroups", Listed(names=read(()))), each("auto_scaling_groups"), each("instances"), each("nodes")
)


def agent(value: str) -> Change:
    container = Container(name="aws-eks-nodeagent", image="x", flags={"enable-network-policy": value})
    return all_of(OFF, changed("DaemonSet", "aws-node", template=PodTemplate(containers=(container,))))


def classes(*policies: str) -> Change:
    found = (
        NodeClass(metadata=Meta(name=f"class-{at}"), spec=NodeClassSpec(network_policy=policy))
        for at, policy in enumerate(policies)
    )
    return all_of(AUTO_MODE, each("node_classes", *found))


CASES = [
    Case(
        ENGINE,
        CLUSTER,
        OFF,
        FAIL,
        "no_policy_engine",
        message="nothing enforces network policies in payments; 1 network policies have no effect",
    ),
    Case(
        ENGINE,
        CLUSTER,
        addon("vpc-cni", switches={"enableNetworkPolicy": False}),
        FAIL,
        "no_policy_engine",
    ),
    Case(ENGINE, CLUSTER, addon("vpc-cni", switches={"enableNetworkPolicy": True}), PASS),
    Case(ENGINE, CLUSTER, agent("true"), PASS, message="vpc-cni enforces network policies"),
    Case(ENGINE, CLUSTER, agent("false"), FAIL, "no_policy_engine"),
    Case(ENGINE, CLUSTER, all_of(OFF, running("DaemonSet", "cilium", "quay.io/cilium/cilium:v1.18")), PASS),
    Case(ENGINE, CLUSTER, all_of(OFF, running("DaemonSet", "calico", "docker.io/calico/node:v3")), PASS),
    Case(
        ENGINE,
        CLUSTER,
        all_of(OFF, running("DaemonSet", "calico", "docker.io/calico/node:v3", ready=0)),
        FAIL,
        "no_policy_engine",
    ),
    Case(
        ENGINE,
        CLUSTER,
        all_of(OFF, running("DaemonSet", "calico", "docker.io/calico/node:v3")),
        FAIL,
        "no_policy_engine",
        parameters={"engines": ["cilium"]},
    ),
    Case(ENGINE, CLUSTER, classes("DefaultAllow", "DefaultDeny"), PASS),
    Case(
        ENGINE,
        CLUSTER,
        classes("DefaultAllow", ""),
        WARN,
        "node_class_without_policy",
        message=("network policies are not enforced on nodes of class-1; 1 network policies have no effect"),
    ),
    Case(
        ENGINE,
        CLUSTER,
        all_of(classes("DefaultAllow"), section("cni_settings", read(CniSettings()))),
        FAIL,
        "no_policy_engine",
    ),
    Case(
        ENGINE, CLUSTER, all_of(classes("DefaultAllow"), section("cni_settings", read(None))), FAIL, "no_policy_engine"
    ),
    Case(ENGINE, CLUSTER, FARGATE_ALONE, WARN, "fargate_only"),
    Case(ENGINE, CLUSTER, all_of(OFF, without("daemon_sets")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, without("addons"), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, addon("vpc-cni", switches=None), UNKNOWN, "parse_error"),
    Case(ENGINE, CLUSTER, all_of(classes(""), without("cni_settings")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, all_of(classes(""), without("node_classes")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_policy_engine(case: Case) -> None:
    check(case)
