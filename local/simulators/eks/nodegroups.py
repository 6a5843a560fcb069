"""EKS managed node groups."""

from __future__ import annotations

import copy
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, refuse_existing, start_update
from local.simulators.errors import AwsError
from local.simulators.world import Row, identifier

_DEFAULTS: Row = {
    "amiType": "AL2023_x86_64_STANDARD",
    "capacityType": "ON_DEMAND",
    "diskSize": 20,
    "instanceTypes": ["t3.medium"],
    "labels": {},
    "scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 2},
    "taints": [],
    "updateConfig": {"maxUnavailable": 1},
}
_SETTINGS = ("scalingConfig", "updateConfig", "nodeRepairConfig", "warmPoolConfig")


@simulates("eks", "ListNodegroups")
def list_nodegroups(call: Call) -> dict[str, Any]:
    """The names of the managed node groups."""
    return {"nodegroups": sorted(cluster_of(call).nodegroups)}


@simulates("eks", "DescribeNodegroup")
def describe_nodegroup(call: Call) -> dict[str, Any]:
    """One node group."""
    return {"nodegroup": part_of(cluster_of(call).nodegroups, "node group", call.params["nodegroupName"])}


@simulates("eks", "CreateNodegroup")
def create_nodegroup(call: Call) -> dict[str, Any]:
    """A new node group, ACTIVE at once, with the service's defaults for what is not said."""
    cluster, name = cluster_of(call), call.params["nodegroupName"]
    refuse_existing(cluster.nodegroups, "NodeGroup", name)
    unique = identifier("ng", call.params["clusterName"], name).removeprefix("ng-")
    group = {
        **copy.deepcopy(_DEFAULTS),
        "version": cluster.description["version"],
        **call.params,
        "nodegroupArn": call.place.arn("eks", f"nodegroup/{call.params['clusterName']}/{name}/{unique}"),
        "createdAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
        "status": "ACTIVE",
        "health": {"issues": []},
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{unique}"}]},
        "tags": call.params.get("tags", {}),
    }
    cluster.nodegroups[name] = group
    return {"nodegroup": copy.deepcopy(group)}


@simulates("eks", "UpdateNodegroupConfig")
def update_nodegroup_config(call: Call) -> dict[str, Any]:
    """Changes sizes, update and repair settings, labels and taints."""
    cluster = cluster_of(call)
    group = part_of(cluster.nodegroups, "node group", call.params["nodegroupName"])
    changes = {key: call.params[key] for key in (*_SETTINGS, "labels", "taints") if key in call.params}
    answer = start_update(call, cluster, group, "ConfigUpdate", changes)
    for key in _SETTINGS:
        if key in changes:
            group[key] = {**group.get(key, {}), **changes[key]}
    _relabel(group, changes.get("labels", {}))
    _retaint(group, changes.get("taints", {}))
    group["modifiedAt"] = call.world.clock()
    return answer


def _relabel(group: Row, change: Row) -> None:
    kept = {key: value for key, value in group["labels"].items() if key not in change.get("removeLabels", ())}
    group["labels"] = {**kept, **change.get("addOrUpdateLabels", {})}


def _retaint(group: Row, change: Row) -> None:
    added = change.get("addOrUpdateTaints", [])
    replaced = {(taint["key"], taint["effect"]) for taint in [*added, *change.get("removeTaints", [])]}
    kept = [taint for taint in group["taints"] if (taint["key"], taint["effect"]) not in replaced]
    group["taints"] = [*kept, *added]


@simulates("eks", "UpdateNodegroupVersion")
def update_nodegroup_version(call: Call) -> dict[str, Any]:
    """A new Kubernetes version, image release or launch template version; the recommended release by default."""
    cluster = cluster_of(call)
    group = part_of(cluster.nodegroups, "node group", call.params["nodegroupName"])
    version: str = call.params.get("version") or group.get("version") or cluster.description["version"]
    if int(version.split(".")[1]) > int(cluster.description["version"].split(".")[1]):
        raise AwsError("InvalidParameterException", f"Node group version {version} is newer than the cluster's")
    release = call.params.get("releaseVersion") or _recommended_release(call, version, group)
    changes: Row = {"Version": version, "ReleaseVersion": release}
    if "launchTemplate" in call.params:
        changes["LaunchTemplateVersion"] = call.params["launchTemplate"].get("version", "")
        group["launchTemplate"] = {**group.get("launchTemplate", {}), **call.params["launchTemplate"]}
    answer = start_update(call, cluster, group, "VersionUpdate", changes)
    group.update(version=version, releaseVersion=release, modifiedAt=call.world.clock())
    return answer


def _recommended_release(call: Call, version: str, group: Row) -> str:
    releases = call.world.catalogue.releases
    return releases.get((version, group["amiType"])) or str(group.get("releaseVersion", ""))


@simulates("eks", "DeleteNodegroup")
def delete_nodegroup(call: Call) -> dict[str, Any]:
    """Takes a node group away."""
    groups = cluster_of(call).nodegroups
    part_of(groups, "node group", call.params["nodegroupName"])
    return {"nodegroup": {**groups.pop(call.params["nodegroupName"]), "status": "DELETING"}}
