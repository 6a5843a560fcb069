"""Components of a cluster that controls judge: EKS's own where nobody manages them, retired ones, AWS controllers."""

from collections.abc import Iterable

import msgspec

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import ApiService
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.signatures import RetiredComponent
from plumbline.domain.tools import Tool


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A component that EKS installs and an add-on can manage.

    Attributes:
        addon: the add-on that can manage it.
        image: of its container; empty when it is not in the cluster.

    """

    name: str
    addon: str
    image: str


class RetiredSighting(msgspec.Struct, frozen=True):
    """A component of table G: where it was seen, and why it might be elsewhere too."""

    component: RetiredComponent
    places: tuple[str, ...]
    missing: NotCollected | None


class AwsController(msgspec.Struct, frozen=True):
    """A workload of table F that calls AWS; `addons` are those that may have brought it."""

    tool: Tool
    addons: tuple[str, ...]


class AddonWithRole(msgspec.Struct, frozen=True):
    """An add-on that needs IAM permissions as the catalogue says, and whose workload table F does not know."""

    addon: eks.Addon


class OtherControllers(msgspec.Struct, frozen=True):
    """Workloads among which a parameter may name controllers that table F does not know."""

    cluster: str


class ComputeClass(msgspec.Struct, frozen=True):
    """A class of compute (`ec2`, `fargate`) and whether the cluster uses it."""

    name: str
    used: Section[bool]


class ApiServices:
    """The groups and versions that the API of a cluster serves, and whether they answer."""

    def __init__(self, services: Iterable[ApiService]) -> None:
        self._by_name = {service.name: service for service in services}

    def available(self, name: str) -> bool | None:
        """Return whether a group and version answers; None when there is none."""
        found = self._by_name.get(name)
        return found.available if found else None

    def ending(self, *suffixes: str) -> tuple[str, ...]:
        """Return the names that end like this."""
        return tuple(sorted(name for name in self._by_name if name.endswith(suffixes)))
