"""What roles allow, and to whom."""

from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.rbac import PolicyRule, RbacSubject, Role, RoleBinding, RoleReference
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

WILD, SECRETS, ESCALATION, PRIVILEGE = (
    f"rbac.{name}" for name in ("no-wildcards", "secrets-access", "escalation-verbs", "privileged-resources")
)
WIDE, NARROW = "ClusterRole/tool", "Role/payments/tool"
TEAM = RbacSubject(kind="Group", name="team")
TOOL = RbacSubject(kind="ServiceAccount", namespace="payments", name="tool")
LABEL = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def rule(verbs: str, resources: str, groups: tuple[str, ...] = ("",), **members: Any) -> PolicyRule:
    return PolicyRule(verbs=tuple(verbs.split()), resources=tuple(resources.split()), api_groups=groups, **members)


def cluster_role(*rules: PolicyRule, name: str = "tool", labels: dict[str, str] | None = None) -> Change:
    return section("cluster_roles", read((Role(metadata=Meta(name=name, labels=labels or {}), rules=rules),)))


def role(*rules: PolicyRule) -> Change:
    return section("roles", read((Role(metadata=Meta(name="tool", namespace="payments"), rules=rules),)))


def bound(*subjects: RbacSubject, name: str = "tool") -> Change:
    reference = RoleReference(kind="ClusterRole", name=name)
    binding = RoleBinding(metadata=Meta(name=name), role_ref=reference, subjects=subjects)
    return section("cluster_role_bindings", read((binding,)))


def bound_in_namespace(*subjects: RbacSubject, kind: str = "Role") -> Change:
    meta = Meta(name="tool", namespace="payments")
    binding = RoleBinding(metadata=meta, role_ref=RoleReference(kind=kind, name="tool"), subjects=subjects)
    return section("role_bindings", read((binding,)))


ALL_PODS = rule("*", "pods")
READS, READS_ONE = rule("list", "secrets"), rule("get", "secrets", resource_names=("one",))
ESCALATES = rule("bind escalate", "clusterroles", ("rbac.authorization.k8s.io",))
IMPERSONATES = rule("impersonate", "users groups")
STARTS = rule("create", "deployments", ("apps",))

CASES = [
    Case(WILD, "ClusterRole/cluster-admin", all_of(), NA, "built_in_role"),
    Case(WILD, WIDE, all_of(cluster_role(rule("get", "pods")), bound(TEAM)), PASS),
    Case(
        WILD,
        WIDE,
        all_of(cluster_role(ALL_PODS), bound(TEAM)),
        FAIL,
        "wildcard",
        message="ClusterRole tool allows * on pods to Group team",
    ),
    Case(WILD, WIDE, all_of(cluster_role(rule("get", "*")), bound(TEAM)), FAIL, "wildcard"),
    Case(WILD, NARROW, all_of(role(ALL_PODS), bound_in_namespace(TOOL)), FAIL, "wildcard"),
    Case(WILD, WIDE, cluster_role(ALL_PODS), WARN, "unbound"),
    Case(WILD, WIDE, all_of(cluster_role(rule("*", "*", ("acme.example.com",))), bound(TOOL)), WARN, "own_api_groups"),
    Case(WILD, WIDE, all_of(cluster_role(rule("*", "*", ("metrics.k8s.io",))), bound(TOOL)), FAIL, "wildcard"),
    Case(
        WILD,
        WIDE,
        cluster_role(ALL_PODS, labels={"rbac.authorization.k8s.io/aggregate-to-edit": "true"}),
        NA,
        "aggregated",
    ),
    Case(
        WILD,
        "ClusterRole/cluster-admin",
        all_of(cluster_role(ALL_PODS, name="cluster-admin"), bound(TEAM, name="cluster-admin")),
        FAIL,
        "wildcard",
    ),
    Case(WILD, WIDE, all_of(cluster_role(ALL_PODS, labels=LABEL), bound(TEAM)), FAIL, "wildcard"),
    Case(
        WILD,
        WIDE,
        all_of(cluster_role(ALL_PODS), bound(TEAM)),
        PASS,
        parameters={"exempt-subjects": ["Group team"]},
    ),
    Case(WILD, WIDE, all_of(cluster_role(ALL_PODS), without("cluster_role_bindings")), UNKNOWN, "access_denied"),
    Case(WILD, WIDE, all_of(cluster_role(ALL_PODS), bound(TEAM), without("role_bindings")), FAIL, "wildcard"),
    Case(WILD, "ClusterRole/*", without("cluster_roles"), UNKNOWN, "access_denied"),
    Case(SECRETS, WIDE, all_of(cluster_role(READS), bound(TEAM)), FAIL, "cluster_wide"),
    Case(SECRETS, WIDE, all_of(cluster_role(rule("*", "*", ("*",))), bound(TOOL)), FAIL, "cluster_wide"),
    Case(SECRETS, WIDE, all_of(cluster_role(READS_ONE), bound(TEAM)), PASS),
    Case(SECRETS, WIDE, all_of(cluster_role(rule("create", "secrets")), bound(TEAM)), PASS),
    Case(
        SECRETS, WIDE, all_of(cluster_role(READS), bound_in_namespace(TOOL, kind="ClusterRole")), WARN, "namespace_wide"
    ),
    Case(SECRETS, NARROW, all_of(role(READS), bound_in_namespace(TEAM)), PASS),
    Case(
        SECRETS,
        WIDE,
        all_of(
            cluster_role(READS),
            bound(RbacSubject(kind="ServiceAccount", namespace="external-secrets", name="external-secrets")),
        ),
        PASS,
    ),
    Case(SECRETS, WIDE, all_of(cluster_role(READS), without("cluster_role_bindings")), UNKNOWN, "access_denied"),
    Case(ESCALATION, WIDE, all_of(cluster_role(ESCALATES), bound(TEAM)), FAIL, "bind escalate"),
    Case(ESCALATION, WIDE, all_of(cluster_role(IMPERSONATES), bound(TEAM)), FAIL, "impersonate"),
    Case(ESCALATION, WIDE, all_of(cluster_role(rule("*", "clusterroles", ("*",))), bound(TEAM)), PASS),
    Case(ESCALATION, WIDE, cluster_role(ESCALATES), PASS),
    Case(ESCALATION, NARROW, all_of(role(rule("bind", "roles", ("*",))), bound_in_namespace(TOOL)), FAIL, "bind"),
    Case(ESCALATION, WIDE, all_of(cluster_role(ESCALATES), without("role_bindings")), UNKNOWN, "access_denied"),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(STARTS), bound(TEAM)), FAIL, "pods_create"),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(rule("create", "pods/exec")), bound(TOOL)), FAIL, "pods_create"),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(rule("create", "persistentvolumes")), bound(TEAM)), FAIL, "pv_create"),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(rule("get", "nodes/proxy")), bound(TEAM)), FAIL, "node_proxy"),
    Case(
        PRIVILEGE,
        WIDE,
        all_of(
            cluster_role(rule("patch", "mutatingwebhookconfigurations", ("admissionregistration.k8s.io",))), bound(TEAM)
        ),
        FAIL,
        "webhooks",
    ),
    Case(
        PRIVILEGE,
        WIDE,
        all_of(cluster_role(rule("create", "serviceaccounts/token")), bound(TEAM)),
        FAIL,
        "token_create",
    ),
    Case(
        PRIVILEGE,
        WIDE,
        all_of(
            cluster_role(rule("update", "certificatesigningrequests/approval", ("certificates.k8s.io",))), bound(TEAM)
        ),
        FAIL,
        "csr_approve",
    ),
    Case(
        PRIVILEGE,
        WIDE,
        all_of(cluster_role(STARTS, rule("get", "nodes/proxy")), bound(TEAM)),
        FAIL,
        "node_proxy",
        parameters={"reasons-enabled": ["node_proxy"]},
    ),
    Case(PRIVILEGE, NARROW, all_of(role(STARTS), bound_in_namespace(TEAM)), WARN, "pods_create"),
    Case(PRIVILEGE, NARROW, all_of(role(STARTS), bound_in_namespace(TOOL)), PASS),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(rule("get", "deployments", ("apps",))), bound(TEAM)), PASS),
    Case(
        PRIVILEGE,
        WIDE,
        all_of(
            cluster_role(STARTS), bound(RbacSubject(kind="ServiceAccount", namespace="kube-system", name="controller"))
        ),
        PASS,
    ),
    Case(PRIVILEGE, WIDE, all_of(cluster_role(STARTS), without("cluster_role_bindings")), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_roles(case: Case) -> None:
    check(case)
