"""EKS access entries and the access policies associated with them."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, refuse_existing
from local.simulators.errors import AwsError
from local.simulators.world import Cluster, Row, identifier

_POLICIES = (
    "AmazonEKSAdminPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)


def _open_cluster(call: Call) -> Cluster:
    """The cluster that a call names; one that knows the ConfigMap only has no access entries."""
    cluster = cluster_of(call)
    if cluster.description["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        message = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this"
        raise AwsError("InvalidRequestException", f"{message} operation.")
    return cluster


@simulates("eks", "ListAccessEntries")
def list_access_entries(call: Call) -> dict[str, Any]:
    """The principals with an entry, or those that one access policy is associated with."""
    cluster, policy = _open_cluster(call), call.params.get("associatedPolicyArn")
    principals = sorted(cluster.access_entries)
    if policy:
        principals = [name for name in principals if policy in cluster.access_policies.get(name, {})]
    return {"accessEntries": principals}


@simulates("eks", "DescribeAccessEntry")
def describe_access_entry(call: Call) -> dict[str, Any]:
    """One access entry."""
    return {"accessEntry": _entry(call)}


def _entry(call: Call) -> Row:
    return part_of(_open_cluster(call).access_entries, "access entry", call.params["principalArn"])


@simulates("eks", "CreateAccessEntry")
def create_access_entry(call: Call) -> dict[str, Any]:
    """A new entry for a principal."""
    entries, principal = _open_cluster(call).access_entries, call.params["principalArn"]
    refuse_existing(entries, "Access entry", principal)
    owner = call.params["clusterName"]
    _, _, _, _, account, who = principal.split(":", 5)
    unique = identifier("entry", owner, principal).removeprefix("entry-")
    entries[principal] = {
        "kubernetesGroups": [],
        "type": "STANDARD",
        "username": principal,
        **call.params,
        "accessEntryArn": call.place.arn("eks", f"access-entry/{owner}/{who.replace('/', f'/{account}/', 1)}/{unique}"),
        "createdAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
        "tags": call.params.get("tags", {}),
    }
    return {"accessEntry": dict(entries[principal])}


@simulates("eks", "UpdateAccessEntry")
def update_access_entry(call: Call) -> dict[str, Any]:
    """Other groups or another user name."""
    entry = _entry(call)
    changes: Row = {key: call.params[key] for key in ("kubernetesGroups", "username") if key in call.params}
    entry.update(changes, modifiedAt=call.world.clock())
    return {"accessEntry": dict(entry)}


@simulates("eks", "DeleteAccessEntry")
def delete_access_entry(call: Call) -> dict[str, Any]:
    """Takes the entry and its policies away."""
    cluster = cluster_of(call)
    _entry(call)
    del cluster.access_entries[call.params["principalArn"]]
    cluster.access_policies.pop(call.params["principalArn"], None)
    return {}


@simulates("eks", "ListAccessPolicies")
def list_access_policies(_: Call) -> dict[str, Any]:
    """The policies that EKS offers."""
    return {
        "accessPolicies": [
            {"name": name, "arn": f"arn:aws:eks::aws:cluster-access-policy/{name}"} for name in _POLICIES
        ]
    }


@simulates("eks", "ListAssociatedAccessPolicies")
def list_associated_access_policies(call: Call) -> dict[str, Any]:
    """The policies of one principal."""
    _entry(call)
    associated = cluster_of(call).access_policies.get(call.params["principalArn"], {})
    return {
        "clusterName": call.params["clusterName"],
        "principalArn": call.params["principalArn"],
        "associatedAccessPolicies": list(associated.values()),
    }


@simulates("eks", "AssociateAccessPolicy")
def associate_access_policy(call: Call) -> dict[str, Any]:
    """Gives a principal an access policy for the cluster or some namespaces."""
    cluster, principal = cluster_of(call), call.params["principalArn"]
    _entry(call)
    association = {
        "policyArn": call.params["policyArn"],
        "accessScope": call.params["accessScope"],
        "associatedAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
    }
    cluster.access_policies.setdefault(principal, {})[association["policyArn"]] = association
    return {
        "clusterName": call.params["clusterName"],
        "principalArn": principal,
        "associatedAccessPolicy": association,
    }


@simulates("eks", "DisassociateAccessPolicy")
def disassociate_access_policy(call: Call) -> dict[str, Any]:
    """Takes an access policy from a principal."""
    _entry(call)
    cluster_of(call).access_policies.get(call.params["principalArn"], {}).pop(call.params["policyArn"], None)
    return {}
