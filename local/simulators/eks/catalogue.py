"""What EKS offers in every region: Kubernetes versions and add-ons."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.world import Row


@simulates("eks", "DescribeClusterVersions")
def describe_cluster_versions(call: Call) -> dict[str, Any]:
    """The version calendar; unsupported versions only with `includeAll` or by name."""
    params = call.params
    rows = call.world.catalogue.versions
    if "clusterVersions" in params:
        rows = [row for row in rows if row["clusterVersion"] in params["clusterVersions"]]
    elif not params.get("includeAll"):
        rows = [row for row in rows if row["versionStatus"] != "UNSUPPORTED"]
    if "versionStatus" in params:
        rows = [row for row in rows if row["versionStatus"] == params["versionStatus"]]
    if params.get("defaultOnly"):
        rows = [row for row in rows if row["defaultVersion"]]
    return {"clusterVersions": rows}


@simulates("eks", "DescribeAddonVersions")
def describe_addon_versions(call: Call) -> dict[str, Any]:
    """The add-on catalogue, of one add-on or one Kubernetes version when asked."""
    name = call.params.get("addonName")
    version = call.params.get("kubernetesVersion")
    rows = [row for row in call.world.catalogue.addons if name in (None, row["addonName"])]
    return {"addons": [_for_version(row, version) if version else row for row in rows]}


def _for_version(addon: Row, version: str) -> Row:
    fitting = []
    for entry in addon["addonVersions"]:
        compatibilities = [fit for fit in entry["compatibilities"] if fit["clusterVersion"] == version]
        if compatibilities:
            fitting.append({**entry, "compatibilities": compatibilities})
    return {**addon, "addonVersions": fitting}
