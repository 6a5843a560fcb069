"""Leases: who may assess a cluster, and what waits to be assessed. Pure moves of the head; a store makes them atomic.

Scopes move from `pending` to `claimed` to done. They are never in neither before the work is done: a holder that
crashes leaves its scopes claimed, and whoever takes the lease after it has expired gets them too.
"""

from datetime import datetime, timedelta

import msgspec

from plumbline.domain.recording import appended
from plumbline.domain.records import Change, Head, Lease, PendingChange, Record


def admitted(
    head: Head, change: Change, wait: PendingChange | None, owner: str, now: datetime, lease_seconds: int
) -> tuple[Head, Record]:
    """Return the head after a change: recorded, its scopes pending, and leased to `owner` if nobody holds it."""
    moved, (record,) = appended(head, now, [change])
    waiting = _moved(
        moved,
        pending=head.pending | frozenset(change.scopes),
        waits=_joined(head.waits, (wait,)) if change.scopes and wait is not None else head.waits,
    )
    return _leased_if_free(waiting, owner, now, lease_seconds), record


def resumed(head: Head, owner: str, now: datetime, lease_seconds: int) -> Head:
    """Return the head after a change came again: the same, or leased when its scopes wait and nobody holds it."""
    if _is_held(head, now) or not (head.pending or head.claimed):
        return head
    return _leased_if_free(_moved(head), owner, now, lease_seconds)


def starter(head: Head, now: datetime) -> str:
    """Return the owner whose execution must be running: that of a live lease while scopes are pending."""
    return head.lease.owner if head.lease is not None and head.lease.live(now) and head.pending else ""


def claimed(head: Head, owner: str, now: datetime, lease_seconds: int) -> Head | None:
    """Return the head with every pending scope claimed by `owner`; None when somebody else holds the lease."""
    if _is_held(head, now) and not _holds(head, owner):
        return None
    return _moved(
        head,
        lease=_lease(owner, now, lease_seconds),
        pending=frozenset(),
        waits=(),
        claimed=head.claimed | head.pending,
        claimed_waits=_joined(head.claimed_waits, head.waits),
    )


def released(head: Head, owner: str, now: datetime, lease_seconds: int) -> Head | None:
    """Return the head with the claimed work done: still leased if more is pending; None when not the holder's."""
    if not _holds(head, owner):
        return None
    lease = _lease(owner, now, lease_seconds) if head.pending else None
    return _moved(head, lease=lease, claimed=frozenset(), claimed_waits=())


def abandoned(head: Head, owner: str) -> Head | None:
    """Return the head without the lease, what was claimed still claimed; None when not the holder's."""
    return _moved(head, lease=None) if _holds(head, owner) else None


def _is_held(head: Head, now: datetime) -> bool:
    return head.lease is not None and head.lease.live(now)


def _holds(head: Head, owner: str) -> bool:
    return head.lease is not None and head.lease.owner == owner


def _leased_if_free(head: Head, owner: str, now: datetime, lease_seconds: int) -> Head:
    if _is_held(head, now) or not head.pending | head.claimed:
        return head
    return msgspec.structs.replace(head, lease=_lease(owner, now, lease_seconds))


def _lease(owner: str, now: datetime, lease_seconds: int) -> Lease:
    return Lease(owner=owner, expires_at=now + timedelta(seconds=lease_seconds))


def _moved(head: Head, **changes: object) -> Head:
    return msgspec.structs.replace(head, revision=head.revision + 1, **changes)


def _joined(first: tuple[PendingChange, ...], second: tuple[PendingChange, ...]) -> tuple[PendingChange, ...]:
    return tuple(dict.fromkeys(first + second))
