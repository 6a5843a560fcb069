"""The nodes and the volumes of a cluster."""

from __future__ import annotations

from local.fleet.build_managed import add_managed_nodes, managed_group
from local.fleet.build_node_pools import pool_nodes
from local.fleet.build_self_managed import add_self_managed
from local.fleet.cluster_manifest import Volume
from local.fleet.compute_parts import own_id
from local.fleet.site import ClusterSite
from local.simulators.world import Row


def build_compute(site: ClusterSite) -> None:
    """Adds the cluster's node groups to the cluster and everything they run on to its place."""
    cluster = site.place.clusters[site.manifest.name]
    for group in site.manifest.nodegroups:
        cluster.nodegroups[group.name] = managed_group(site, group)
        add_managed_nodes(site, group)
    for self_managed in site.manifest.self_managed_groups:
        add_self_managed(site, self_managed)
    for pool in site.manifest.node_pools:
        site.place.instances += pool_nodes(site, pool)
    for number, volume in enumerate(site.manifest.volumes):
        site.place.volumes.append(_volume(site, number, volume))


def _volume(site: ClusterSite, number: int, volume: Volume) -> Row:
    tags = {
        "kubernetes.io/created-for/pvc/name": f"data-{number}",
        "kubernetes.io/created-for/pvc/namespace": "default",
        "KubernetesCluster": site.manifest.name,
    }
    return {
        "VolumeId": own_id(site, "vol", str(number)),
        "AvailabilityZone": f"{site.place.region}a",
        "CreateTime": site.days_ago(volume.age),
        "Encrypted": volume.encrypted,
        "Size": 50,
        "State": "in-use" if volume.attached else "available",
        "VolumeType": volume.kind,
        "Attachments": [],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
