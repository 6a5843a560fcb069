"""The record: what an assessment commits, and how work on a subject is admitted and leased."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

import msgspec

from plumbline.domain.index import Dependency, Place
from plumbline.domain.records import (
    Assessment,
    Change,
    Entry,
    Finding,
    Head,
    PendingChange,
    Posture,
    Record,
    Transition,
)
from plumbline.domain.subject import Subject
from plumbline.ports.reading import Target


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one assessment writes.

    Attributes:
        expected: the posture that was read; the write is refused when somebody else wrote since.
        head: the new head; what `records.STORE_OWNED` names is the store's and is not taken from it.
        entries: the new posture map.
        transitions: in order, one at most of each finding; each becomes a history record and an updated finding.
        findings: the findings that the transitions touch, by entry key.
        assessment: the last history record of the commit; the store fills in which transitions it reports.
        index: the sets of the reverse index that changed, written with the head that carries their digests.

    """

    expected: Posture
    head: Head
    entries: dict[str, Entry]
    transitions: tuple[Transition, ...]
    findings: dict[str, Finding]
    assessment: Assessment
    index: dict[Place, frozenset[str]] = {}


class Admission(msgspec.Struct, frozen=True):
    """What became of a change.

    A duplicate changes nothing. `owner` is set when an execution must be started under that name, also for a
    duplicate whose scopes still wait: the first delivery may have died before the start.
    """

    duplicate: bool
    owner: str = ""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a lease holder has to do: the scopes claimed and the updates to wait for."""

    scopes: tuple[str, ...]
    waits: tuple[PendingChange, ...] = ()


class PostureStore(Protocol):
    """Posture and history. Every write is conditional; history is only ever added to."""

    def read(self, subject: Subject) -> Posture:
        """Return the recorded posture, consistently; an empty one for a subject never seen."""
        ...

    def open_findings(self, subject: Subject, keys: Iterable[str]) -> dict[str, Finding]:
        """Return the findings recorded under these entry keys, those that exist."""
        ...

    def changes_since(self, subject: Subject, since: datetime | None) -> tuple[Change, ...]:
        """Return the changes recorded for a subject at a time or after it, oldest first; all of them without one."""
        ...

    def commit(self, commit: Commit) -> tuple[Record, ...]:
        """Write an assessment and return its history records.

        Raises:
            ConflictError: the head moved since it was read.

        """
        ...

    def admit(
        self,
        subject: Subject,
        change: Change,
        wait: PendingChange | None,
        owner: str,
        now: datetime,
        lease_seconds: int,
    ) -> Admission:
        """Record a change once, add its scopes to the pending set and take the lease when none is live.

        A change without scopes is recorded and asks for nothing; without a wait nothing is waited for.
        """
        ...

    def claim(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> Work | None:
        """Renew the lease and take the pending scopes, with those that a crashed holder took and never released.

        Returns:
            What to do, the same again when the holder asks again before releasing; None when somebody else holds
            the lease.

        """
        ...

    def release(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> bool:
        """Say that the claimed work is done.

        Returns:
            True when scopes became pending meanwhile: the lease is renewed and there is more to claim. False when
            the lease was given back, or somebody else holds it.

        """
        ...

    def abandon(self, subject: Subject, owner: str) -> None:
        """Give the lease up with the claimed work undone: the next holder gets it."""
        ...

    def known_clusters(self, target: Target) -> tuple[Subject, ...]:
        """Return the clusters recorded in a region and not deleted, by name."""
        ...

    def dependents(self, resources: Iterable[Dependency]) -> tuple[Subject, ...]:
        """Return the subjects that depend on any of these resources, each once, in order."""
        ...
