from datetime import timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.errors import StoreError
from plumbline.domain.records import Record, RecordKind
from plumbline.domain.verdict import Status
from plumbline.ports import Message
from plumbline.usecases.raise_alerts import DETAIL_TYPE, AlertRaiser, Raised
from tests.contracts.assessing import SUBJECT, assess, commit_of, group, statuses
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import LOGGING, NOON

LATER = NOON + timedelta(hours=1)


class House:
    """A store with one onboarded, compliant subject."""

    def __init__(self) -> None:
        self.store, self.announcer = FakePostureStore(), FakeAnnouncer()
        assess(self.store, statuses(3, Status.PASS), NOON, "first")

    def fail(self, count: int = 1, name: str = "second") -> Record:
        judged = statuses(3, Status.PASS) | statuses(count, Status.FAIL)
        return assess(self.store, judged, LATER, name)[-1]

    def raiser(self, **options: Any) -> AlertRaiser:
        return AlertRaiser(self.store, self.announcer, [LOGGING], **options)


@pytest.fixture
def house() -> House:
    return House()


def test_an_assessment_that_reports_nothing_raises_nothing(house: House) -> None:
    (quiet,) = assess(house.store, statuses(3, Status.PASS), LATER, "second")
    assert house.raiser().raise_for(quiet) == Raised(0, 0)
    assert (house.announcer.messages, house.announcer.events) == ([], [])


def test_transitions_become_one_message_and_an_event_each(house: House) -> None:
    assert house.raiser().raise_for(house.fail(2)) == Raised(2, 1)
    (message,) = house.announcer.messages
    assert (message.id, message.topic) == (f"{SUBJECT.key}|second|standard", "standard")
    assert len(message.document["transitions"]) == 2
    assert [kind for kind, _ in house.announcer.events] == [DETAIL_TYPE, DETAIL_TYPE]


def test_an_event_says_which_record_it_is(house: House) -> None:
    record = house.fail()
    house.raiser().raise_for(record)
    ((_, detail),) = house.announcer.events
    (reported,) = house.store.reported_by(record)
    assert detail == {
        "schema": "plumbline.transition/1",
        "id": f"{SUBJECT.key}#{reported.sequence}",
        "account": SUBJECT.account,
        "region": SUBJECT.region,
        "cluster": SUBJECT.cluster,
        "cluster_arn": SUBJECT.key,
        "environment": "",
        "assessment": "second",
        "sequence": reported.sequence,
        "hash": reported.hash,
        "transition": reported.body,
    }


def test_what_a_crash_cut_off_is_announced_with_the_next_assessment(house: House) -> None:
    house.store.step = 1
    cut = iter([None, None])

    def crash_before_the_third() -> None:
        if next(cut, "over") == "over":
            raise StoreError("the function was killed")

    house.store.before_write = crash_before_the_third
    judged = statuses(3, Status.FAIL)
    with pytest.raises(StoreError, match="killed"):
        house.store.commit(commit_of(house.store.read(SUBJECT), judged, LATER, "second"))
    house.store.before_write = lambda: None
    record = assess(house.store, judged, LATER + timedelta(hours=1), "third")[-1]
    house.raiser().raise_for(record)
    announced = {detail["transition"]["resource"]["name"] for _, detail in house.announcer.events}
    assert announced == {group(number).name for number in range(3)}


def test_messages_go_through_the_publisher_that_remembers(house: House) -> None:
    published: list[Message] = []
    house.raiser(publish=published.append).raise_for(house.fail())
    assert [message.topic for message in published] == ["standard"]
    assert house.announcer.messages == []


def test_a_publisher_that_fails_is_tried_again_as_a_whole(house: House) -> None:
    record = house.fail()
    house.announcer.failing = True
    with pytest.raises(StoreError):
        house.raiser().raise_for(record)
    house.announcer.failing = False
    assert house.raiser().raise_for(record) == Raised(1, 1)


def test_the_route_decides(house: House) -> None:
    house.raiser(route=lambda *_: None).raise_for(house.fail())
    assert house.announcer.messages == []
    assert len(house.announcer.events) == 1


def test_an_alert_links_to_its_cluster(house: House) -> None:
    house.raiser(base_url="https://plumbline.example/").raise_for(house.fail())
    (message,) = house.announcer.messages
    expected = "https://plumbline.example/clusters/arn%3Aaws%3Aeks%3Aeu-west-1%3A111122223333%3Acluster%2Fpayments"
    assert message.document["link"] == expected
    assert expected in message.text


def test_a_record_that_is_no_assessment_is_refused(house: House) -> None:
    record = house.fail()
    (reported,) = house.store.reported_by(record)
    broken = msgspec.structs.replace(record, body={**record.body, "scopes": "all"}, kind=RecordKind.ASSESSMENT)
    with pytest.raises(StoreError, match="cannot be read as Assessment"):
        house.raiser().raise_for(broken)
    assert reported.kind is RecordKind.TRANSITION
