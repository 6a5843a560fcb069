"""Routing: an event becomes a recorded change, scopes to look at again and, if nobody is at it, a workflow."""

import hashlib
from collections.abc import Callable

import msgspec

from plumbline.domain.subject import Subject
from plumbline.events import Ignored, read_event
from plumbline.ports import Clock, PostureStore

# Starts the workflow of a subject for a lease owner; starting the same owner twice is one workflow.
StartWorkflow = Callable[[Subject, str], None]


class Disposition(msgspec.Struct, frozen=True):
    """What became of an event, for the log."""

    action: str
    detail: str = ""


class Router:
    """Routes CloudTrail events."""

    def __init__(
        self,
        store: PostureStore,
        start: StartWorkflow,
        clock: Clock,
        lease_seconds: int,
        watched: Callable[[Subject], bool],
    ) -> None:
        self._store = store
        self._start = start
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._watched = watched

    def route(self, text: str) -> Disposition:
        """Route one event.

        Args:
            text: the EventBridge event as JSON.

        Returns:
            `ignored`, `duplicate`, `coalesced` (an assessment in progress takes it along) or `started`.

        Raises:
            EventError: the event is malformed: trying again will not help.
            ConflictError, StoreError: the record could not be written: try again.

        """
        routed = read_event(text)
        if isinstance(routed, Ignored):
            return Disposition("ignored", routed.reason)
        subject, change = routed.subject, routed.change
        if not self._watched(subject):
            return Disposition("ignored", f"{subject.key} is outside the configured scope")
        owner = workflow_name(subject, change.event_id)
        admission = self._store.admit(subject, change, routed.wait, owner, self._clock.now(), self._lease_seconds)
        if admission.owner:
            # Also for a duplicate: the first delivery may have died between the record and the start.
            self._start(subject, admission.owner)
        if admission.duplicate:
            return Disposition("duplicate", change.event_id)
        return Disposition("started" if admission.owner else "coalesced", f"{change.name} on {subject.key}")


def workflow_name(subject: Subject, event_id: str) -> str:
    """Return a name for the workflow that an event starts: valid for Step Functions, the same for the same event."""
    digest = hashlib.sha256(f"{subject.key} {event_id}".encode()).hexdigest()[:24]
    return f"{subject.cluster[:48]}-{digest}"
