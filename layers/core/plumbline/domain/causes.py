"""Causes: to what a transition is attributed.

The observed evidence is unchanged when only a yardstick moved: then the catalogue, a parameter or the clock is the
cause and it is no drift (controls.md 0.3). Otherwise the narrowest recorded changes that cover the control are: those
of the very resource, else those of what the resource is made of, else those that name nothing of the kind. Without
one, the sweep saw it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control, Flag
from plumbline.domain.findings import Attribute
from plumbline.domain.records import Cause, CauseKind, Change, Entry
from plumbline.domain.scopes import DAILY_SECTIONS, sections_of
from plumbline.domain.verdict import Resource, Status, Verdict

_NOT_DRIFT = frozenset({CauseKind.CLOCK, CauseKind.CATALOGUE, CauseKind.PARAMETER})


# CloudTrail tells the time of a call in whole seconds.
_CLOCK_GRAIN = timedelta(seconds=2)
# Resource -> what it is made of: a node group of its launch template, a VPC of its default security group.
Parts = Callable[[Resource], frozenset[Resource]]
# A resource found in transition began it before it was found so: at the latest one sweep earlier.
_TRANSITION_SLACK = timedelta(hours=1)


def attribution(
    changes: Sequence[Change],
    *,
    section_times: Mapping[str, datetime],
    parameters_changed: bool,
    catalogue_changed: bool,
    parts: Parts = lambda _: frozenset(),
) -> Attribute:
    """Return the function that names the cause of each transition of one assessment.

    Args:
        changes: recorded for the subject, oldest first; those made before the recorded verdict's evidence was read
            are left out for each control.
        section_times: when the evidence of the recorded verdicts was read.
        parameters_changed: the configuration differs from the one of the recorded verdicts.
        catalogue_changed: the catalogue of controls does.
        parts: what a resource is made of, as far as that is known.

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
        fitting = narrowest(later, control, resource, parts(resource))
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
    if Flag.DATE_DRIVEN in control.flags or verdict.patience is not None:
        return CauseKind.CLOCK
    return CauseKind.CATALOGUE if fingerprint(verdict.expected) != entry.yardstick else None


def _is_later(change: Change, control: Control, entry: Entry | None, section_times: Mapping[str, datetime]) -> bool:
    """Whether the call was made after the evidence that it touches was last read for this control."""
    touched = control.sections & _touched(change)
    read_at = max((section_times[name] for name in touched if name in section_times), default=None)
    if read_at is None:
        return True
    if entry is not None and entry.pending_since is not None:
        read_at = min(read_at, entry.pending_since - _TRANSITION_SLACK)
    return change.at >= read_at - _CLOCK_GRAIN


def narrowest(
    changes: Sequence[Change], control: Control, resource: Resource, parts: frozenset[Resource] = frozenset()
) -> tuple[Change, ...]:
    """Return the changes that explain a verdict of a control best; all of those that explain it equally well.

    Args:
        changes: what was recorded.
        control: judged the resource.
        resource: what was judged.
        parts: what it is made of, as far as that is known.

    """
    covering = [change for change in changes if _covers(change, control)]
    for wanted in ({resource}, parts):
        naming = tuple(change for change in covering if any(_is_same(change.resource, one) for one in wanted))
        if naming:
            return naming
    # Of the kinds known here, others were named: they belong to something else.
    told_apart = {resource.kind, *(part.kind for part in parts)}
    return tuple(change for change in covering if change.resource.kind not in told_apart)


def _covers(change: Change, control: Control) -> bool:
    """Whether a call can have moved what the control reads. What looks at nothing is context, and moved nothing."""
    if change.areas and control.area not in change.areas:
        return False
    return bool(control.sections & _touched(change))


def _touched(change: Change) -> frozenset[str]:
    """Return the evidence that a call can have moved: what it changes itself, else all that is looked at again."""
    return frozenset(change.sections) if change.sections else sections_of(change.scopes)


def _is_same(named: Resource, judged: Resource) -> bool:
    """Whether an event names what was judged: IAM's events give the name of what controls know by its ARN."""
    if named.kind != judged.kind or not named.name:
        return False
    short, whole = sorted((named.name, judged.name), key=len)
    return short == whole or (whole.startswith("arn:") and whole.endswith((f"/{short}", f":{short}")))


def oldest_reading(section_times: Mapping[str, datetime]) -> datetime | None:
    """Return since when changes may explain something: the oldest reading of evidence that every sweep renews."""
    return min((at for name, at in section_times.items() if name not in DAILY_SECTIONS), default=None)
