"""Providing: how a resource type or a fact type is found in a snapshot, and from which sections of evidence."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.domain.evidence.section import Listed, NotCollected, Section
from plumbline.domain.judged import ALL
from plumbline.domain.subject import Level
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

T = TypeVar("T")
Judged = Iterator[tuple[Resource, Section[T]]]


class ResourceProvider(msgspec.Struct, Generic[T], frozen=True):
    """How to find every resource of one type, and which sections that takes."""

    sections: tuple[str, ...]
    find: Callable[[View], Judged[T]]
    level: Level = Level.CLUSTER


class FactProvider(msgspec.Struct, Generic[T], frozen=True):
    """How to build one fact, and which sections that takes."""

    sections: tuple[str, ...]
    build: Callable[[View], Section[T]]


def each(kind: str, listed: Listed[T]) -> Judged[T]:
    """Yield each described thing of a listing, and `*` with the reason when the listing itself is missing."""
    if isinstance(listed.names, NotCollected):
        yield Resource(kind, ALL), listed.names
    for name, item in listed.items.items():
        yield Resource(kind, name), item


def unread(kind: str, listed: Listed[Any]) -> Iterator[tuple[Resource, NotCollected]]:
    """Yield what a listing names and nobody could describe."""
    for resource, item in each(kind, listed):
        if isinstance(item, NotCollected):
            yield resource, item
