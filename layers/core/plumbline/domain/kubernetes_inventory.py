"""The inventory of one cluster's inside (controls.md C.2): what is there, judged by nobody."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from plumbline.domain.evidence.kubernetes.cluster import Node, PersistentVolume
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.image_names import repository_of
from plumbline.domain.kubernetes_facts import Placements
from plumbline.domain.tool_providers import tools_of
from plumbline.domain.view import View

_CNI = ("kube-system", "aws-node")
_CAPACITY_LABELS = ("eks.amazonaws.com/capacityType", "karpenter.sh/capacity-type")
_INSTANCE_TYPE = "node.kubernetes.io/instance-type"


def kubernetes_inventory(view: View) -> dict[str, Any]:
    """Return what the Kubernetes API tells of a cluster, as JSON values by the id of the inventory's entry.

    A part whose list could not be read is None: it is not known, which is not the same as empty.
    """
    evidence, inside = view.kubernetes.evidence, view.kubernetes
    return {
        "inv.detected-tools": [
            {"category": tool.category, "name": tool.name, "namespace": tool.namespace, "version": tool.version}
            for tool in tools_of(view).everything
        ],
        "inv.images": _told(_images, inside.placements),
        "inv.workload-facts": {
            "workloads": _told(lambda found: _counted(one.kind for one in found.all), inside.complete_workloads),
            "pods": _told(lambda placements: len(placements.pods), inside.placements),
            "windows_pods": _told(lambda placements: sum(pod.windows for pod in placements.pods), inside.placements),
            "services": _told(lambda found: _counted(one.spec.type for one in found), evidence.services),
            "services_without_selector": _told(
                lambda found: sum(not one.spec.selector for one in found), evidence.services
            ),
        },
        "inv.storage": {
            "classes": _told(
                lambda found: {one.metadata.name: one.provisioner for one in found}, evidence.storage_classes
            ),
            "volumes": _told(lambda found: _counted(map(_driver, found)), evidence.persistent_volumes),
            "access_modes": _told(
                lambda found: _counted(mode for one in found for mode in one.spec.access_modes),
                evidence.persistent_volumes,
            ),
            "stateful_workloads": _told(lambda found: sum(bool(one.claims) for one in found), evidence.stateful_sets),
        },
        "inv.cni-settings": {
            "settings": _told(_settings, evidence.daemon_sets),
            "custom_networking": _told(lambda found: sorted(one.name for one in found), evidence.eni_configs),
            "network_policy": _told(
                lambda found: {one.name: one.spec.network_policy for one in found}, evidence.node_classes
            ),
        },
        "inv.compute-mix": _told(_compute, evidence.nodes),
    }


def _told(describe: Callable[[Any], Any], section: Section[Any]) -> Any:
    return None if isinstance(section, NotCollected) else describe(section.value)


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))


def _images(placements: Placements) -> dict[str, Any]:
    repositories = sorted({repository_of(image) for image in placements.images})
    return {"repositories": repositories, "images": len(placements.images)}


def _driver(volume: PersistentVolume) -> str:
    spec = volume.spec
    if spec.csi is not None:
        return spec.csi.driver
    kinds = {"awsElasticBlockStore": spec.aws_elastic_block_store, "hostPath": spec.host_path, "local": spec.local}
    return next((kind for kind, there in kinds.items() if there), "nfs" if spec.nfs else "other")


def _settings(daemon_sets: tuple[Workload, ...]) -> dict[str, str]:
    """Return the settings of the VPC CNI that were kept while reading."""
    return {
        variable.name: variable.setting
        for one in daemon_sets
        if (one.namespace, one.name) == _CNI
        for container in one.template.containers
        for variable in container.env
        if variable.setting
    }


def _compute(nodes: tuple[Node, ...]) -> dict[str, Any]:
    return {
        "nodes": len(nodes),
        "instance_types": _counted(node.labels.get(_INSTANCE_TYPE, "") for node in nodes),
        "architectures": _counted(node.status.node_info.architecture for node in nodes),
        "operating_systems": _counted(node.status.node_info.operating_system for node in nodes),
        "os_images": _counted(node.status.node_info.os_image for node in nodes),
        "spot": sum(any(node.labels.get(key, "").lower() == "spot" for key in _CAPACITY_LABELS) for node in nodes),
    }
