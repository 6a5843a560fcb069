"""Grants: who holds which role of a cluster's Kubernetes API, and where."""

from collections import defaultdict
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cached_property

import msgspec

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.rbac import PolicyRule, RbacSubject, Role, RoleBinding
from plumbline.domain.evidence.section import NotCollected

ALL = "*"
_ANYONE = frozenset({"system:anonymous", "system:unauthenticated", "system:authenticated"})


class Grant(msgspec.Struct, frozen=True):
    """A subject that holds a role; `namespace` is empty when it holds it everywhere."""

    subject: RbacSubject
    namespace: str
    binding: str

    @property
    def everywhere(self) -> bool:
        """Whether it holds in every namespace and for what has none."""
        return not self.namespace


class Roles:
    """The roles of a cluster that could be read, and why others are missing."""

    def __init__(self, roles: Iterable[Role], missing: NotCollected | None = None) -> None:
        self._by_name = {(role.namespace, role.name): role for role in roles}
        self.missing = missing

    def of(self, binding: RoleBinding) -> Role | None:
        """Return the role that a binding hands out, or None when it was not read or does not exist."""
        namespace = binding.namespace if binding.role_ref.kind == "Role" else ""
        return self._by_name.get((namespace, binding.role_ref.name))


class Grants:
    """Every grant of a cluster that could be read, and why others are missing."""

    def __init__(self, bindings: Iterable[RoleBinding], missing: NotCollected | None = None) -> None:
        self._bindings = tuple(bindings)
        self.missing = missing

    def complete(self) -> None:
        """Make sure that no grant is missing.

        Raises:
            EvidenceMissing: some bindings were not read: absence cannot be told.

        """
        if self.missing is not None:
            raise EvidenceMissing(self.missing)

    @cached_property
    def _by_role(self) -> dict[tuple[str, str], tuple[Grant, ...]]:
        found: dict[tuple[str, str], list[Grant]] = defaultdict(list)
        for binding in self._bindings:
            role = (binding.namespace if binding.role_ref.kind == "Role" else "", binding.role_ref.name)
            found[role] += [Grant(subject, binding.namespace, binding.path) for subject in binding.subjects]
        return {role: tuple(grants) for role, grants in found.items()}

    def of(self, role: Role) -> tuple[Grant, ...]:
        """Return who holds a role."""
        return self._by_role.get((role.namespace, role.name), ())

    @cached_property
    def _of_accounts(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (subject.namespace or binding.namespace, subject.name)
            for binding in self._bindings
            for subject in binding.subjects
            if subject.kind == "ServiceAccount"
        )

    def has_rights(self, namespace: str, service_account: str) -> bool:
        """Whether any role is bound to a service account by its name."""
        return (namespace, service_account) in self._of_accounts


def matches(subject: RbacSubject, patterns: Iterable[str]) -> bool:
    """Whether a subject is named by one of some patterns, written `Kind name` or `ServiceAccount namespace/name`."""
    label = subject.label
    return any(fnmatchcase(label, pattern) for pattern in patterns)


def anyone(subject: RbacSubject) -> bool:
    """Whether the subject stands for people nobody named."""
    return subject.name in _ANYONE


def labels(grants: Iterable[Grant]) -> list[str]:
    """Return the subjects of some grants as people write them, each once, in order."""
    return sorted({grant.subject.label for grant in grants})


def allows(rule: PolicyRule, groups: frozenset[str], resources: frozenset[str], verbs: frozenset[str]) -> bool:
    """Whether a rule allows one of these verbs on one of these resources; a wildcard verb or group counts, a resource
    must be named."""
    return (
        not verbs.isdisjoint(rule.verbs)
        and not resources.isdisjoint(rule.resources)
        and not groups.union({ALL}).isdisjoint(rule.api_groups)
    )
