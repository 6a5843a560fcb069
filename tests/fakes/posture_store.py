"""The posture store and its queries in memory, under the same contract as the ones on DynamoDB."""

import base64
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

import msgspec

from plumbline.domain.errors import ConflictError, QueryError
from plumbline.domain.findings import OPEN
from plumbline.domain.index import Dependency, Place
from plumbline.domain.leases import abandoned, admitted, claimed, released, resumed, starter
from plumbline.domain.recording import plan, to_milliseconds
from plumbline.domain.records import Change, Entry, Finding, Head, PendingChange, Posture, Record, RecordKind, entry_key
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource
from plumbline.ports import Admission, Commit, FindingFilter, Page, Target, Work

T = TypeVar("T")

LARGEST_PAGE = 500
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class FakePostureStore:
    """Implements `ports.PostureStore` and `ports.FindingQueries`.

    `step` is how many transitions one atomic write holds; `before_write` is called before each of them and may raise
    to play a crash or a conflict.
    """

    def __init__(self, step: int = 48, before_write: Callable[[], None] = lambda: None) -> None:
        self.step = step
        self.before_write = before_write
        self.heads: dict[Subject, Head] = {}
        self.entries: dict[Subject, dict[str, Entry]] = {}
        self.found: dict[Subject, dict[str, Finding]] = {}
        self.records: dict[Subject, list[Record]] = {}
        self.events: set[tuple[str, Subject]] = set()
        self.index: dict[tuple[Place, Subject], frozenset[str]] = {}

    def read(self, subject: Subject) -> Posture:
        return Posture(head=self._head(subject), entries=dict(self.entries.get(subject, {})))

    def open_findings(self, subject: Subject, keys: Iterable[str]) -> dict[str, Finding]:
        recorded = self.found.get(subject, {})
        return {key: recorded[key] for key in keys if key in recorded}

    def changes_since(self, subject: Subject, since: datetime | None) -> tuple[Change, ...]:
        return tuple(
            msgspec.convert(record.body, Change)
            for record in self._span(subject, since, None)
            if record.kind is RecordKind.CHANGE
        )

    def known_clusters(self, target: Target) -> tuple[Subject, ...]:
        return tuple(
            head.subject
            for head in self._live()
            if (head.subject.account, head.subject.region) == (target.account, target.region)
        )

    def commit(self, commit: Commit) -> tuple[Record, ...]:
        written: list[Record] = []
        waiting = iter(commit.transitions)
        chunks = list(iter(lambda: list(islice(waiting, self.step)), [])) or [[]]
        for step in plan(commit.expected, commit.head, commit.entries, commit.assessment, chunks):
            subject = step.head.subject
            findings = {key: commit.findings[key] for key in step.touched}
            self._write(step.head, step.expected, step.records)
            if step.entries is not None:
                self.entries[subject] = dict(step.entries)
            self.found.setdefault(subject, {}).update(findings)
            written += step.records
        self.index |= {(place, commit.head.subject): ids for place, ids in commit.index.items()}
        return tuple(written)

    def dependents(self, resources: Iterable[Dependency]) -> tuple[Subject, ...]:
        wanted = set(resources)
        return tuple(
            sorted(
                {
                    subject
                    for (place, subject), ids in self.index.items()
                    if any(one.place == place and one.id in ids for one in wanted)
                }
            )
        )

    def admit(
        self,
        subject: Subject,
        change: Change,
        wait: PendingChange | None,
        owner: str,
        now: datetime,
        lease_seconds: int,
    ) -> Admission:
        before = self._head(subject)
        if (change.event_id, subject) in self.events:
            after = resumed(before, owner, now, lease_seconds)
            self._move(before, after)
            return Admission(duplicate=True, owner=starter(after, now))
        after, record = admitted(before, change, wait, owner, now, lease_seconds)
        self._write(after, before.revision, [record])
        self.events.add((change.event_id, subject))
        return Admission(duplicate=False, owner=owner if after.lease is not before.lease else "")

    def claim(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> Work | None:
        head = self._head(subject)
        after = claimed(head, owner, now, lease_seconds)
        self._move(head, after)
        return Work(scopes=tuple(sorted(after.claimed)), waits=after.claimed_waits) if after else None

    def release(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> bool:
        head = self._head(subject)
        after = released(head, owner, now, lease_seconds)
        self._move(head, after)
        return after is not None and after.lease is not None

    def abandon(self, subject: Subject, owner: str) -> None:
        head = self._head(subject)
        self._move(head, abandoned(head, owner))

    def head(self, subject: Subject) -> Head | None:
        return self.heads.get(subject)

    def clusters(self, *, account: str = "", region: str = "", limit: int = 50, cursor: str = "") -> Page[Head]:
        if region and not account:
            raise QueryError("clusters are listed by account, or by account and region")
        wanted = [
            head
            for head in self._live()
            if account in ("", head.subject.account) and region in ("", head.subject.region)
        ]
        return _page(wanted, f"clusters {account} {region}", limit, cursor)

    def findings(self, wanted: FindingFilter, *, limit: int = 50, cursor: str = "") -> Page[Finding]:
        one_cluster = wanted.account and wanted.region and wanted.cluster
        if wanted.status is not None and wanted.status not in OPEN and not one_cluster:
            raise QueryError("findings that are not open are listed for one cluster: name account, region and cluster")
        fitting = [
            finding for findings in self.found.values() for finding in findings.values() if _fits(finding, wanted)
        ]
        fitting.sort(key=lambda finding: (finding.state.severity.rank, finding.opened_at, finding.id))
        return _page(fitting, repr(wanted), limit, cursor)

    def finding(self, subject: Subject, control: str, resource: Resource) -> Finding | None:
        return self.found.get(subject, {}).get(entry_key(control, resource))

    def finding_history(
        self, subject: Subject, control: str, resource: Resource, *, limit: int = 50, cursor: str = ""
    ) -> Page[Record]:
        key = entry_key(control, resource)
        moved = [record for record in reversed(self.records.get(subject, [])) if _entry_of(record) == key]
        return _page(moved, f"finding {subject.key} {key}", limit, cursor)

    def history(
        self,
        subject: Subject,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str = "",
    ) -> Page[Record]:
        return _page(self._span(subject, since, until), f"history {subject.key} {since} {until}", limit, cursor)

    def reported_by(self, assessment: Record) -> tuple[Record, ...]:
        first = assessment.body.get("first_sequence", 0)
        return tuple(
            record
            for record in self.records.get(assessment.subject, [])
            if first and first <= record.sequence < assessment.sequence and record.kind is RecordKind.TRANSITION
        )

    def _head(self, subject: Subject) -> Head:
        return self.heads.get(subject, Head(subject=subject))

    def _live(self) -> list[Head]:
        return [self.heads[key] for key in sorted(self.heads) if key.cluster and not self.heads[key].deleted_at]

    def _span(self, subject: Subject, since: datetime | None, until: datetime | None) -> list[Record]:
        low = to_milliseconds(since) if since else _EARLIEST
        return [
            record
            for record in self.records.get(subject, [])
            if low <= record.at and (until is None or record.at <= until)
        ]

    def _move(self, before: Head, after: Head | None) -> None:
        if after is not None and after is not before:
            self._write(after, before.revision, [])

    def _write(self, head: Head, expected: int, records: Sequence[Record]) -> None:
        self.before_write()
        if self._head(head.subject).revision != expected:
            raise ConflictError("somebody else wrote first")
        self.heads[head.subject] = head
        self.records.setdefault(head.subject, []).extend(records)


def _entry_of(record: Record) -> str:
    if record.kind is not RecordKind.TRANSITION:
        return ""
    return entry_key(record.body["control"], msgspec.convert(record.body["resource"], Resource))


def _fits(finding: Finding, wanted: FindingFilter) -> bool:
    subject, state = finding.subject, finding.state
    return all(
        (
            wanted.severity in (None, state.severity),
            wanted.control in ("", finding.control),
            wanted.account in ("", subject.account),
            wanted.region in ("", subject.region),
            wanted.cluster in ("", subject.cluster),
            finding.open if wanted.status is None else state.status is wanted.status,
        )
    )


def _page(items: Sequence[T], question: str, limit: int, cursor: str) -> Page[T]:
    if not 1 <= limit <= LARGEST_PAGE:
        raise QueryError(f"the limit is {limit}; it may be from 1 to {LARGEST_PAGE}")
    start = _opened(cursor, question)
    end = start + limit
    following = base64.urlsafe_b64encode(msgspec.json.encode([question, end])).decode()
    return Page(tuple(items[start:end]), following if end < len(items) else "")


def _opened(cursor: str, question: str) -> int:
    if not cursor:
        return 0
    try:
        asked, start = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=tuple[str, int])
    except (ValueError, msgspec.MsgspecError) as error:
        raise QueryError("the cursor is damaged; start again without one") from error
    if asked != question:
        raise QueryError("the cursor belongs to another question; start again without one")
    return start
