"""Reading sections: take the value or say what is missing, and join several into one."""

from collections.abc import Callable
from typing import Any, TypeVar

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.verdict import Reason

T = TypeVar("T")


def need(section: Section[T]) -> T:
    """Return the value of a section.

    Raises:
        EvidenceMissing: it was not collected; evaluation turns this into UNKNOWN with the section's reason.

    """
    if isinstance(section, NotCollected):
        raise EvidenceMissing(section)
    return section.value


def present(value: T | None, member: str) -> T:
    """Return a member of an answer that may be absent.

    Raises:
        EvidenceMissing: the answer did not hold it; `member` is its name in the API.

    """
    if value is None:
        raise EvidenceMissing(not_collected(f"the answer of AWS did not hold {member}"))
    return value


def present_in(section: Section[T | None], what: str) -> T:
    """Return what a listing was searched for.

    Raises:
        EvidenceMissing: the listing was not read, or it does not hold `what`.

    """
    found = need(section)
    if found is None:
        raise EvidenceMissing(NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing"))
    return found


def known(section: Section[T], otherwise: T) -> T:
    """Return the value of a section, or a stand-in: for a violation that can be seen in a part of the evidence."""
    return otherwise if isinstance(section, NotCollected) else section.value


def joined(build: Callable[..., T], *sections: Section[Any]) -> Section[T]:
    """Build one section from several: the first missing one wins, the oldest time counts."""
    missing = next((section for section in sections if isinstance(section, NotCollected)), None)
    if missing is not None:
        return missing
    collected = [section for section in sections if isinstance(section, Collected)]
    return Collected(build(*(section.value for section in collected)), min(section.at for section in collected))


def from_kubernetes(section: Section[T], what: str) -> T:
    """Return what the Kubernetes API says.

    Raises:
        EvidenceMissing: it was not read; when nobody asked for it, `what` says what only it could have told.

    """
    if isinstance(section, NotCollected) and section.at is None:
        raise EvidenceMissing(without_kubernetes(what))
    return need(section)


def if_asked(section: Section[T], otherwise: T) -> T:
    """Return what the Kubernetes API says, or a stand-in where nobody asked for it.

    Raises:
        EvidenceMissing: it was asked for and could not be read.

    """
    return otherwise if isinstance(section, NotCollected) and section.at is None else need(section)


def without_kubernetes(what: str) -> NotCollected:
    """Build the section of evidence that only the Kubernetes API of the cluster has."""
    return not_collected(f"{what}: only the Kubernetes API of the cluster knows, and it was not read")
