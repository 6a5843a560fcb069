"""What the inventory tells of a cluster's inside."""

from typing import Any

from plumbline.domain.evidence.kubernetes.workloads import Container, EnvVar, PodTemplate
from plumbline.domain.kubernetes_inventory import kubernetes_inventory
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.view import View
from tests.unit.baseline import NOW, compliant
from tests.unit.changes import Change, nothing, without
from tests.unit.controls.system import changed
from tests.unit.kubernetes_baseline import REGISTRY, daemon_sets, deployments, edge, nodes, pods, services


def inventory(change: Change = nothing) -> dict[str, Any]:
    return kubernetes_inventory(View(change(compliant()), NOW))


def test_the_compliant_cluster_is_told_as_it_is() -> None:
    found = inventory()
    assert {"category": "log-agent", "name": "Fluent Bit", "namespace": "kube-system", "version": "2.34.0"} in found[
        "inv.detected-tools"
    ]
    assert found["inv.images"]["images"] == len(pods().images)
    assert f"{REGISTRY}/orders" in found["inv.images"]["repositories"]
    assert found["inv.workload-facts"] == {
        "workloads": {"DaemonSet": len(daemon_sets()), "Deployment": len(deployments())},
        "pods": len(pods().placed),
        "windows_pods": 0,
        "services": {"ClusterIP": len(services()), "LoadBalancer": len(edge())},
        "services_without_selector": 0,
    }
    assert found["inv.storage"] == {
        "classes": {"gp3": "ebs.csi.aws.com"},
        "volumes": {"ebs.csi.aws.com": 1, "efs.csi.aws.com": 1},
        "access_modes": {"ReadWriteMany": 1, "ReadWriteOnce": 1},
        "stateful_workloads": 0,
    }
    assert found["inv.cni-settings"] == {"settings": {}, "custom_networking": [], "network_policy": {}}
    assert found["inv.compute-mix"]["nodes"] == len(nodes())
    assert found["inv.compute-mix"]["architectures"] == {"amd64": len(nodes())}
    assert found["inv.compute-mix"]["spot"] == 0


def test_the_settings_of_the_cni_are_told() -> None:
    told = EnvVar(name="ENABLE_PREFIX_DELEGATION", literal=True, setting="true")
    template = PodTemplate(containers=(Container(name="aws-node", image="x", env=(told, EnvVar(name="OTHER"))),))
    found = inventory(changed("DaemonSet", "aws-node", template=template))
    assert found["inv.cni-settings"]["settings"] == {"ENABLE_PREFIX_DELEGATION": "true"}


def test_what_could_not_be_read_is_not_empty() -> None:
    assert inventory(without("nodes"))["inv.compute-mix"] is None
    assert inventory(without("pods"))["inv.images"] is None
    assert inventory(without("deployments"))["inv.workload-facts"]["workloads"] is None
    empty = kubernetes_inventory(View(Snapshot(subject=compliant().subject), NOW))
    assert empty["inv.detected-tools"] == []
    assert empty["inv.storage"] == dict.fromkeys(("classes", "volumes", "access_modes", "stateful_workloads"))
