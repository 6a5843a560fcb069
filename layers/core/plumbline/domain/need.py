"""Reading sections: take the value or say what is missing, and join several into one."""

from collections.abc import Callable
from typing import Any, TypeVar

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected

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


def without_kubernetes(what: str) -> NotCollected:
    """Build the section of evidence that only the Kubernetes API of the cluster has."""
    return not_collected(f"{what}: only the Kubernetes API of the cluster knows, and it was not read")
