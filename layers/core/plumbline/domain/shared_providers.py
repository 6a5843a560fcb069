"""Providers of what clusters share: regions, repositories, quotas, accounts, the roles of pods, and the fleet."""

from collections.abc import Callable, Iterable
from typing import Any

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.inventory import Inventory
from plumbline.domain.judged import ALL, AccountRegion
from plumbline.domain.need import joined
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.shared import (
    Account,
    Detectors,
    LifecyclePolicies,
    QuotaUsage,
    RepositoryPolicies,
    WorkloadRole,
)
from plumbline.domain.snapshot import Listing
from plumbline.domain.subject import Level
from plumbline.domain.trust import pod_identity_statements, web_identity_trusts
from plumbline.domain.verdict import Reason, Resource
from plumbline.domain.view import View

# --- a region


def region_of(view: View) -> AccountRegion:
    """Return the region of an account that the snapshot is about."""
    subject = view.snapshot.subject
    return AccountRegion(subject.account, subject.region, view.snapshot.region.clusters)


def _regions(view: View) -> Judged[AccountRegion]:
    yield Resource("region", view.snapshot.subject.region), Collected(region_of(view), view.now)


def _repositories(view: View) -> Judged[aws.Repository]:
    listed = view.snapshot.region.repositories
    if isinstance(listed, NotCollected):
        yield Resource("repository", ALL), listed
        return
    for repository in listed.value:
        yield Resource("repository", repository.repository_name), Collected(repository, listed.at)


Listings = tuple[Listing, ...]
# Service Quotas gives some quotas of EKS for the whole region, some for each cluster or group.
_EKS_QUOTAS: dict[str, tuple[str, str, Callable[[Listing], int]]] = {
    "nodegroups-per-cluster": ("Managed node groups per cluster", "L-6D54EA21", lambda one: one.nodegroups),
    "nodes-per-nodegroup": ("Nodes per managed node group", "L-BD136A63", lambda one: one.largest_nodegroup),
    "fargate-profiles-per-cluster": ("Fargate profiles per cluster", "L-33415657", lambda one: one.fargate_profiles),
}
_CLUSTERS = ("Clusters", "L-1194D53C")
# Not in Service Quotas, and the same for everybody.
POD_IDENTITIES_PER_CLUSTER = 1000.0


def _quotas(view: View) -> Judged[QuotaUsage]:
    region, account = view.snapshot.region, view.snapshot.account
    found = {"clusters": _of_service(view, *_CLUSTERS, joined(len, region.clusters))}
    for name, (title, code, count) in _EKS_QUOTAS.items():
        found[name] = _of_service(view, title, code, _fullest(view, count))
    found["pod-identities-per-cluster"] = QuotaUsage(
        "Pod Identity associations per cluster",
        _fullest(view, lambda one: one.pod_identities),
        Collected(POD_IDENTITIES_PER_CLUSTER, view.now),
    )
    found["iam-roles"] = QuotaUsage(
        "IAM roles of the account",
        _number(account.summary, "Roles", lambda summary: summary.roles),
        _number(account.summary, "RolesQuota", lambda summary: summary.roles_quota),
    )
    providers = joined(len, account.oidc_providers)
    found["oidc-providers"] = QuotaUsage("OIDC providers of the account", providers, Collected(None, view.now))
    for name, usage in found.items():
        yield Resource("quota", name), Collected(usage, view.now)


def _of_service(view: View, title: str, code: str, used: Section[int]) -> QuotaUsage:
    quotas = view.snapshot.region.quotas
    if isinstance(quotas, NotCollected):
        return QuotaUsage(title, used, quotas, code)
    value = next((quota.value for quota in quotas.value if quota.quota_code == code), None)
    missing = NotCollected(Reason.NOT_FOUND_IN_LISTING, f"the quota {title} ({code}) was not in the listing")
    return QuotaUsage(title, used, missing if value is None else Collected(value, quotas.at), code)


