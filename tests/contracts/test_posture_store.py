"""What every posture store and its queries promise: the fake and the one on DynamoDB."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import pytest
from moto import mock_aws

from plumbline.adapters.aws.posture_store import DynamoPostureStore
from plumbline.adapters.aws.queries import DynamoFindingQueries
from plumbline.domain.chain import verify
from plumbline.domain.errors import ConflictError, QueryError
from plumbline.domain.records import (
    Change,
    Finding,
    Head,
    Posture,
    Record,
    RecordKind,
    TransitionKind,
    entry_key,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status
from plumbline.ports import FindingFilter, FindingQueries, PostureStore, Target, Work
from tests.adapters.aws.recording_tables import HISTORY, POSTURE, created_tables
from tests.contracts.assessing import (
    LEASE,
    OTHER,
    SUBJECT,
    assess,
    change,
    commit_of,
    group,
    kinds,
    statuses,
    transitions_of,
    wait,
)
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import LOGGING, NOON, example_control, minutes

FAIL, PASS, WARN, UNKNOWN = Status.FAIL, Status.PASS, Status.WARN, Status.UNKNOWN
CRITICAL = example_control("encryption.secrets", severity=Severity.CRITICAL)


class Store(PostureStore, FindingQueries, Protocol):
    """Both ports at once."""


class _OnDynamo(DynamoPostureStore, DynamoFindingQueries):
    """Both adapters over the same tables."""

    def __init__(self) -> None:
        client = created_tables()
        DynamoPostureStore.__init__(self, client, POSTURE, HISTORY, sleep=lambda _: None)


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "fake":
        yield FakePostureStore()
        return
    with mock_aws():
        yield _OnDynamo()


def history(store: Store, subject: Subject = SUBJECT) -> list[Record]:
    records: list[Record] = []
    cursor = ""
    while True:
        page = store.history(subject, limit=40, cursor=cursor)
        records += page.items
        cursor = page.cursor
        if not cursor:
            return records


def admit(store: Store, number: int, *, at: datetime = NOON, owner: str = "one", scopes: tuple[str, ...] = ()) -> str:
    return store.admit(SUBJECT, change(number, at, *scopes), wait(number), owner, at, LEASE).owner


# Assessments


def test_a_subject_never_seen_has_an_empty_posture(store: Store) -> None:
    assert store.read(SUBJECT) == Posture(head=Head(subject=SUBJECT))
    assert store.head(SUBJECT) is None


def test_what_was_committed_is_read_back(store: Store) -> None:
    commit = commit_of(store.read(SUBJECT), {group(1): FAIL, group(2): PASS}, NOON)
    records = store.commit(commit)
    posture = store.read(SUBJECT)
    assert posture.entries == commit.entries
    assert kinds(records) == ["transition", "assessment"]
    assert (posture.head.sequence, posture.head.chain, posture.head.revision) == (2, records[-1].hash, 1)
    assert posture.head.last_assessed_at == NOON
    assert store.head(SUBJECT) == posture.head
    assert history(store) == list(records)


def test_an_assessment_that_finds_nothing_new_adds_one_record(store: Store) -> None:
    assess(store, {group(1): FAIL}, NOON)
    before = store.read(SUBJECT)
    (record,) = assess(store, {group(1): FAIL}, minutes(60), "a2")
    assert record.kind is RecordKind.ASSESSMENT
    after = store.read(SUBJECT)
    assert after.entries == before.entries
    assert after.head.last_assessed_at == minutes(60)


def test_a_commit_on_an_outdated_posture_is_refused(store: Store) -> None:
    outdated = store.read(SUBJECT)
    assess(store, {group(1): FAIL}, NOON)
    with pytest.raises(ConflictError):
        store.commit(commit_of(outdated, {group(1): FAIL}, minutes(1), "a2"))
    assert kinds(history(store)) == ["transition", "assessment"]


def test_a_commit_keeps_what_the_lease_protocol_wrote(store: Store) -> None:
    admit(store, 1, scopes=("addon",))
    posture = store.read(SUBJECT)
    commit = commit_of(posture, {group(1): FAIL}, minutes(1))
    store.commit(msgspec.structs.replace(commit, head=Head(subject=SUBJECT, last_assessed_at=minutes(1))))
    head = store.read(SUBJECT).head
    assert (head.pending, head.waits, head.lease) == (posture.head.pending, posture.head.waits, posture.head.lease)


def test_more_transitions_than_one_transaction_holds_are_all_recorded_once(store: Store) -> None:
    records = assess(store, statuses(120, FAIL), NOON)
    assert kinds(records) == ["transition"] * 120 + ["assessment"]
    assert history(store) == list(records)
    assert verify(records) == []
    assert records[-1].body["transitions"] == 120
    assert store.reported_by(records[-1]) == records[:-1]
    assert len(store.open_findings(SUBJECT, [entry_key(LOGGING.id, group(n)) for n in range(200)])) == 120


def test_the_chain_verifies_after_any_json_value_was_recorded(store: Store) -> None:
    commit = commit_of(store.read(SUBJECT), {group(1): FAIL}, NOON + timedelta(microseconds=123456))
    observed = {"float": 1.0, "tiny": 1e-300, "int": 2**53 + 1, "text": "né \u2028 \x00", "at": NOON, "none": None}
    (moved,) = commit.transitions
    after = msgspec.structs.replace(moved.after, observed=observed)
    moved = msgspec.structs.replace(moved, after=after)
    records = store.commit(msgspec.structs.replace(commit, transitions=(moved,)))
    read = history(store)
    assert read == list(records)
    assert verify(read) == []
    assert [type(value) for value in read[0].body["after"]["observed"].values()] == [
        float,
        float,
        int,
        str,
        str,
        type(None),
    ]


def test_records_of_a_clock_that_runs_behind_stay_in_order(store: Store) -> None:
    assess(store, {group(1): FAIL}, NOON)
    assess(store, {group(1): PASS}, minutes(-5), "a2")
    records = history(store)
    assert [record.sequence for record in records] == [1, 2, 3, 4]
    assert verify(records) == []
    assert [record.at for record in records] == [NOON] * 4
    assert transitions_of(records)[-1].at == minutes(-5)


def test_findings_are_read_by_entry_key(store: Store) -> None:
    commit = commit_of(store.read(SUBJECT), {group(1): FAIL, group(2): PASS}, NOON)
    store.commit(commit)
    open_key, never = entry_key(LOGGING.id, group(1)), entry_key(LOGGING.id, group(2))
    assert store.open_findings(SUBJECT, [open_key, never, open_key]) == {open_key: commit.findings[open_key]}


# Changes and leases


def test_the_first_event_of_a_cluster_registers_it_and_starts_a_workflow(store: Store) -> None:
    admission = store.admit(SUBJECT, change(1, NOON, "addon"), wait(1), "one", NOON, LEASE)
    assert (admission.duplicate, admission.owner) == (False, "one")
    head = store.read(SUBJECT).head
    assert (head.pending, head.waits) == (frozenset({"addon"}), (wait(1),))
    assert kinds(history(store)) == ["change"]
    assert store.known_clusters(Target(SUBJECT.account, SUBJECT.region)) == (SUBJECT,)


def test_events_during_a_lease_start_nothing_and_are_taken_together(store: Store) -> None:
    owners = [admit(store, number, owner=f"owner-{number}", scopes=(f"scope-{number}",)) for number in range(3)]
    assert owners == ["owner-0", "", ""]
    expected = Work(scopes=("scope-0", "scope-1", "scope-2"), waits=(wait(0), wait(1), wait(2)))
    assert store.claim(SUBJECT, "owner-0", NOON, LEASE) == expected
    assert store.claim(SUBJECT, "owner-0", NOON, LEASE) == expected


def test_a_second_delivery_changes_nothing(store: Store) -> None:
    admit(store, 1)
    store.claim(SUBJECT, "one", NOON, LEASE)
    before = store.read(SUBJECT)
    admission = store.admit(SUBJECT, change(1, NOON), wait(1), "two", minutes(1), LEASE)
    assert (admission.duplicate, admission.owner) == (True, "")
    assert store.read(SUBJECT) == before
    assert kinds(history(store)) == ["change"]


def test_a_second_delivery_names_the_owner_whose_start_may_have_been_lost(store: Store) -> None:
    admit(store, 1)
    admission = store.admit(SUBJECT, change(1, NOON), wait(1), "two", minutes(1), LEASE)
    assert (admission.duplicate, admission.owner) == (True, "one")


def test_a_second_delivery_takes_over_scopes_whose_lease_expired(store: Store) -> None:
    admit(store, 1)
    admission = store.admit(SUBJECT, change(1, NOON), wait(1), "two", minutes(11), LEASE)
    assert (admission.duplicate, admission.owner) == (True, "two")
    assert kinds(history(store)) == ["change"]
    assert store.claim(SUBJECT, "two", minutes(11), LEASE) == Work(scopes=("cluster",), waits=(wait(1),))


def test_one_event_counts_once_for_each_subject(store: Store) -> None:
    for subject in (SUBJECT, OTHER):
        assert not store.admit(subject, change(1, NOON), wait(1), "one", NOON, LEASE).duplicate
        assert kinds(history(store, subject)) == ["change"]


def test_a_live_lease_keeps_others_out_and_an_expired_one_does_not(store: Store) -> None:
    admit(store, 1)
    assert store.claim(SUBJECT, "two", minutes(9), LEASE) is None
    assert store.claim(SUBJECT, "two", minutes(10), LEASE) == Work(scopes=("cluster",), waits=(wait(1),))
    assert store.claim(SUBJECT, "one", minutes(10), LEASE) is None


def test_the_next_holder_gets_what_a_crashed_one_had_claimed(store: Store) -> None:
    admit(store, 1, scopes=("addon",))
    store.claim(SUBJECT, "one", NOON, LEASE)
    assert admit(store, 2, at=minutes(11), owner="two", scopes=("kms",)) == "two"
    assert store.claim(SUBJECT, "two", minutes(11), LEASE) == Work(scopes=("addon", "kms"), waits=(wait(1), wait(2)))


def test_a_release_with_nothing_pending_gives_the_lease_back(store: Store) -> None:
    admit(store, 1)
    store.claim(SUBJECT, "one", NOON, LEASE)
    assert store.release(SUBJECT, "one", minutes(1), LEASE) is False
    head = store.read(SUBJECT).head
    assert (head.lease, head.pending, head.claimed, head.waits, head.claimed_waits) == (
        None,
        frozenset(),
        frozenset(),
        (),
        (),
    )


def test_a_release_with_something_pending_renews_the_lease(store: Store) -> None:
    admit(store, 1)
    store.claim(SUBJECT, "one", NOON, LEASE)
    admit(store, 2, at=minutes(5), scopes=("kms",))
    assert store.release(SUBJECT, "one", minutes(9), LEASE) is True
    assert store.claim(SUBJECT, "two", minutes(18), LEASE) is None
    assert store.claim(SUBJECT, "one", minutes(18), LEASE) == Work(scopes=("kms",), waits=(wait(2),))


def test_a_release_by_somebody_else_changes_nothing(store: Store) -> None:
    admit(store, 1)
    store.claim(SUBJECT, "one", NOON, LEASE)
    before = store.read(SUBJECT)
    assert store.release(SUBJECT, "two", minutes(1), LEASE) is False
    assert store.read(SUBJECT) == before


def test_abandoned_work_goes_to_the_next_holder(store: Store) -> None:
    admit(store, 1, scopes=("addon",))
    store.claim(SUBJECT, "one", NOON, LEASE)
    store.abandon(SUBJECT, "two")
    assert store.claim(SUBJECT, "two", NOON, LEASE) is None
    store.abandon(SUBJECT, "one")
    assert store.claim(SUBJECT, "two", NOON, LEASE) == Work(scopes=("addon",), waits=(wait(1),))


def test_a_change_without_scopes_is_recorded_and_starts_nothing(store: Store) -> None:
    told = Change(event_id="e", name="TagResource", at=NOON)
    assert store.admit(SUBJECT, told, wait(1), "one", NOON, LEASE).owner == ""
    assert store.read(SUBJECT).head.lease is None
    assert store.changes_since(SUBJECT, None) == (told,)


def test_changes_are_read_from_a_time_on(store: Store) -> None:
    for number in range(3):
        admit(store, number, at=minutes(number))
    assess(store, {group(1): FAIL}, minutes(3))
    assert store.changes_since(SUBJECT, None) == tuple(change(n, minutes(n)) for n in range(3))
    assert store.changes_since(SUBJECT, minutes(1)) == (change(1, minutes(1)), change(2, minutes(2)))
    assert store.changes_since(SUBJECT, minutes(2.5)) == ()


# Queries


def seed(store: Store) -> None:
    assess(store, {group(1): FAIL, group(2): WARN, group(3): PASS}, NOON)
    assess(store, {group(1): FAIL}, minutes(1), "a2", OTHER, CRITICAL)
    assess(store, {Resource("vpc", "vpc-1"): UNKNOWN}, minutes(2), "a3", Subject("444455556666", "eu-west-1"))


def names(store: Store, **wanted: object) -> set[tuple[str, str, str]]:
    page = store.findings(msgspec.convert(wanted, FindingFilter))
    assert page.cursor == ""
    found = [(finding.subject.cluster, finding.control, finding.resource.name) for finding in page.items]
    assert len(found) == len(set(found))
    return set(found)


PAYMENTS_1 = ("payments", LOGGING.id, "group-1")
PAYMENTS_2 = ("payments", LOGGING.id, "group-2")
ORDERS_1 = ("orders", CRITICAL.id, "group-1")
REGIONAL = ("", LOGGING.id, "vpc-1")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {PAYMENTS_1, PAYMENTS_2, ORDERS_1, REGIONAL}),
        ({"severity": "critical"}, {ORDERS_1}),
        ({"severity": "low"}, set()),
        ({"control": LOGGING.id}, {PAYMENTS_1, PAYMENTS_2, REGIONAL}),
        ({"control": "logging"}, set()),
        ({"account": "111122223333"}, {PAYMENTS_1, PAYMENTS_2, ORDERS_1}),
        ({"account": "1111"}, set()),
        ({"region": "us-east-1"}, {ORDERS_1}),
        ({"cluster": "payments"}, {PAYMENTS_1, PAYMENTS_2}),
        ({"status": "WARN"}, {PAYMENTS_2}),
        ({"account": "111122223333", "severity": "critical"}, {ORDERS_1}),
        ({"account": "111122223333", "region": "eu-west-1", "status": "FAIL"}, {PAYMENTS_1}),
        ({"control": LOGGING.id, "account": "111122223333"}, {PAYMENTS_1, PAYMENTS_2}),
        ({"control": LOGGING.id, "region": "eu-west-1", "severity": "high", "status": "UNKNOWN"}, {REGIONAL}),
        ({"account": "111122223333", "region": "us-east-1", "cluster": "orders"}, {ORDERS_1}),
        ({"account": "111122223333", "region": "us-east-1", "cluster": "orders", "control": LOGGING.id}, set()),
    ],
)
def test_findings_are_listed_by_what_is_asked(
    store: Store, wanted: dict[str, str], expected: set[tuple[str, str, str]]
) -> None:
    seed(store)
    assert names(store, **wanted) == expected


def test_a_resolved_finding_is_listed_only_when_its_cluster_is_asked_for_it(store: Store) -> None:
    seed(store)
    assess(store, {group(1): PASS, group(2): WARN, group(3): PASS}, minutes(3), "a4")
    here = {"account": SUBJECT.account, "region": SUBJECT.region, "cluster": SUBJECT.cluster}
    assert names(store, **here) == {PAYMENTS_2}
    assert names(store, **here, status="PASS") == {PAYMENTS_1}
    assert names(store, severity="high", status="FAIL") == set()
    with pytest.raises(QueryError, match="name account, region and cluster"):
        store.findings(FindingFilter(status=PASS, account=SUBJECT.account))


@pytest.mark.parametrize("limit", [1, 7, 25, 100])
def test_pages_hold_every_finding_once_worst_first(store: Store, limit: int) -> None:
    assess(store, statuses(20, FAIL), NOON)
    assess(store, statuses(5, FAIL), NOON, "a2", OTHER, CRITICAL)
    seen: list[Finding] = []
    cursor = ""
    for _ in range(30):
        page = store.findings(FindingFilter(), limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        seen += page.items
        cursor = page.cursor
        if not cursor:
            break
    assert len({finding.id for finding in seen}) == len(seen) == 25
    assert [finding.state.severity for finding in seen] == [Severity.CRITICAL] * 5 + [Severity.HIGH] * 20


@pytest.mark.parametrize("damage", ["x", "=", "bm8gY3Vyc29y"])
def test_a_damaged_cursor_is_refused(store: Store, damage: str) -> None:
    seed(store)
    cursor = store.findings(FindingFilter(), limit=1).cursor
    with pytest.raises(QueryError, match="the cursor is damaged"):
        store.findings(FindingFilter(), cursor=damage + cursor[5:] if damage == "x" else damage)


def test_a_cursor_of_another_question_is_refused(store: Store) -> None:
    seed(store)
    cursor = store.findings(FindingFilter(account=SUBJECT.account), limit=1).cursor
    with pytest.raises(QueryError, match="belongs to another question"):
        store.findings(FindingFilter(account="444455556666"), limit=1, cursor=cursor)
    with pytest.raises(QueryError, match="belongs to another question"):
        store.clusters(cursor=cursor)


@pytest.mark.parametrize("limit", [0, 501])
def test_a_limit_out_of_bounds_is_refused(store: Store, limit: int) -> None:
    with pytest.raises(QueryError, match=f"the limit is {limit}"):
        store.history(SUBJECT, limit=limit)


def test_clusters_are_listed_without_regions_and_deleted_ones(store: Store) -> None:
    seed(store)
    third = Subject("111122223333", "eu-west-1", "batch")
    assess(store, {group(1): PASS}, NOON, "a5", third)
    listed = [head.subject for head in store.clusters().items]
    assert listed == [third, SUBJECT, OTHER]
    assert [head.subject for head in store.clusters(account="111122223333", region="us-east-1").items] == [OTHER]
    first = store.clusters(limit=2)
    assert [head.subject for head in store.clusters(limit=2, cursor=first.cursor).items] == [OTHER]
    posture = store.read(third)
    commit = commit_of(posture, {}, minutes(9), "a6")
    store.commit(msgspec.structs.replace(commit, head=msgspec.structs.replace(commit.head, deleted_at=minutes(9))))
    assert [head.subject for head in store.clusters().items] == [SUBJECT, OTHER]
    assert store.known_clusters(Target("111122223333", "eu-west-1")) == (SUBJECT,)
    with pytest.raises(QueryError, match="by account and region"):
        store.clusters(region="us-east-1")


def test_one_finding_and_its_history_newest_first(store: Store) -> None:
    for number, status in enumerate([FAIL, PASS, FAIL]):
        assess(store, {group(1): status, group(2): FAIL}, minutes(number), f"a{number}")
    finding = store.finding(SUBJECT, LOGGING.id, group(1))
    assert finding is not None
    assert (finding.open, finding.openings) == (True, 2)
    assert store.finding(SUBJECT, LOGGING.id, group(9)) is None
    page = store.finding_history(SUBJECT, LOGGING.id, group(1))
    assert [moved.kind for moved in transitions_of(page.items)] == [
        TransitionKind.REOPENED,
        TransitionKind.RESOLVED,
        TransitionKind.OPENED,
    ]
    first = store.finding_history(SUBJECT, LOGGING.id, group(1), limit=2)
    rest = store.finding_history(SUBJECT, LOGGING.id, group(1), limit=2, cursor=first.cursor)
    assert first.items + rest.items == page.items


def test_history_is_read_between_two_times_both_included(store: Store) -> None:
    for number in range(5):
        assess(store, {group(1): PASS}, minutes(number), f"a{number}")
    page = store.history(SUBJECT, since=minutes(1), until=minutes(3))
    assert [record.body["id"] for record in page.items] == ["a1", "a2", "a3"]


def test_an_assessment_reports_its_own_transitions_and_no_changes(store: Store) -> None:
    admit(store, 1)
    first = assess(store, {group(1): FAIL}, NOON)
    admit(store, 2)
    second = assess(store, {group(1): PASS}, NOON, "a2")
    third = assess(store, {group(1): PASS}, NOON, "a3")
    assert store.reported_by(first[-1]) == first[:-1]
    assert store.reported_by(second[-1]) == second[:-1]
    assert store.reported_by(third[-1]) == ()
