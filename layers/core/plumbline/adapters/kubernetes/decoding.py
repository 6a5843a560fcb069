"""Decoding: pages of lists straight into structs, and what is done with pages that do not fit them.

The API server writes an explicit null where a program has left something out (`rules: null`). A page that does not fit
as it is, is read again object by object without its nulls; an object that still does not fit makes the list unreadable.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.adapters.kubernetes.refusals import unreadable

T = TypeVar("T")

# Invalid UTF-8, broken JSON and wrong types are ValueErrors; what is nested too deeply is not.
UNREADABLE = (ValueError, RecursionError)
_anything = msgspec.json.Decoder(Any)
_encoder = msgspec.msgpack.Encoder()


class ListMeta(msgspec.Struct, frozen=True, gc=False):
    """The metadata of a page: the token that the next page begins with, or empty."""

    proceed: str | None = msgspec.field(default=None, name="continue")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list. Without items it is none, but an empty list may be written as null."""

    items: list[T] | None
    kind: str = ""
    metadata: ListMeta | None = None


class _ObjectMeta(msgspec.Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Object(msgspec.Struct, frozen=True):
    metadata: _ObjectMeta = _ObjectMeta()

    @property
    def path(self) -> str:
        one = self.metadata
        return f"{one.namespace}/{one.name}" if one.namespace else one.name or "an object without a name"


def decoded_page(body: bytes, kind: type[T], what: str) -> tuple[list[T], str]:
    """Return the objects of a page and the token of the next page, empty on the last.

    Raises:
        Refusal: the answer is no list, or an object on it is not what the API promises.

    """
    try:
        page = _decoder(Page[kind]).decode(body)  # type: ignore[valid-type]
        return _checked(page, what)
    except msgspec.ValidationError:
        return _one_by_one(body, kind, what)
    except UNREADABLE as error:
        raise unreadable(what, _told(error)) from error


def decoded(body: bytes, kind: type[T], what: str) -> T:
    """Return one object.

    Raises:
        Refusal: it is not what the API promises.

    """
    try:
        return _convert(body, kind)
    except UNREADABLE as error:
        raise unreadable(what, _told(error)) from error


def _checked(page: Page[T], what: str) -> tuple[list[T], str]:
    if not page.kind.endswith("List"):
        raise unreadable(what, f"the answer is of kind {page.kind!r}, not a list")
    return page.items or [], (page.metadata and page.metadata.proceed) or ""


def _one_by_one(body: bytes, kind: type[T], what: str) -> tuple[list[T], str]:
    try:
        items, proceed = _checked(_decoder(Page[msgspec.Raw]).decode(body), what)
    except UNREADABLE as error:
        raise unreadable(what, _told(error)) from error
    return list(each(items, kind, what)), proceed


def each(items: list[msgspec.Raw], kind: type[T], what: str) -> Iterator[T]:
    """Yield the objects of a page.

    Raises:
        Refusal: an object is not what the API promises; its name is told.

    """
    for item in items:
        try:
            yield _convert(item, kind)
        except UNREADABLE as error:
            raise unreadable(f"{what} {_name_of(item)}", _told(error)) from error


def _convert(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        found: T = _decoder(kind).decode(body)
    except msgspec.ValidationError:
        found = msgspec.convert(without_nulls(_anything.decode(body)), kind)
    return found


def need_storable(kept: Any, what: str) -> None:
    """Make sure that what was decoded can be kept: a number of more than 64 bits is valid JSON, but no evidence.

    Raises:
        Refusal: it cannot.

    """
    try:
        _encoder.encode(kept)
    except OverflowError as error:
        raise unreadable(what, f"a number is too large: {error}") from error


def without_nulls(value: Any) -> Any:
    """Return the value without members and elements that are null."""
    if isinstance(value, dict):
        return {key: without_nulls(member) for key, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value if member is not None]
    return value


def _name_of(item: msgspec.Raw) -> str:
    try:
        return msgspec.convert(without_nulls(_anything.decode(item)), _Object).path
    except UNREADABLE:
        return "an object without a name"


def _told(error: BaseException) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    return _made(kind)


@lru_cache(maxsize=128)
def _made(kind: Any) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(kind)
