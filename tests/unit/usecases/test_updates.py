import msgspec
import pytest

from plumbline.domain.errors import ConflictError
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import CauseKind, Finding, RecordKind, Transition, entry_key
from plumbline.domain.updates import UPDATE_FAILED, EndedUpdate
from plumbline.domain.verdict import Resource, Severity, Status
from plumbline.ports import Message
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.raise_alerts import AlertRaiser
from plumbline.usecases.updates import UpdateRecorder
from tests.contracts.assessing import LEASE, SUBJECT, assess, change, group, wait
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON, minutes

GROUP = Resource("nodegroup", "batch")
FAILED = EndedUpdate(
    id="update-1",
    resource=GROUP,
    type="VersionUpdate",
    problem="PodEvictionFailure: a budget allows none",
    reasons=("update_failed", "PodEvictionFailure"),
)
MENDED = EndedUpdate(id="update-2", resource=GROUP, type="VersionUpdate")
KEY = entry_key(UPDATE_FAILED.id, GROUP)


class House:
    def __init__(self) -> None:
        self.store = FakePostureStore()
        self.recorder = UpdateRecorder(self.store)

    def record(self, *ended: EndedUpdate, after: int = 1) -> int:
        return self.recorder.record(SUBJECT, ended, "workflow.1.updates", minutes(after))

    def transitions(self) -> list[Transition]:
        records = self.store.records.get(SUBJECT, [])
        return [msgspec.convert(one.body, Transition) for one in records if one.kind is RecordKind.TRANSITION]

    def finding(self) -> Finding:
        return self.store.found[SUBJECT][KEY]


@pytest.fixture
def house() -> House:
    return House()


def test_a_failed_update_opens_a_finding(house: House) -> None:
    assert house.record(FAILED) == 1
    (moved,) = house.transitions()
    assert (moved.kind, moved.control, moved.resource) == ("opened", "cluster.failed-update", GROUP)
    assert (moved.after.status, moved.after.severity) == (Status.FAIL, Severity.MEDIUM)
    assert moved.after.reasons == ("PodEvictionFailure", "update_failed")
    assert moved.after.message == (
        "VersionUpdate of nodegroup batch did not succeed: PodEvictionFailure: a budget allows none"
    )
    assert house.finding().open


def test_the_call_that_started_it_is_the_cause(house: House) -> None:
    for number in (1, 2):
        made = msgspec.structs.replace(change(number, NOON), update_id=f"update-{number}")
        house.store.admit(SUBJECT, made, wait(number), "one", NOON, LEASE)
    house.record(FAILED)
    (moved,) = house.transitions()
    assert moved.cause.kind is CauseKind.CHANGE
    assert [one.event_id for one in moved.cause.changes] == ["event-1"]


def test_told_again_it_is_not_written_again(house: House) -> None:
    house.record(FAILED)
    before = list(house.store.records[SUBJECT])
    assert house.record(FAILED, after=2) == 0
    assert house.store.records[SUBJECT] == before


def test_a_successful_update_leaves_no_record(house: House) -> None:
    assert house.record(MENDED) == 0
    assert house.store.records == {}


def test_a_successful_update_of_the_type_resolves_it(house: House) -> None:
    house.record(FAILED)
    assert house.record(MENDED, after=2) == 1
    assert house.transitions()[-1].kind == "resolved"
    assert not house.finding().open


def test_a_successful_update_of_another_type_says_nothing(house: House) -> None:
    house.record(FAILED)
    assert house.record(EndedUpdate(id="update-3", resource=GROUP, type="ConfigUpdate"), after=2) == 0
    assert house.finding().open


def test_a_part_that_is_gone_resolves_it(house: House) -> None:
    house.record(FAILED)
    assert house.record(EndedUpdate(id="", resource=GROUP, gone=True), after=2) == 1
    assert house.transitions()[-1].after.reasons == ("resource_deleted",)


def test_a_cluster_that_is_gone_takes_it_along(house: House) -> None:
    house.record(FAILED)
    request = Request(id="a2", scopes=("cluster",), trigger="sweep", now=minutes(2))
    assert Assessor(house.store, [], ParameterSet()).retire(SUBJECT, request).transitions == 1
    assert not house.finding().open


def test_it_fails_again(house: House) -> None:
    house.record(FAILED)
    house.record(MENDED, after=2)
    house.record(FAILED, after=3)
    assert [moved.kind for moved in house.transitions()] == ["opened", "resolved", "reopened"]


def test_other_findings_stay_as_they_are(house: House) -> None:
    assess(house.store, {group(1): Status.FAIL}, NOON)
    house.record(FAILED)
    posture = house.store.read(SUBJECT)
    assert len(posture.entries) == 2
    assert posture.head.counts == {"logging": {"FAIL": 1}, "cluster": {"FAIL": 1}}
    assess(house.store, {group(1): Status.FAIL}, minutes(2), "a2")
    assert KEY in house.store.read(SUBJECT).entries


def test_a_lost_race_is_decided_again(house: House) -> None:
    def lose_once() -> None:
        house.store.before_write = lambda: None
        raise ConflictError("somebody else wrote first")

    house.store.before_write = lose_once
    assert house.record(FAILED) == 1


def test_who_keeps_losing_gives_up(house: House) -> None:
    def lose() -> None:
        raise ConflictError("somebody else wrote first")

    house.store.before_write = lose
    with pytest.raises(ConflictError):
        house.record(FAILED)


def test_it_is_announced_like_any_other(house: House) -> None:
    house.record(FAILED)
    published: list[Message] = []
    raiser = AlertRaiser(house.store, FakeAnnouncer(), [], publish=published.append)
    raiser.raise_for(house.store.records[SUBJECT][-1])
    (message,) = published
    assert message.topic == "standard"
    assert "What EKS was told to change was changed" in message.text
