from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.control import Control
from plumbline.domain.records import (
    Actor,
    Assessment,
    Cause,
    CauseKind,
    Change,
    Coverage,
    Head,
    State,
    Transition,
    TransitionKind,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status
from plumbline.ports import Message
from plumbline.usecases.alert import default_route, messages
from plumbline.usecases.wording import Context, headline, shortened
from tests.unit.domain.examples import example_control

AT = datetime(2026, 3, 1, 14, 2, 30, tzinfo=UTC)
SUBJECT = Subject("222233334444", "eu-west-1", "payments-prod")
AUDIT = example_control()
PLACEMENT = example_control("nodegroup.private-placement")
CONTROLS: dict[str, Control] = {control.id: control for control in (AUDIT, PLACEMENT)}
CONTEXT = Context(
    head=Head(subject=SUBJECT, facts={"environment": "prod", "tags": {"owner": "payments"}}),
    assessment=Assessment(id="a-1", at=AT, scopes=("cluster",), coverage=Coverage(by_status={})),
    controls=CONTROLS,
    link="https://example.test/finding",
)
CHANGE = Change(
    event_id="e1",
    name="UpdateClusterConfig",
    at=datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC),
    actor=Actor(arn="arn:aws:sts::222233334444:assumed-role/deploy/ci", source_ip="203.0.113.9"),
)
BY_DEPLOY = Cause(kind=CauseKind.CHANGE, changes=(CHANGE,))


def state(status: Status, severity: Severity = Severity.HIGH, **more: Any) -> State:
    return State(status=status, severity=severity, **more)


COMPLIANT = state(Status.PASS, observed={"enabled": ["audit"]})
OFF = state(Status.FAIL, message="log types are off: audit", observed={"enabled": []}, reasons=("off",))


def moved(**changes: Any) -> Transition:
    base = Transition(
        kind=TransitionKind.OPENED,
        at=AT,
        control=AUDIT.id,
        resource=Resource("cluster", "payments-prod"),
        after=OFF,
        before=COMPLIANT,
        before_since=AT - timedelta(days=212),
        cause=BY_DEPLOY,
    )
    return msgspec.structs.replace(base, **changes)


RESOLVED = moved(
    kind=TransitionKind.RESOLVED,
    before=OFF,
    after=state(Status.PASS, message="log types are on: audit", observed={"enabled": ["audit"]}),
    before_since=AT - timedelta(minutes=3),
)


def one_message(*transitions: Transition) -> Message:
    got = messages(transitions, CONTEXT)
    assert len(got) == 1
    return got[0]


def test_the_first_line_says_what_happened_who_did_it_and_what_was_before() -> None:
    assert one_message(moved()).text.splitlines()[0] == (
        "payments-prod: log types are off: audit, by arn:aws:sts::222233334444:assumed-role/deploy/ci from 203.0.113.9"
        " at 2026-03-01 14:02:11 UTC (UpdateClusterConfig); was compliant for 212 days."
    )


def test_the_text_holds_evidence_cause_fix_and_link() -> None:
    lines = one_message(moved()).text.splitlines()
    assert "  evidence  enabled: lost audit (now none)" in lines
    assert "  fix       switch on --name payments-prod" in lines
    assert "https://example.test/finding" in lines
    assert "account 222233334444, region eu-west-1, environment prod" in lines


@pytest.mark.parametrize(
    ("subject", "headed", "footed"),
    [
        (
            SUBJECT,
            "payments-prod",
            ["cluster payments-prod", "account 222233334444, region eu-west-1, environment prod"],
        ),
        (
            Subject("222233334444", "eu-west-1"),
            "222233334444 eu-west-1",
            ["all clusters of the region", "account 222233334444, region eu-west-1"],
        ),
        (
            Subject("222233334444", ""),
            "222233334444",
            ["all clusters of the account", "account 222233334444, all regions"],
        ),
        (Subject("", ""), "the fleet", ["all clusters of the fleet", "all accounts"]),
    ],
)
def test_a_message_says_how_wide_its_subject_is(subject: Subject, headed: str, footed: list[str]) -> None:
    wide = msgspec.structs.replace(CONTEXT, head=msgspec.structs.replace(CONTEXT.head, subject=subject))
    (message,) = messages([moved()], wide)
    lines = message.text.splitlines()
    assert lines[0].startswith(f"{headed}: ")
    assert lines[-4:-2] == footed


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (["a", "b"], ["b", "c"], "lost a, gained c (now b, c)"),
        (["a"], ["a", "b"], "gained b (now a, b)"),
        (["a", "b"], ["b", "a"], "reordered (now b, a)"),
        ([{"x": 1}], [], 'lost {"x":1} (now none)'),
        (30, 365, "30 -> 365"),
        (None, "key", 'null -> "key"'),
    ],
)
def test_evidence_says_what_was_lost_and_gained(before: object, after: object, words: str) -> None:
    old, new = (state(Status.FAIL, message=str(value), observed={"it": value}) for value in (before, after))
    text = one_message(moved(before=old, after=msgspec.structs.replace(new, reasons=("other",)))).text
    assert f"  evidence  it: {words}" in text.splitlines()


def test_a_recovery_says_how_long_it_was_broken() -> None:
    message = one_message(RESOLVED)
    assert message.subject == "[RESOLVED] payments-prod: log types are on: audit"
    assert message.text.splitlines()[0].endswith("; was FAIL for 3 minutes.")
    assert not any(line.startswith("  fix") for line in message.text.splitlines())


