"""Calls: what was asked, whatever the protocol, and how a listing is cut into pages."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import Names
from benchmarks.fleet.traits import Place
from benchmarks.fleet.world import World

T = TypeVar("T")

Parameters = dict[str, Any]


class Call(NamedTuple):
    """One call on the fleet: parameters under their names on the wire."""

    world: World
    names: Names
    place: Place
    operation: str
    parameters: Parameters


Answer = dict[str, Any]


class Entries(list[dict[str, Any]]):
    """A map, as the query protocol writes it: an element `entry` for each key."""


Operation = Callable[[Call], Answer]


class Paging(NamedTuple):
    """How a service pages: the names of token and size, the sizes, and the code of a wrong token."""

    token: str
    size: str
    usual: int
    largest: int
    wrong: str


EKS = Paging("nextToken", "maxResults", 100, 100, "InvalidParameterException")
EC2 = Paging("NextToken", "MaxResults", 1000, 1000, "InvalidNextToken")


def page(call: Call, items: Sequence[T], paging: Paging) -> tuple[Sequence[T], str | None]:
    """Return the page that a call asks for, and the token of the next one.

    Raises:
        AwsError: the token is of another listing, or the size is not allowed.

    """
    start = _opened(call, paging)
    asked = call.parameters.get(paging.size)
    size = int(asked) if asked else paging.usual
    if not 1 <= size <= paging.largest:
        raise AwsError(paging.wrong, f"{paging.size} must be between 1 and {paging.largest}")
    end = start + size
    return items[start:end], _token(call.operation, end) if end < len(items) else None


def listing(call: Call, member: str, items: Sequence[Any]) -> Answer:
    """Return the answer of an EKS listing."""
    found, token = page(call, items, EKS)
    return {member: list(found), **({"nextToken": token} if token else {})}


def _token(operation: str, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{operation}:{offset}".encode()).decode()


def _opened(call: Call, paging: Paging) -> int:
    token = call.parameters.get(paging.token)
    if not token:
        return 0
    try:
        operation, _, offset = base64.urlsafe_b64decode(token).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        operation, offset = "", ""
    if operation != call.operation or not offset.isdecimal():
        raise AwsError(paging.wrong, "The specified token is invalid")
    return int(offset)


def listed(parameters: Parameters, name: str) -> list[str]:
    """Return the values of a list parameter of a query: `name.1`, `name.2`, ..."""
    values: list[str] = []
    while (value := parameters.get(f"{name}.{len(values) + 1}")) is not None:
        values.append(str(value))
    return values


def filters(parameters: Parameters, name: str = "Filter", values: str = "Value") -> dict[str, list[str]]:
    """Return the filters of a query: values by name."""
    found: dict[str, list[str]] = {}
    while (key := parameters.get(f"{name}.{len(found) + 1}.Name")) is not None:
        found[str(key)] = listed(parameters, f"{name}.{len(found) + 1}.{values}")
    return found


def tags(values: dict[str, str]) -> list[dict[str, str]]:
    """Return tags as EC2 lists them."""
    return [{"key": key, "value": value} for key, value in values.items()]
