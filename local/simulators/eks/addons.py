"""EKS managed add-ons of a cluster."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, refuse_existing, start_update
from local.simulators.errors import AwsError
from local.simulators.world import identifier

_SETTINGS = ("addonVersion", "configurationValues", "serviceAccountRoleArn")


@simulates("eks", "ListAddons")
def list_addons(call: Call) -> dict[str, Any]:
    """The names of the installed add-ons."""
    return {"addons": sorted(cluster_of(call).addons)}


@simulates("eks", "DescribeAddon")
def describe_addon(call: Call) -> dict[str, Any]:
    """One installed add-on."""
    return {"addon": part_of(cluster_of(call).addons, "addon", call.params["addonName"])}


@simulates("eks", "CreateAddon")
def create_addon(call: Call) -> dict[str, Any]:
    """Installs an add-on, by default in the default version for the cluster."""
    cluster, name, owner = cluster_of(call), call.params["addonName"], call.params["clusterName"]
    refuse_existing(cluster.addons, "Addon", name)
    version = call.params.get("addonVersion") or _default_version(call, name, cluster.description["version"])
    unique = identifier("addon", owner, name).removeprefix("addon-")
    cluster.addons[name] = {
        **{key: value for key, value in call.params.items() if key != "podIdentityAssociations"},
        "addonVersion": version,
        "addonArn": call.place.arn("eks", f"addon/{owner}/{name}/{unique}"),
        "createdAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
        "owner": "aws",
        "publisher": "eks",
        "status": "ACTIVE",
        "health": {"issues": []},
        "tags": call.params.get("tags", {}),
    }
    return {"addon": dict(cluster.addons[name])}


def _default_version(call: Call, name: str, cluster_version: str) -> str:
    for addon in call.world.catalogue.addons:
        for entry in addon["addonVersions"] if addon["addonName"] == name else ():
            for fit in entry["compatibilities"]:
                if fit["clusterVersion"] == cluster_version and fit["defaultVersion"]:
                    return str(entry["addonVersion"])
    raise AwsError("InvalidParameterException", f"Addon {name} specified is not supported")


@simulates("eks", "UpdateAddon")
def update_addon(call: Call) -> dict[str, Any]:
    """Another version or configuration."""
    cluster = cluster_of(call)
    addon = part_of(cluster.addons, "addon", call.params["addonName"])
    changes = {key: call.params[key] for key in _SETTINGS if key in call.params}
    answer = start_update(call, cluster, addon, "AddonUpdate", changes)
    addon.update(changes, modifiedAt=call.world.clock())
    return answer


@simulates("eks", "DeleteAddon")
def delete_addon(call: Call) -> dict[str, Any]:
    """Takes an add-on away."""
    addons, name = cluster_of(call).addons, call.params["addonName"]
    part_of(addons, "addon", name)
    return {"addon": {**addons.pop(name), "status": "DELETING"}}
