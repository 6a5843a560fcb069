"""Calls: one API operation answered as a section, paged truly and decoded straight into evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

import msgspec

from plumbline.adapters.aws.decoding import prepare
from plumbline.adapters.aws.plan import Call
from plumbline.adapters.aws.refusals import REFUSALS, error_code, is_stranger, refused
from plumbline.adapters.aws.sessions import Sessions
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.verdict import Reason

T = TypeVar("T")
U = TypeVar("U")


class Api:
    """The APIs of one account and region at one time. No method raises for a refused call.

    When the account's role cannot be assumed, every call is answered with that refusal, and none is made.
    """

    def __init__(self, sessions: Sessions, account: str, region: str, now: datetime) -> None:
        """Make sure of the account's credentials.

        Raises:
            CredentialsError: the own credentials are missing, expired or wrong.

        """
        self._sessions = sessions
        self.account = account
        self.region = region
        self.now = now
        self.sleep = sessions.sleep
        self._refusal = sessions.refusal(account, now)

    def elsewhere(self, region: str) -> "Api":
        """Return the same account's APIs in another region."""
        return self if region == self.region else Api(self._sessions, self.account, region, self.now)

    def home(self) -> "Api":
        """Return the same account's APIs in the home region: for what is the same in every region."""
        return self.elsewhere(self._sessions.access.region)

    def one(self, call: Call, kind: type[T], **arguments: Any) -> Section[T]:
        """Make one call and return its answer as evidence."""
        return self._answer(call, kind, arguments, dict[str, T]())

    def optional(self, call: Call, kind: type[T], otherwise: U, **arguments: Any) -> Section[T | U]:
        """Make one call; when the service says that there is none, `otherwise` is the evidence."""
        return self._answer(call, kind, arguments, dict.fromkeys(call.none, otherwise))

    def listing(self, call: Call, kind: type[T], **arguments: Any) -> Section[tuple[T, ...]]:
        """Read every page of a listing; when one of them fails nothing of it is evidence."""
        found, missing = self.partial(call, kind, **arguments)
        return missing or Collected(found, self.now)

    def partial(self, call: Call, kind: type[T], **arguments: Any) -> tuple[tuple[T, ...], NotCollected | None]:
        """Read a listing as far as it goes; return what was found and why the rest is missing."""
        if self._refusal is not None:
            return (), self._refusal
        found: list[T] = []
        try:
            for page in self._pages(call, arguments):
                found += _items(page, call, kind)
        except REFUSALS as error:
            return tuple(found), self._refused(error, call)
        return tuple(found), None

    def batched(
        self,
        call: Call,
        kind: type[T],
        values: Iterable[str],
        size: int,
        arguments: Callable[[Sequence[str]], dict[str, Any]],
    ) -> Section[tuple[T, ...]]:
        """Read a listing for many values, `size` of them a call; when one call fails nothing is evidence."""
        found: list[T] = []
        for batch in batches(sorted(values), size):
            section = self.listing(call, kind, **arguments(batch))
            if isinstance(section, NotCollected):
                return section
            found += section.value
        return Collected(tuple(found), self.now)

    def _answer(self, call: Call, kind: type[T], arguments: dict[str, Any], instead: Mapping[str, U]) -> Section[T | U]:
        if self._refusal is not None:
            return self._refusal
        try:
            answer = getattr(self._client(call), call.method)(**arguments)
            return Collected(_decoded(answer, call, kind), self.now)
        except REFUSALS as error:
            code = error_code(error)
            return Collected(instead[code], self.now) if code in instead else self._refused(error, call)

    def _client(self, call: Call) -> Any:
        return self._sessions.client(self.account, self.region, call.service)

    def _pages(self, call: Call, arguments: dict[str, Any]) -> Iterator[Any]:
        client = self._client(call)
        if not client.can_paginate(call.method):
            yield getattr(client, call.method)(**arguments)
            return
        sizes = {"PageSize": call.page_size} if call.page_size else {}
        yield from client.get_paginator(call.method).paginate(**arguments, PaginationConfig=sizes)

    def _refused(self, error: Exception, call: Call) -> NotCollected:
        if is_stranger(error) and self._sessions.recognises(self.account):
            return NotCollected(Reason.REGION_UNSUPPORTED, f"{call.name}: {self.region} is not enabled", self.now)
        return refused(error, call.name, self.now, own=self._sessions.is_own(self.account))


def batches(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield the values in lists of at most `size`."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _decoded(answer: dict[str, Any], call: Call, kind: type[T]) -> T:
    prepare(kind)
    return msgspec.convert(_evidence(answer, call), kind, strict=False)


def _items(page: dict[str, Any], call: Call, kind: type[T]) -> list[T]:
    prepare(kind)
    evidence = _evidence(page, call)
    items = evidence if call.member else [evidence]
    return msgspec.convert(items, list[kind], strict=False)  # type: ignore[valid-type]


def _evidence(answer: dict[str, Any], call: Call) -> Any:
    """Take the member that holds the evidence. Its absence is no empty list: botocore reads none out of any text."""
    if not call.member:
        return answer
    if call.member not in answer:
        raise msgspec.ValidationError(f"the answer holds no `{call.member}`")
    return answer[call.member]