def _fullest(view: View, count: Callable[[Listing], int]) -> Section[int]:
    def fullest(clusters: Iterable[Listing]) -> int:
        return max((count(one) for one in clusters), default=0)

    return joined(fullest, view.snapshot.inventory)


def _number(
    summary: Section[aws.AccountSummary], member: str, read: Callable[[aws.AccountSummary], int | None]
) -> Section[Any]:
    if isinstance(summary, NotCollected):
        return summary
    value = read(summary.value)
    if value is None:
        return NotCollected(Reason.NOT_COLLECTED, f"the answer of AWS did not hold SummaryMap.{member}", summary.at)
    return Collected(value, summary.at)


# --- an account


def _accounts(view: View) -> Judged[Account]:
    account = view.snapshot.subject.account
    yield Resource("account", account), Collected(Account(account), view.now)


def _workload_roles(view: View) -> Judged[WorkloadRole]:
    listed = view.snapshot.account.authorization
    if isinstance(listed, NotCollected):
        yield Resource("iam-role", ALL), listed
        return
    if not listed.value.complete:
        text = "only the roles that clusters name could be read"
        yield Resource("iam-role", ALL), NotCollected(Reason.ACCESS_DENIED, text, listed.at)
    for role in listed.value.roles:
        document = role.assume_role_policy_document
        if web_identity_trusts(document) or pod_identity_statements(document):
            yield Resource("iam-role", role.arn), Collected(WorkloadRole(role), listed.at)


# --- the fleet


def _listings(view: View) -> Judged[Listing]:
    listed = view.snapshot.inventory
    if isinstance(listed, NotCollected):
        yield Resource("cluster", ALL), listed
        return
    for cluster in listed.value:
        yield Resource("cluster", cluster.arn), Collected(cluster, listed.at)


def _detectors(view: View) -> Section[Detectors]:
    return Collected(Detectors(view.snapshot.region.detectors), view.now)


# An inventory holds what was read of each cluster: its description, and how much there is of what counts for quotas.
_INVENTORY = ("inventory", "cluster")
_COUNTED = ("nodegroups", "fargate_profiles", "pod_identities")
_QUOTA_SECTIONS = ("clusters", "quotas", "summary", "oidc_providers", *_INVENTORY, *_COUNTED)

SHARED_RESOURCES: dict[type, ResourceProvider[Any]] = {
    AccountRegion: ResourceProvider(("clusters",), _regions, Level.REGION),
    aws.Repository: ResourceProvider(("repositories",), _repositories, Level.REGION),
    QuotaUsage: ResourceProvider(_QUOTA_SECTIONS, _quotas, Level.REGION),
    Account: ResourceProvider((), _accounts, Level.ACCOUNT),
    WorkloadRole: ResourceProvider(("authorization",), _workload_roles, Level.ACCOUNT),
    Listing: ResourceProvider(_INVENTORY, _listings, Level.FLEET),
}

SHARED_FACTS: dict[Any, FactProvider[Any]] = {
    AccountRegion: FactProvider(("clusters",), lambda view: Collected(region_of(view), view.now)),
    Inventory: FactProvider(_INVENTORY, lambda view: joined(Inventory, view.snapshot.inventory)),
    Detectors: FactProvider(("detectors",), _detectors),
    aws.RegistryScanning: FactProvider(("registry_scanning",), lambda view: view.snapshot.region.registry_scanning),
    RepositoryPolicies: FactProvider(
        ("repository_policies",),
        lambda view: Collected(RepositoryPolicies(view.snapshot.region.repository_policies), view.now),
    ),
    LifecyclePolicies: FactProvider(
        ("lifecycle_policies",),
        lambda view: Collected(LifecyclePolicies(view.snapshot.region.lifecycle_policies), view.now),
    ),
    aws.AccountSummary: FactProvider(("summary",), lambda view: view.snapshot.account.summary),
    aws.CredentialReport: FactProvider(("credential_report",), lambda view: view.snapshot.account.credential_report),
}
