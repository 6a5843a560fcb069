"""Causes: to what a transition is attributed.

The observed evidence is unchanged when only a yardstick moved: then the catalogue, a parameter or the clock is the
cause and it is no drift (controls.md 0.3). Otherwise the narrowest recorded changes that cover the control are; and
without one, the sweep saw it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control, Flag
from plumbline.domain.findings import Attribute
from plumbline.domain.records import Cause, CauseKind, Change, Entry
from plumbline.domain.scopes import DAILY_SECTIONS, sections_of
from plumbline.domain.verdict import NO_RESOURCE, Resource, Status, Verdict

_NOT_DRIFT = frozenset({CauseKind.CLOCK, CauseKind.CATALOGUE, CauseKind.PARAMETER})


# CloudTrail tells the time of a call in whole seconds.
_CLOCK_GRAIN = timedelta(seconds=2)
# A resource found in transition began it before it was found so: at the latest one sweep earlier.
_TRANSITION_SLACK = timedelta(hours=1)


def attribution(
    changes: Sequence[Change],
    *,
    section_times: Mapping[str, datetime],
    parameters_changed: bool,
    catalogue_changed: bool,
) -> Attribute:
    """Return the function that names the cause of each transition of one assessment.

    Args:
        changes: recorded for the subject, oldest first; those made before the recorded verdict's evidence was read
            are left out for each control.
        section_times: when the evidence of the recorded verdicts was read.
        parameters_changed: the configuration differs from the one of the recorded verdicts.
        catalogue_changed: the catalogue of controls does.

    """

    def attribute(
        control: Control, resource: Resource, entry: Entry | None, verdict: Verdict | None
    ) -> tuple[Cause, bool]:
        kind = _without_change(
            control,
            entry,
            verdict,
            parameters_changed=parameters_changed,
            catalogue_changed=catalogue_changed,
        )
        if kind is not None:
            return Cause(kind=kind), kind not in _NOT_DRIFT
        later = [change for change in changes if _is_later(change, control, entry, section_times)]
        fitting = narrowest(later, control, resource)
        if fitting:
            return Cause(kind=CauseKind.CHANGE, changes=fitting), True
        return Cause(kind=CauseKind.SWEEP), True

    return attribute


def _without_change(
    control: Control,
    entry: Entry | None,
    verdict: Verdict | None,
    *,
    parameters_changed: bool,
    catalogue_changed: bool,
) -> CauseKind | None:
    """Return the cause when the cluster's own evidence did not move, or None when it did."""
    if entry is None or entry.status is None or verdict is None or Flag.VOLATILE in control.flags:
        return None
    if Status.UNKNOWN in (entry.status, verdict.status) or fingerprint(verdict.observed) != entry.fingerprint:
        return None
    if parameters_changed:
        return CauseKind.PARAMETER
    if catalogue_changed:
        return CauseKind.CATALOGUE
    if Flag.DATE_DRIVEN in control.flags:
        return CauseKind.CLOCK
    return CauseKind.CATALOGUE if fingerprint(verdict.expected) != entry.yardstick else None


def _is_later(change: Change, control: Control, entry: Entry | None, section_times: Mapping[str, datetime]) -> bool:
    """Whether the call was made after the evidence that it touches was last read for this control."""
    touched = control.sections & sections_of(change.scopes)
    read_at = max((section_times[name] for name in touched if name in section_times), default=None)
    if read_at is None:
        return True
    if entry is not None and entry.pending_since is not None:
        read_at = min(read_at, entry.pending_since - _TRANSITION_SLACK)
    return change.at >= read_at - _CLOCK_GRAIN


def narrowest(changes: Sequence[Change], control: Control, resource: Resource) -> tuple[Change, ...]:
    """Return the changes that cover the control and name the resource; else those that cover it and name none."""
    covering = [change for change in changes if not change.areas or control.area in change.areas]
    naming = tuple(change for change in covering if change.resource == resource)
    if naming:
        return naming
    return tuple(
        change for change in covering if change.resource == NO_RESOURCE or change.resource.kind != resource.kind
    )


def oldest_reading(section_times: Mapping[str, datetime]) -> datetime | None:
    """Return since when changes may explain something: the oldest reading of evidence that every sweep renews."""
    return min((at for name, at in section_times.items() if name not in DAILY_SECTIONS), default=None)
