from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.control import Control
from plumbline.domain.findings import OPEN, RESOURCE_DELETED, Reconciliation, reconcile
from plumbline.domain.records import Cause, Entry, State, Transition, TransitionKind, entry_key
from plumbline.domain.verdict import Resource, Severity, Status, Verdict
from tests.unit.domain.examples import CLUSTER, DATED, LOGGING, NOON, SWEEP, VOLATILE, found, minutes

PASS, FAIL, WARN, UNKNOWN, NA = Status.PASS, Status.FAIL, Status.WARN, Status.UNKNOWN, Status.NOT_APPLICABLE
KEY = entry_key(LOGGING.id, CLUSTER)


def by_sweep(control: Control, resource: Resource, entry: Entry | None, verdict: Verdict | None) -> tuple[Cause, bool]:
    return SWEEP, True


def step(
    recorded: Mapping[str, Entry],
    *verdicts: Verdict,
    now: datetime = NOON,
    controls: Sequence[Control] = (LOGGING,),
    states: Mapping[str, State] | None = None,
) -> Reconciliation:
    return reconcile(
        recorded,
        verdicts,
        {control.id: control for control in controls},
        now=now,
        attribute=by_sweep,
        previous_states=states,
    )


def run(*statuses: Status) -> tuple[list[tuple[TransitionKind, Status]], dict[str, Entry]]:
    """Reconcile one verdict a minute; return what moved and the record after the last."""
    entries: dict[str, Entry] = {}
    moved: list[tuple[TransitionKind, Status]] = []
    for minute, status in enumerate(statuses):
        result = step(entries, found(status), now=minutes(minute))
        entries = result.entries
        moved += [(transition.kind, transition.after.status) for transition in result.transitions]
    return moved, entries


OPENED, CHANGED = TransitionKind.OPENED, TransitionKind.CHANGED
RESOLVED, REOPENED = TransitionKind.RESOLVED, TransitionKind.REOPENED


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((PASS,), []),
        ((NA,), []),
        ((FAIL,), [(OPENED, FAIL)]),
        ((WARN,), [(OPENED, WARN)]),
        ((UNKNOWN,), [(OPENED, UNKNOWN)]),
        ((FAIL, FAIL), [(OPENED, FAIL)]),
        ((PASS, FAIL, PASS), [(OPENED, FAIL), (RESOLVED, PASS)]),
        ((FAIL, NA), [(OPENED, FAIL), (RESOLVED, NA)]),
        ((FAIL, WARN), [(OPENED, FAIL), (CHANGED, WARN)]),
        ((FAIL, PASS, FAIL), [(OPENED, FAIL), (RESOLVED, PASS), (REOPENED, FAIL)]),
        ((FAIL, UNKNOWN, FAIL), [(OPENED, FAIL), (CHANGED, UNKNOWN), (CHANGED, FAIL)]),
        ((FAIL, UNKNOWN, PASS), [(OPENED, FAIL), (CHANGED, UNKNOWN), (RESOLVED, PASS)]),
        ((PASS, UNKNOWN, PASS), [(OPENED, UNKNOWN), (RESOLVED, PASS)]),
    ],
)
def test_statuses_in_a_row_give_these_transitions(
    statuses: tuple[Status, ...], expected: list[tuple[TransitionKind, Status]]
) -> None:
    moved, _ = run(*statuses)
    assert moved == expected


def test_a_violation_whose_evidence_goes_missing_stays_the_same_finding() -> None:
    _, entries = run(FAIL, UNKNOWN, FAIL)
    assert entries[KEY].opened_at == NOON
    assert entries[KEY].openings == 1


def test_unknown_remembers_what_it_hides() -> None:
    _, entries = run(FAIL, UNKNOWN, UNKNOWN)
    assert (entries[KEY].status, entries[KEY].held) == (UNKNOWN, FAIL)


def test_since_is_when_the_status_began() -> None:
    _, entries = run(PASS, PASS, FAIL, FAIL)
    assert entries[KEY].since == minutes(2)


def test_a_control_outside_the_scope_is_left_alone() -> None:
    entries = step({}, found(FAIL)).entries
    result = step(entries, found(PASS, DATED), controls=[DATED], now=minutes(1))
    assert result.transitions == ()
    assert result.entries[KEY] == entries[KEY]


def test_a_deleted_resource_resolves_with_its_cause_and_leaves_the_record() -> None:
    entries = step({}, found(FAIL)).entries
    result = step(entries, now=minutes(1))
    assert [(one.kind, one.after.reasons) for one in result.transitions] == [(RESOLVED, (RESOURCE_DELETED,))]
    assert result.entries == {}


def test_a_deleted_compliant_resource_leaves_the_record_silently() -> None:
    entries = step({}, found(PASS)).entries
    result = step(entries, now=minutes(1))
    assert (result.transitions, result.entries) == ((), {})


def test_an_unreadable_listing_makes_what_was_on_it_unknown_and_resolves_nothing() -> None:
    group = Resource("nodegroup", "blue")
    other = Resource("nodegroup", "green")
    everything = Resource("nodegroup", "*")
    entries = step({}, found(FAIL, resource=group), found(PASS, resource=other)).entries
    result = step(entries, found(UNKNOWN, resource=everything, reasons=("access_denied",)), now=minutes(1))
    assert {one.resource.name: (one.kind, one.after.status) for one in result.transitions} == {
        "*": (OPENED, UNKNOWN),
        "blue": (CHANGED, UNKNOWN),
        "green": (OPENED, UNKNOWN),
    }
    back = step(result.entries, found(FAIL, resource=group), found(PASS, resource=other), now=minutes(2))
    assert {one.resource.name: one.kind for one in back.transitions} == {
        "*": RESOLVED,
        "blue": CHANGED,
        "green": RESOLVED,
    }
    assert back.entries[entry_key(LOGGING.id, group)].opened_at == NOON


