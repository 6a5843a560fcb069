"""The nodes of a cluster of the fleet: what its instances say of themselves inside the cluster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.fleet.cluster_manifest import Nodegroup, NodePool, SelfManagedGroup
from local.fleet.site import ClusterSite
from local.kubernetes.nodes import NodeFacts, made_node
from local.simulators.world import Row

Object = dict[str, Any]
# By the beginning of the AMI type: image name, kernel, operating system.
_IMAGES: tuple[tuple[str, tuple[str, str, str]], ...] = (
    ("AL2_", ("Amazon Linux 2", "5.10.245-245.983.amzn2.x86_64", "linux")),
    ("BOTTLEROCKET", ("Bottlerocket (Amazon EKS)", "6.12.64", "linux")),
    ("WINDOWS_CORE_2019", ("Windows Server 2019 Datacenter", "10.0.17763.7919", "windows")),
    ("WINDOWS", ("Windows Server 2022 Datacenter", "10.0.20348.4294", "windows")),
    ("", ("Amazon Linux 2023.9.20260217", "6.12.64-87.122.amzn2023.x86_64", "linux")),
)


def nodes_of(site: ClusterSite) -> list[Object]:
    """The nodes of every pool but Fargate."""
    rows = [row for row in site.place.instances if f"kubernetes.io/cluster/{site.manifest.name}" in _tags(row)]
    running = [row for row in rows if row["State"]["Name"] == "running"]
    return [made_node(facts, site.now) for facts in (*map(site_facts(site), running), *_hybrid(site))]


def site_facts(site: ClusterSite) -> Callable[[Row], NodeFacts]:
    """A function from an instance to the facts of its node."""
    manifest = site.manifest
    groups = {group.name: group for group in manifest.nodegroups}
    pools: list[Nodegroup | SelfManagedGroup | NodePool] = [
        *manifest.nodegroups,
        *manifest.self_managed_groups,
        *manifest.node_pools,
    ]
    versions = {pool.name: pool.version or manifest.version for pool in pools}

    def facts(row: Row) -> NodeFacts:
        tags = _tags(row)
        group = groups.get(tags.get("eks:nodegroup-name", ""))
        minor = versions.get(tags["Name"].removeprefix(f"{manifest.name}-"), manifest.version)
        image, kernel, system = _image(group.ami_type if group else "")
        kind = row["InstanceType"]
        return NodeFacts(
            name=f"{row['InstanceId']}.{site.place.region}.compute.internal",
            zone=row["Placement"]["AvailabilityZone"],
            region=site.place.region,
            instance_type=kind,
            created=row["LaunchTime"] + dt.timedelta(minutes=2),
            kubelet=f"v{_patch(site, minor)}-eks-ecaa3a6",
            os_image=image,
            kernel=kernel,
            os=system,
            arch="arm64" if "g." in kind.partition(".")[0] + "." else "amd64",
            instance=row["InstanceId"],
            labels=_pool_labels(group, tags),
            taints=_taints(group),
            pods=group.max_pods if group else None,
        )

    return facts


def _tags(row: Row) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in row["Tags"]}


def _image(ami_type: str) -> tuple[str, str, str]:
    return next(image for prefix, image in _IMAGES if ami_type.startswith(prefix))


def _patch(site: ClusterSite, minor: str) -> str:
    return next(
        (row["kubernetesPatchVersion"] for row in site.catalogue.versions if row["clusterVersion"] == minor),
        f"{minor}.0",
    )


def _pool_labels(group: Nodegroup | None, tags: Mapping[str, str]) -> dict[str, str]:
    if group:
        return {
            "eks.amazonaws.com/capacityType": group.capacity,
            "eks.amazonaws.com/nodegroup": group.name,
            "eks.amazonaws.com/nodegroup-image": "ami-0123456789abcdef0",
            **group.labels,
        }
    if pool := tags.get("eks:kubernetes-node-pool-name"):
        return {
            "eks.amazonaws.com/compute-type": "auto",
            "eks.amazonaws.com/nodeclass": "default",
            "karpenter.sh/nodepool": pool,
            "karpenter.sh/capacity-type": "on-demand",
        }
    if pool := tags.get("karpenter.sh/nodepool"):
        return {
            "karpenter.sh/nodepool": pool,
            "karpenter.sh/capacity-type": "spot",
            "karpenter.k8s.aws/ec2nodeclass": pool,
        }
    return {}


def _taints(group: Nodegroup | None) -> list[dict[str, str]]:
    if group is None:
        return []
    return [{"key": key, "value": value, "effect": "NoSchedule"} for key, value in group.taints.items()]


def _hybrid(site: ClusterSite) -> Iterator[NodeFacts]:
    for number in range(site.manifest.hybrid_nodes):
        yield NodeFacts(
            name=f"mi-{number:017x}",
            zone="",
            region=site.place.region,
            instance_type="",
            created=site.days_ago(30),
            kubelet=f"v{_patch(site, site.manifest.version)}",
            os_image="Ubuntu 24.04.3 LTS",
            kernel="6.8.0-90-generic",
            labels={"eks.amazonaws.com/compute-type": "hybrid", "eks.amazonaws.com/hybrid-credential-provider": "ssm"},
        )


def fargate_node(site: ClusterSite, name: str, zone: str, made: dt.datetime) -> Object:
    """The node of one pod on Fargate."""
    facts = NodeFacts(
        name=f"fargate-{name}.{site.place.region}.compute.internal",
        zone=f"{site.place.region}{zone}",
        region=site.place.region,
        instance_type="",
        created=made,
        kubelet=f"v{_patch(site, site.manifest.version)}-eks-ecaa3a6",
        os_image="Amazon Linux 2",
        labels={"eks.amazonaws.com/compute-type": "fargate"},
        taints=[{"key": "eks.amazonaws.com/compute-type", "value": "fargate", "effect": "NoSchedule"}],
        pods=1,
    )
    return made_node(facts, site.now)
