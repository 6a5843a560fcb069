"""EKS Fargate profiles."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, refuse_existing
from local.simulators.world import identifier


@simulates("eks", "ListFargateProfiles")
def list_fargate_profiles(call: Call) -> dict[str, Any]:
    """The names of the Fargate profiles."""
    return {"fargateProfileNames": sorted(cluster_of(call).fargate_profiles)}


@simulates("eks", "DescribeFargateProfile")
def describe_fargate_profile(call: Call) -> dict[str, Any]:
    """One Fargate profile."""
    profiles = cluster_of(call).fargate_profiles
    return {"fargateProfile": part_of(profiles, "Fargate profile", call.params["fargateProfileName"])}


@simulates("eks", "CreateFargateProfile")
def create_fargate_profile(call: Call) -> dict[str, Any]:
    """A new Fargate profile, ACTIVE at once."""
    profiles, name = cluster_of(call).fargate_profiles, call.params["fargateProfileName"]
    refuse_existing(profiles, "Fargate profile", name)
    owner = call.params["clusterName"]
    unique = identifier("fp", owner, name).removeprefix("fp-")
    profiles[name] = {
        **call.params,
        "fargateProfileArn": call.place.arn("eks", f"fargateprofile/{owner}/{name}/{unique}"),
        "createdAt": call.world.clock(),
        "status": "ACTIVE",
        "health": {"issues": []},
        "tags": call.params.get("tags", {}),
    }
    return {"fargateProfile": dict(profiles[name])}


@simulates("eks", "DeleteFargateProfile")
def delete_fargate_profile(call: Call) -> dict[str, Any]:
    """Takes a Fargate profile away."""
    profiles, name = cluster_of(call).fargate_profiles, call.params["fargateProfileName"]
    part_of(profiles, "Fargate profile", name)
    return {"fargateProfile": {**profiles.pop(name), "status": "DELETING"}}
