"""What bindings hand out, and to whom."""

import pytest

from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.rbac import RbacSubject, RoleBinding, RoleReference
from tests.unit.baseline import read
from tests.unit.changes import Change, all_of, nothing, section, without
from tests.unit.controls.cases import FAIL, HIGH, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.rbac.test_roles import TEAM, TOOL, cluster_role, rule

ADMIN, ANONYMOUS, DEFAULT = (
    f"rbac.{name}" for name in ("cluster-admin-bindings", "anonymous-bindings", "default-sa-bindings")
)
WIDE, NARROW = "ClusterRoleBinding/tool", "RoleBinding/payments/tool"
EVERYTHING = rule("*", "*", ("*",))


def binding(*subjects: RbacSubject, role: str = "cluster-admin", name: str = "tool") -> Change:
    reference = RoleReference(kind="ClusterRole", name=role)
    found = RoleBinding(metadata=Meta(name=name), role_ref=reference, subjects=subjects)
    return section("cluster_role_bindings", read((found,)))


def in_namespace(*subjects: RbacSubject, role: str = "cluster-admin") -> Change:
    reference = RoleReference(kind="ClusterRole", name=role)
    found = RoleBinding(metadata=Meta(name="tool", namespace="payments"), role_ref=reference, subjects=subjects)
    return section("role_bindings", read((found,)))


def group(name: str) -> RbacSubject:
    return RbacSubject(kind="Group", name=name)


CASES = [
    Case(ADMIN, "ClusterRoleBinding/cluster-admin", nothing, PASS),
    Case(
        ADMIN,
        WIDE,
        binding(TEAM),
        FAIL,
        "not_approved",
        message="Group team has every right in the cluster, as cluster-admin",
    ),
    Case(ADMIN, WIDE, binding(TEAM), PASS, parameters={"approved-subjects": ["Group team"]}),
    Case(
        ADMIN,
        WIDE,
        binding(group("system:authenticated")),
        FAIL,
        "not_approved",
        parameters={"approved-subjects": ["*"]},
    ),
    Case(ADMIN, WIDE, all_of(cluster_role(EVERYTHING, name="root"), binding(TOOL, role="root")), FAIL, "not_approved"),
    Case(ADMIN, WIDE, binding(TEAM, role="view"), PASS),
    Case(ADMIN, NARROW, in_namespace(TEAM), WARN, "namespace_admin"),
    Case(ADMIN, WIDE, all_of(binding(TEAM), without("cluster_roles")), FAIL, "not_approved"),
    Case(ADMIN, WIDE, all_of(binding(TEAM, role="root"), without("cluster_roles")), UNKNOWN, "access_denied"),
    Case(ADMIN, "RoleBinding/*", without("role_bindings"), UNKNOWN, "access_denied"),
    Case(ANONYMOUS, WIDE, binding(TEAM, role="view"), PASS),
    Case(ANONYMOUS, WIDE, binding(group("system:unauthenticated"), role="view"), FAIL, "anonymous"),
    Case(ANONYMOUS, WIDE, binding(RbacSubject(kind="User", name="system:anonymous"), role="view"), FAIL, "anonymous"),
    Case(ANONYMOUS, WIDE, binding(group("system:authenticated"), role="view"), FAIL, "all_authenticated", HIGH),
    Case(
        ANONYMOUS,
        "ClusterRoleBinding/system:discovery",
        binding(group("system:authenticated"), role="system:discovery", name="system:discovery"),
        PASS,
    ),
    Case(ANONYMOUS, NARROW, in_namespace(group("system:unauthenticated"), role="view"), FAIL, "anonymous"),
    Case(ANONYMOUS, "ClusterRoleBinding/*", without("cluster_role_bindings"), UNKNOWN, "access_denied"),
    Case(DEFAULT, WIDE, binding(TOOL, role="view"), PASS),
    Case(
        DEFAULT,
        WIDE,
        binding(RbacSubject(kind="ServiceAccount", namespace="payments", name="default"), role="view"),
        FAIL,
        "default_account",
        message="ServiceAccount payments/default may use ClusterRole view",
    ),
    Case(DEFAULT, NARROW, in_namespace(group("system:serviceaccounts:payments"), role="view"), FAIL, "default_account"),
    Case(
        DEFAULT,
        "ClusterRoleBinding/system:service-account-issuer-discovery",
        binding(group("system:serviceaccounts"), role="view", name="system:service-account-issuer-discovery"),
        PASS,
    ),
    Case(DEFAULT, "ClusterRoleBinding/*", without("cluster_role_bindings"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_bindings(case: Case) -> None:
    check(case)
