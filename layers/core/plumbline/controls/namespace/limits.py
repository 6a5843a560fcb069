"""How much a namespace may take."""

from typing import Literal

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.cluster import LimitItem, Namespace
from plumbline.domain.kubernetes_facts import NamespaceDefaults
from plumbline.domain.namespace_facts import Contents, Quotas
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_rules import Hardening, in_system_namespace

_COMPUTE = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})


class Ceilings(Hardening, frozen=True):
    """What a missing quota means."""

    require_quota: Literal["warn", "fail", "off"] = "warn"


@control(
    "namespace.quota-and-limits",
    title="Namespaces have a ResourceQuota and a LimitRange",
    pillar=Pillar.PERF,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the LimitRange with container defaults is missing (`no_limit_range`, with a quota on cpu or memory "
        "also `quota_without_defaults`). WARN when only the quota is missing (`no_quota`). PASS when both exist. "
        "NOT_APPLICABLE for system namespaces and empty namespaces."
    ),
    remediation="`kubectl apply` a LimitRange with default and defaultRequest, and a ResourceQuota.",
    references=("hardeneks ensure_namespace_quotas_exist",),
)
def namespaces_are_limited(
    namespace: Namespace, quotas: Quotas, defaults: NamespaceDefaults, contents: Contents, p: Ceilings
) -> Verdict:
    """One team's runaway must not starve the others.

    A pod that asks for nothing is packed blindly: the defaults ask for it.
    """
    if in_system_namespace(namespace.name, p):
        return not_applicable("system_namespace", "system namespaces are not judged")
    if not contents.has_pods(namespace.name):
        return not_applicable("empty_namespace", "nothing runs there")
    hard = {name for quota in quotas.of(namespace.name) for name in quota.spec.hard}
    limited = any(_fills_in(item) for one in defaults.of(namespace.name) for item in one.spec.limits)
    observed = {"quota": sorted(hard), "limit_range": limited}
    if not limited:
        unschedulable = not hard.isdisjoint(_COMPUTE)
        reasons = ["no_limit_range"] + ["quota_without_defaults"] * unschedulable
        more = ", and its quota refuses pods that ask for nothing" if unschedulable else ""
        text = f"namespace {namespace.name} has no LimitRange with defaults for containers{more}"
        return failed(reasons, text, observed=observed)
    if not hard and p.require_quota != "off":
        judged = failed if p.require_quota == "fail" else warned
        return judged("no_quota", f"namespace {namespace.name} has no ResourceQuota", observed=observed)
    return passed("a quota and defaults limit it", observed=observed)


def _fills_in(item: LimitItem) -> bool:
    return item.type == "Container" and bool(item.default or item.default_request)
