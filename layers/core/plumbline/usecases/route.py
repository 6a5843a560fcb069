"""Routing: an event becomes a recorded change, scopes to look at again and, if nobody is at it, a workflow.

One event may concern many subjects: every cluster behind a security group, clusters of several regions by a role, an
account, a region. Each of them gets the change recorded, once.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from plumbline.domain.errors import EventError
from plumbline.domain.partitions import subject_in
from plumbline.domain.subject import Subject
from plumbline.events import Ignored, Routed, read_delivery, read_event, read_line
from plumbline.ports import Clock, PostureStore, Target

# Starts the workflow of a subject for a lease owner; starting the same owner twice is one workflow.
StartWorkflow = Callable[[Subject, str], None]

IGNORED, DUPLICATE, RECORDED, COALESCED, STARTED = "ignored", "duplicate", "recorded", "coalesced", "started"
# What became of an event is what became of it where it did most.
_MOST_FIRST = (STARTED, COALESCED, RECORDED, DUPLICATE)


class Disposition(msgspec.Struct, frozen=True):
    """What became of an event, for the log; `notice` is what operators must know besides."""

    action: str
    detail: str = ""
    notice: str = ""


class Router:
    """Routes events."""

    def __init__(
        self,
        store: PostureStore,
        start: StartWorkflow,
        clock: Clock,
        lease_seconds: int,
        watched: Callable[[Subject], bool],
        regions: Sequence[str] = (),
    ) -> None:
        """Take what it works with.

        Args:
            store: keeps changes, leases and the reverse index.
            start: starts workflows.
            clock: tells the time.
            lease_seconds: how long a lease lasts.
            watched: whether a subject is within the configured scope.
            regions: the regions of that scope.

        """
        self._store = store
        self._start = start
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._watched = watched
        self._regions = regions

    def route(self, text: str) -> Disposition:
        """Route one event.

        Args:
            text: the EventBridge event as JSON.

        Returns:
            `ignored`, `duplicate`, `recorded` (nothing needs a look), `coalesced` (an assessment in progress takes it
            along) or `started`.

        Raises:
            EventError: the event is malformed: trying again will not help.
            ConflictError, StoreError: a record could not be written: try again. What was written stands, and is not
                written twice.

        """
        return self._follow(read_event(text))

    def route_log(self, content: bytes, region: str, refuse: Callable[[str], None]) -> Counter[str]:
        """Route what a subscription delivers of a control plane's audit log; return how many lines became what.

        Args:
            content: as CloudWatch Logs sends it.
            region: of the log, where the delivery does not tell it.
            refuse: is told why a line cannot be understood; the others are routed all the same.

        Raises:
            EventError: the delivery is malformed: trying again will not help.
            ConflictError, StoreError: as `route`.

        """
        delivered = read_delivery(content, region)
        if isinstance(delivered, Ignored):
            return Counter({IGNORED: 1})
        cluster, delivery = delivered
        found: Counter[str] = Counter()
        for line in delivery.log_events:
            try:
                routed = read_line(line.message, cluster)
            except EventError as error:
                refuse(error.reason)
                continue
            found[self._follow(routed).action] += 1
        return found

    def _follow(self, routed: Routed | Ignored) -> Disposition:
        if isinstance(routed, Ignored):
            return Disposition(IGNORED, routed.reason)
        concerned = self._concerned(routed)
        subjects = [subject for subject in concerned if self._watched(subject)]
        if not subjects:
            return Disposition(IGNORED, _nobody(routed, concerned), routed.notice)
        actions = Counter(self._admit(subject, routed) for subject in subjects)
        action = next(action for action in _MOST_FIRST if action in actions)
        return Disposition(action, _told(routed, subjects), routed.notice)

    def _concerned(self, routed: Routed) -> list[Subject]:
        found = {*routed.subjects, *self._everywhere(routed.regions_of), *self._known(routed)}
        if routed.resources:
            found.update(self._store.dependents(routed.resources))
        if routed.made_by and found:
            found.difference_update(self._store.dependents(routed.made_by))
        return sorted(found)

    def _everywhere(self, accounts: Iterable[str]) -> Iterator[Subject]:
        return (subject_in(account, region) for account in accounts for region in self._regions)

    def _known(self, routed: Routed) -> Iterator[Subject]:
        """Yield the clusters recorded in the regions told of, and those of the candidates that are recorded."""
        for region in routed.clusters_of:
            yield from self._store.known_clusters(Target(region.account, region.region))
        for account, region_name in sorted({(one.account, one.region) for one in routed.candidates}):
            known = self._store.known_clusters(Target(account, region_name))
            yield from set(known) & set(routed.candidates)

    def _admit(self, subject: Subject, routed: Routed) -> str:
        change = routed.change
        owner = workflow_name(subject, change.event_id)
        admission = self._store.admit(subject, change, routed.wait, owner, self._clock.now(), self._lease_seconds)
        if admission.owner:
            # Also for a duplicate: the first delivery may have died between the record and the start.
            self._start(subject, admission.owner)
        if admission.duplicate:
            return DUPLICATE
        if not change.scopes:
            return RECORDED
        return STARTED if admission.owner else COALESCED


def _nobody(routed: Routed, concerned: Sequence[Subject]) -> str:
    if concerned:
        return f"{', '.join(subject.key for subject in concerned)} is outside the configured scope"
    named = routed.change.resource
    about = f"{named.kind} {named.name}" if named.name else "what it names"
    return f"{routed.change.name}: nothing that is watched depends on {about}"


def _told(routed: Routed, subjects: Sequence[Subject]) -> str:
    more = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
    return f"{routed.change.name} on {subjects[0].key}{more}"


def workflow_name(subject: Subject, event_id: str) -> str:
    """Return a name for the workflow that an event starts: valid for Step Functions, the same for the same event."""
    digest = hashlib.sha256(f"{subject.key} {event_id}".encode()).hexdigest()[:24]
    return f"{(subject.cluster or subject.region or subject.account)[:48]}-{digest}"
