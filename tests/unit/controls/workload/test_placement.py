from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import NodeSpec, Taint
from plumbline.domain.evidence.kubernetes.objects import LabelSelector, Requirement
from plumbline.domain.evidence.kubernetes.workloads import AntiAffinity, Toleration
from tests.unit.changes import Change, all_of, each, item, nodegroup, nothing, one, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import LABELS, template, workload
from tests.unit.node_changes import joined, karpenter_without_nodes, labelled, node_pool, requirement

PLACED, API = "workload.placement-valid", "Deployment/payments/api"
LINUX = {"kubernetes.io/os": "linux"}
APART = (
    AntiAffinity(topology_key="kubernetes.io/hostname", selector=LabelSelector(match_labels=LABELS), required=True),
)
EVERYTHING = (Toleration(operator="Exists"),)
DEDICATED = Taint(key="dedicated", value="batch", effect="NoSchedule")


def asks(kind: str = "Deployment", replicas: int = 2, **members: Any) -> Change:
    owner = workload(kind, replicas=replicas, template=template(**members))
    listed = each("daemon_sets" if kind == "DaemonSet" else "deployments", owner)
    return all_of(listed, item("fargate_profiles", "batch", selectors=()))


def selects(**labels: str) -> Change:
    return asks(node_selector=LINUX | {name.replace("_", "-"): value for name, value in labels.items()})


def wants(*terms: tuple[Requirement, ...]) -> Change:
    return asks(node_affinity=terms)


def where(key: str, operator: str, *values: str) -> Requirement:
    return Requirement(key=key, operator=operator, values=values)


def grows_to(size: int) -> Change:
    """No group can grow beyond this, and there is no self-managed one."""
    sizes = eks.ScalingConfig(min_size=0, max_size=size, desired_size=0)
    return all_of(
        nodegroup("general", scaling_config=sizes),
        nodegroup("rocket", scaling_config=sizes),
        each("auto_scaling_groups"),
    )


FIXED = grows_to(0)
WINDOWS = joined(labelled("win", {"kubernetes.io/os": "windows"}))
GPU = karpenter_without_nodes(
    node_pool(labels={"gpu": "yes"}, requirements=(requirement("kubernetes.io/arch", "amd64"),), taints=(DEDICATED,))
)
TOLERANT = (Toleration(key="dedicated", value="batch", effect="NoSchedule"),)

