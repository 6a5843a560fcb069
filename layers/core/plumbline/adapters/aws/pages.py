"""Pages: bounded parts of the answer to a question that one or more partitions of an index hold, with a cursor.

A cursor names the last item returned. It is bound to its question, so it cannot be carried over to another one, and
holds nothing that a caller may not see: it never leaves the partitions of the question.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from plumbline.domain.errors import QueryError
from plumbline.ports import Page

if TYPE_CHECKING:
    from plumbline.adapters.aws.items import Item, Read
    from plumbline.adapters.aws.tables import Tables

T = TypeVar("T")

LARGEST_PAGE = 500

# Requests for one page: a filter that matches little ends in a short page with a cursor, not in a long wait.
_REQUESTS = 10
# A filter reads more than it returns.
_FEWEST_READ = 100


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One partition of a table or index to read.

    Attributes:
        index: its name; empty for the table itself.
        hash_key, range_key: names of its key attributes.
        value: of the partition.
        low, high: between which range keys, both included.
        filters: attributes that must have these values.

    """

    table: str
    index: str = ""
    hash_key: str = "pk"
    range_key: str = "sk"
    value: str
    low: str
    high: str
    filters: dict[str, str] = {}
    newest_first: bool = False

    @property
    def key_names(self) -> tuple[str, ...]:
        """The attributes that say where in the index an item is."""
        return tuple(dict.fromkeys(("pk", "sk", self.hash_key, self.range_key)))


def starting_with(prefix: str) -> tuple[str, str]:
    """Return the bounds of the range keys that start with a text and go on with a letter, a digit or `#`."""
    return prefix or " ", f"{prefix}~"


class _Cursor(msgspec.Struct, frozen=True, array_like=True):
    question: str
    position: int
    key: tuple[str, ...]


def page(
    tables: "Tables", questions: Sequence[Question], read: Callable[["Read"], T], *, limit: int, cursor: str
) -> Page[T]:
    """Return one page of the answers, in the order of the questions.

    Args:
        read: makes what is returned of an item.
        limit: how many at most, from 1 to 500.
        cursor: of the page before; empty for the first.

    Raises:
        QueryError: the limit or the cursor is wrong.
        StoreError: the records could not be read.

    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise QueryError(f"the limit is {limit}; it may be from 1 to {LARGEST_PAGE}")
    position, start = _opened(cursor, questions)
    found: list[tuple[int, Read]] = []
    for _ in range(_REQUESTS):
        question = questions[position]
        answer = tables.query(**_arguments(question, start, limit + 1 - len(found)))
        found += [(position, item) for item in answer["Items"]]
        start = dict(answer.get("LastEvaluatedKey") or {})
        if len(found) > limit:
            position, last = found[limit - 1]
            return _page(questions, position, last, [item for _, item in found[:limit]], read)
        if not start:
            position += 1
            if position == len(questions):
                return Page(tuple(read(item) for _, item in found))
    return _page(questions, position, start, [item for _, item in found], read)


def _page(
    questions: Sequence[Question], position: int, last: "Read", items: Sequence["Read"], read: Callable[["Read"], T]
) -> Page[T]:
    key = tuple(last[name]["S"] for name in questions[position].key_names) if last else ()
    cursor = msgspec.json.encode(_Cursor(_name_of(questions), position, key))
    return Page(tuple(read(item) for item in items), base64.urlsafe_b64encode(cursor).decode())


def _opened(cursor: str, questions: Sequence[Question]) -> tuple[int, "Item"]:
    """Return the position among the questions and the key to go on from."""
    if not cursor:
        return 0, {}
    try:
        opened = msgspec.json.decode(base64.b64decode(cursor, altchars=b"-_", validate=True), type=_Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise QueryError("the cursor is damaged; start again without one") from error
    if opened.question != _name_of(questions):
        raise QueryError("the cursor belongs to another question; start again without one")
    if not 0 <= opened.position < len(questions):
        raise QueryError("the cursor is damaged; start again without one")
    question = questions[opened.position]
    if not opened.key:
        return opened.position, {}
    if len(opened.key) != len(question.key_names):
        raise QueryError("the cursor is damaged; start again without one")
    key = dict(zip(question.key_names, opened.key, strict=True))
    if key[question.hash_key] != question.value or not question.low <= key[question.range_key] <= question.high:
        raise QueryError("the cursor is damaged; start again without one")
    return opened.position, {name: {"S": value} for name, value in key.items()}


def _name_of(questions: Sequence[Question]) -> str:
    return hashlib.sha256(msgspec.json.encode(questions, order="sorted")).hexdigest()[:16]


def _arguments(question: Question, start: "Item", wanted: int) -> dict[str, Any]:
    names = {"#hash": question.hash_key, "#range": question.range_key}
    values: Item = {":hash": {"S": question.value}, ":low": {"S": question.low}, ":high": {"S": question.high}}
    for number, (name, value) in enumerate(sorted(question.filters.items())):
        names[f"#f{number}"] = name
        values[f":f{number}"] = {"S": value}
    arguments: dict[str, Any] = {
        "TableName": question.table,
        "KeyConditionExpression": "#hash = :hash AND #range BETWEEN :low AND :high",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": not question.newest_first,
        "Limit": max(wanted, _FEWEST_READ) if question.filters else wanted,
    }
    if question.index:
        arguments["IndexName"] = question.index
    if question.filters:
        arguments["FilterExpression"] = " AND ".join(f"#f{n} = :f{n}" for n in range(len(question.filters)))
    if start:
        arguments["ExclusiveStartKey"] = start
    return arguments
