"""What every posture store promises of the reverse index."""

from collections.abc import Iterator

import msgspec
import pytest
from moto import mock_aws

from plumbline.adapters.aws.posture_store import DynamoPostureStore
from plumbline.domain.errors import ConflictError
from plumbline.domain.index import Dependency, Kind, Place
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Status
from plumbline.ports import PostureStore
from tests.adapters.aws.recording_tables import HISTORY, POSTURE, created_tables
from tests.contracts.assessing import OTHER, SUBJECT, commit_of, statuses
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON, minutes

GROUPS = Place(SUBJECT.account, SUBJECT.region, Kind.SECURITY_GROUP)
ROLES = Place(SUBJECT.account, "", Kind.ROLE)


@pytest.fixture(params=["fake", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[PostureStore]:
    if request.param == "fake":
        yield FakePostureStore()
        return
    with mock_aws():
        yield DynamoPostureStore(created_tables(), POSTURE, HISTORY, sleep=lambda _: None)


def index(store: PostureStore, subject: Subject, sets: dict[Place, set[str]], findings: int = 0) -> None:
    commit = commit_of(store.read(subject), statuses(findings, Status.FAIL), NOON)
    found = {place: frozenset(ids) for place, ids in sets.items()}
    store.commit(msgspec.structs.replace(commit, index=found))


def dependents(store: PostureStore, *resources: tuple[Place, str]) -> tuple[Subject, ...]:
    return store.dependents([Dependency(place, name) for place, name in resources])


def test_nothing_depends_on_what_nobody_indexed(store: PostureStore) -> None:
    assert dependents(store, (GROUPS, "sg-1")) == ()
    assert store.dependents([]) == ()


def test_a_resource_leads_to_every_subject_that_depends_on_it(store: PostureStore) -> None:
    index(store, SUBJECT, {GROUPS: {"sg-1", "sg-2"}, ROLES: {"node"}})
    index(store, OTHER, {ROLES: {"node", "app"}})
    assert dependents(store, (GROUPS, "sg-2")) == (SUBJECT,)
    assert dependents(store, (ROLES, "node")) == (SUBJECT, OTHER)
    assert dependents(store, (ROLES, "app"), (GROUPS, "sg-1")) == (SUBJECT, OTHER)


def test_an_id_is_meant_whole_and_in_its_place(store: PostureStore) -> None:
    index(store, SUBJECT, {GROUPS: {"sg-12"}})
    elsewhere = Place(SUBJECT.account, "us-east-1", Kind.SECURITY_GROUP)
    assert dependents(store, (GROUPS, "sg-1"), (elsewhere, "sg-12"), (ROLES, "sg-12")) == ()


def test_a_set_replaces_the_one_before_it(store: PostureStore) -> None:
    index(store, SUBJECT, {GROUPS: {"sg-1"}, ROLES: {"node"}})
    index(store, SUBJECT, {GROUPS: {"sg-2"}})
    assert dependents(store, (GROUPS, "sg-1")) == ()
    assert dependents(store, (GROUPS, "sg-2")) == dependents(store, (ROLES, "node")) == (SUBJECT,)


def test_an_empty_set_is_forgotten(store: PostureStore) -> None:
    index(store, SUBJECT, {GROUPS: {"sg-1"}})
    index(store, SUBJECT, {GROUPS: set()})
    assert dependents(store, (GROUPS, "sg-1")) == ()


def test_many_are_asked_for_at_once(store: PostureStore) -> None:
    index(store, SUBJECT, {GROUPS: {"sg-149"}})
    assert dependents(store, *((GROUPS, f"sg-{number}") for number in range(150))) == (SUBJECT,)


def test_the_index_fits_beside_many_transitions(store: PostureStore) -> None:
    places = {Place(f"{number:012}", "", Kind.ROLE): {"node"} for number in range(40)}
    index(store, SUBJECT, places, findings=100)
    assert dependents(store, (Place("000000000039", "", Kind.ROLE), "node")) == (SUBJECT,)


def test_a_commit_that_is_refused_changes_no_index(store: PostureStore) -> None:
    outdated = store.read(SUBJECT)
    index(store, SUBJECT, {GROUPS: {"sg-1"}})
    late = commit_of(outdated, {}, minutes(1), "late")
    with pytest.raises(ConflictError):
        store.commit(msgspec.structs.replace(late, index={GROUPS: frozenset({"sg-2"})}))
    assert dependents(store, (GROUPS, "sg-1")) == (SUBJECT,)
    assert dependents(store, (GROUPS, "sg-2")) == ()
