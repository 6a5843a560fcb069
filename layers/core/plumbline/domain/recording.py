"""Recording: the writes that one assessment makes, as steps that each leave a record that holds by itself.

A store writes each step whole or not at all. After any of them the head, the history and the posture map agree, so an
assessment cut short between two steps is continued by the next one, which reports its transitions too.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from plumbline.domain.chain import Body, extend
from plumbline.domain.records import (
    STORE_OWNED,
    Assessment,
    Entry,
    Head,
    Posture,
    Record,
    Transition,
    Unreported,
    entry_key,
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One atomic write.

    Attributes:
        expected: the revision that the head must have; 0 for a head that must not exist.
        head: the head after it.
        records: what it adds to the history.
        entries: the posture map after it; None when it stays as it is.
        touched: entry keys of the findings it writes.

    """

    expected: int
    head: Head
    records: tuple[Record, ...]
    entries: dict[str, Entry] | None
    touched: tuple[str, ...]


def to_milliseconds(at: datetime) -> datetime:
    """Return the time as history keeps it, in UTC."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)


def appended(head: Head, at: datetime, bodies: Iterable[Body]) -> tuple[Head, tuple[Record, ...]]:
    """Return the head after adding records at a time, and the records.

    A clock that runs behind the last record's is not believed: history in order of time is in order of sequence.
    """
    recorded_at = max(to_milliseconds(at), head.recorded_at or to_milliseconds(at))
    records = tuple(_as_read(record) for record in extend(head.subject, head.chain, head.sequence, recorded_at, bodies))
    if not records:
        return head, ()
    last = records[-1]
    moved = msgspec.structs.replace(head, sequence=last.sequence, chain=last.hash, recorded_at=recorded_at)
    return moved, records


def _as_read(record: Record) -> Record:
    """Return the record as it will be read back: its body plain JSON, lists and no tuples."""
    return msgspec.structs.replace(record, body=msgspec.json.decode(msgspec.json.encode(record.body)))


def plan(
    posture: Posture,
    head: Head,
    entries: dict[str, Entry],
    assessment: Assessment,
    chunks: Sequence[Sequence[Transition]],
) -> Iterator[Step]:
    """Plan the steps of an assessment.

    Args:
        posture: as it was read.
        head: the new head.
        entries: the new posture map.
        assessment: its record, written with the last step.
        chunks: the transitions, split into what one step can hold; one empty chunk when there are none.

    """
    current, written = posture.head, posture.entries
    for chunk in chunks[:-1]:
        after = _with(written, entries, chunk)
        step = _cut_short(current, assessment.at, chunk, after)
        yield step
        current, written = step.head, after
    yield _last(current, written, head, entries, assessment, chunks[-1])


def _cut_short(current: Head, at: datetime, chunk: Sequence[Transition], entries: dict[str, Entry]) -> Step:
    """Everything but the transitions stays as it was: the assessment that follows must judge it all again."""
    moved, records = appended(current, at, chunk)
    first = current.unreported or Unreported(sequence=records[0].sequence, at=records[0].at, transitions=0)
    unreported = msgspec.structs.replace(first, transitions=first.transitions + len(chunk))
    return Step(
        expected=current.revision,
        head=msgspec.structs.replace(moved, unreported=unreported, revision=current.revision + 1),
        records=records,
        entries=entries,
        touched=_keys(chunk),
    )


def _last(
    current: Head,
    written: dict[str, Entry],
    head: Head,
    entries: dict[str, Entry],
    assessment: Assessment,
    chunk: Sequence[Transition],
) -> Step:
    moved, records = appended(current, assessment.at, chunk)
    first = current.unreported
    if first is None and records:
        first = Unreported(sequence=records[0].sequence, at=records[0].at, transitions=0)
    reported = msgspec.structs.replace(
        assessment,
        transitions=(first.transitions if first else 0) + len(chunk),
        first_sequence=first.sequence if first else 0,
        first_at=first.at if first else None,
    )
    moved, final = appended(moved, assessment.at, [reported])
    owned = {name: getattr(moved, name) for name in STORE_OWNED}
    owned |= {"unreported": None, "revision": current.revision + 1}
    return Step(
        expected=current.revision,
        head=msgspec.structs.replace(head, **owned),
        records=records + final,
        entries=entries if entries != written else None,
        touched=_keys(chunk),
    )


def _keys(chunk: Sequence[Transition]) -> tuple[str, ...]:
    return tuple(entry_key(moved.control, moved.resource) for moved in chunk)


def _with(written: dict[str, Entry], entries: dict[str, Entry], chunk: Sequence[Transition]) -> dict[str, Entry]:
    """Return the map with the entries that these transitions moved, and no others."""
    after = dict(written)
    for key in _keys(chunk):
        if key in entries:
            after[key] = entries[key]
        else:
            after.pop(key, None)
    return after