def test_a_resource_in_transition_keeps_its_last_verdict() -> None:
    entries = step({}, found(PASS)).entries
    result = step(entries, found(FAIL, during_transition=True), now=minutes(1))
    assert result.transitions == ()
    assert (result.entries[KEY].status, result.entries[KEY].pending_since) == (PASS, minutes(1))


def test_a_resource_never_seen_at_rest_has_no_finding_yet() -> None:
    result = step({}, found(FAIL, during_transition=True))
    assert result.transitions == ()
    assert result.entries[KEY].status is None


@pytest.mark.parametrize(("resource", "hours"), [(CLUSTER, 3), (Resource("nodegroup", "blue"), 24)])
def test_a_transition_that_lasts_too_long_is_judged(resource: Resource, hours: int) -> None:
    verdict = found(FAIL, resource=resource, during_transition=True)
    waiting = step({}, verdict)
    almost = step(waiting.entries, verdict, now=NOON + timedelta(hours=hours, seconds=-1))
    assert almost.transitions == ()
    over = step(almost.entries, verdict, now=NOON + timedelta(hours=hours))
    assert [one.kind for one in over.transitions] == [OPENED]


def test_a_volatile_control_needs_a_new_status_twice() -> None:
    entries = step({}, found(PASS, VOLATILE), controls=[VOLATILE]).entries
    once = step(entries, found(FAIL, VOLATILE), controls=[VOLATILE], now=minutes(1))
    assert once.transitions == ()
    twice = step(once.entries, found(FAIL, VOLATILE), controls=[VOLATILE], now=minutes(2))
    assert [one.kind for one in twice.transitions] == [OPENED]


def test_a_volatile_control_forgets_a_status_seen_once() -> None:
    entries = step({}, found(PASS, VOLATILE), controls=[VOLATILE]).entries
    for minute, status in enumerate((FAIL, PASS, FAIL, PASS), start=1):
        result = step(entries, found(status, VOLATILE), controls=[VOLATILE], now=minutes(minute))
        assert result.transitions == ()
        entries = result.entries


def test_a_volatile_control_takes_its_first_verdict_at_once() -> None:
    result = step({}, found(FAIL, VOLATILE), controls=[VOLATILE])
    assert [one.kind for one in result.transitions] == [OPENED]


@pytest.mark.parametrize(
    "changed",
    [
        {"severity": Severity.CRITICAL},
        {"reasons": ("off", "worse")},
        {"observed": {"enabled": ["api"]}},
    ],
)
def test_a_finding_changes_with_severity_reasons_and_evidence(changed: dict[str, Any]) -> None:
    entries = step({}, found(FAIL)).entries
    result = step(entries, found(FAIL, **changed), now=minutes(1))
    assert [one.kind for one in result.transitions] == [CHANGED]


def test_a_yardstick_alone_changes_nothing() -> None:
    entries = step({}, found(FAIL, expected={"days_left": 20})).entries
    result = step(entries, found(FAIL, expected={"days_left": 19}), now=minutes(1))
    assert result.transitions == ()


def test_before_is_what_was_recorded_in_full() -> None:
    entries = step({}, found(FAIL)).entries
    state = State(status=FAIL, severity=Severity.HIGH, reasons=("off",), message="off", observed={"enabled": False})
    result = step(entries, found(PASS), now=minutes(1), states={KEY: state})
    transition = result.transitions[0]
    assert (transition.before, transition.before_since) == (state, NOON)


def test_nothing_new_leaves_an_equal_record() -> None:
    entries = step({}, found(FAIL)).entries
    assert step(entries, found(FAIL), now=minutes(5)).entries == entries


_STATUSES = st.lists(st.sampled_from(list(Status)), min_size=1, max_size=12)


@given(_STATUSES)
def test_folding_the_transitions_gives_the_recorded_state(statuses: list[Status]) -> None:
    moved, entries = run(*statuses)
    is_open = False
    for kind, status in moved:
        assert is_open is (kind in (CHANGED, RESOLVED))
        is_open = status in OPEN
    assert is_open is (entries[KEY].status in OPEN)
    assert entries[KEY].status is statuses[-1]


@given(_STATUSES)
def test_a_finding_opens_as_often_as_it_says(statuses: list[Status]) -> None:
    moved, entries = run(*statuses)
    assert entries[KEY].openings == sum(kind in (OPENED, REOPENED) for kind, _ in moved)


@given(_STATUSES)
def test_only_a_compliant_answer_resolves(statuses: list[Status]) -> None:
    moved, _ = run(*statuses)
    assert all(status in (PASS, NA) for kind, status in moved if kind is RESOLVED)


def test_transitions_come_in_the_order_of_control_and_resource() -> None:
    names = ["b", "a", "c"]
    result = step({}, *(found(FAIL, resource=Resource("nodegroup", name)) for name in names))
    assert [one.resource.name for one in result.transitions] == ["a", "b", "c"]
    assert all(isinstance(one, Transition) for one in result.transitions)
