"""Wording: what an alert says, in plain sentences for somebody who was just woken up."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.records import Assessment, Cause, CauseKind, Change, Head, Transition, TransitionKind
from plumbline.domain.remediation import remediation_for
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Severity, Status

_ORDER = (*(str(severity) for severity in Severity), str(Status.WARN), str(Status.UNKNOWN))
_MOST_LISTED = 20
_LONGEST_SUBJECT = 100
_LONGEST_VALUE = 200


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a message needs besides the transitions."""

    head: Head
    assessment: Assessment
    controls: Mapping[str, Control]
    link: str = ""


def onboarding_summary(moved: Sequence[Transition], context: Context) -> list[str]:
    """Say what the first assessment of a subject found: counts, then the worst violations."""
    counts: dict[str, int] = {}
    for one in moved:
        label = one.after.severity if one.after.status is Status.FAIL else one.after.status
        counts[label] = counts.get(label, 0) + 1
    failing = sorted(
        (one for one in moved if one.after.status is Status.FAIL),
        key=lambda one: (one.after.severity.rank, one.control, one.resource),
    )
    listed = ", ".join(f"{counts[label]} {label}" for label in _ORDER if label in counts)
    name = context.head.subject.name
    lines = [f"{name} is now watched. First assessment: {listed or 'nothing to report'}.", ""]
    lines += [
        f"- {one.after.severity}: {one.after.message} ({one.control}, {one.resource.name})"
        for one in failing[:_MOST_LISTED]
    ]
    if len(failing) > _MOST_LISTED:
        lines.append(f"- and {len(failing) - _MOST_LISTED} more")
    return [*lines, "", *footer(context)]


def headline(moved: Sequence[Transition], subject: Subject) -> str:
    """Say in one line what happened and who did it."""
    first = moved[0]
    more = f" (and {len(moved) - 1} more)" if len(moved) > 1 else ""
    return f"{subject.name}: {_what(first)}{more}, {who(first.cause)}{_lasted(first)}."


def _what(moved: Transition) -> str:
    if moved.kind is TransitionKind.RESOLVED:
        return f"resolved: {moved.after.message or moved.control}"
    return f"{moved.after.message or moved.control}"


def who(cause: Cause) -> str:
    """Name the cause of a transition for people."""
    if cause.kind is CauseKind.CHANGE:
        return " and ".join(_made_by(change) for change in cause.changes)
    return {
        CauseKind.SWEEP: "seen by sweep: no recorded change explains it",
        CauseKind.CLOCK: "by the calendar alone",
        CauseKind.CATALOGUE: "because AWS published something newer or the controls changed",
        CauseKind.PARAMETER: "because the configuration changed",
        CauseKind.CHANGE: "",
    }[cause.kind]


def _made_by(change: Change) -> str:
    actor = change.actor
    source = f" from {actor.source_ip}" if actor.source_ip else ""
    return f"by {actor.arn or 'an unknown actor'}{source} at {change.at:%Y-%m-%d %H:%M:%S} UTC ({change.name})"


def _lasted(moved: Transition) -> str:
    if moved.before is None or moved.before_since is None:
        return ""
    duration = _duration(moved.at, moved.before_since)
    if moved.kind is TransitionKind.RESOLVED:
        return f"; was {moved.before.status} for {duration}"
    if moved.before.status in (Status.PASS, Status.NOT_APPLICABLE):
        return f"; was compliant for {duration}"
    return f"; was {moved.before.status} for {duration}"


def _duration(end: datetime, start: datetime) -> str:
    seconds = max(0, int((end - start).total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a second"


def paragraph(moved: Transition, context: Context) -> list[str]:
    """Describe one transition: what is judged, now and before, the evidence, the cause, the fix."""
    control = context.controls.get(moved.control)
    title = control.title if control else moved.control
    label = "RESOLVED" if moved.kind is TransitionKind.RESOLVED else f"{moved.after.status} {moved.after.severity}"
    lines = [
        f"{label}  {title}",
        f"  control   {moved.control}",
        f"  resource  {moved.resource.kind} {moved.resource.name}",
        f"  now       {moved.after.message or moved.after.status}",
    ]
    if moved.before and moved.before.message and moved.before.message != moved.after.message:
        lines.append(f"  before    {moved.before.message}")
    lines += _evidence(moved)
    lines.append(f"  cause     {who(moved.cause)}")
    if control and moved.kind is not TransitionKind.RESOLVED and moved.after.status is not Status.UNKNOWN:
        lines.append(f"  fix       {remediation_for(control, context.head.subject, moved.resource)}")
    return [*lines, ""]


def _evidence(moved: Transition) -> list[str]:
    after = moved.after.observed
    before = moved.before.observed if moved.before else {}
    lines = []
    for name in sorted(set(after) | set(before)):
        now = _short(after[name]) if name in after else "(not read)"
        if name in before and before[name] != after.get(name):
            lines.append(f"  evidence  {name}: {_difference(before[name], after[name]) if name in after else now}")
        elif name in after:
            lines.append(f"  evidence  {name}: {now}")
    return lines


def _difference(before: object, after: object) -> str:
    """Say what a list lost and gained; of anything else, what it was and is."""
    if not (isinstance(before, list) and isinstance(after, list)):
        return f"{_short(before)} -> {_short(after)}"
    lost = [item for item in before if item not in after]
    gained = [item for item in after if item not in before]
    moves = [f"{word} {_listed(items)}" for word, items in (("lost", lost), ("gained", gained)) if items]
    return f"{', '.join(moves) or 'reordered'} (now {_listed(after) or 'none'})"


def _listed(items: Sequence[object]) -> str:
    return ", ".join(item if isinstance(item, str) else _short(item) for item in items)


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def footer(context: Context) -> list[str]:
    """Say where and when."""
    subject = context.head.subject
    environment = str(context.head.facts.get("environment") or "unknown")
    what, where = {
        Level.CLUSTER: (f"cluster {subject.cluster}", f"region {subject.region}, environment {environment}"),
        Level.REGION: ("all clusters of the region", f"region {subject.region}"),
        Level.ACCOUNT: ("all clusters of the account", "all regions"),
        Level.FLEET: ("all clusters of the fleet", ""),
    }[subject.level]
    lines = [
        what,
        f"account {subject.account}, {where}" if subject.account else "all accounts",
        f"assessed {context.assessment.at:%Y-%m-%d %H:%M:%S} UTC ({context.assessment.id})",
    ]
    return [*lines, context.link] if context.link else lines


def subject_line(moved: Sequence[Transition], subject: Subject) -> str:
    """Return the one line a mailbox shows."""
    resolved = all(one.kind is TransitionKind.RESOLVED for one in moved)
    label = "RESOLVED" if resolved else f"{moved[0].after.severity.upper()}"
    text = f"[{label}] {subject.name}: {moved[0].after.message or moved[0].control}"
    return shortened(text)


def shortened(text: str) -> str:
    """Fit a text into the subject of a notification: ASCII, one line, at most 100 characters."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return plain if len(plain) <= _LONGEST_SUBJECT else f"{plain[: _LONGEST_SUBJECT - 3]}..."
