"""Alerting: from the transitions of one assessment to few, true messages.

One message for each topic that the transitions are routed to, not one for each finding. The first assessment of a
cluster is one summary. Evidence that goes missing and comes back is not news about the cluster.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from plumbline.configuration.routes import Route, told_as
from plumbline.domain.control import Control
from plumbline.domain.evaluation import worst
from plumbline.domain.records import Transition, TransitionKind
from plumbline.domain.verdict import Severity, Status
from plumbline.ports import Message
from plumbline.usecases.wording import (
    Context,
    footer,
    headline,
    onboarding_summary,
    paragraph,
    shortened,
    subject_line,
)

CRITICAL, STANDARD, DIGEST = "critical", "standard", "digest"
_VIOLATED = frozenset({Status.FAIL, Status.WARN})


def default_route(transition: Transition, control: Control, environment: str) -> str | None:  # noqa: ARG001
    """Route by severity: critical violations at once, high and medium as standard, the rest to the digest.

    A recovery goes where the finding went when it was opened.
    """
    severity, status = told_as(transition)
    if status is not Status.FAIL:
        return DIGEST
    if severity is Severity.CRITICAL:
        return CRITICAL
    return STANDARD if severity in (Severity.HIGH, Severity.MEDIUM) else DIGEST


def messages(transitions: Sequence[Transition], context: Context, route: Route = default_route) -> list[Message]:
    """Compose the messages of one assessment.

    Args:
        transitions: in the order of their records.
        context: the subject's head, the assessment and the catalogue.
        route: names the topic of each transition.

    Returns:
        At most one message for each topic, worst topic first; none when nothing deserves one.

    """
    news = [moved for moved in transitions if _is_news(moved)]
    if any(moved.onboarding for moved in news):
        return [_onboarding(news, context)]
    by_topic: dict[str, list[Transition]] = {}
    environment = str(context.head.facts.get("environment") or "")
    for moved in news:
        control = context.controls.get(moved.control)
        topic = route(moved, control, environment) if control else DIGEST
        if topic:
            by_topic.setdefault(topic, []).append(moved)
    return [
        _message(topic, by_topic[topic], context)
        for topic in sorted(by_topic, key=lambda topic: (CRITICAL, STANDARD, DIGEST, topic).index(topic))
    ]


def _is_news(moved: Transition) -> bool:
    before = moved.before.status if moved.before else None
    if moved.after.status is Status.UNKNOWN:
        # Evidence that went missing says nothing new of a violation already open.
        return before not in _VIOLATED
    if before is Status.UNKNOWN and moved.held in _VIOLATED:
        return moved.after.status is not moved.held
    if before is Status.UNKNOWN and moved.kind is TransitionKind.RESOLVED:
        return True
    return moved.kind is not TransitionKind.CHANGED or _worth_saying(moved)


def _worth_saying(moved: Transition) -> bool:
    """A finding that only moved its details is recorded, not announced."""
    if moved.before is None:
        return True
    return (moved.before.status, moved.before.severity, moved.before.reasons) != (
        moved.after.status,
        moved.after.severity,
        moved.after.reasons,
    )


def _message(topic: str, moved: Sequence[Transition], context: Context) -> Message:
    ordered = sorted(moved, key=lambda one: (one.after.severity.rank, one.control, one.resource))
    lines = [headline(ordered, context.head.subject), ""]
    for one in ordered:
        lines += paragraph(one, context)
    lines += footer(context)
    text = "\n".join(lines).rstrip() + "\n"
    return Message(
        id=f"{context.head.subject.key}|{context.assessment.id}|{topic}",
        topic=topic,
        subject=subject_line(ordered, context.head.subject),
        text=text,
        document=_document(topic, ordered, context, text),
        attributes=_attributes(ordered, context),
    )


def _onboarding(moved: Sequence[Transition], context: Context) -> Message:
    subject = context.head.subject
    text = "\n".join(onboarding_summary(moved, context)) + "\n"
    return Message(
        id=f"{subject.key}|{context.assessment.id}|onboarding",
        topic=STANDARD,
        subject=shortened(f"Plumbline: {subject.name} is now watched"),
        text=text,
        document=_document("onboarding", moved, context, text),
        attributes=_attributes(moved, context),
    )


def _document(topic: str, moved: Sequence[Transition], context: Context, text: str) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.to_builtins(
        {
            "schema": "plumbline.alert/1",
            "topic": topic,
            "headline": headline(moved, context.head.subject) if moved else "",
            "account": context.head.subject.account,
            "region": context.head.subject.region,
            "cluster": context.head.subject.cluster,
            "cluster_arn": context.head.subject.key,
            "environment": context.head.facts.get("environment") or "",
            "assessment": context.assessment.id,
            "at": context.assessment.at,
            "link": context.link,
            "text": text,
            "transitions": [msgspec.to_builtins(one) for one in moved],
        }
    )
    return document


def _attributes(moved: Sequence[Transition], context: Context) -> dict[str, tuple[str, ...]]:
    subject, tags = context.head.subject, context.head.facts.get("tags") or {}
    levels = [told_as(one)[0] for one in moved]
    return {
        "severity": (str(worst(levels) or Severity.INFO),),
        "pillar": _distinct(context.controls[one.control].pillar for one in moved if one.control in context.controls),
        "area": _distinct(one.control.split(".")[0] for one in moved),
        "transition": _distinct(str(one.kind) for one in moved),
        "account": (subject.account,),
        "region": (subject.region,),
        "cluster": (subject.cluster or "-",),
        "environment": (str(context.head.facts.get("environment") or "unknown"),),
        "team": (str(tags.get("team") or tags.get("owner") or "unknown"),),
        "cause": _distinct(str(one.cause.kind) for one in moved),
    }


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({str(value) for value in values})) or ("-",)