def test_one_assessment_makes_one_message_a_topic() -> None:
    transitions = [
        moved(),
        moved(control=PLACEMENT.id, resource=Resource("compute-pool", "blue")),
        moved(after=state(Status.FAIL, Severity.CRITICAL, message="open")),
        moved(after=state(Status.WARN, message="soon")),
    ]
    got = messages(transitions, CONTEXT)
    assert [(one.topic, len(one.document["transitions"])) for one in got] == [
        ("critical", 1),
        ("standard", 2),
        ("digest", 1),
    ]


def test_ids_are_the_same_for_the_same_assessment_and_topic() -> None:
    assert one_message(moved()).id == f"{SUBJECT.key}|a-1|standard"


@pytest.mark.parametrize(
    ("transition", "topic"),
    [
        (moved(after=state(Status.FAIL, Severity.CRITICAL)), "critical"),
        (moved(after=state(Status.FAIL, Severity.MEDIUM)), "standard"),
        (moved(after=state(Status.FAIL, Severity.LOW)), "digest"),
        (moved(after=state(Status.WARN, Severity.CRITICAL)), "digest"),
        (moved(after=state(Status.UNKNOWN, Severity.CRITICAL)), "digest"),
        (RESOLVED, "standard"),
        (
            moved(
                kind=TransitionKind.RESOLVED,
                before=state(Status.UNKNOWN, Severity.CRITICAL),
                held=Status.FAIL,
                after=COMPLIANT,
            ),
            "critical",
        ),
    ],
)
def test_routes_by_severity_and_recovery_follows_the_opening(transition: Transition, topic: str) -> None:
    assert default_route(transition, AUDIT, "prod") == topic


@pytest.mark.parametrize(
    "transition",
    [
        moved(kind=TransitionKind.CHANGED, before=OFF, after=state(Status.UNKNOWN)),
        moved(kind=TransitionKind.CHANGED, before=state(Status.UNKNOWN), held=Status.FAIL, after=OFF),
        moved(
            kind=TransitionKind.CHANGED,
            before=OFF,
            after=msgspec.structs.replace(OFF, observed={"enabled": ["api"]}),
        ),
    ],
    ids=["evidence goes missing", "evidence comes back", "details move"],
)
def test_what_is_no_news_makes_no_message(transition: Transition) -> None:
    assert messages([transition], CONTEXT) == []


@pytest.mark.parametrize(
    "transition",
    [
        moved(kind=TransitionKind.CHANGED, before=state(Status.UNKNOWN), held=Status.PASS),
        moved(kind=TransitionKind.CHANGED, before=state(Status.UNKNOWN), held=Status.WARN),
        moved(kind=TransitionKind.CHANGED, before=msgspec.structs.replace(OFF, severity=Severity.LOW)),
        moved(after=state(Status.UNKNOWN)),
    ],
    ids=["hidden violation", "worse than before", "severity rises", "evidence of a compliant one goes missing"],
)
def test_what_is_news_makes_one(transition: Transition) -> None:
    assert len(messages([transition], CONTEXT)) == 1


def test_the_first_assessment_is_one_summary() -> None:
    transitions = [
        moved(onboarding=True, before=None),
        moved(onboarding=True, before=None, after=state(Status.FAIL, Severity.CRITICAL, message="open to the world")),
        moved(onboarding=True, before=None, after=state(Status.UNKNOWN)),
    ]
    message = one_message(*transitions)
    lines = message.text.splitlines()
    assert lines[0] == "payments-prod is now watched. First assessment: 1 critical, 1 high, 1 UNKNOWN."
    assert lines[2] == "- critical: open to the world (logging.audit-log, payments-prod)"
    assert (message.topic, message.id) == ("standard", f"{SUBJECT.key}|a-1|onboarding")


def test_attributes_let_subscribers_filter() -> None:
    transitions = [moved(), moved(control=PLACEMENT.id, after=state(Status.FAIL, Severity.MEDIUM))]
    assert one_message(*transitions).attributes == {
        "severity": ("high",),
        "pillar": ("SEC",),
        "area": ("logging", "nodegroup"),
        "transition": ("opened",),
        "account": ("222233334444",),
        "region": ("eu-west-1",),
        "cluster": ("payments-prod",),
        "environment": ("prod",),
        "team": ("payments",),
        "cause": ("change",),
    }


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause(kind=CauseKind.SWEEP), "seen by sweep: no recorded change explains it"),
        (Cause(kind=CauseKind.CLOCK), "by the calendar alone"),
        (Cause(kind=CauseKind.PARAMETER), "because the configuration changed"),
        (Cause(kind=CauseKind.CATALOGUE), "because AWS published something newer or the controls changed"),
    ],
)
def test_other_causes_are_named(cause: Cause, words: str) -> None:
    assert words in headline([moved(cause=cause)], SUBJECT)


def test_two_changes_are_both_named() -> None:
    other = msgspec.structs.replace(CHANGE, name="UpdateClusterVersion")
    line = headline([moved(cause=Cause(kind=CauseKind.CHANGE, changes=(CHANGE, other)))], SUBJECT)
    assert "(UpdateClusterConfig) and by arn:" in line
    assert "(UpdateClusterVersion)" in line


def test_a_subject_line_is_plain_and_short() -> None:
    line = shortened("[HIGH] naïve\nname " + "x" * 200)
    assert len(line) == 100
    assert line.startswith("[HIGH] na?ve?name xxx")
    assert line.endswith("...")


def test_an_unknown_control_is_still_announced() -> None:
    message = one_message(moved(control="gone.control"))
    assert message.topic == "digest"
    assert "gone.control" in message.text


def test_the_document_is_for_machines() -> None:
    document = one_message(moved()).document
    assert document["schema"] == "plumbline.alert/1"
    assert document["cluster_arn"] == SUBJECT.key
    assert document["transitions"][0]["cause"]["changes"][0]["event_id"] == "e1"
    assert document["transitions"][0]["after"]["observed"] == {"enabled": []}
