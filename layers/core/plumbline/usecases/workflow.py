"""The workflow of one cluster: who may assess it, what there is to look at, and whether it has come to rest."""

from datetime import datetime, timedelta

import msgspec

from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, TRANSITION_LIMIT
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.records import PendingChange
from plumbline.domain.scopes import Scope, sections_of
from plumbline.domain.subject import Subject
from plumbline.domain.updates import EndedUpdate
from plumbline.domain.verdict import Resource
from plumbline.ports import Clock, PostureStore, Stability, StabilitySource

# An update that takes long is looked at less often: a workflow keeps a bounded number of events.
_LONGEST_WAIT = 300
_SHARE_OF_ELAPSED = 10
# A cluster in which something changes all the time is looked at all the same, this often.
LONGEST_QUIET = timedelta(minutes=5)
_INSIDE = frozenset({str(Scope.KUBERNETES)})


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow may do now.

    Attributes:
        granted: False when somebody else holds the lease: there is nothing to do.
        scopes: what to look at; empty when everything is done.
        since: when this round of work was first claimed; the waiting is bounded from then on.
        stable: whether the cluster may be looked at: everything has settled, or taken longer than is waited for.
        moving: what is still going on, for the log.
        wait_seconds: how long to wait before claiming again when it is not stable.
        ended: how the updates that were waited for ended, told with every claim until the work is released.
        kubernetes: the scopes also look inside the cluster, by its Kubernetes API.

    """

    granted: bool
    scopes: tuple[str, ...] = ()
    since: datetime
    stable: bool = True
    moving: tuple[str, ...] = ()
    wait_seconds: int = 0
    ended: tuple[EndedUpdate, ...] = ()
    kubernetes: bool = False


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
        found = self._asked(subject, work.waits, now, now - since)
        if frozenset(work.scopes) <= _INSIDE:
            found += _expected(work.waits, now, since)
        moving = tuple(what for _, stability in found for what in stability.moving)
        return Claim(
            granted=True,
            scopes=work.scopes,
            kubernetes=bool(subject.cluster) and not sections_of(work.scopes).isdisjoint(KUBERNETES_SECTIONS),
            since=since,
            stable=not moving,
            moving=moving,
            wait_seconds=self._wait_seconds(now - since),
            ended=tuple(end for wait, stability in found if (end := _ended(subject, wait, stability)) is not None),
        )

    def release(self, subject: Subject, owner: str) -> bool:
        """Say that the work is done; True when more arrived meanwhile and the lease is still held."""
        return self._store.release(subject, owner, self._clock.now(), self._lease_seconds)

    def abandon(self, subject: Subject, owner: str) -> None:
        """Give the lease up with the work undone: the next holder gets it."""
        self._store.abandon(subject, owner)

    def _asked(
        self, subject: Subject, waits: tuple[PendingChange, ...], now: datetime, elapsed: timedelta
    ) -> list[tuple[PendingChange, Stability]]:
        """Ask how each of the waits stands that is still waited for."""
        found: list[tuple[PendingChange, Stability]] = []
        for wait in waits:
            if elapsed >= _limit(wait) or wait.quiet_until is not None:
                continue
            if wait.not_before is None:
                found.append((wait, self._stability.stability(subject, wait)))
            elif now < wait.not_before:
                found.append((wait, Stability(stable=False, moving=(f"nothing is said before {wait.not_before}",))))
        return found

    def _wait_seconds(self, elapsed: timedelta) -> int:
        return max(self._poll_seconds, min(_LONGEST_WAIT, int(elapsed.total_seconds()) // _SHARE_OF_ELAPSED))


def _expected(
    waits: tuple[PendingChange, ...], now: datetime, since: datetime
) -> list[tuple[PendingChange, Stability]]:
    """Return the waits for more changes of the same kind that are not over yet."""
    return [
        (wait, Stability(stable=False, moving=(f"more is expected until {until}",)))
        for wait in waits
        if wait.quiet_until is not None and now < (until := min(wait.quiet_until, since + LONGEST_QUIET))
    ]


def _limit(wait: PendingChange) -> timedelta:
    return NODEGROUP_TRANSITION_LIMIT if wait.nodegroup else TRANSITION_LIMIT


def _ended(subject: Subject, wait: PendingChange, found: Stability) -> EndedUpdate | None:
    """Return the update that has ended, or the part that is gone; None for anything else."""
    kind, name = _part(wait) or ("cluster", subject.cluster)
    gone = found.gone and kind != "cluster"
    if not gone and not (found.stable and wait.update_id and found.status):
        return None
    return EndedUpdate(
        id=wait.update_id,
        resource=Resource(kind, name),
        type=found.type,
        problem=found.failed,
        reasons=found.failure,
        gone=gone,
    )


def _part(wait: PendingChange) -> tuple[str, str] | None:
    parts = {
        "nodegroup": wait.nodegroup,
        "addon": wait.addon,
        "fargate-profile": wait.fargate_profile,
        "capability": wait.capability,
    }
    return next(((kind, name) for kind, name in parts.items() if name), None)
