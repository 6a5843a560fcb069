"""Providers of storage: what classes and volumes are judged with, and EBS volumes that nothing has attached."""

from collections.abc import Iterable
from typing import Any

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.facts import CLUSTER_TAG
from plumbline.domain.judged import ALL
from plumbline.domain.need import joined
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.storage import (
    CsiDrivers,
    EbsVolumes,
    StorageClasses,
    UnattachedVolume,
    VolumeClaims,
    VolumeObjects,
)
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

_CLUSTER_NAME = "KubernetesCluster"
AVAILABLE = "available"


def _unattached(view: View) -> Judged[UnattachedVolume]:
    """Yield the volumes of this cluster; those of no cluster there is fall to the first cluster of the region."""
    volumes, clusters = view.snapshot.region.volumes, view.snapshot.region.clusters
    if isinstance(volumes, NotCollected):
        yield Resource("volume", ALL), volumes
        return
    if isinstance(clusters, NotCollected):
        yield Resource("volume", ALL), clusters
    names = () if isinstance(clusters, NotCollected) else clusters.value
    keeper = view.name == min(names, default="")
    for volume in volumes.value:
        if volume.state == AVAILABLE:
            cluster = _cluster_of(volume, names)
            if view.name in _named(volume) or (not cluster and keeper):
                found = UnattachedVolume(volume, cluster, view.name in _named(volume))
                yield Resource("volume", volume.volume_id), Collected(found, volumes.at)


def _cluster_of(volume: ec2.Volume, clusters: Iterable[str]) -> str:
    return next((name for name in sorted(_named(volume)) if name in clusters), "")


def _named(volume: ec2.Volume) -> frozenset[str]:
    """Return the clusters that a volume's tags name; the driver of an add-on names it by either key."""
    tags = volume.tag
    keys = (key.removeprefix(CLUSTER_TAG) for key in tags if key.startswith(CLUSTER_TAG))
    return frozenset({*keys, tags.get(_CLUSTER_NAME, "")} - {""})


STORAGE_RESOURCES: dict[type, ResourceProvider[Any]] = {
    UnattachedVolume: ResourceProvider(("volumes", "clusters"), _unattached),
}

STORAGE_FACTS: dict[Any, FactProvider[Any]] = {
    CsiDrivers: FactProvider(
        ("csi_drivers",),
        lambda view: joined(
            lambda listed: CsiDrivers(driver.name for driver in listed), view.kubernetes.evidence.csi_drivers
        ),
    ),
    StorageClasses: FactProvider(
        ("storage_classes",), lambda view: joined(StorageClasses, view.kubernetes.evidence.storage_classes)
    ),
    VolumeClaims: FactProvider(
        ("persistent_volume_claims",),
        lambda view: joined(VolumeClaims, view.kubernetes.evidence.persistent_volume_claims),
    ),
    VolumeObjects: FactProvider(
        ("persistent_volumes",), lambda view: joined(VolumeObjects, view.kubernetes.evidence.persistent_volumes)
    ),
    EbsVolumes: FactProvider(("volumes",), lambda view: joined(EbsVolumes, view.snapshot.region.volumes)),
}
