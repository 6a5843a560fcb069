"""Who may enter a cluster, and which roles its pods have."""

from __future__ import annotations

from collections.abc import Iterator

from local.fleet.names import READER_GROUP, READER_ROLE
from local.fleet.site import ClusterSite
from local.simulators.world import Cluster, Row, identifier


def add_access(site: ClusterSite, cluster: Cluster) -> None:
    """The access entries: those of the manifest, and those that EKS makes for nodes and Fargate."""
    if site.manifest.authentication_mode == "CONFIG_MAP":
        return
    for entry in site.manifest.access_entries:
        principal = f"arn:aws:iam::{entry.account or site.place.account}:{entry.principal}"
        cluster.access_entries[principal] = _entry(site, principal, "STANDARD", entry.groups)
        if entry.policy:
            cluster.access_policies[principal] = _policy(site, entry.policy)
    if site.manifest.reader:
        reader = site.role(READER_ROLE)
        cluster.access_entries[reader] = _entry(site, reader, "STANDARD", (READER_GROUP,))
    for role, kind, groups in _own_entries(site):
        cluster.access_entries[role] = _entry(site, role, kind, groups)
        if kind == "EC2":
            cluster.access_policies[role] = _policy(site, "AmazonEKSAutoNodePolicy")


def _own_entries(site: ClusterSite) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    manifest, nodes = site.manifest, site.role(f"{site.manifest.name}-node")
    if manifest.auto_mode:
        yield nodes, "EC2", ()
    elif manifest.nodegroups:
        yield nodes, "EC2_LINUX", ("system:nodes",)
    if manifest.fargate_profiles and manifest.fargate_role:
        yield site.role(f"{manifest.name}-fargate"), "FARGATE_LINUX", ("system:node-proxier",)


def _entry(site: ClusterSite, principal: str, kind: str, groups: tuple[str, ...]) -> Row:
    _, _, _, _, account, who = principal.split(":", 5)
    what, _, name = who.partition("/")
    return {
        "accessEntryArn": site.arn("access-entry", what, account, name),
        "clusterName": site.manifest.name,
        "createdAt": site.days_ago(90),
        "modifiedAt": site.days_ago(90),
        "kubernetesGroups": list(groups),
        "principalArn": principal,
        "tags": {},
        "type": kind,
        "username": principal,
    }


def _policy(site: ClusterSite, name: str) -> dict[str, Row]:
    arn = f"arn:aws:eks::aws:cluster-access-policy/{name}"
    scope = {"type": "cluster", "namespaces": []}
    times = {"associatedAt": site.days_ago(90), "modifiedAt": site.days_ago(90)}
    return {arn: {"policyArn": arn, "accessScope": scope, **times}}


def add_identities(site: ClusterSite, cluster: Cluster) -> None:
    """Pod identity associations and OIDC identity providers."""
    manifest = site.manifest
    for identity in manifest.pod_identities:
        own = identifier("a", manifest.account, manifest.name, identity.namespace, identity.service_account)
        cluster.pod_identities[own] = {
            "associationArn": site.place.arn("eks", f"podidentityassociation/{manifest.name}/{own}"),
            "associationId": own,
            "clusterName": manifest.name,
            "createdAt": site.days_ago(60),
            "modifiedAt": site.days_ago(60),
            "namespace": identity.namespace,
            "roleArn": site.role(identity.role),
            "serviceAccount": identity.service_account,
            "tags": {},
        }
    for name in manifest.identity_providers:
        cluster.identity_providers[name] = {
            "identityProviderConfigName": name,
            "identityProviderConfigArn": site.arn("identityproviderconfig", "oidc", name),
            "clusterName": manifest.name,
            "issuerUrl": f"https://{name}.example.com",
            "clientId": "kubernetes",
            "status": "ACTIVE",
            "tags": {},
        }
