"""EKS capabilities (managed Argo CD, ACK, kro) of a cluster."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, refuse_existing, start_update
from local.simulators.world import Row, identifier


@simulates("eks", "ListCapabilities")
def list_capabilities(call: Call) -> dict[str, Any]:
    """The capabilities of the cluster."""
    return {"capabilities": list(cluster_of(call).capabilities.values())}


@simulates("eks", "DescribeCapability")
def describe_capability(call: Call) -> dict[str, Any]:
    """One capability."""
    return {"capability": part_of(cluster_of(call).capabilities, "capability", call.params["capabilityName"])}


@simulates("eks", "CreateCapability")
def create_capability(call: Call) -> dict[str, Any]:
    """A new capability, ACTIVE at once."""
    capabilities, name, owner = cluster_of(call).capabilities, call.params["capabilityName"], call.params["clusterName"]
    refuse_existing(capabilities, "Capability", name)
    unique = identifier("cap", owner, name).removeprefix("cap-")
    capabilities[name] = {
        **call.params,
        "arn": call.place.arn("eks", f"capability/{owner}/{call.params['type'].lower()}/{name}/{unique}"),
        "createdAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
        "status": "ACTIVE",
        "health": {"issues": []},
    }
    return {"capability": dict(capabilities[name])}


@simulates("eks", "UpdateCapability")
def update_capability(call: Call) -> dict[str, Any]:
    """Another role or configuration."""
    cluster = cluster_of(call)
    capability = part_of(cluster.capabilities, "capability", call.params["capabilityName"])
    changes: Row = {key: call.params[key] for key in ("roleArn", "configuration") if key in call.params}
    answer = start_update(call, cluster, capability, "CapabilityUpdate", changes)
    capability.update(changes, modifiedAt=call.world.clock())
    return answer


@simulates("eks", "DeleteCapability")
def delete_capability(call: Call) -> dict[str, Any]:
    """Takes a capability away."""
    capabilities, name = cluster_of(call).capabilities, call.params["capabilityName"]
    part_of(capabilities, "capability", name)
    return {"capability": {**capabilities.pop(name), "status": "DELETING"}}
