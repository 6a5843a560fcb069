from datetime import datetime, timedelta

import msgspec
import pytest

from plumbline.domain.causes import attribution
from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control
from plumbline.domain.records import Actor, CauseKind, Change, Entry
from plumbline.domain.verdict import NO_RESOURCE, Resource, Status, Verdict
from tests.unit.domain.examples import CLUSTER, DATED, LOGGING, NOON, VOLATILE, example_control, found

OFF, ON = {"enabled": False}, {"enabled": True}
COMPLIANT = Entry(status=Status.PASS, fingerprint=fingerprint(ON), yardstick=fingerprint({"newest": 33}))
GROUP = Resource("nodegroup", "blue")
NODEGROUP = example_control("nodegroup.health")


def change(event_id: str = "e1", areas: tuple[str, ...] = ("logging",), resource: Resource = NO_RESOURCE) -> Change:
    return Change(
        event_id=event_id,
        name="UpdateClusterConfig",
        at=NOON,
        actor=Actor(arn="arn:aws:iam::111122223333:role/deploy"),
        scopes=("cluster-config",),
        areas=areas,
        resource=resource,
    )


def cause_of(
    verdict: Verdict,
    *changes: Change,
    control: Control = LOGGING,
    entry: Entry | None = COMPLIANT,
    resource: Resource = CLUSTER,
    parameters_changed: bool = False,
    catalogue_changed: bool = False,
    read_at: datetime | None = None,
) -> tuple[CauseKind, list[str], bool]:
    attribute = attribution(
        changes,
        section_times={"cluster": read_at} if read_at else {},
        parameters_changed=parameters_changed,
        catalogue_changed=catalogue_changed,
    )
    cause, drift = attribute(control, resource, entry, verdict)
    return cause.kind, [one.event_id for one in cause.changes], drift


DRIFTED = found(Status.FAIL, observed=OFF)
SAME_EVIDENCE = found(Status.FAIL, observed=ON, expected={"newest": 33})


def test_a_change_that_covers_the_control_is_the_cause() -> None:
    assert cause_of(DRIFTED, change()) == (CauseKind.CHANGE, ["e1"], True)


def test_without_a_change_the_sweep_saw_it() -> None:
    assert cause_of(DRIFTED) == (CauseKind.SWEEP, [], True)


def test_a_change_of_another_area_is_not_the_cause() -> None:
    assert cause_of(DRIFTED, change(areas=("version",))) == (CauseKind.SWEEP, [], True)


def test_a_change_without_areas_covers_every_control() -> None:
    assert cause_of(DRIFTED, change(areas=())) == (CauseKind.CHANGE, ["e1"], True)


def test_a_change_made_before_the_evidence_was_read_explains_nothing_new() -> None:
    read_at = NOON + timedelta(minutes=1)
    assert cause_of(DRIFTED, change(), read_at=read_at) == (CauseKind.SWEEP, [], True)


def test_a_change_made_after_the_evidence_was_read_is_the_cause() -> None:
    read_at = NOON - timedelta(minutes=1)
    assert cause_of(DRIFTED, change(), read_at=read_at) == (CauseKind.CHANGE, ["e1"], True)


def test_a_change_that_began_a_transition_is_the_cause_of_what_it_ended_in() -> None:
    entry = msgspec.structs.replace(COMPLIANT, pending_since=NOON + timedelta(minutes=1))
    got = cause_of(DRIFTED, change(), read_at=NOON + timedelta(minutes=5), entry=entry)
    assert got == (CauseKind.CHANGE, ["e1"], True)


def test_two_changes_that_both_fit_are_both_named() -> None:
    assert cause_of(DRIFTED, change("e1"), change("e2")) == (CauseKind.CHANGE, ["e1", "e2"], True)


def test_a_change_that_names_the_resource_wins() -> None:
    verdict = found(Status.FAIL, NODEGROUP, GROUP, observed=OFF)
    wide = change("wide", ("nodegroup",))
    narrow = change("narrow", ("nodegroup",), GROUP)
    got = cause_of(verdict, wide, narrow, control=NODEGROUP, resource=GROUP)
    assert got == (CauseKind.CHANGE, ["narrow"], True)


def test_a_change_that_names_another_resource_of_the_kind_is_not_the_cause() -> None:
    verdict = found(Status.FAIL, NODEGROUP, GROUP, observed=OFF)
    other = change("other", ("nodegroup",), Resource("nodegroup", "green"))
    got = cause_of(verdict, other, control=NODEGROUP, resource=GROUP)
    assert got == (CauseKind.SWEEP, [], True)


def test_a_parameter_explains_a_new_verdict_on_the_same_evidence() -> None:
    got = cause_of(SAME_EVIDENCE, change(), parameters_changed=True)
    assert got == (CauseKind.PARAMETER, [], False)


def test_new_evidence_is_drift_even_when_parameters_changed_too() -> None:
    assert cause_of(DRIFTED, change(), parameters_changed=True) == (CauseKind.CHANGE, ["e1"], True)


def test_a_new_catalogue_of_controls_explains_a_new_verdict_on_the_same_evidence() -> None:
    assert cause_of(SAME_EVIDENCE, catalogue_changed=True) == (CauseKind.CATALOGUE, [], False)


def test_a_moved_yardstick_is_the_catalogue_of_aws() -> None:
    moved = found(Status.WARN, observed=ON, expected={"newest": 34})
    assert cause_of(moved, change()) == (CauseKind.CATALOGUE, [], False)


def test_the_calendar_moves_a_date_driven_control() -> None:
    moved = found(Status.WARN, DATED, observed=ON, expected={"days_left": 89})
    assert cause_of(moved, control=DATED) == (CauseKind.CLOCK, [], False)


@pytest.mark.parametrize("entry", [None, Entry(status=None)])
def test_a_first_verdict_is_explained_by_changes_or_the_sweep(entry: Entry | None) -> None:
    assert cause_of(DRIFTED, change(), entry=entry) == (CauseKind.CHANGE, ["e1"], True)


def test_evidence_that_went_missing_is_never_the_clock() -> None:
    missing = found(Status.UNKNOWN, DATED)
    assert cause_of(missing, control=DATED) == (CauseKind.SWEEP, [], True)


def test_a_volatile_control_has_no_fingerprint_to_compare() -> None:
    verdict = found(Status.FAIL, VOLATILE, observed=OFF)
    entry = Entry(status=Status.PASS)
    assert cause_of(verdict, control=VOLATILE, entry=entry) == (CauseKind.SWEEP, [], True)
