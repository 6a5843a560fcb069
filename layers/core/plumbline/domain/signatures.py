"""Signatures: the tables by which tools and retired components are recognised (controls.md F and G), as data files."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from plumbline.domain.image_names import tag_of, within_registry
from plumbline.domain.verdict import Severity

T = TypeVar("T")

# The kinds of workload whose images are looked at, and the kinds of signature that are no images.
WORKLOAD_KINDS = ("Deployment", "StatefulSet", "DaemonSet")
OTHER_PLACES = ("groups", "addons", "capabilities", "csi_drivers")


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of table F: how one tool is recognised, as one category.

    Attributes:
        images: parts of the image repository after its registry.
        groups: API groups; `*.` stands for any group below.
        kinds: the kinds of workload whose images count; empty for all.
        service_accounts: names that give the tool away whatever its image is called.
        other_service_accounts: of workloads that have the image and are another part of the tool.

    """

    category: str
    tool: str
    images: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    csi_drivers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    service_accounts: tuple[str, ...] = ()
    other_service_accounts: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """Where it can show: kinds of workload, and the other kinds of signature by the names of their fields."""
        running = (self.kinds or WORKLOAD_KINDS) if self.images or self.service_accounts else ()
        return (*running, *(place for place in OTHER_PLACES if getattr(self, place)))

    def fits(self, kind: str, service_account: str) -> bool:
        """Whether a workload of that kind and service account may be the tool, its image being the tool's."""
        others = (fnmatchcase(service_account, pattern) for pattern in self.other_service_accounts)
        return (not self.kinds or kind in self.kinds) and not any(others)


class RetiredComponent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of table G.

    Attributes:
        status, successor: what became of it and what to use, in words that continue a sentence.
        tags: what the image's tag begins with; empty for any.
        versions: versions of the API (`group/version`).
        host_paths: paths of the node; those below count too.

    """

    component: str
    status: str
    successor: str
    severity: Severity
    images: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    host_paths: tuple[str, ...] = ()


class ToolTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table F, and the day it was last gone through."""

    as_of: date
    signatures: tuple[Signature, ...]


class RetiredTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Table G, and the day it was last gone through."""

    as_of: date
    components: tuple[RetiredComponent, ...]


@cache
def tool_table() -> ToolTable:
    """Return table F."""
    return _read("tools.json", ToolTable)


@cache
def retired_table() -> RetiredTable:
    """Return table G."""
    return _read("retired.json", RetiredTable)


def _read(name: str, kind: type[T]) -> T:
    return msgspec.json.decode(files("plumbline").joinpath("data", name).read_bytes(), type=kind)


def tools_by_image(image: str) -> tuple[Signature, ...]:
    """Return the signatures that an image matches."""
    return _tools_in(within_registry(image))


def retired_by_image(image: str) -> tuple[RetiredComponent, ...]:
    """Return the retired components that an image belongs to."""
    found = _retired_in(within_registry(image))
    return tuple(one for one in found if not one.tags or tag_of(image).startswith(one.tags)) if found else ()


# Clusters run images of the same few repositories many times.
@lru_cache(maxsize=8192)
def _tools_in(repository: str) -> tuple[Signature, ...]:
    return tuple(one for one in tool_table().signatures if contains(repository, one.images))


@lru_cache(maxsize=8192)
def _retired_in(repository: str) -> tuple[RetiredComponent, ...]:
    return tuple(one for one in retired_table().components if contains(repository, one.images))


@cache
def tools_by_account() -> dict[str, tuple[Signature, ...]]:
    """Return the signatures that name a service account, by its name."""
    found: dict[str, list[Signature]] = defaultdict(list)
    for one in tool_table().signatures:
        for account in one.service_accounts:
            found[account].append(one)
    return {account: tuple(named) for account, named in found.items()}


@cache
def addons_of(tool: str) -> tuple[str, ...]:
    """Return the add-ons that bring a tool."""
    return tuple(addon for one in tool_table().signatures if one.tool == tool for addon in one.addons)


@cache
def addons_with_controllers() -> frozenset[str]:
    """Return the add-ons whose workloads that call AWS are known."""
    known = (one for one in tool_table().signatures if one.category == "aws-controller")
    return frozenset(addon for one in known for addon in one.addons)


def contains(repository: str, parts: Iterable[str]) -> bool:
    """Whether one of the parts, in whatever case, stands in a repository of `within_registry`."""
    return any(part.lower() in repository for part in parts)


def in_group(group: str, patterns: Iterable[str]) -> bool:
    """Whether an API group is one of these; `*.` stands for any group below."""
    return any(group.endswith(one[1:]) if one.startswith("*.") else group == one for one in patterns)
