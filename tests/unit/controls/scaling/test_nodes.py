from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes.cluster import Taint
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import listed, read
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, nothing, one, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component
from tests.unit.node_changes import auto_mode, deploys, karpenter, node_pool, without_deployment

ADDED, CONFIG, CLUSTER = "scaling.node-autoscaler", "scaling.cluster-autoscaler-config", "cluster/payments"
IMAGE = "registry.k8s.io/autoscaling/cluster-autoscaler"
FLAGS = {"node-group-auto-discovery": "asg:tag=x", "balance-similar-node-groups": "true"}


def autoscaler(image: str = f"{IMAGE}:v1.33.1", name: str = "cluster-autoscaler", **members: Any) -> Change:
    described = {"ready": 1, "desired": 1, "flags": FLAGS} | members
    return each("deployments", component("Deployment", name, image, **described))


KARPENTER = component("Deployment", "karpenter", "public.ecr.aws/karpenter/controller:1.8.0", ready=2, desired=2)
ONLY_KARPENTER = all_of(karpenter(), each("deployments", KARPENTER))
SEPARATED = node_pool(taints=(Taint(key="karpenter", effect="NoSchedule"),))
NONE = without_deployment("cluster-autoscaler")
NO_GROUPS = all_of(section("nodegroups", listed()), each("auto_scaling_groups"), each("instances"))


def rocket(*types: str) -> Change:
    return nodegroup("rocket", instance_types=types)


def zonal(*types: str) -> Change:
    """The groups general and rocket have these types, and a zone each."""
    return all_of(
        nodegroup("general", subnets=("subnet-a",), instance_types=types),
        nodegroup("rocket", subnets=("subnet-b",), instance_types=types),
    )


def larger(name: str) -> Change:
    return one(
        "instance_types",
        1,
        instance_type=name,
        v_cpu_info=ec2.ProcessorInfo(default_v_cpus=4),
    )


CASES = [
    Case(ADDED, CLUSTER, nothing, PASS, message="Cluster Autoscaler adds nodes"),
    Case(
        ADDED,
        CLUSTER,
        NONE,
        FAIL,
        "no_autoscaler",
        message="nothing adds nodes to general, rocket, workers",
    ),
    Case(ADDED, CLUSTER, auto_mode(), PASS),
    Case(ADDED, CLUSTER, all_of(auto_mode(), without("deployments")), PASS),
    Case(ADDED, CLUSTER, ONLY_KARPENTER, PASS, message="Karpenter adds nodes"),
    Case(ADDED, CLUSTER, all_of(ONLY_KARPENTER, each("node_pools")), WARN, "no_node_pools"),
    Case(ADDED, CLUSTER, all_of(ONLY_KARPENTER, without("node_pools")), UNKNOWN, "access_denied"),
    Case(ADDED, CLUSTER, autoscaler(ready=0), WARN, "not_ready"),
    Case(ADDED, CLUSTER, autoscaler("registry.local/copied:1"), PASS),
    Case(ADDED, CLUSTER, autoscaler(name="scaler"), PASS),
    Case(ADDED, CLUSTER, all_of(karpenter(), deploys(KARPENTER)), WARN, "not_separated"),
    Case(ADDED, CLUSTER, all_of(karpenter(SEPARATED), deploys(KARPENTER)), PASS),
    Case(ADDED, CLUSTER, all_of(NONE, NO_GROUPS), NA, "no_ec2_pools"),
    Case(ADDED, CLUSTER, all_of(NONE, without("nodegroups")), FAIL, "no_autoscaler"),
    Case(
        ADDED, CLUSTER, all_of(NONE, NO_GROUPS, section("fargate_profiles", Listed(names=read(())))), NA, "no_ec2_pools"
    ),
    Case(ADDED, CLUSTER, without("deployments"), UNKNOWN, "access_denied"),
    # --- cluster-autoscaler-config
    Case(CONFIG, CLUSTER, nothing, PASS),
    Case(CONFIG, CLUSTER, NONE, NA, "no_cluster_autoscaler"),
    Case(
        CONFIG,
        CLUSTER,
        autoscaler(f"{IMAGE}:v1.32.4"),
        FAIL,
        "version",
        message="Cluster Autoscaler is of 1.32, the cluster of 1.33",
    ),
    Case(CONFIG, CLUSTER, cluster(version="1.34"), FAIL, "version"),
    Case(CONFIG, CLUSTER, autoscaler(f"{IMAGE}@sha256:{'a' * 64}"), UNKNOWN, "not_collected"),
    Case(
        CONFIG,
        CLUSTER,
        all_of(larger("m7g.large"), rocket("m6g.large", "m7g.large")),
        FAIL,
        "mixed_shapes",
        message="groups mix instance types of different size: rocket",
    ),
    Case(
        CONFIG,
        CLUSTER,
        all_of(larger("m7g.large"), rocket("m6g.large", "m7g.large"), without("subnets")),
        FAIL,
        "mixed_shapes",
    ),
    Case(CONFIG, CLUSTER, rocket("m6g.large", "x9.large"), UNKNOWN, "not_collected"),
    Case(CONFIG, CLUSTER, autoscaler(flags={"balance-similar-node-groups": "true"}), WARN, "no_autodiscovery"),
    Case(
        CONFIG,
        CLUSTER,
        all_of(zonal("m6g.large"), autoscaler(flags={"node-group-auto-discovery": "x"})),
        WARN,
        "no_balance",
    ),
    Case(CONFIG, CLUSTER, autoscaler(flags={"node-group-auto-discovery": "x"}), PASS),
    Case(CONFIG, CLUSTER, all_of(zonal("m6g.large"), autoscaler(flags={})), WARN, "no_autodiscovery no_balance"),
    Case(CONFIG, CLUSTER, zonal("m6g.large"), PASS),
    Case(CONFIG, CLUSTER, without("instance_types"), UNKNOWN, "access_denied"),
    Case(CONFIG, CLUSTER, without("nodegroups"), UNKNOWN, "access_denied"),
    Case(CONFIG, CLUSTER, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_nodes(case: Case) -> None:
    check(case)
