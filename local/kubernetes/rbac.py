"""Who may do what: the roles and bindings of the cluster, and the access policies of EKS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.kinds import BY_PATH
from local.kubernetes.state import ClusterState

_RBAC = "rbac.authorization.k8s.io"
_CLUSTER_ROLE = BY_PATH[_RBAC, "clusterroles"]
_ROLE = BY_PATH[_RBAC, "roles"]
_CLUSTER_BINDING = BY_PATH[_RBAC, "clusterrolebindings"]
_BINDING = BY_PATH[_RBAC, "rolebindings"]
AUTHENTICATED, UNAUTHENTICATED, MASTERS = "system:authenticated", "system:unauthenticated", "system:masters"
Rule = Mapping[str, Any]

_READS = ["get", "list", "watch"]
_ANY = ["*"]
# What the access policies of EKS allow, as far as the example fleet uses them.
_ACCESS_POLICIES: Mapping[str, Rule] = {
    "AmazonEKSClusterAdminPolicy": {"verbs": _ANY, "apiGroups": _ANY, "resources": _ANY, "nonResourceURLs": _ANY},
    "AmazonEKSAdminViewPolicy": {"verbs": _READS, "apiGroups": _ANY, "resources": _ANY},
    "AmazonEKSEditPolicy": {
        "verbs": _ANY,
        "apiGroups": ["apps", "batch", "autoscaling", "policy", "networking.k8s.io"],
        "resources": _ANY,
    },
    "AmazonEKSViewPolicy": {
        "verbs": _READS,
        "apiGroups": ["", "apps", "batch", "autoscaling", "policy", "networking.k8s.io"],
        "resources": [
            "configmaps", "cronjobs", "daemonsets", "deployments", "endpoints", "events", "horizontalpodautoscalers",
            "ingresses", "jobs", "limitranges", "namespaces", "networkpolicies", "persistentvolumeclaims",
            "poddisruptionbudgets", "pods", "replicasets", "resourcequotas", "serviceaccounts", "services",
            "statefulsets",
        ],
    },
}  # fmt: skip


@dataclass(frozen=True)
class User:
    """Who asks: `policies` are the names of EKS access policies of the principal, for the whole cluster."""

    name: str
    groups: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()


ANONYMOUS = User("system:anonymous", (UNAUTHENTICATED,))


@dataclass(frozen=True)
class Action:
    """What is asked for: a verb on a resource, or on a path when `path` is given."""

    verb: str
    group: str = ""
    plural: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""


def allowed(state: ClusterState, user: User, action: Action) -> bool:
    """Whether the user may do it."""
    if MASTERS in user.groups:
        return True
    policies = (_ACCESS_POLICIES[name] for name in user.policies if name in _ACCESS_POLICIES)
    return any(_covers(rule, action) for rule in (*policies, *_rules(state, user, action.namespace)))


def _rules(state: ClusterState, user: User, namespace: str) -> Iterator[Rule]:
    for binding in state.objects(_CLUSTER_BINDING):
        if _binds(binding, user):
            yield from _rules_of(state, binding["roleRef"], "")
    if namespace:
        for binding in state.objects(_BINDING):
            if binding["metadata"]["namespace"] == namespace and _binds(binding, user):
                yield from _rules_of(state, binding["roleRef"], namespace)


def _rules_of(state: ClusterState, reference: Mapping[str, str], namespace: str) -> Iterable[Rule]:
    is_local = reference["kind"] == "Role"
    role = state.get(_ROLE if is_local else _CLUSTER_ROLE, namespace if is_local else "", reference["name"])
    return (role or {}).get("rules") or ()


def _binds(binding: Mapping[str, Any], user: User) -> bool:
    return any(
        subject["name"] in user.groups if subject["kind"] == "Group" else _is_user(subject, user)
        for subject in binding.get("subjects") or ()
    )


def _is_user(subject: Mapping[str, str], user: User) -> bool:
    if subject["kind"] == "ServiceAccount":
        return user.name == f"system:serviceaccount:{subject.get('namespace', '')}:{subject['name']}"
    return subject["name"] == user.name


def _covers(rule: Rule, action: Action) -> bool:
    if not _has(rule, "verbs", action.verb):
        return False
    if action.path:
        return any(_matches(pattern, action.path) for pattern in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames") or ()
    return (
        _has(rule, "apiGroups", action.group)
        and _has(rule, "resources", action.plural)
        and (not names or action.name in names)
    )


def _has(rule: Rule, member: str, value: str) -> bool:
    values = rule.get(member) or ()
    return "*" in values or value in values


def _matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern
