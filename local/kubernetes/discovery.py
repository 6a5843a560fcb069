"""What the API server says of itself: groups, versions and resources, aggregated and not."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from local.kubernetes.kinds import Kind
from local.kubernetes.state import ClusterState

_WRITES = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_READS = ["get", "list"]
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"
# From this minor version on the aggregated form is served as v2; before, as v2beta1.
_STABLE_SINCE = 30


def aggregated_version(accept: str, minor: int) -> str | None:
    """The version of aggregated discovery that an Accept header asks for and the server has; None for the old form."""
    served = ["v2", "v2beta1"] if minor >= _STABLE_SINCE else ["v2beta1"]
    for choice in accept.split(","):
        parts = {part.strip() for part in choice.split(";")}
        if {"application/json", "g=apidiscovery.k8s.io", "as=APIGroupDiscoveryList"} <= parts:
            for version in served:
                if f"v={version}" in parts:
                    return version
    return None


def aggregated(state: ClusterState, version: str, *, core: bool) -> dict[str, Any]:
    """`/api` or `/apis` with all resources in one answer."""
    items = []
    for group, kinds in _groups(state):
        if (group == "") is core:
            fresh = "Stale" if group in state.unavailable else "Current"
            versions = [
                {"version": name, "resources": [_discovered(one) for one in own], "freshness": fresh}
                for name, own in _versions(kinds)
            ]
            metadata = {"name": group, "creationTimestamp": None} if group else {"creationTimestamp": None}
            items.append({"metadata": metadata, "versions": versions})
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}"}
    return {**head, "metadata": {}, "items": items}


def document(state: ClusterState, parts: list[str]) -> dict[str, Any] | None:
    """The old form of what is at a path, or the version; None when there is no such path."""
    match parts:
        case ["api"]:
            return core_versions()
        case ["api", "v1"]:
            return resource_list(state, "", "v1")
        case ["apis"]:
            return group_list(state)
        case ["apis", name]:
            return group(state, name)
        case ["apis", name, version]:
            return resource_list(state, name, version)
        case ["version"]:
            return {"major": "1", "minor": str(state.minor), "gitVersion": f"v1.{state.minor}.0-eks-0000000"}
    return None


def core_versions() -> dict[str, Any]:
    """`/api` in the old form."""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": "ip-172-16-80-12.ec2.internal:443"}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def group_list(state: ClusterState) -> dict[str, Any]:
    """`/apis` in the old form."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(*one) for one in _groups(state) if one[0]]}


def group(state: ClusterState, name: str) -> dict[str, Any] | None:
    """`/apis/<group>`, None when there is none."""
    found = next((one for one in _groups(state) if one[0] == name and name), None)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(*found)} if found else None


def resource_list(state: ClusterState, name: str, version: str) -> dict[str, Any] | None:
    """`/api/v1` or `/apis/<group>/<version>`, None when there is none."""
    kinds = [kind for kind in state.kinds() if (kind.group, kind.version) == (name, version)]
    if not kinds:
        return None
    resources = [
        {
            "name": kind.plural,
            "singularName": "" if kind.aggregated else kind.name.lower(),
            "namespaced": kind.namespaced,
            "kind": kind.name,
            "verbs": _verbs(kind),
        }
        for kind in kinds
    ]
    head = {"kind": "APIResourceList", **({"apiVersion": "v1"} if name else {})}
    return {**head, "groupVersion": kinds[0].api_version, "resources": resources}


def _groups(state: ClusterState) -> list[tuple[str, list[Kind]]]:
    kinds = state.kinds()
    names = list(dict.fromkeys(kind.group for kind in kinds))
    return [(name, [kind for kind in kinds if kind.group == name]) for name in names]


def _versions(kinds: list[Kind]) -> list[tuple[str, list[Kind]]]:
    return [(version, list(own)) for version, own in groupby(kinds, key=lambda kind: kind.version)]


def _group(name: str, kinds: list[Kind]) -> dict[str, Any]:
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version, _ in _versions(kinds)]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _discovered(kind: Kind) -> dict[str, Any]:
    return {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.name},
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.name.lower(),
        "verbs": _verbs(kind),
    }


def _verbs(kind: Kind) -> list[str]:
    return _READS if kind.aggregated else _WRITES
