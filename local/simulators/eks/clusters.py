"""EKS clusters: create, describe, list, update, delete."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, refuse_existing, start_update
from local.simulators.errors import AwsError
from local.simulators.world import Cluster, Row, identifier

_LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# Member of UpdateClusterConfig -> type of the update it starts.
_UPDATE_TYPES: Mapping[str, str] = {
    "accessConfig": "AccessConfigUpdate",
    "computeConfig": "AutoModeUpdate",
    "controlPlaneScalingConfig": "ControlPlaneScalingConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
    "kubeApiServerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeControllerManagerConfig": "ControlPlaneComponentConfigUpdate",
    "kubeSchedulerConfig": "ControlPlaneComponentConfigUpdate",
    "kubernetesNetworkConfig": "AutoModeUpdate",
    "logging": "LoggingUpdate",
    "remoteNetworkConfig": "RemoteNetworkConfigUpdate",
    "resourcesVpcConfig": "EndpointAccessUpdate",
    "storageConfig": "AutoModeUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
    "zonalShiftConfig": "ZonalShiftConfigUpdate",
}
_AUTO_MODE = {"computeConfig", "kubernetesNetworkConfig", "storageConfig"}


@simulates("eks", "ListClusters")
def list_clusters(call: Call) -> dict[str, Any]:
    """The names of the clusters of the account and region."""
    return {"clusters": sorted(call.place.clusters)}


@simulates("eks", "DescribeCluster")
def describe_cluster(call: Call) -> dict[str, Any]:
    """One cluster."""
    return {"cluster": cluster_of(call).description}


@simulates("eks", "CreateCluster")
def create_cluster(call: Call) -> dict[str, Any]:
    """A new cluster, ACTIVE at once."""
    refuse_existing(call.place.clusters, "Cluster", call.params["name"])
    versions = {row["clusterVersion"]: row for row in call.world.catalogue.versions}
    default = next((row["clusterVersion"] for row in versions.values() if row["defaultVersion"]), "")
    version = call.params.get("version", default)
    if version not in versions:
        raise AwsError("InvalidParameterException", f"unsupported Kubernetes version {version}")
    description = _new_description(call, version, versions[version]["defaultPlatformVersion"])
    call.place.clusters[description["name"]] = Cluster(description)
    return {"cluster": copy.deepcopy(description)}


def _new_description(call: Call, version: str, platform_version: str) -> Row:
    params, name, region = call.params, call.params["name"], call.place.region
    unique = identifier("id", call.place.account, region, name).removeprefix("id-").upper()
    enabled = {
        kind for entry in params.get("logging", {}).get("clusterLogging", []) if entry.get("enabled")
        for kind in entry["types"]
    }  # fmt: skip
    return {
        **{key: params[key] for key in ("roleArn", "encryptionConfig", "computeConfig") if key in params},
        "name": name,
        "arn": call.place.arn("eks", f"cluster/{name}"),
        "createdAt": call.world.clock(),
        "version": version,
        "platformVersion": platform_version,
        "status": "ACTIVE",
        "health": {"issues": []},
        "endpoint": f"https://{unique}.gr7.{region}.eks.amazonaws.com",
        "certificateAuthority": {"data": "LS0t"},
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{region}.amazonaws.com/id/{unique}"}},
        "resourcesVpcConfig": {
            "securityGroupIds": [],
            "clusterSecurityGroupId": identifier("sg", name, region),
            "vpcId": _vpc_of(call),
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
            **params["resourcesVpcConfig"],
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "logging": {"clusterLogging": log_setting(enabled)},
        "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP", **params.get("accessConfig", {})},
        "upgradePolicy": {"supportType": "EXTENDED", **params.get("upgradePolicy", {})},
        "deletionProtection": params.get("deletionProtection", False),
        "tags": params.get("tags", {}),
    }


def _vpc_of(call: Call) -> str:
    asked = call.params["resourcesVpcConfig"].get("subnetIds", [])
    known = {row["SubnetId"]: str(row["VpcId"]) for row in call.place.subnets}
    return next((known[subnet] for subnet in asked if subnet in known), "")


def log_setting(enabled: set[str]) -> list[Row]:
    """`logging.clusterLogging` with one entry for the enabled types and one for the others."""
    entries = [
        {"types": [kind for kind in _LOG_TYPES if (kind in enabled) is state], "enabled": state}
        for state in (True, False)
    ]
    return [entry for entry in entries if entry["types"]]


@simulates("eks", "UpdateClusterConfig")
def update_cluster_config(call: Call) -> dict[str, Any]:
    """Changes one kind of setting, as EKS accepts one kind in a request."""
    cluster = cluster_of(call)
    asked = {key: call.params[key] for key in _UPDATE_TYPES if key in call.params}
    if not asked:
        raise AwsError("InvalidParameterException", "No changes needed for the request")
    if len(asked) > 1 and not set(asked) <= _AUTO_MODE:
        raise AwsError("InvalidParameterException", "Only one type of update can be allowed.")
    answer = start_update(call, cluster, cluster.description, _update_type(asked), asked)
    for key, value in asked.items():
        _apply(cluster.description, key, value)
    return answer


def _update_type(asked: Mapping[str, Any]) -> str:
    vpc = asked.get("resourcesVpcConfig", {})
    if "subnetIds" in vpc or "securityGroupIds" in vpc:
        return "VpcConfigUpdate"
    return _UPDATE_TYPES[next(iter(asked))]


def _apply(description: Row, key: str, value: Any) -> None:
    if key == "logging":
        enabled = {
            kind for entry in description["logging"]["clusterLogging"] if entry["enabled"]
            for kind in entry["types"]
        }  # fmt: skip
        for entry in value["clusterLogging"]:
            enabled = enabled | set(entry["types"]) if entry["enabled"] else enabled - set(entry["types"])
        description["logging"] = {"clusterLogging": log_setting(enabled)}
    elif isinstance(value, dict):
        description[key] = {**description.get(key, {}), **value}
    else:
        description[key] = value


@simulates("eks", "UpdateClusterVersion")
def update_cluster_version(call: Call) -> dict[str, Any]:
    """The next minor version of the calendar."""
    cluster = cluster_of(call)
    versions = {row["clusterVersion"]: row for row in call.world.catalogue.versions}
    old, new = cluster.description["version"], call.params.get("version", "")
    if new not in versions or int(new.split(".")[1]) != int(old.split(".")[1]) + 1:
        message = f"Unsupported Kubernetes minor version update from {old} to {new}"
        raise AwsError("InvalidParameterException", message)
    answer = start_update(call, cluster, cluster.description, "VersionUpdate", {"Version": new})
    cluster.description.update(version=new, platformVersion=versions[new]["defaultPlatformVersion"])
    return answer


@simulates("eks", "AssociateEncryptionConfig")
def associate_encryption_config(call: Call) -> dict[str, Any]:
    """Envelope encryption with a customer key; it cannot be taken back."""
    cluster = cluster_of(call)
    if cluster.description.get("encryptionConfig"):
        raise AwsError("InvalidParameterException", "Encryption is already enabled on the cluster")
    config = call.params["encryptionConfig"]
    changes = {"EncryptionConfig": config}
    answer = start_update(call, cluster, cluster.description, "AssociateEncryptionConfig", changes)
    cluster.description["encryptionConfig"] = config
    return answer


@simulates("eks", "DeleteCluster")
def delete_cluster(call: Call) -> dict[str, Any]:
    """Takes an empty cluster away."""
    cluster = cluster_of(call)
    if cluster.nodegroups or cluster.fargate_profiles:
        raise AwsError("ResourceInUseException", "Cluster has nodegroups or Fargate profiles attached")
    if cluster.description.get("deletionProtection"):
        raise AwsError("InvalidRequestException", "Cluster deletion protection is enabled")
    gone = call.place.clusters.pop(cluster.description["name"])
    return {"cluster": {**gone.description, "status": "DELETING"}}
