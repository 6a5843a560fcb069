"""Roles and bindings of the Kubernetes API, under its own names."""

import msgspec

from plumbline.domain.evidence.kubernetes.objects import Answer, Named


class PolicyRule(Answer, frozen=True):
    """What a role allows; `resource_names` empty means all of them."""

    verbs: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    api_groups: tuple[str, ...] = ()
    resource_names: tuple[str, ...] = ()
    non_resource_urls: tuple[str, ...] = msgspec.field(default=(), name="nonResourceURLs")


class AggregationRule(Answer, frozen=True):
    """Says that the rules come from other roles."""


class Role(Named, frozen=True):
    """A Role, or a ClusterRole when it has no namespace."""

    rules: tuple[PolicyRule, ...] = ()
    aggregation_rule: AggregationRule | None = None

    @property
    def kind(self) -> str:
        """Role or ClusterRole."""
        return "Role" if self.namespace else "ClusterRole"


class RoleReference(Answer, frozen=True):
    """The role that a binding hands out."""

    kind: str = ""
    name: str = ""


class RbacSubject(Answer, frozen=True):
    """Who gets a role: a User, a Group or a ServiceAccount."""

    kind: str = ""
    name: str = ""
    namespace: str = ""

    @property
    def label(self) -> str:
        """The subject as people write it: kind, and name with the namespace of a service account."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class RoleBinding(Named, frozen=True):
    """A RoleBinding, or a ClusterRoleBinding when it has no namespace."""

    role_ref: RoleReference = RoleReference()
    subjects: tuple[RbacSubject, ...] = ()

    @property
    def kind(self) -> str:
        """RoleBinding or ClusterRoleBinding."""
        return "RoleBinding" if self.namespace else "ClusterRoleBinding"
