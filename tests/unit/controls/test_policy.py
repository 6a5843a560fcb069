import pytest

from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.policies import (
    AdmissionBinding,
    AdmissionBindingSpec,
    ConstraintTemplate,
    KyvernoPolicy,
    KyvernoSpec,
)
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, each, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label

ENGINE, CLUSTER = "policy.admission-engine", "cluster/payments"
NONE = each("admission_bindings")


def bound(policy: str, *actions: str) -> Change:
    spec = AdmissionBindingSpec(policy_name=policy, validation_actions=actions)
    return each("admission_bindings", AdmissionBinding(metadata=Meta(name=policy), spec=spec))


def kyverno(action: str) -> Change:
    spec = KyvernoSpec(validation_failure_action=action)
    return all_of(NONE, each("kyverno_policies", KyvernoPolicy(metadata=Meta(name="labels"), spec=spec)))


def groups(*names: str) -> Change:
    return section("api_groups", read({"": ("v1",), **dict.fromkeys(names, ("v1",))}))


CASES = [
    Case(ENGINE, CLUSTER, NONE, FAIL, "no_policy_engine", message="no policy engine guards payments"),
    Case(ENGINE, CLUSTER, kyverno("Enforce"), PASS, message="kyverno enforces policies"),
    Case(ENGINE, CLUSTER, kyverno("Audit"), WARN, "audit_only", message="the policies of kyverno only report"),
    Case(ENGINE, CLUSTER, bound("owners", "Warn", "Audit"), WARN, "audit_only"),
    Case(ENGINE, CLUSTER, bound("eks-something", "Deny"), FAIL, "no_policy_engine"),
    Case(
        ENGINE,
        CLUSTER,
        all_of(NONE, each("constraint_templates", ConstraintTemplate(metadata=Meta(name="k8srequiredlabels")))),
        PASS,
    ),
    # An engine that is installed and has no policies guards nothing.
    Case(ENGINE, CLUSTER, all_of(NONE, groups("kyverno.io", "templates.gatekeeper.sh")), FAIL, "no_policy_engine"),
    Case(
        ENGINE,
        CLUSTER,
        all_of(NONE, groups("policies.kubewarden.io")),
        WARN,
        "mode_unknown",
        message="kubewarden runs; whether its policies enforce cannot be listed",
    ),
    Case(ENGINE, CLUSTER, kyverno("Enforce"), FAIL, "no_policy_engine", parameters={"engines": ["gatekeeper"]}),
    Case(ENGINE, CLUSTER, all_of(NONE, without("kyverno_policies")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, all_of(kyverno("Audit"), without("admission_bindings")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, all_of(NONE, without("api_groups")), UNKNOWN, "access_denied"),
    Case(ENGINE, CLUSTER, without("constraint_templates"), PASS),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_policy(case: Case) -> None:
    check(case)
