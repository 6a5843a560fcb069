"""Providers of what controls of namespaces read beside the namespace judged."""

from typing import Any

from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.judged import first_missing
from plumbline.domain.kubernetes_facts import WORKLOAD_SECTIONS
from plumbline.domain.namespace_facts import ClusterPolicies, Contents, DefaultAccounts, NetworkPolicies, Quotas
from plumbline.domain.need import joined, known
from plumbline.domain.policy_facts import AdmissionEngines
from plumbline.domain.provider import FactProvider
from plumbline.domain.view import View


def _cluster_policies(view: View) -> Section[ClusterPolicies]:
    evidence = view.kubernetes.evidence
    calico, cilium = evidence.calico_policies, evidence.cilium_policies
    policies = ClusterPolicies(known(calico, ()), len(known(cilium, ())), first_missing(calico, cilium))
    return Collected(policies, view.now)


def _engines(view: View) -> Section[AdmissionEngines]:
    evidence = view.kubernetes.evidence
    parts = evidence.kyverno_policies, evidence.constraint_templates, evidence.admission_bindings
    kyverno, templates, bindings = parts
    engines = AdmissionEngines(known(kyverno, ()), known(templates, ()), known(bindings, ()), first_missing(*parts))
    return Collected(engines, view.now)


def _contents(view: View) -> Section[Contents]:
    inside = view.kubernetes
    return Collected(Contents(inside.workloads, inside.placements, inside.services), view.now)


NAMESPACE_FACTS: dict[Any, FactProvider[Any]] = {
    Contents: FactProvider((*WORKLOAD_SECTIONS, "services"), _contents),
    Quotas: FactProvider(("resource_quotas",), lambda view: joined(Quotas, view.kubernetes.evidence.resource_quotas)),
    DefaultAccounts: FactProvider(
        ("service_accounts",), lambda view: joined(DefaultAccounts, view.kubernetes.evidence.service_accounts)
    ),
    NetworkPolicies: FactProvider(
        ("network_policies",), lambda view: joined(NetworkPolicies, view.kubernetes.evidence.network_policies)
    ),
    ClusterPolicies: FactProvider(("calico_policies", "cilium_policies"), _cluster_policies),
    AdmissionEngines: FactProvider(("kyverno_policies", "constraint_templates", "admission_bindings"), _engines),
}
