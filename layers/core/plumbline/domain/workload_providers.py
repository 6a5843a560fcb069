"""Providers of the facts that controls of workloads share."""

from collections.abc import Iterator
from typing import Any

from plumbline.domain.claims import Claims
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.judged import first_missing
from plumbline.domain.kubernetes_facts import WORKLOAD_SECTIONS
from plumbline.domain.need import joined, known
from plumbline.domain.provider import FactProvider
from plumbline.domain.view import View
from plumbline.domain.workload_facts import (
    AccountRights,
    AccountUses,
    ApiGroups,
    Budgets,
    FargateSelection,
    Home,
    HorizontalAutoscalers,
    ListedWorkloads,
    Scale,
    ScaledObjects,
    ServiceAccounts,
    VerticalAutoscalers,
)

_BINDINGS = ("role_bindings", "cluster_role_bindings")


def _of_list(build: Any, section: str) -> FactProvider[Any]:
    return FactProvider((section,), lambda view: joined(build, getattr(view.kubernetes.evidence, section)))


def _scale(view: View) -> Section[Scale]:
    horizontal = joined(HorizontalAutoscalers, view.kubernetes.evidence.horizontal_autoscalers)
    return Collected(Scale(horizontal, view.kubernetes.placements), view.now)


def _listed(view: View) -> Section[ListedWorkloads]:
    sections = {kind: view.kubernetes.workloads_in(name) for name, kind in WORKLOAD_SECTIONS.items()}
    missing = {kind: section for kind, section in sections.items() if isinstance(section, NotCollected)}
    return Collected(ListedWorkloads(view.kubernetes.workloads, missing), view.now)


def _claims(view: View) -> Section[Claims]:
    evidence = view.kubernetes.evidence
    found = Claims(evidence.persistent_volume_claims, evidence.persistent_volumes, evidence.storage_classes)
    return Collected(found, view.now)


def _rights(view: View) -> Section[AccountRights]:
    evidence, identities = view.kubernetes.evidence, view.snapshot.cluster.pod_identities
    missing = first_missing(
        evidence.service_accounts, *(getattr(evidence, name) for name in _BINDINGS), identities.complete()
    )
    return Collected(AccountRights(_accounts_with_rights(view), missing), view.now)


def _accounts_with_rights(view: View) -> Iterator[tuple[str, str]]:
    evidence = view.kubernetes.evidence
    for name in _BINDINGS:
        for binding in known(getattr(evidence, name), ()):
            for subject in binding.subjects:
                if subject.kind == "ServiceAccount":
                    yield subject.namespace or binding.namespace, subject.name
    for account in known(evidence.service_accounts, ()):
        if account.role_arn:
            yield account.metadata.namespace, account.metadata.name
    for identity in view.snapshot.cluster.pod_identities.collected():
        yield identity.namespace, identity.service_account


def _fargate(view: View) -> Section[FargateSelection]:
    profiles = view.snapshot.cluster.fargate_profiles
    return Collected(FargateSelection(profiles.collected(), profiles.complete()), view.now)


def _api_groups(view: View) -> Section[ApiGroups]:
    return joined(ApiGroups, view.kubernetes.evidence.api_groups)


WORKLOAD_FACTS: dict[Any, FactProvider[Any]] = {
    ListedWorkloads: FactProvider(("deployments", "stateful_sets", "daemon_sets"), _listed),
    HorizontalAutoscalers: _of_list(HorizontalAutoscalers, "horizontal_autoscalers"),
    ScaledObjects: _of_list(ScaledObjects, "scaled_objects"),
    VerticalAutoscalers: _of_list(VerticalAutoscalers, "vertical_autoscalers"),
    Budgets: _of_list(Budgets, "disruption_budgets"),
    ServiceAccounts: _of_list(ServiceAccounts, "service_accounts"),
    Scale: FactProvider(("horizontal_autoscalers", "pods"), _scale),
    Claims: FactProvider(("persistent_volume_claims", "persistent_volumes", "storage_classes"), _claims),
    AccountRights: FactProvider(("service_accounts", *_BINDINGS, "pod_identities"), _rights),
    AccountUses: FactProvider(
        tuple(WORKLOAD_SECTIONS), lambda view: Collected(AccountUses(view.kubernetes.workloads), view.now)
    ),
    FargateSelection: FactProvider(("fargate_profiles",), _fargate),
    ApiGroups: FactProvider(("api_groups",), _api_groups),
    Home: FactProvider((), lambda view: Collected(Home(view.snapshot.subject.account), view.now)),
}
