"""What every Kubernetes object has, and labels selecting it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


# Evidence is a tree: it is kept from the garbage collector, which would go through all of a cluster again and again.
class Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True, gc=False):
    """Unknown members of an object are skipped while decoding."""


class OwnerReference(Answer, frozen=True):
    """The object that made this one."""

    kind: str = ""
    name: str = ""
    controller: bool = False


class Meta(Answer, frozen=True):
    """The metadata of an object; `namespace` is empty for what is cluster-wide."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    creation_timestamp: datetime | None = None


class AnnotatedMeta(Meta, frozen=True):
    """The metadata of an object whose annotations controls read.

    Annotations that a tool keeps for itself (`kubectl.kubernetes.io/last-applied-configuration`) are left out.
    """

    annotations: dict[str, str] = {}


class Named(Answer, frozen=True):
    """An object of which the name is all that is read."""

    metadata: Meta

    @property
    def name(self) -> str:
        """The object's name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """The object's namespace; empty when it is cluster-wide."""
        return self.metadata.namespace

    @property
    def path(self) -> str:
        """Namespace and name, the name under which the object is judged."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Condition(Answer, frozen=True):
    """A condition of a status."""

    type: str = ""
    status: str = ""
    reason: str = ""


class Requirement(Answer, frozen=True):
    """One expression of a selector: `operator` is In, NotIn, Exists, DoesNotExist, Gt or Lt."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy the expression; an unknown operator never matches."""
        value = labels.get(self.key)
        match self.operator:
            case "In":
                return value is not None and value in self.values
            case "NotIn":
                return value is None or value not in self.values
            case "Exists":
                return value is not None
            case "DoesNotExist":
                return value is None
            case "Gt" | "Lt":
                return self._compares(value)
        return False

    def _compares(self, value: str | None) -> bool:
        if value is None or len(self.values) != 1 or not (_is_integer(value) and _is_integer(self.values[0])):
            return False
        return int(value) > int(self.values[0]) if self.operator == "Gt" else int(value) < int(self.values[0])


class LabelSelector(Answer, frozen=True):
    """Which labels are selected; an empty selector selects everything."""

    match_labels: dict[str, str] = {}
    match_expressions: tuple[Requirement, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it selects everything."""
        return not (self.match_labels or self.match_expressions)

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels are selected."""
        if not self.match_labels.items() <= labels.items():
            return False
        return not self.match_expressions or all(expression.matches(labels) for expression in self.match_expressions)


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and text.isascii()
