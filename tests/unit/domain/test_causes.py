from datetime import datetime, timedelta

import msgspec
import pytest

from plumbline.domain.causes import Parts, attribution
from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control
from plumbline.domain.records import Actor, CauseKind, Change, Entry
from plumbline.domain.verdict import NO_RESOURCE, Resource, Status, Verdict
from tests.unit.domain.examples import CLUSTER, DATED, LOGGING, NOON, VOLATILE, example_control, found

OFF, ON = {"enabled": False}, {"enabled": True}
COMPLIANT = Entry(status=Status.PASS, fingerprint=fingerprint(ON), yardstick=fingerprint({"newest": 33}))
GROUP = Resource("nodegroup", "blue")
NODEGROUP = example_control("nodegroup.health")


def change(
    event_id: str = "e1",
    areas: tuple[str, ...] = ("logging",),
    resource: Resource = NO_RESOURCE,
    *,
    scopes: tuple[str, ...] = ("cluster-config",),
    sections: tuple[str, ...] = (),
) -> Change:
    return Change(
        event_id=event_id,
        name="UpdateClusterConfig",
        at=NOON,
        actor=Actor(arn="arn:aws:iam::111122223333:role/deploy"),
        scopes=scopes,
        areas=areas,
        sections=sections,
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
    parts: Parts = lambda _: frozenset(),
) -> tuple[CauseKind, list[str], bool]:
    attribute = attribution(
        changes,
        section_times={"cluster": read_at} if read_at else {},
        parameters_changed=parameters_changed,
        catalogue_changed=catalogue_changed,
        parts=parts,
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


# --- what calls of other services explain


def test_a_call_after_which_other_evidence_is_looked_at_is_not_the_cause() -> None:
    """A new add-on may send logs, but it switches no control-plane log off."""
    addon = change("addon", ("addon", "logging"), Resource("addon", "coredns"), scopes=("addon",))
    assert cause_of(DRIFTED, addon, change("config")) == (CauseKind.CHANGE, ["config"], True)
    assert cause_of(DRIFTED, addon) == (CauseKind.SWEEP, [], True)


def test_a_call_that_changes_other_evidence_is_not_the_cause() -> None:
    other = change("other", sections=("security_groups",))
    assert cause_of(DRIFTED, other) == (CauseKind.SWEEP, [], True)


def test_a_call_that_changes_what_the_control_reads_is_the_cause() -> None:
    assert cause_of(DRIFTED, change(sections=("cluster", "keys"))) == (CauseKind.CHANGE, ["e1"], True)


def test_what_looks_at_nothing_is_context_and_never_a_cause() -> None:
    assert cause_of(DRIFTED, change(scopes=(), areas=())) == (CauseKind.SWEEP, [], True)


ROLE_ARN = "arn:aws:iam::111122223333:role/eks/nodes"


@pytest.mark.parametrize(
    ("named", "judged", "is_cause"),
    [
        (Resource("iam-role", "nodes"), Resource("iam-role", ROLE_ARN), True),
        (Resource("iam-role", "des"), Resource("iam-role", ROLE_ARN), False),
        (Resource("iam-role", "workers"), Resource("iam-role", ROLE_ARN), False),
        (Resource("kms-key", "1234"), Resource("kms-key", "arn:aws:kms:eu-west-1:111122223333:key/1234"), True),
        (Resource("repository", "app"), Resource("repository", "team/app"), False),
    ],
)
def test_a_name_and_an_arn_may_be_the_same_resource(named: Resource, judged: Resource, is_cause: bool) -> None:
    verdict = found(Status.FAIL, NODEGROUP, judged, observed=OFF)
    got = cause_of(verdict, change("e1", ("nodegroup",), named), control=NODEGROUP, resource=judged)
    assert got[1] == (["e1"] if is_cause else [])


BLUE, GREEN = Resource("launch-template", "lt-blue"), Resource("launch-template", "lt-green")


def of_group(*changes: Change) -> list[str]:
    verdict = found(Status.FAIL, NODEGROUP, GROUP, observed=OFF)
    return cause_of(verdict, *changes, control=NODEGROUP, resource=GROUP, parts=lambda _: frozenset({BLUE}))[1]


def test_a_change_of_what_the_resource_is_made_of_is_the_cause() -> None:
    assert of_group(change("template", ("nodegroup",), BLUE), change("wide", ("nodegroup",))) == ["template"]


def test_a_change_of_what_another_resource_is_made_of_is_not() -> None:
    assert of_group(change("other", ("nodegroup",), GREEN)) == []
    assert of_group(change("other", ("nodegroup",), GREEN), change("wide", ("nodegroup",))) == ["wide"]


def test_two_changes_of_what_it_is_made_of_are_both_named() -> None:
    assert of_group(change("one", ("nodegroup",), BLUE), change("two", ("nodegroup",), BLUE)) == ["one", "two"]


def test_a_change_of_the_resource_itself_wins_over_one_of_its_parts() -> None:
    assert of_group(change("part", ("nodegroup",), BLUE), change("itself", ("nodegroup",), GROUP)) == ["itself"]
