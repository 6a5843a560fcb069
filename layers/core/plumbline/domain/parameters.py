"""Parameters: what configuration says about controls, resolved from the narrowest word to the widest.

Order (controls.md 0.4): resource, namespace, cluster, environment, fleet, the control's own default. Each word that
speaks of a parameter settles it; the others keep speaking of the rest.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from plumbline.domain.control import Control, Parameters
from plumbline.domain.errors import ParameterError
from plumbline.domain.evidence import eks
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource

# control id -> parameter name in kebab-case -> value
Overrides = Mapping[str, Mapping[str, Any]]


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
        return parse(control, self._merged(control.id, subject, environment, resource))

    def _merged(self, control_id: str, subject: Subject, environment: str | None, resource: Resource) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for overrides in self._wide_to_narrow(subject, environment, resource):
            merged.update(overrides.get(control_id, {}))
        return merged

    def _wide_to_narrow(self, subject: Subject, environment: str | None, resource: Resource) -> Iterable[Overrides]:
        yield self.fleet
        yield self.environments.get(environment or "", {})
        for pattern, overrides in self.clusters.items():
            if subject.cluster and (fnmatchcase(subject.cluster, pattern) or pattern == subject.key):
                yield overrides
        namespace, slash, _ = resource.name.partition("/")
        if slash:
            yield self.namespaces.get(namespace, {})
        for override in self.resources:
            if _matches(override, subject, resource):
                yield override.parameters


def _matches(override: ResourceOverride, subject: Subject, resource: Resource) -> bool:
    return (
        fnmatchcase(subject.cluster, override.cluster)
        and fnmatchcase(resource.kind, override.kind)
        and fnmatchcase(resource.name, override.name)
    )


def parse(control: Control, values: Mapping[str, Any]) -> Parameters:
    """Return the control's parameters with these values over its defaults.

    Raises:
        ParameterError: a name the control does not have, or a value of the wrong type.

    """
    try:
        return msgspec.convert(values, control.parameters)
    except msgspec.ValidationError as error:
        raise ParameterError(f"{control.id}: {error}") from error
