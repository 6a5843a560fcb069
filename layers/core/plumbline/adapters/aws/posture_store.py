"""The posture store on DynamoDB: conditional and transactional writes, a history that is only added to."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from plumbline.adapters.aws.history import History
from plumbline.adapters.aws.index import Index
from plumbline.adapters.aws.items import (
    CLUSTERS,
    HEAD,
    MAP,
    Codec,
    digest,
    entries_of,
    event_item,
    finding_item,
    finding_key,
    finding_of,
    head_item,
    head_of,
    key,
    map_item,
    partition_of,
    subject_of,
)
from plumbline.adapters.aws.tables import ABSENT, LARGEST_TRANSACTION, Condition, RefusedError, Tables, put
from plumbline.domain.errors import ConflictError, StoreError
from plumbline.domain.index import Dependency
from plumbline.domain.leases import abandoned, admitted, claimed, released, resumed, starter
from plumbline.domain.recording import Step, plan
from plumbline.domain.records import Change, Finding, Head, PendingChange, Posture, Record, Transition, entry_key
from plumbline.domain.subject import Subject
from plumbline.ports import Admission, Blobs, Commit, Target, Work

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# How long a second delivery of an event is recognized: as long as a queue can keep it.
EVENT_MEMORY = timedelta(days=14)

# A transition takes two actions, its record and its finding; the head, the map and the assessment one each.
TRANSITIONS_IN_STEP = (LARGEST_TRANSACTION - 3) // 2
# A transaction holds 4 MB; this leaves room for the map, and for what comes beside the content.
_BYTES_IN_STEP = 3 * 1024 * 1024

# Writers meet at a head rarely and briefly.
_CONFLICTS = 10
_TORN_READS = 4


class DynamoPostureStore:
    """Implements `ports.PostureStore`.

    Args:
        client: a botocore or boto3 client for DynamoDB.
        posture_table, history_table: their names.
        blobs: takes what is too large for an item; without it such a write is refused.
        sleep, jitter: waits for seconds; a random number from 0 to 1.

    """

    def __init__(
        self,
        client: DynamoDBClient,
        posture_table: str,
        history_table: str,
        *,
        blobs: Blobs | None = None,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._tables = Tables(client, posture_table, history_table, sleep, jitter)
        self._codec = Codec(blobs)
        self._history = History(self._tables, self._codec)
        self._index = Index(self._tables)

    def read(self, subject: Subject) -> Posture:
        """Return the recorded posture, consistently; an empty one for a subject never seen.

        Raises:
            StoreError: it cannot be read, or head and map do not belong together.

        """
        for attempt in range(_TORN_READS):
            head, content = self._head_and_map(subject)
            if digest(content) == head.map_digest:
                return Posture(head=head, entries=entries_of(content))
            # A query is not isolated from a transaction that is just being applied.
            self._tables.pause(attempt)
        raise StoreError(f"the posture map of {subject.key} does not belong to its head")

    def open_findings(self, subject: Subject, keys: Iterable[str]) -> dict[str, Finding]:
        """Return the findings recorded under these entry keys, those that exist."""
        wanted = [finding_key(subject, entry) for entry in dict.fromkeys(keys)]
        items = self._tables.get_many(self._tables.posture, wanted)
        findings = [finding_of(item, self._codec) for item in items]
        return {entry_key(finding.control, finding.resource): finding for finding in findings}

    def changes_since(self, subject: Subject, since: datetime | None) -> tuple[Change, ...]:
        """Return the changes recorded for a subject at a time or after it, oldest first."""
        return self._history.changes_since(subject, since)

    def known_clusters(self, target: Target) -> tuple[Subject, ...]:
        """Return the clusters recorded in a region and not deleted, by name."""
        items = self._tables.query_all(
            TableName=self._tables.posture,
            IndexName="heads",
            KeyConditionExpression="heads_pk = :group AND begins_with(heads_sk, :place)",
            ExpressionAttributeValues={
                ":group": {"S": CLUSTERS},
                ":place": {"S": f"{target.account}#{target.region}#"},
            },
        )
        return tuple(subject_of(item) for item in items)

    def dependents(self, resources: Iterable[Dependency]) -> tuple[Subject, ...]:
        """Return the subjects that depend on any of these resources, each once, in order."""
        return self._index.dependents(resources)

    def commit(self, commit: Commit) -> tuple[Record, ...]:
        """Write an assessment and return its history records.

        Raises:
            ConflictError: the head moved since it was read. Steps written before stand and are continued by the
                next commit.
            StoreError: it could not be written.

        """
        records: list[Record] = []
        map_digest = commit.expected.head.map_digest
        reindexing = self._index.changes(commit.head.subject, commit.index)
        chunks = list(chunked(commit.transitions, commit.findings, len(reindexing)))
        for number, step in enumerate(
            plan(commit.expected, commit.head, commit.entries, commit.assessment, chunks), start=1
        ):
            actions = self._actions(step, commit.findings)
            # The digests of the index are in the head of the last step.
            actions += reindexing if number == len(chunks) else []
            if step.entries is not None:
                item, map_digest = map_item(step.head.subject, step.entries, self._codec)
                actions.append(put(self._tables.posture, item))
            head = msgspec.structs.replace(step.head, map_digest=map_digest)
            actions.append(self._head_action(head, step.expected))
            self._tables.transact(actions, partial(self._history.holds, step.records[-1]))
            records += step.records
        return tuple(records)

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

        Raises:
            ConflictError: others kept writing to the head.
            StoreError: it could not be written.

        """
        event = event_item(change.event_id, subject, now + EVENT_MEMORY)
        for _ in self._attempts():
            before = self._head(subject)
            after, record = admitted(before, change, wait, owner, now, lease_seconds)
            actions = [
                put(self._tables.posture, event, ABSENT),
                self._history.addition(record),
                self._head_action(after, before.revision),
            ]
            try:
                self._tables.transact(actions, _unproven)
            except RefusedError as refused:
                if 0 in refused.failed:
                    return self._admitted_before(subject, owner, now, lease_seconds)
                continue
            return Admission(duplicate=False, owner=owner if after.lease is not before.lease else "")
        raise ConflictError(f"others kept writing to the head of {subject.key}")

    def claim(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> Work | None:
        """Renew the lease and take the pending scopes; None when somebody else holds the lease."""
        head = self._move(subject, lambda head: claimed(head, owner, now, lease_seconds))
        return Work(scopes=tuple(sorted(head.claimed)), waits=head.claimed_waits) if head else None

    def release(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> bool:
        """Say that the claimed work is done; True when there is more to claim."""
        head = self._move(subject, lambda head: released(head, owner, now, lease_seconds))
        return head is not None and head.lease is not None

    def abandon(self, subject: Subject, owner: str) -> None:
        """Give the lease up with the claimed work undone: the next holder gets it."""
        self._move(subject, lambda head: abandoned(head, owner))

    def _admitted_before(self, subject: Subject, owner: str, now: datetime, lease_seconds: int) -> Admission:
        head = self._move(subject, lambda head: resumed(head, owner, now, lease_seconds))
        return Admission(duplicate=True, owner=starter(head, now) if head else "")

    def _move(self, subject: Subject, step: Callable[[Head], Head | None]) -> Head | None:
        """Write the head that `step` makes of the present one; None and the same head are left unwritten."""
        for _ in self._attempts():
            before = self._head(subject)
            after = step(before)
            if after is None or after is before:
                return after
            try:
                self._tables.put_if(self._tables.posture, head_item(after), _unmoved(before.revision))
            except ConflictError:
                continue
            return after
        raise ConflictError(f"others kept writing to the head of {subject.key}")

    def _attempts(self) -> Iterator[int]:
        for attempt in range(_CONFLICTS):
            if attempt:
                self._tables.pause(attempt)
            yield attempt

    def _head(self, subject: Subject) -> Head:
        item = self._tables.get(self._tables.posture, key(partition_of(subject), HEAD))
        return head_of(item) if item else Head(subject=subject)

    def _head_and_map(self, subject: Subject) -> tuple[Head, bytes]:
        page = self._tables.query(
            TableName=self._tables.posture,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :head AND :map",
            ExpressionAttributeValues={
                ":pk": {"S": partition_of(subject)},
                ":head": {"S": HEAD},
                ":map": {"S": MAP},
            },
        )
        items = {item["sk"]["S"]: item for item in page["Items"]}
        head = head_of(items[HEAD]) if HEAD in items else Head(subject=subject)
        return head, self._codec.unpack(items[MAP]["body"]) if MAP in items else b""

    def _actions(self, step: Step, findings: dict[str, Finding]) -> list[TransactWriteItemTypeDef]:
        actions = [self._history.addition(record) for record in step.records]
        for entry in step.touched:
            item = finding_item(findings[entry], self._codec)
            actions.append(put(self._tables.posture, item))
        return actions

    def _head_action(self, head: Head, expected: int) -> TransactWriteItemTypeDef:
        return put(self._tables.posture, head_item(head), _unmoved(expected))


def _unproven() -> bool:
    """Stand for a check that is not needed: an event that comes again says by itself that it was admitted."""
    return False


def _unmoved(revision: int) -> Condition:
    if revision == 0:
        return ABSENT
    return Condition("revision = :revision", {":revision": {"N": str(revision)}})


def chunked(
    transitions: Iterable[Transition], findings: dict[str, Finding], others: int = 0
) -> Iterator[tuple[Transition, ...]]:
    """Split transitions into what one transaction can hold with its findings and so many other actions.

    The last chunk may be empty.
    """
    most = min(TRANSITIONS_IN_STEP, (LARGEST_TRANSACTION - 3 - others) // 2)
    chunk: list[Transition] = []
    size = 0
    for moved in transitions:
        finding = findings[entry_key(moved.control, moved.resource)]
        weight = len(msgspec.json.encode(moved)) + len(msgspec.json.encode(finding))
        if len(chunk) == most or (chunk and size + weight > _BYTES_IN_STEP):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(moved)
        size += weight
    yield tuple(chunk)
