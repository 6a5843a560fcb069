"""Namespaces: names, borders, limits."""

from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence.kubernetes import cluster, networking, policies
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, LabelSelector, Meta
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, nothing, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, in_app, namespaces, service_account, services, workload

DEFAULT, NAMING, PSA, DENY, LIMITS, TOKEN = (
    f"namespace.{name}"
    for name in (
        "default-unused",
        "naming-convention",
        "psa-enforce",
        "network-policy-default-deny",
        "quota-and-limits",
        "default-sa-automount",
    )
)
HERE, SYSTEM, BUILT_IN = f"Namespace/{APP}", "Namespace/kube-system", "Namespace/default"
LEVEL = "pod-security.kubernetes.io/"


def labelled(**labels: str) -> Change:
    found = [one for one in namespaces() if one.name != APP]
    meta = Meta(name=APP, labels={key.replace("__", LEVEL).replace("_", "-"): value for key, value in labels.items()})
    return section("namespaces", read((*found, cluster.Namespace(metadata=meta))))


def enforcing(level: str, **labels: str) -> Change:
    return labelled(owner="team", __enforce=level, **labels)


def in_default(*names: str) -> Change:
    return section("jobs", read(tuple(workload("Job", "default", name) for name in names)))


def policy(**members: Any) -> Change:
    spec = networking.NetworkPolicySpec(**members)
    return section("network_policies", read((networking.NetworkPolicy(metadata=in_app("one"), spec=spec),)))


def calico(**members: Any) -> Change:
    found = policies.CalicoPolicy(metadata=Meta(name="deny"), spec=policies.CalicoPolicySpec(**members))
    return all_of(section("network_policies", read(())), section("calico_policies", read((found,))))


def kyverno(action: str) -> Change:
    found = policies.KyvernoPolicy(metadata=Meta(name="p"), spec=policies.KyvernoSpec(validation_failure_action=action))
    return all_of(section("kyverno_policies", read((found,))), section("admission_bindings", read(())))


NO_ENGINE = section("admission_bindings", read(()))

CASES = [
    Case(DEFAULT, BUILT_IN, nothing, PASS),
    Case(DEFAULT, HERE, nothing, NA, "other_namespace"),
    Case(DEFAULT, BUILT_IN, in_default("b", "a"), FAIL, "in_use", message="default holds Job a, Job b"),
    Case(
        DEFAULT,
        BUILT_IN,
        section(
            "services", read((*services(), networking.Service(metadata=AnnotatedMeta(name="web", namespace="default"))))
        ),
        FAIL,
        "in_use",
    ),
    Case(
        DEFAULT,
        BUILT_IN,
        section(
            "services", read((networking.Service(metadata=AnnotatedMeta(name="kubernetes", namespace="default")),))
        ),
        PASS,
    ),
    Case(DEFAULT, BUILT_IN, without("cron_jobs"), UNKNOWN, "access_denied"),
    Case(DEFAULT, BUILT_IN, all_of(in_default("a"), without("cron_jobs")), FAIL, "in_use"),
    Case(NAMING, HERE, nothing, PASS),
    Case(NAMING, SYSTEM, nothing, NA, "system_namespace"),
    Case(NAMING, SYSTEM, nothing, FAIL, "labels", parameters={"include-system-namespaces": True}),
    Case(NAMING, HERE, labelled(), FAIL, "labels", message="namespace payments: it lacks owner"),
    Case(NAMING, HERE, nothing, FAIL, "name", parameters={"name-pattern": "team-.*"}),
    Case(NAMING, HERE, nothing, PASS, parameters={"name-pattern": "pay.*"}),
    Case(NAMING, "Namespace/*", without("namespaces"), UNKNOWN, "access_denied"),
    Case(PSA, HERE, all_of(enforcing("baseline", __enforce_version="v1.33"), NO_ENGINE), PASS),
    Case(PSA, SYSTEM, NO_ENGINE, NA, "system_namespace"),
    Case(PSA, HERE, all_of(enforcing("baseline"), NO_ENGINE), WARN, "no_version"),
    Case(PSA, HERE, all_of(labelled(__warn="restricted"), NO_ENGINE), WARN, "not_enforced"),
    Case(PSA, HERE, all_of(labelled(), NO_ENGINE), FAIL, "absent"),
    Case(PSA, HERE, all_of(enforcing("privileged"), NO_ENGINE), FAIL, "below_level"),
    Case(
        PSA,
        HERE,
        all_of(enforcing("baseline"), NO_ENGINE),
        FAIL,
        "below_level",
        parameters={"production-level": "restricted"},
    ),
    Case(PSA, HERE, all_of(enforcing("strict"), NO_ENGINE), UNKNOWN, "parse_error"),
    Case(PSA, HERE, labelled(), PASS, "policy_engine"),
    Case(PSA, HERE, labelled(), FAIL, "absent", parameters={"accepted-engines": ["kyverno"]}),
    Case(PSA, HERE, all_of(labelled(), kyverno("Enforce")), PASS, "policy_engine"),
    Case(PSA, HERE, all_of(labelled(), kyverno("Audit")), FAIL, "absent"),
    Case(PSA, HERE, all_of(labelled(), NO_ENGINE, without("constraint_templates")), UNKNOWN, "access_denied"),
    Case(DENY, HERE, nothing, PASS),
    Case(DENY, SYSTEM, nothing, NA, "system_namespace"),
    Case(DENY, BUILT_IN, nothing, NA, "no_pods"),
    Case(DENY, HERE, section("network_policies", read(())), FAIL, "no_policy"),
    Case(DENY, HERE, policy(policy_types=("Ingress",), ingress=(networking.Rule(),)), WARN, "no_default_deny"),
    Case(DENY, HERE, policy(pod_selector=LabelSelector(match_labels={"a": "b"})), WARN, "no_default_deny"),
    Case(DENY, HERE, policy(policy_types=("Egress",)), WARN, "no_default_deny"),
    Case(DENY, HERE, nothing, WARN, "egress_open", parameters={"require-egress": True}),
    Case(DENY, HERE, policy(policy_types=("Ingress", "Egress")), PASS, parameters={"require-egress": True}),
    Case(DENY, HERE, calico(selector="all()", types=("Ingress",)), PASS),
    Case(DENY, HERE, calico(selector="app == 'a'"), FAIL, "no_policy"),
    Case(DENY, HERE, calico(namespace_selector="env == 'dev'"), FAIL, "no_policy"),
    Case(DENY, HERE, without("network_policies"), UNKNOWN, "access_denied"),
    Case(
        DENY,
        HERE,
        all_of(section("network_policies", read(())), without("calico_policies")),
        UNKNOWN,
        "access_denied",
    ),
    Case(DENY, BUILT_IN, without("pods"), UNKNOWN, "access_denied"),
    Case(LIMITS, HERE, nothing, PASS),
    Case(LIMITS, SYSTEM, nothing, NA, "system_namespace"),
    Case(LIMITS, BUILT_IN, nothing, NA, "empty_namespace"),
    Case(LIMITS, HERE, section("limit_ranges", read(())), FAIL, "no_limit_range quota_without_defaults"),
    Case(
        LIMITS,
        HERE,
        all_of(section("limit_ranges", read(())), section("resource_quotas", read(()))),
        FAIL,
        "no_limit_range",
    ),
    Case(LIMITS, HERE, section("resource_quotas", read(())), WARN, "no_quota"),
    Case(LIMITS, HERE, section("resource_quotas", read(())), FAIL, "no_quota", parameters={"require-quota": "fail"}),
    Case(LIMITS, HERE, section("resource_quotas", read(())), PASS, parameters={"require-quota": "off"}),
    Case(LIMITS, HERE, without("resource_quotas"), UNKNOWN, "access_denied"),
    Case(LIMITS, HERE, without("limit_ranges"), UNKNOWN, "access_denied"),
    Case(TOKEN, HERE, nothing, PASS),
    Case(TOKEN, SYSTEM, nothing, NA, "system_namespace"),
    Case(TOKEN, BUILT_IN, nothing, NA, "no_pods"),
    Case(
        TOKEN,
        HERE,
        section(
            "service_accounts",
            read((msgspec.structs.replace(service_account(APP, "default"), automount_service_account_token=None),)),
        ),
        FAIL,
        "mounted",
    ),
    Case(TOKEN, HERE, section("service_accounts", read(())), UNKNOWN, "not_found_in_listing"),
    Case(TOKEN, HERE, without("service_accounts"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_namespaces(case: Case) -> None:
    check(case)
