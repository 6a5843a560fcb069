"""Lists: every page of a list, in turn, each decoded before the next one is asked for."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

from plumbline.adapters.kubernetes.connection import Connection
from plumbline.adapters.kubernetes.decoding import decoded_page
from plumbline.adapters.kubernetes.kinds import Kind
from plumbline.adapters.kubernetes.refusals import GONE, Refusal
from plumbline.domain.verdict import Reason

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)


class Gathering(Protocol[T, R_co]):
    """Takes the pages of a list and keeps what is evidence."""

    def add(self, objects: list[T]) -> None:
        """Take a page.

        Raises:
            Refusal: an object is not what the API promises.

        """
        ...

    def result(self) -> R_co:
        """Return what was kept."""
        ...


def gathered(
    connection: Connection, kind: Kind, version: str, wire: type[T], begin: Callable[[], Gathering[T, R_co]]
) -> R_co:
    """Read a list to its end; once it has changed too much meanwhile to be gone on with, from its beginning.

    Args:
        wire: what an object is decoded into.
        begin: returns what takes the pages, empty.

    Raises:
        Refusal: it could not be read completely.

    """
    try:
        return _all(connection, kind, version, wire, begin())
    except Refusal as refusal:
        if refusal.status != GONE:
            raise
    try:
        return _all(connection, kind, version, wire, begin())
    except Refusal as refusal:
        if refusal.status != GONE:
            raise
        told = f"{kind.label}: the list expired twice while it was read"
        raise Refusal(Reason.NOT_COLLECTED, told, status=GONE) from refusal


def _all(connection: Connection, kind: Kind, version: str, wire: type[T], gathering: Gathering[T, R_co]) -> R_co:
    for objects in _pages(connection, kind, version, wire):
        gathering.add(objects)
    return gathering.result()


def _pages(connection: Connection, kind: Kind, version: str, wire: type[T]) -> Iterator[list[T]]:
    path, proceed, seen = kind.path(version), "", set[str]()
    for _ in range(connection.limits.pages):
        objects, proceed = decoded_page(connection.get(f"{path}?{kind.query(proceed)}"), wire, kind.label)
        yield objects
        if not proceed:
            return
        if proceed in seen:
            raise Refusal(Reason.NOT_COLLECTED, f"{kind.label}: the list never ends: a page leads back to itself")
        seen.add(proceed)
    most = connection.limits.pages
    raise Refusal(Reason.NOT_COLLECTED, f"{kind.label}: the list does not end within {most} pages")
