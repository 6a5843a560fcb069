"""Ports: what the use cases need from the world, as Protocols. Adapters and fakes implement them under one contract."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

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
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status

T = TypeVar("T")


class Clock(Protocol):
    """Tells the time, with a time zone."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        ...


class Target(msgspec.Struct, frozen=True, order=True):
    """A region of an account to sweep."""

    account: str
    region: str


class Fleet(Protocol):
    """The accounts and regions to watch."""

    def targets(self) -> Sequence[Target]:
        """Return every account and region of the configured fleet, in a stable order."""
        ...


class EvidenceSource(Protocol):
    """Reads evidence. No method raises for a refused call: the section says why it is missing."""

    def collect_account(self, account: str, sections: frozenset[str], now: datetime) -> AccountEvidence:
        """Read the sections asked for of evidence plan D.1."""
        ...

    def collect_region(self, target: Target, sections: frozenset[str], now: datetime) -> RegionEvidence:
        """Read the sections asked for of D.2 that need no cluster's description."""
        ...

    def collect_cluster(
        self, subject: Subject, sections: frozenset[str], now: datetime, nodegroups: frozenset[str] = frozenset()
    ) -> ClusterEvidence:
        """Read the sections asked for of D.3 and D.4 of one cluster.

        With names of node groups none is listed, and only these are described.
        """
        ...

    def collect_related(
        self,
        target: Target,
        clusters: Mapping[str, ClusterEvidence],
        region: RegionEvidence,
        sections: frozenset[str],
        now: datetime,
        *,
        by_name: bool = False,
    ) -> RegionEvidence:
        """Read the sections asked for of D.2 that depend on what the clusters' descriptions name.

        Calls are batched over all clusters given. Sections not asked for are returned as they are in `region`. Of
        what is read thing by thing (`related.NAMED`), only what `region` does not hold is asked for; what the
        clusters no longer name is dropped. With `by_name` only the Auto Scaling groups that node groups name are
        read, none by a cluster's tag.
        """
        ...


class Stability(msgspec.Struct, frozen=True):
    """Whether what an event started has settled, and what is still moving.

    Attributes:
        gone: what was asked for does not exist any more.
        status: in the words of EKS; empty when it could not be read.
        failed: why the update did not succeed, for people; empty when it did, or has not ended.
        failure: reason codes of that.

    """

    stable: bool
    moving: tuple[str, ...] = ()
    gone: bool = False
    status: str = ""
    type: str = ""
    failed: str = ""
    failure: tuple[str, ...] = ()


class StabilitySource(Protocol):
    """Tells whether an update has ended."""

    def stability(self, subject: Subject, wait: PendingChange) -> Stability:
        """Return whether the update has ended; without an update id, whether the thing named is at rest."""
        ...


class EvidenceStore(Protocol):
    """Keeps the evidence parts, compressed, each version of them."""

    def put_account(self, account: str, evidence: AccountEvidence) -> None:
        """Keep an account's part."""
        ...

    def get_account(self, account: str) -> AccountEvidence:
        """Return an account's latest part; an empty one when there is none."""
        ...

    def put_region(self, target: Target, evidence: RegionEvidence) -> None:
        """Keep a region's part."""
        ...

    def get_region(self, target: Target) -> RegionEvidence:
        """Return a region's latest part; an empty one when there is none."""
        ...

    def put_cluster(self, subject: Subject, evidence: ClusterEvidence, overlay: RegionEvidence) -> None:
        """Keep a cluster's part, with region facts read for this cluster alone since the last sweep."""
        ...

    def get_cluster(self, subject: Subject) -> tuple[ClusterEvidence, RegionEvidence]:
        """Return a cluster's latest part and overlay; empty ones when there are none."""
        ...

    def put_manifest(self, name: str, items: Sequence[Mapping[str, Any]]) -> str:
        """Keep a JSON list for a Distributed Map to read; return its key."""
        ...

    def get_manifest(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return a list that was kept.

        Raises:
            StoreError: there is none under this key, or it is not a list.

        """
        ...


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


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of an answer; `cursor` fetches the next one and is empty on the last. A part may hold few or no items."""

    items: tuple[T, ...]
    cursor: str = ""


class FindingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings to list; what is empty does not narrow.

    Without a status, open findings are listed, by any of these. A status that is not open (a resolved finding's)
    needs account, region and cluster.
    """

    severity: Severity | None = None
    control: str = ""
    account: str = ""
    region: str = ""
    cluster: str = ""
    status: Status | None = None
    partition: str = "aws"


class FindingQueries(Protocol):
    """Reads the records for auditors: by index, never by scan, a bounded number of items at a time.

    Every method that takes a cursor raises QueryError for one that is damaged or of another question.
    """

    def head(self, subject: Subject) -> Head | None:
        """Return the head of a subject, None for one never seen."""
        ...

    def clusters(self, *, account: str = "", region: str = "", limit: int = 50, cursor: str = "") -> Page[Head]:
        """List the heads of the clusters that are not deleted, by account, region and name."""
        ...

    def findings(self, wanted: FindingFilter, *, limit: int = 50, cursor: str = "") -> Page[Finding]:
        """List findings.

        Raises:
            QueryError: also when no index serves the filter.

        """
        ...

    def finding(self, subject: Subject, control: str, resource: Resource) -> Finding | None:
        """Return one finding, open or resolved; None when there never was one."""
        ...

    def finding_history(
        self, subject: Subject, control: str, resource: Resource, *, limit: int = 50, cursor: str = ""
    ) -> Page[Record]:
        """List the transitions of one finding, newest first."""
        ...

    def history(
        self,
        subject: Subject,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str = "",
    ) -> Page[Record]:
        """List the history records of a subject from `since` to `until`, both inclusive, oldest first."""
        ...

    def reported_by(self, assessment: Record) -> tuple[Record, ...]:
        """Return the transitions that an assessment's record reports, in order."""
        ...


class Blobs(Protocol):
    """Keeps what is too large for a record, under a key made of its content."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; return their key."""
        ...

    def get(self, key: str) -> bytes:
        """Return the bytes kept under a key.

        Raises:
            StoreError: there are none, or they are not what was kept.

        """
        ...


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: what people read, what machines read, and the attributes subscribers filter on.

    An attribute with one value is published as String, with several as String.Array: filters work on both.
    """

    id: str
    topic: str
    subject: str
    text: str
    document: dict[str, Any]
    attributes: dict[str, tuple[str, ...]]


class Announcer(Protocol):
    """Publishes alerts."""

    def announce(self, message: Message) -> None:
        """Publish one message.

        Raises:
            StoreError: the message could not be published; it must be tried again.

        """
        ...

    def emit(self, documents: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Put (detail type, detail) pairs on the custom event bus.

        Raises:
            StoreError: an event was not taken; all must be tried again.

        """
        ...
