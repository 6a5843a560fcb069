"""Providers of access and identity: who gets into a cluster, and which roles EKS and its pods take."""

from typing import Any

from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.judged import (
    ALL,
    AccessEntry,
    Administrators,
    AwsAuth,
    PodIdentities,
    PodIdentityAgent,
    ServiceRole,
    first_missing,
    sorted_unique,
)
from plumbline.domain.need import joined, without_kubernetes
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.shared import OidcProviders
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

ADMIN_POLICY = ":cluster-access-policy/AmazonEKSClusterAdminPolicy"
AGENT = "eks-pod-identity-agent"
CONFIG_MAP_ONLY = "CONFIG_MAP"
ENTRIES_ONLY = "API"


def _mode(view: View) -> str | None:
    described = view.snapshot.cluster.cluster
    return described.value.authentication_mode if isinstance(described, Collected) else None


def _entries(view: View) -> Judged[AccessEntry]:
    listed = view.snapshot.cluster.access_entries
    if isinstance(listed, NotCollected):
        # Without access entries EKS refuses to list them: there are none.
        if _mode(view) != CONFIG_MAP_ONLY:
            yield Resource("access-entry", ALL), listed
        return
    for principal in sorted(set(listed.value)):
        entry = AccessEntry(principal, view.snapshot.subject.account)
        yield Resource("access-entry", principal), Collected(entry, listed.at)


def _aws_auth(view: View) -> Judged[AwsAuth]:
    kind = "aws-auth-mapping"
    described, found = view.snapshot.cluster.cluster, view.kubernetes.evidence.aws_auth
    if isinstance(described, NotCollected):
        yield Resource(kind, ALL), described
    elif _mode(view) == ENTRIES_ONLY:
        return
    elif isinstance(found, NotCollected):
        asked = view.kubernetes.asked
        yield Resource(kind, ALL), found if asked else without_kubernetes("whom the ConfigMap aws-auth lets in")
    else:
        yield Resource(kind, "aws-auth"), Collected(_mappings(view, found.value or AwsAuthMap()), found.at)


def _mappings(view: View, found: AwsAuthMap) -> AwsAuth:
    principals = sorted_unique(mapping.arn for mapping in (*found.roles, *found.users))
    return AwsAuth(principals, problem=found.problem, creator_hidden=_mode(view) == CONFIG_MAP_ONLY)


def _administrators(view: View) -> Section[Administrators]:
    listed = view.snapshot.cluster.administrators
    found = (
        principal
        for principal, item in listed.items.items()
        if isinstance(item, Collected)
        and any(
            policy.policy_arn.endswith(ADMIN_POLICY) and policy.access_scope.type == "cluster" for policy in item.value
        )
    )
    return Collected(Administrators(sorted_unique(found), listed.complete()), view.now)


def _service_roles(view: View) -> Judged[ServiceRole]:
    part = view.snapshot.cluster
    unread = first_missing(part.cluster, part.fargate_profiles.complete())
    if unread:
        yield Resource("iam-role", ALL), unread
    of_cluster = {part.cluster.value.role_arn} if isinstance(part.cluster, Collected) else set()
    of_fargate = {profile.pod_execution_role_arn for profile in part.fargate_profiles.collected()}
    for arn in sorted_unique(of_cluster | of_fargate):
        yield Resource("iam-role", arn), _service_role(view, arn, arn in of_cluster, arn in of_fargate)


def _service_role(view: View, arn: str, of_cluster: bool, of_fargate: bool) -> Section[ServiceRole]:  # noqa: FBT001
    def build(iam: IamCatalogue) -> ServiceRole:
        return ServiceRole(arn, view.snapshot.subject.account, iam.role(arn), of_cluster, of_fargate)

    return joined(build, view.facts.iam)


def _agent(view: View) -> Section[PodIdentityAgent]:
    addons = view.snapshot.cluster.addons
    if AGENT in addons.items:
        return joined(lambda addon: PodIdentityAgent(addon.status), addons.items[AGENT])
    return joined(lambda _: PodIdentityAgent(None), addons.names)


def _pod_identities(view: View) -> Section[PodIdentities]:
    return joined(lambda names: PodIdentities(len(names)), view.snapshot.cluster.pod_identities.names)


def _oidc_providers(view: View) -> Section[OidcProviders]:
    return joined(OidcProviders, view.snapshot.account.oidc_providers)


ACCESS_RESOURCES: dict[type, ResourceProvider[Any]] = {
    AccessEntry: ResourceProvider(("cluster", "access_entries"), _entries),
    AwsAuth: ResourceProvider(("cluster", "aws_auth"), _aws_auth),
    ServiceRole: ResourceProvider(("cluster", "fargate_profiles", "authorization"), _service_roles),
}

ACCESS_FACTS: dict[Any, FactProvider[Any]] = {
    Administrators: FactProvider(("administrators",), _administrators),
    PodIdentityAgent: FactProvider(("addons",), _agent),
    PodIdentities: FactProvider(("pod_identities",), _pod_identities),
    OidcProviders: FactProvider(("oidc_providers",), _oidc_providers),
}
