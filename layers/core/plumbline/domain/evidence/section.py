"""Sections: a piece of evidence with the time it was read, or the reason it was not."""

from collections.abc import Iterator
from datetime import datetime
from typing import Generic, TypeVar, Union

import msgspec

from plumbline.domain.verdict import Reason

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Collected(msgspec.Struct, Generic[T_co], frozen=True, tag="collected", tag_field="section"):
    """Evidence that was read completely, and when."""

    value: T_co
    at: datetime


class NotCollected(msgspec.Struct, frozen=True, tag="not_collected", tag_field="section"):
    """Evidence that is missing. `detail` says which call was refused and how, for people."""

    reason: Reason
    detail: str = ""
    at: datetime | None = None


# A tagged union: msgspec tells the two apart while decoding.
Section = Union[Collected[T], NotCollected]  # noqa: UP007 - a generic alias needs typing.Union


def not_collected(detail: str = "this assessment did not ask for it") -> NotCollected:
    """Build the section of evidence that nobody asked for."""
    return NotCollected(Reason.NOT_COLLECTED, detail)


NOT_ASKED = not_collected()


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """A listing and the description of each thing on it: one denied description leaves the others standing."""

    names: Section[tuple[str, ...]] = NOT_ASKED
    items: dict[str, Section[T]] = {}

    def collected(self) -> Iterator[T]:
        """Yield the descriptions that were read."""
        for item in self.items.values():
            if isinstance(item, Collected):
                yield item.value

    def complete(self) -> NotCollected | None:
        """Return why the listing or one of its descriptions is missing, or None when all were read."""
        if isinstance(self.names, NotCollected):
            return self.names
        return next((item for item in self.items.values() if isinstance(item, NotCollected)), None)