CASES = [
    Case(PLACED, API, nothing, PASS),
    Case(
        PLACED,
        API,
        selects(disk="fast"),
        FAIL,
        "unsatisfiable",
        message=("payments/api: no node and no pool that can grow matches its selector, affinity and tolerations"),
    ),
    Case(PLACED, API, asks(node_selector=LINUX | {"topology.kubernetes.io/zone": "eu-west-1a"}), PASS),
    Case(
        PLACED,
        API,
        all_of(FIXED, asks(node_selector=LINUX | {"topology.kubernetes.io/zone": "eu-west-1d"})),
        FAIL,
        "unsatisfiable",
    ),
    # A group scaled to zero still offers its labels and taints.
    Case(PLACED, API, all_of(nodegroup("general", labels={"disk": "fast"}), selects(disk="fast")), PASS),
    Case(
        PLACED,
        API,
        all_of(
            nodegroup(
                "general",
                labels={"disk": "fast"},
                taints=(eks.NodeTaint(key="dedicated", value="batch", effect="NO_SCHEDULE"),),
            ),
            selects(disk="fast"),
        ),
        FAIL,
        "unsatisfiable",
    ),
    Case(
        PLACED,
        API,
        all_of(
            FIXED,
            nodegroup("general", labels={"disk": "fast"}, scaling_config=eks.ScalingConfig(max_size=0)),
            selects(disk="fast"),
        ),
        FAIL,
        "unsatisfiable",
    ),
    # What a NodePool can make counts as there.
    Case(PLACED, API, all_of(GPU, asks(node_selector=LINUX | {"gpu": "yes"}, tolerations=TOLERANT)), PASS),
    Case(PLACED, API, all_of(GPU, selects(gpu="yes")), FAIL, "unsatisfiable"),
    Case(
        PLACED,
        API,
        all_of(GPU, asks(node_selector=LINUX | {"gpu": "yes", "kubernetes.io/arch": "arm64"}, tolerations=TOLERANT)),
        FAIL,
        "unsatisfiable",
    ),
    Case(PLACED, API, wants((where("role", "In", "workers"),), (where("none", "Exists"),)), PASS),
    Case(PLACED, API, wants((where("role", "In", "workers"), where("none", "Exists"))), FAIL, "unsatisfiable"),
    Case(PLACED, API, wants((where("role", "NotIn", "workers"),)), PASS),
    Case(
        PLACED,
        API,
        all_of(FIXED, asks(), *(one("nodes", at, spec=NodeSpec(unschedulable=True)) for at in range(3))),
        FAIL,
        "unsatisfiable",
    ),
    Case(
        PLACED,
        API,
        all_of(FIXED, asks(), *(one("nodes", at, spec=NodeSpec(taints=(DEDICATED,))) for at in range(3))),
        FAIL,
        "unsatisfiable",
    ),
    # Taints that come and go with a node's state keep nobody off for good.
    Case(
        PLACED,
        API,
        all_of(
            FIXED,
            asks(),
            *(
                one(
                    "nodes", at, spec=NodeSpec(taints=(Taint(key="node.kubernetes.io/not-ready", effect="NoSchedule"),))
                )
                for at in range(3)
            ),
        ),
        PASS,
    ),
    # On Fargate each pod has a node made for it; a DaemonSet runs wherever it fits.
    Case(
        PLACED,
        API,
        all_of(
            selects(disk="fast"),
            item("fargate_profiles", "batch", selectors=(eks.FargateSelector(namespace="payments"),)),
        ),
        PASS,
    ),
    Case(PLACED, "DaemonSet/payments/api", asks("DaemonSet", node_selector=LINUX | {"disk": "fast"}), PASS),
    Case(PLACED, API, asks(node_name="general", node_selector={"disk": "fast"} | LINUX), PASS),
    # --- kept apart
    Case(PLACED, API, all_of(FIXED, asks(replicas=3, anti_affinity=APART)), PASS),
    Case(PLACED, API, all_of(FIXED, asks(replicas=4, anti_affinity=APART)), FAIL, "anti_affinity"),
    Case(
        PLACED,
        API,
        all_of(grows_to(2), asks(replicas=6, anti_affinity=APART)),
        FAIL,
        "anti_affinity",
        message="payments/api: 6 pods want a node each, and there can be 5",
    ),
    Case(PLACED, API, asks(replicas=51, anti_affinity=APART), WARN, "large_anti_affinity"),
    Case(PLACED, API, asks(replicas=50, anti_affinity=APART), PASS),
    Case(
        PLACED,
        API,
        asks(replicas=4, anti_affinity=APART),
        WARN,
        "large_anti_affinity",
        parameters={"large-anti-affinity": 3},
    ),
    # --- operating systems
    Case(PLACED, API, asks(os="windows", node_selector={}), FAIL, "os"),
    Case(PLACED, API, asks(node_selector={}), PASS),
    Case(PLACED, API, all_of(WINDOWS, asks(node_selector={})), FAIL, "os"),
    Case(
        PLACED,
        API,
        all_of(WINDOWS, asks(node_selector={}, node_affinity=((where("kubernetes.io/os", "In", "linux"),),))),
        PASS,
    ),
    Case(PLACED, API, all_of(asks(os="windows", node_selector={}), without("nodegroups")), FAIL, "os"),
    # --- tolerations
    Case(PLACED, API, asks(tolerations=EVERYTHING), WARN, "tolerates_all"),
    Case(PLACED, "DaemonSet/payments/api", asks("DaemonSet", tolerations=EVERYTHING), PASS),
    Case(PLACED, API, asks(tolerations=(Toleration(operator="Exists", effect="NoExecute"),)), PASS),
    # --- what is missing
    Case(PLACED, API, all_of(selects(disk="fast"), without("nodegroups")), UNKNOWN, "access_denied"),
    Case(PLACED, API, all_of(selects(disk="fast"), without("node_pools")), UNKNOWN, "access_denied"),
    Case(PLACED, API, all_of(selects(disk="fast"), without("fargate_profiles")), UNKNOWN, "access_denied"),
    Case(PLACED, API, without("nodes"), UNKNOWN, "access_denied"),
    Case(PLACED, "Deployment/*", without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_placement(case: Case) -> None:
    check(case)
