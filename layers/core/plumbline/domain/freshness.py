"""Freshness: evidence that is too old to speak for today counts as not collected."""

from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.related import NAMED
from plumbline.domain.scopes import max_age
from plumbline.domain.snapshot import CLUSTER_SECTIONS, SECTIONS, Snapshot, pieces
from plumbline.domain.verdict import Reason

PARTS = ("cluster", "region", "account", "kubernetes")


def without_stale(snapshot: Snapshot, now: datetime) -> Snapshot:
    """Return the snapshot with every section older than its allowed age replaced by the reason it is missing."""
    return msgspec.structs.replace(snapshot, **{part: _fresh_part(getattr(snapshot, part), now) for part in PARTS})


def _fresh_part(part: Any, now: datetime) -> Any:
    replaced = {}
    for name in part.__struct_fields__:
        before = getattr(part, name)
        after = _fresh(name, before, now)
        if after is not before:
            replaced[name] = after
    return msgspec.structs.replace(part, **replaced) if replaced else part


def _fresh(name: str, value: Any, now: datetime) -> Any:
    if not any(_is_stale(name, piece, now) for piece in pieces(value)):
        return value
    if isinstance(value, Listed):
        items = {key: _piece(name, item, now) for key, item in value.items.items()}
        return Listed(names=_piece(name, value.names, now), items=items)
    if isinstance(value, dict):
        return {key: _piece(name, item, now) for key, item in value.items()}
    return _piece(name, value, now)


def _is_stale(name: str, piece: Any, now: datetime) -> bool:
    return isinstance(piece, Collected) and now - piece.at > max_age(name)


def _piece(name: str, piece: Any, now: datetime) -> Any:
    if not _is_stale(name, piece, now):
        return piece
    hours = int((now - piece.at).total_seconds() // 3600)
    return NotCollected(Reason.NOT_COLLECTED, f"the evidence is {hours} hours old", piece.at)


def section_times(snapshot: Snapshot) -> dict[str, datetime]:
    """Return when each section was last read or refused, by its oldest piece; sections never asked for are absent."""
    times = {}
    for name in SECTIONS:
        known = [at for at in snapshot.times(name) if at is not None]
        if known:
            times[name] = min(known)
    return times


def missing_sections(snapshot: Snapshot, names: frozenset[str]) -> dict[str, str]:
    """Return section -> reason for each of the named sections of which a piece is missing."""
    found = {}
    for name in sorted(names):
        for piece in pieces(getattr(snapshot.part_of(name), name)):
            if isinstance(piece, NotCollected):
                found[name] = str(piece.reason)
                break
    return found


def unread_sections(snapshot: Snapshot, now: datetime) -> frozenset[str]:
    """Return the sections that nobody read for this subject, or so long ago that they speak for today no more.

    A refusal is a reading: what AWS denied was looked at. So is a listing of which one item is missing. What clusters
    share has no cluster's sections to read: its inventory stands for them.
    """
    names = SECTIONS if snapshot.subject.cluster else frozenset(SECTIONS) - frozenset(CLUSTER_SECTIONS)
    return frozenset(name for name in names if _is_unread(name, getattr(snapshot.part_of(name), name), snapshot, now))


def _is_unread(name: str, value: Any, snapshot: Snapshot, now: datetime) -> bool:
    if isinstance(value, Listed):
        return _was_not_read(name, value.names, now)
    if not isinstance(value, dict):
        return _was_not_read(name, value, now)
    # What is read thing by thing counts as read when one of the things named was, or none is named.
    named = NAMED[name]({snapshot.subject.cluster: snapshot.cluster}, snapshot.region) if name in NAMED else value
    return bool(named) and all(thing not in value or _was_not_read(name, value[thing], now) for thing in named)


def _was_not_read(name: str, piece: Any, now: datetime) -> bool:
    return piece.at is None or now - piece.at > max_age(name)
