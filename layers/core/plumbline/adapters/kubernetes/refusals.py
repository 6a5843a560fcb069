"""Refusals: the one place where what goes wrong with an API server becomes the reason for which evidence is missing."""

import ssl
from collections.abc import Iterator
from datetime import datetime

import msgspec
from urllib3 import exceptions as http_errors

from plumbline.domain.errors import PlumblineError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.verdict import Reason

LONGEST_DETAIL = 200
GONE = 410
_NOT_FOUND = 404


class Refusal(PlumblineError):  # noqa: N818 - a fact about a cluster, not a fault
    """A list, or the whole API server, cannot be read.

    Attributes:
        reason, detail: of the section that is missing. The detail begins with the cause where it has a short name.
        everything: nothing else can be read of the cluster, either.
        status: of the answer, or 0.

    """

    def __init__(self, reason: Reason, detail: str, *, everything: bool = False, status: int = 0) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = _short(detail)
        self.everything = everything
        self.status = status

    @property
    def transient(self) -> bool:
        """Whether the server may be too busy or gone: what is asked next will hardly fare better."""
        return self.reason in (Reason.THROTTLED, Reason.ENDPOINT_UNREACHABLE)

    @property
    def absent(self) -> bool:
        """Whether the server says that there is no such kind."""
        return self.status == _NOT_FOUND

    def at(self, when: datetime) -> NotCollected:
        """Return the section that is missing."""
        return NotCollected(self.reason, self.detail, when)


class _Status(msgspec.Struct):
    """What the API server says of a refusal."""

    message: str = ""


def unreadable(what: str, problem: object) -> Refusal:
    """Return the refusal of an answer that is not what the API promises."""
    return Refusal(Reason.PARSE_ERROR, f"{what}: {problem}")


def refused_with(status: int, body: bytes, what: str) -> Refusal:
    """Return the refusal in an answer that is not 200."""
    said = _said(body)
    told = f"{what} was answered with HTTP {status}{': ' if said else ''}{said}"
    match status:
        case 401:
            return Refusal(Reason.ACCESS_DENIED, f"unauthorized: {told}", everything=True, status=status)
        case 403:
            return Refusal(Reason.ACCESS_DENIED, f"forbidden: {told}", status=status)
        case 429:
            return Refusal(Reason.THROTTLED, told, status=status)
        case 404:
            return Refusal(Reason.NOT_FOUND_IN_LISTING, told, status=status)
    if status >= 500:
        return Refusal(Reason.ENDPOINT_UNREACHABLE, told, status=status)
    reason = Reason.PARSE_ERROR if status < 400 else Reason.NOT_COLLECTED
    return Refusal(reason, told, status=status)


def unreachable(error: BaseException, what: str) -> Refusal:
    """Return the refusal when there was no answer, or no whole one.

    A server whose name, address or certificate is wrong will not answer the next request, either.
    """
    causes = tuple(_causes(error))
    told = next((text for one in reversed(causes) if (text := _without_object(one))), type(error).__name__)
    word, everything = _cause(causes)
    detail = f"{word}: {what}: {told}" if word else f"{what}: {told}"
    return Refusal(Reason.ENDPOINT_UNREACHABLE, detail, everything=everything)


def _cause(causes: tuple[BaseException, ...]) -> tuple[str, bool]:
    """Return the short name of what went wrong, and whether it goes wrong for every request."""
    if any(isinstance(one, (ssl.SSLError, http_errors.SSLError)) for one in causes):
        return "tls", True
    if any(isinstance(one, http_errors.NameResolutionError) for one in causes):
        return "dns", True
    if any(isinstance(one, ConnectionRefusedError) for one in causes):
        return "refused", True
    if any(isinstance(one, http_errors.NewConnectionError) for one in causes):
        # No route to the host, or no network: in urllib3 a kind of timeout, too.
        return "", True
    if any(isinstance(one, (http_errors.TimeoutError, TimeoutError)) for one in causes):
        return "timeout", any(isinstance(one, http_errors.ConnectTimeoutError) for one in causes)
    return "", False


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it was raised for, the first cause last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        reason = getattr(error, "reason", None)
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__


def _without_object(error: BaseException) -> str:
    """Return what an error says, without the address of an object that urllib3 puts before it."""
    return str(error).rpartition(">: ")[2].strip()


def _said(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Status).message
    except (ValueError, RecursionError):
        # A page of something that stands before the API server.
        return ""


def _short(text: str) -> str:
    """Return the text without line breaks, and of a length that people read."""
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST_DETAIL else f"{flat[: LONGEST_DETAIL - 3]}..."
