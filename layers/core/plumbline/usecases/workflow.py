"""The workflow of one cluster: who may assess it, what there is to look at, and whether it has come to rest."""

from datetime import datetime, timedelta

import msgspec

from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, TRANSITION_LIMIT
from plumbline.domain.records import PendingChange
from plumbline.domain.subject import Subject
from plumbline.ports import Clock, PostureStore, StabilitySource

# An update that takes long is looked at less often: a workflow keeps a bounded number of events.
_LONGEST_WAIT = 300
_SHARE_OF_ELAPSED = 10


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow may do now.

    Attributes:
        granted: False when somebody else holds the lease: there is nothing to do.
        scopes: what to look at; empty when everything is done.
        since: when this round of work was first claimed; the waiting is bounded from then on.
        stable: whether the cluster may be looked at: everything has settled, or taken longer than is waited for.
        moving: what is still going on, for the log.
        wait_seconds: how long to wait before claiming again when it is not stable.

    """

    granted: bool
    scopes: tuple[str, ...] = ()
    since: datetime
    stable: bool = True
    moving: tuple[str, ...] = ()
    wait_seconds: int = 0


class ClusterWorkflow:
    """Holds a cluster's lease for a workflow execution."""

    def __init__(
        self,
        store: PostureStore,
        stability: StabilitySource,
        clock: Clock,
        *,
        lease_seconds: int,
        poll_seconds: int,
    ) -> None:
        self._store = store
        self._stability = stability
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._poll_seconds = poll_seconds

    def claim(self, subject: Subject, owner: str, since: datetime | None) -> Claim:
        """Renew the lease, take the pending scopes and tell whether what the events started has settled.

        Args:
            subject: the cluster.
            owner: the workflow that holds, or wants, the lease.
            since: of the claim before this one in the same round; None for the first.

        Raises:
            ConflictError, StoreError: the record could not be written: try again.

        """
        now = self._clock.now()
        since = since or now
        work = self._store.claim(subject, owner, now, self._lease_seconds)
        if work is None:
            return Claim(granted=False, since=since)
        moving = self._moving(subject, work.waits, now - since)
        return Claim(
            granted=True,
            scopes=work.scopes,
            since=since,
            stable=not moving,
            moving=moving,
            wait_seconds=self._wait_seconds(now - since),
        )

    def release(self, subject: Subject, owner: str) -> bool:
        """Say that the work is done; True when more arrived meanwhile and the lease is still held."""
        return self._store.release(subject, owner, self._clock.now(), self._lease_seconds)

    def abandon(self, subject: Subject, owner: str) -> None:
        """Give the lease up with the work undone: the next holder gets it."""
        self._store.abandon(subject, owner)

    def _moving(self, subject: Subject, waits: tuple[PendingChange, ...], elapsed: timedelta) -> tuple[str, ...]:
        moving: list[str] = []
        for wait in waits:
            if elapsed >= _limit(wait):
                continue
            found = self._stability.stability(subject, wait.update_id, wait.nodegroup, wait.addon)
            if not found.stable:
                moving += found.moving
        return tuple(moving)

    def _wait_seconds(self, elapsed: timedelta) -> int:
        return max(self._poll_seconds, min(_LONGEST_WAIT, int(elapsed.total_seconds()) // _SHARE_OF_ELAPSED))


def _limit(wait: PendingChange) -> timedelta:
    return NODEGROUP_TRANSITION_LIMIT if wait.nodegroup else TRANSITION_LIMIT
