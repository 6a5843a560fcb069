"""Parameters: what configuration says about controls, resolved from the narrowest word to the widest.

Order (controls.md 0.4): resource, namespace, cluster, environment, fleet, the control's own default. Each word that
speaks of a parameter settles it; the others keep speaking of the rest.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from plumbline.domain.control import Control, Parameters
from plumbline.domain.errors import ParameterError
from plumbline.domain.evidence import eks
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource


class ResourceOverride(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of the controls on some resources: patterns with `*` on cluster, kind and name."""

    cluster: str = "*"
    kind: str = "*"
    name: str = "*"
    parameters: dict[str, dict[str, Any]]


class Environments(msgspec.Struct, frozen=True, kw_only=True):
    """How to tell a cluster's environment: its tag wins, then the account it is in."""

    tag: str = "environment"
    by_account: dict[str, str] = {}

    def of(self, cluster: eks.Cluster | None, account: str) -> str | None:
        """Return the environment in lower case, or None when nothing says which."""
        tags = {key.lower(): value for key, value in (cluster.tags if cluster else {}).items()}
        found = tags.get(self.tag.lower()) or self.by_account.get(account)
        return found.lower() if found else None


class ParameterSet(msgspec.Struct, frozen=True, kw_only=True):
    """Everything configuration says about parameters."""

    fleet: dict[str, dict[str, Any]] = {}
    environments: dict[str, dict[str, dict[str, Any]]] = {}
    clusters: dict[str, dict[str, dict[str, Any]]] = {}
    namespaces: dict[str, dict[str, dict[str, Any]]] = {}
    resources: tuple[ResourceOverride, ...] = ()
    environment: Environments = Environments()

    def of(self, control: Control, subject: Subject, environment: str | None, resource: Resource) -> Parameters:
        """Return the parameters of a control on one resource.

        Raises:
            ParameterError: a configured value does not fit the control.

        """
        return self.resolver(control, subject, environment).of(resource)

    def resolver(self, control: Control, subject: Subject, environment: str | None) -> "Resolver":
        """Return what resolves the parameters of a control for each resource of a subject."""
        wide = [self.fleet, self.environments.get(environment or "", {})]
        wide += [overrides for pattern, overrides in self.clusters.items() if _speaks_of(pattern, subject)]
        merged: dict[str, Any] = {}
        for overrides in wide:
            merged.update(overrides.get(control.id, {}))
        return Resolver(
            control,
            merged,
            {name: said[control.id] for name, said in self.namespaces.items() if control.id in said},
            [
                one
                for one in self.resources
                if control.id in one.parameters and fnmatchcase(subject.cluster, one.cluster)
            ],
        )


class Resolver:
    """The parameters of one control on the resources of one subject: each set of words is parsed once.

    Args:
        control: whose parameters they are.
        common: what is said of every resource.
        namespaces: what is said of those of a namespace.
        overrides: what is said of single resources, wide to narrow.

    Attributes:
        are_common: nothing is said of some resources alone: all have the same parameters.

    """

    def __init__(
        self,
        control: Control,
        common: Mapping[str, Any],
        namespaces: Mapping[str, Mapping[str, Any]],
        overrides: Sequence[ResourceOverride],
    ) -> None:
        self._control = control
        self._common = common
        self._namespaces = namespaces
        self._overrides = overrides
        self.are_common = not namespaces and not overrides
        self._parsed: dict[tuple[str | None, tuple[int, ...]], Parameters] = {}

    def of(self, resource: Resource) -> Parameters:
        """Return the parameters for one resource.

        Raises:
            ParameterError: a configured value does not fit the control.

        """
        speaking = (None, ()) if self.are_common else self._speaking_of(resource)
        parsed = self._parsed.get(speaking)
        if parsed is None:
            parsed = self._parsed[speaking] = parse(self._control, self._merged(*speaking))
        return parsed

    def _speaking_of(self, resource: Resource) -> tuple[str | None, tuple[int, ...]]:
        """Return what is said of the resource: its namespace if anything is said of that, and places of overrides."""
        namespace, slash, _ = resource.name.partition("/")
        places = tuple(place for place, one in enumerate(self._overrides) if _matches(one, resource))
        return (namespace if slash and namespace in self._namespaces else None, places)

    def _merged(self, namespace: str | None, places: tuple[int, ...]) -> dict[str, Any]:
        merged = dict(self._common)
        if namespace is not None:
            merged.update(self._namespaces[namespace])
        for place in places:
            merged.update(self._overrides[place].parameters[self._control.id])
        return merged


def _speaks_of(pattern: str, subject: Subject) -> bool:
    return bool(subject.cluster) and (fnmatchcase(subject.cluster, pattern) or pattern == subject.key)


def _matches(override: ResourceOverride, resource: Resource) -> bool:
    return fnmatchcase(resource.kind, override.kind) and fnmatchcase(resource.name, override.name)


def parse(control: Control, values: Mapping[str, Any]) -> Parameters:
    """Return the control's parameters with these values over its defaults.

    Raises:
        ParameterError: a name the control does not have, or a value of the wrong type.

    """
    try:
        return msgspec.convert(values, control.parameters)
    except msgspec.ValidationError as error:
        raise ParameterError(f"{control.id}: {error}") from error
