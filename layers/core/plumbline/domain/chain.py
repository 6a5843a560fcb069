"""The hash chain: each history record carries the hash of the one before it for its subject.

A copy of the history can be verified without AWS: a changed, missing, repeated or reordered record shows.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.records import Assessment, Change, Record, RecordKind, Transition
from plumbline.domain.subject import Subject

GENESIS = "0" * 64

Body = Transition | Assessment | Change

_KINDS: dict[type, RecordKind] = {
    Transition: RecordKind.TRANSITION,
    Assessment: RecordKind.ASSESSMENT,
    Change: RecordKind.CHANGE,
}


def canonical(value: Any) -> bytes:
    """Return the one JSON text of a value: keys sorted, no spaces."""
    return msgspec.json.encode(value, order="sorted")


def fingerprint(value: Any) -> str:
    """Return a short hash of a JSON value; empty for an empty one."""
    return hashlib.sha256(canonical(value)).hexdigest()[:16] if value else ""


def link(subject: Subject, previous: str, sequence: int, at: datetime, body: Body) -> Record:
    """Make the history record that follows the one with hash `previous` (empty before the first)."""
    kind = _KINDS[type(body)]
    content = msgspec.to_builtins(body, str_keys=True)
    before = previous or GENESIS
    return Record(
        subject=subject,
        sequence=sequence,
        at=at,
        kind=kind,
        body=content,
        previous=before,
        hash=_hash(subject.key, sequence, at, kind, content, before),
    )


def extend(subject: Subject, chain: str, sequence: int, at: datetime, bodies: Iterable[Body]) -> tuple[Record, ...]:
    """Chain several records after the one numbered `sequence` with hash `chain`."""
    records: list[Record] = []
    for body in bodies:
        record = link(subject, chain, sequence + 1, at, body)
        records.append(record)
        chain, sequence = record.hash, record.sequence
    return tuple(records)


def verify(records: Iterable[Record]) -> list[str]:
    """Check a subject's records in order of their sequence; return a sentence for each break, none when sound."""
    problems: list[str] = []
    previous, expected = GENESIS, 1
    for record in records:
        if record.sequence != expected:
            problems.append(f"record {expected} is missing: {record.sequence} follows {expected - 1}")
        elif record.previous != previous:
            problems.append(f"record {record.sequence} does not follow the record before it")
        actual = _hash(record.subject.key, record.sequence, record.at, record.kind, record.body, record.previous)
        if actual != record.hash:
            problems.append(f"record {record.sequence} was changed after it was written")
        previous, expected = record.hash, record.sequence + 1
    return problems


def _hash(key: str, sequence: int, at: datetime, kind: RecordKind, body: dict[str, Any], previous: str) -> str:
    return hashlib.sha256(canonical([key, sequence, at, kind, body, previous])).hexdigest()
