"""EKS pod identity associations and OIDC identity provider configurations."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.eks.records import cluster_of, part_of, start_update
from local.simulators.errors import AwsError
from local.simulators.world import Row, identifier

_IN_LIST = ("associationArn", "associationId", "clusterName", "namespace", "ownerArn", "serviceAccount")


@simulates("eks", "ListPodIdentityAssociations")
def list_pod_identity_associations(call: Call) -> dict[str, Any]:
    """The associations, without their roles, of the cluster, a namespace or a service account."""
    asked = {key: call.params[key] for key in ("namespace", "serviceAccount") if key in call.params}
    rows = [row for row in cluster_of(call).pod_identities.values() if asked.items() <= row.items()]
    return {"associations": [{key: row[key] for key in _IN_LIST if key in row} for row in rows]}


@simulates("eks", "DescribePodIdentityAssociation")
def describe_pod_identity_association(call: Call) -> dict[str, Any]:
    """One association with its role."""
    return {"association": _association(call)}


def _association(call: Call) -> Row:
    return part_of(cluster_of(call).pod_identities, "association", call.params["associationId"])


@simulates("eks", "CreatePodIdentityAssociation")
def create_pod_identity_association(call: Call) -> dict[str, Any]:
    """Gives a service account a role; one association for each service account."""
    rows = cluster_of(call).pod_identities
    owner, namespace, account = (call.params[key] for key in ("clusterName", "namespace", "serviceAccount"))
    if any((row["namespace"], row["serviceAccount"]) == (namespace, account) for row in rows.values()):
        raise AwsError("ResourceInUseException", "Association already exists")
    association_id = identifier("a", owner, namespace, account)
    rows[association_id] = {
        **call.params,
        "associationId": association_id,
        "associationArn": call.place.arn("eks", f"podidentityassociation/{owner}/{association_id}"),
        "createdAt": call.world.clock(),
        "modifiedAt": call.world.clock(),
        "tags": call.params.get("tags", {}),
    }
    return {"association": dict(rows[association_id])}


@simulates("eks", "UpdatePodIdentityAssociation")
def update_pod_identity_association(call: Call) -> dict[str, Any]:
    """Another role."""
    row = _association(call)
    changes: Row = {key: call.params[key] for key in ("roleArn", "targetRoleArn", "policy") if key in call.params}
    row.update(changes, modifiedAt=call.world.clock())
    return {"association": dict(row)}


@simulates("eks", "DeletePodIdentityAssociation")
def delete_pod_identity_association(call: Call) -> dict[str, Any]:
    """Takes an association away."""
    gone = _association(call)
    del cluster_of(call).pod_identities[gone["associationId"]]
    return {"association": gone}


@simulates("eks", "ListIdentityProviderConfigs")
def list_identity_provider_configs(call: Call) -> dict[str, Any]:
    """The names of the OIDC providers of the cluster."""
    names = sorted(cluster_of(call).identity_providers)
    return {"identityProviderConfigs": [{"type": "oidc", "name": name} for name in names]}


@simulates("eks", "DescribeIdentityProviderConfig")
def describe_identity_provider_config(call: Call) -> dict[str, Any]:
    """One OIDC provider."""
    name = call.params["identityProviderConfig"]["name"]
    return {"identityProviderConfig": {"oidc": part_of(cluster_of(call).identity_providers, "provider", name)}}


@simulates("eks", "AssociateIdentityProviderConfig")
def associate_identity_provider_config(call: Call) -> dict[str, Any]:
    """Adds an OIDC provider."""
    cluster, oidc = cluster_of(call), call.params["oidc"]
    changes = {"IdentityProviderConfig": oidc}
    answer = start_update(call, cluster, cluster.description, "AssociateIdentityProviderConfig", changes)
    name = oidc["identityProviderConfigName"]
    cluster.identity_providers[name] = {**oidc, "clusterName": call.params["clusterName"], "status": "ACTIVE"}
    return {**answer, "tags": call.params.get("tags", {})}


@simulates("eks", "DisassociateIdentityProviderConfig")
def disassociate_identity_provider_config(call: Call) -> dict[str, Any]:
    """Takes an OIDC provider away."""
    cluster, asked = cluster_of(call), call.params["identityProviderConfig"]
    part_of(cluster.identity_providers, "provider", asked["name"])
    changes = {"IdentityProviderConfig": asked}
    answer = start_update(call, cluster, cluster.description, "DisassociateIdentityProviderConfig", changes)
    del cluster.identity_providers[asked["name"]]
    return answer
