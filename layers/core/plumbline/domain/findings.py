"""Reconciling: from what was recorded and what was just found to transitions and the new record.

The rules (controls.md 0.1 to 0.3): UNKNOWN never resolves a finding, and FAIL, UNKNOWN, FAIL is one finding.
An assessment says nothing of controls it did not evaluate. A resource in transition keeps its last verdict for a
bounded time. A volatile control needs a new status twice in a row. A resource that is gone resolves with that cause.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plumbline.domain.chain import canonical, fingerprint
from plumbline.domain.control import Control, Flag
from plumbline.domain.records import (
    Cause,
    Entry,
    State,
    Transition,
    TransitionKind,
    entry_key,
    split_entry_key,
)
from plumbline.domain.verdict import Resource, Severity, Status, Verdict
from plumbline.domain.view import ALL

OPEN = frozenset({Status.FAIL, Status.WARN, Status.UNKNOWN})
RESOURCE_DELETED = "resource_deleted"

# How long a resource may be in transition before it is judged all the same (controls.md 0.2).
TRANSITION_LIMIT = timedelta(hours=3)
NODEGROUP_TRANSITION_LIMIT = timedelta(hours=24)

# Bytes of evidence kept of a verdict that is no finding; the map holds one for every control and resource.
LARGEST_KEPT_EVIDENCE = 512

# Names the cause of a transition from the recorded entry (None if new) and the verdict (None if the resource is gone).
Attribute = Callable[[Control, Resource, Entry | None, Verdict | None], tuple[Cause, bool]]


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """The transitions of an assessment and the posture map after it."""

    transitions: tuple[Transition, ...]
    entries: dict[str, Entry]


def reconcile(
    recorded: Mapping[str, Entry],
    verdicts: Iterable[Verdict],
    controls: Mapping[str, Control],
    *,
    now: datetime,
    attribute: Attribute,
    previous_states: Mapping[str, State] | None = None,
    assessment: str = "",
    onboarding: bool = False,
    undecided: frozenset[tuple[str, Resource]] = frozenset(),
) -> Reconciliation:
    """Reconcile verdicts with the record.

    Args:
        recorded: the posture map.
        verdicts: of the controls in `controls`, each on every resource there is.
        controls: the controls evaluated; what others recorded stays as it is.
        now: the time of the assessment.
        attribute: names the cause of a transition.
        previous_states: what is recorded of open findings in full, by entry key, for `before`.
        assessment: the assessment's id.
        onboarding: this is the first assessment of the subject.
        undecided: control and resource of which nothing can be said without evidence that was not looked at; `*`
            stands for all of the kind without a verdict. What is recorded of them stays as it is.

    Returns:
        Transitions ordered by control and resource, and the new map.

    """
    step = _Step(controls, now, attribute, previous_states or {}, assessment, onboarding)
    found = {entry_key(verdict.control, verdict.resource): verdict for verdict in verdicts}
    unreadable = {
        (verdict.control, verdict.resource.kind): verdict for verdict in found.values() if verdict.resource.name == ALL
    }
    entries = dict(recorded)
    for key in sorted(set(found) | {key for key in recorded if split_entry_key(key)[0] in controls}):
        control_id, resource = split_entry_key(key)
        if key not in found and not undecided.isdisjoint(_named(control_id, resource)):
            continue
        verdict = found.get(key) or unreadable.get((control_id, resource.kind))
        entry = step.apply(controls[control_id], resource, recorded.get(key), verdict)
        if entry is None:
            entries.pop(key, None)
        else:
            entries[key] = entry
    return Reconciliation(transitions=tuple(step.transitions), entries=entries)


def _named(control: str, resource: Resource) -> tuple[tuple[str, Resource], ...]:
    """Return by which names `undecided` may mean a resource."""
    return (control, resource), (control, Resource(resource.kind, ALL))


class _Step:
    def __init__(
        self,
        controls: Mapping[str, Control],
        now: datetime,
        attribute: Attribute,
        previous_states: Mapping[str, State],
        assessment: str,
        onboarding: bool,  # noqa: FBT001 - private
    ) -> None:
        self.controls = controls
        self.now = now
        self.attribute = attribute
        self.previous_states = previous_states
        self.assessment = assessment
        self.onboarding = onboarding
        self.transitions: list[Transition] = []

    def apply(self, control: Control, resource: Resource, entry: Entry | None, verdict: Verdict | None) -> Entry | None:
        if verdict is None:
            if entry is not None and entry.status in OPEN:
                self._record(TransitionKind.RESOLVED, control, resource, entry, None)
            return None
        if verdict.during_transition:
            waiting = _waiting(entry, resource, self.now)
            if waiting is not None:
                return waiting
        if entry is not None and _needs_second_reading(control, entry, verdict):
            return msgspec.structs.replace(entry, candidate=verdict.status)
        return self._judged(control, resource, entry, verdict)

    def _judged(self, control: Control, resource: Resource, entry: Entry | None, verdict: Verdict) -> Entry:
        after = self._entry(control, entry, verdict)
        kind = _kind(entry, after)
        if kind is not None:
            self._record(kind, control, resource, entry, verdict)
        return after

    def _entry(self, control: Control, before: Entry | None, verdict: Verdict) -> Entry:
        volatile = Flag.VOLATILE in control.flags
        is_open, was_open = verdict.status in OPEN, before is not None and before.status in OPEN
        unchanged = before is not None and before.status is verdict.status
        openings = before.openings if before else 0
        held, lasting_since = None, verdict.lasting_since
        if verdict.status is Status.UNKNOWN and before is not None:
            held = before.held if before.status is Status.UNKNOWN else before.status
            lasting_since = before.lasting_since
        return Entry(
            status=verdict.status,
            severity=verdict.severity or control.severity,
            reasons=verdict.reasons,
            fingerprint="" if volatile else fingerprint(verdict.observed),
            yardstick="" if volatile else fingerprint(verdict.expected),
            since=before.since if before is not None and unchanged else self.now,
            opened_at=(before.opened_at if before is not None and was_open else self.now) if is_open else None,
            openings=openings + (1 if is_open and not was_open else 0),
            held=held,
            observed={} if is_open or volatile else _small(verdict.observed),
            lasting_since=lasting_since,
        )

    def _record(
        self,
        kind: TransitionKind,
        control: Control,
        resource: Resource,
        entry: Entry | None,
        verdict: Verdict | None,
    ) -> None:
        cause, drift = self.attribute(control, resource, entry, verdict)
        self.transitions.append(
            Transition(
                kind=kind,
                at=self.now,
                control=control.id,
                resource=resource,
                after=state_of(control, verdict),
                before=self._before(control, resource, entry),
                before_since=entry.since if entry else None,
                opened_at=entry.opened_at if entry else None,
                held=entry.held if entry else None,
                cause=cause,
                drift=drift,
                assessment=self.assessment,
                onboarding=self.onboarding,
            )
        )

    def _before(self, control: Control, resource: Resource, entry: Entry | None) -> State | None:
        if entry is None or entry.status is None:
            return None
        known = self.previous_states.get(entry_key(control.id, resource))
        return known or State(
            status=entry.status, severity=entry.severity, reasons=entry.reasons, observed=entry.observed
        )


def state_of(control: Control, verdict: Verdict | None) -> State:
    """Return what is kept of a verdict; None stands for a resource that is gone."""
    if verdict is None:
        return State(
            status=Status.PASS,
            severity=Severity.INFO,
            reasons=(RESOURCE_DELETED,),
            message="the resource no longer exists",
        )
    return State(
        status=verdict.status,
        severity=verdict.severity or control.severity,
        reasons=verdict.reasons,
        message=verdict.message,
        observed=verdict.observed,
        expected=verdict.expected,
    )


def _small(observed: dict[str, Any]) -> dict[str, Any]:
    return observed if len(canonical(observed)) <= LARGEST_KEPT_EVIDENCE else {}


def _waiting(entry: Entry | None, resource: Resource, now: datetime) -> Entry | None:
    """Return the entry that keeps the last verdict, or None when the resource has been in transition too long."""
    limit = NODEGROUP_TRANSITION_LIMIT if resource.kind == "nodegroup" else TRANSITION_LIMIT
    kept = entry or Entry()
    since = kept.pending_since or now
    return None if now - since >= limit else msgspec.structs.replace(kept, pending_since=since)


def _needs_second_reading(control: Control, entry: Entry, verdict: Verdict) -> bool:
    if Flag.VOLATILE not in control.flags or entry.status is None or verdict.status is entry.status:
        return False
    return verdict.status is not entry.candidate


def _kind(before: Entry | None, after: Entry) -> TransitionKind | None:
    is_open = after.status in OPEN
    was_open = before is not None and before.status in OPEN
    if is_open and not was_open:
        return TransitionKind.REOPENED if after.openings > 1 else TransitionKind.OPENED
    if was_open and not is_open:
        return TransitionKind.RESOLVED
    if is_open and before is not None and _differs(before, after):
        return TransitionKind.CHANGED
    return None


def _differs(before: Entry, after: Entry) -> bool:
    return (before.status, before.severity, before.reasons, before.fingerprint) != (
        after.status,
        after.severity,
        after.reasons,
        after.fingerprint,
    )
