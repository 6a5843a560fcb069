"""Owners: node groups and what EC2 keeps for them is called, in both directions."""

from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.fleet.calls import Answer, Call
from benchmarks.fleet.traits import Cluster, NodeGroup
from benchmarks.fleet.world import CLUSTERS_PER_VPC

PRIVATE_SUBNETS = range(3)
CLUSTER_TAG = "kubernetes.io/cluster/"
# Parts of a node group's number in the id of a template: the customer's own, and EKS's copy of it.
CUSTOMERS, GENERATED = 0, 0x800
_INSTANCES_A_GROUP = 16


class Owner(NamedTuple):
    """A node group with its cluster."""

    cluster: Cluster
    group: NodeGroup


def subnets_of(call: Call, cluster: Cluster) -> list[str]:
    """Return the ids of the private subnets of a cluster's VPC."""
    vpc = cluster.index // CLUSTERS_PER_VPC
    return [call.names.id("subnet", call.place, vpc, subnet) for subnet in PRIVATE_SUBNETS]


def scaling_group_name(cluster: Cluster, group: NodeGroup) -> str:
    """Return the name of a node group's Auto Scaling group, which tells whose it is."""
    return f"eks-{group.name}-{cluster.index:07x}-{group.index:03x}"


def template_id(call: Call, owner: Owner, kind: int) -> str:
    """Return the id of a node group's launch template: the customer's own or EKS's copy of it."""
    return call.names.id("lt", call.place, owner.cluster.index, kind | owner.group.index)


def owners(call: Call, clusters: Sequence[int] | None = None) -> list[Owner]:
    """Return every node group of some clusters, or of all in the place."""
    world, place = call.world, call.place
    return [
        Owner(world.cluster(place, index), world.group(place, index, number))
        for index in (range(world.cluster_count(place)) if clusters is None else clusters)
        for number in range(world.options.nodegroups)
    ]


def tagged(call: Call, keys: Sequence[str]) -> list[int]:
    """Return the numbers of the clusters that tag keys name."""
    names = [key.removeprefix(CLUSTER_TAG) for key in keys if key.startswith(CLUSTER_TAG)]
    numbers = (call.world.cluster_number(call.place, name) for name in names)
    return sorted(number for number in numbers if number is not None)


def instance_id(call: Call, owner: Owner, number: int) -> str:
    """Return the id of an instance of a node group."""
    return call.names.id("i", call.place, owner.cluster.index, owner.group.index * _INSTANCES_A_GROUP + number)


def metadata_options(group: NodeGroup) -> Answer:
    """Return how the nodes of a group serve their metadata, as EC2 says it."""
    tokens = "required" if group.imdsv2 else "optional"
    return {"httpTokens": tokens, "httpPutResponseHopLimit": group.hops, "httpEndpoint": "enabled"}
