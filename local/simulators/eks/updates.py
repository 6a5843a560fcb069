"""The updates that ran on EKS resources, and the tags of any of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of
from local.simulators.errors import AwsError
from local.simulators.world import Cluster, Row

_ARN_MEMBERS = ("arn", "nodegroupArn", "addonArn", "fargateProfileArn", "accessEntryArn", "associationArn")


def _target(call: Call, cluster: Cluster) -> Row:
    if "nodegroupName" in call.params:
        return part_of(cluster.nodegroups, "node group", call.params["nodegroupName"])
    if "addonName" in call.params:
        return part_of(cluster.addons, "addon", call.params["addonName"])
    if "capabilityName" in call.params:
        return part_of(cluster.capabilities, "capability", call.params["capabilityName"])
    return cluster.description


@simulates("eks", "ListUpdates")
def list_updates(call: Call) -> dict[str, Any]:
    """The ids of the updates of the cluster, or of the part that is named."""
    cluster = cluster_of(call)
    target = _target(call, cluster)
    return {"updateIds": [key for key, row in cluster.updates.items() if row["_target"] is target]}


@simulates("eks", "DescribeUpdate")
def describe_update(call: Call) -> dict[str, Any]:
    """One update."""
    return {"update": part_of(cluster_of(call).updates, "update", call.params["updateId"])}


def _taggable(call: Call) -> Iterator[Row]:
    for cluster in call.place.clusters.values():
        yield cluster.description
        for parts in (
            cluster.nodegroups,
            cluster.addons,
            cluster.fargate_profiles,
            cluster.access_entries,
            cluster.pod_identities,
            cluster.capabilities,
        ):
            yield from parts.values()


def _tags(call: Call) -> dict[str, str]:
    for row in _taggable(call):
        if call.params["resourceArn"] in [row.get(member) for member in _ARN_MEMBERS]:
            tags: dict[str, str] = row.setdefault("tags", {})
            return tags
    raise AwsError("NotFoundException", f"No resource found for {call.params['resourceArn']}")


@simulates("eks", "ListTagsForResource")
def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """The tags of a resource."""
    return {"tags": _tags(call)}


@simulates("eks", "TagResource")
def tag_resource(call: Call) -> dict[str, Any]:
    """Adds or changes tags."""
    _tags(call).update(call.params["tags"])
    return {}


@simulates("eks", "UntagResource")
def untag_resource(call: Call) -> dict[str, Any]:
    """Takes tags away."""
    tags = _tags(call)
    for key in call.params["tagKeys"]:
        tags.pop(key, None)
    return {}
