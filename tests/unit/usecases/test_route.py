import json
from datetime import datetime
from typing import Any

import pytest

from plumbline.domain.errors import EventError, StoreError
from plumbline.domain.records import RecordKind
from plumbline.domain.subject import Subject
from plumbline.usecases.route import Disposition, Router, workflow_name
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON, minutes
from tests.unit.events.test_reading import event

SUBJECT = Subject("222233334444", "eu-west-1", "payments-prod")
LEASE_SECONDS = 600


class SettableClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class House:
    """A router with a store, a clock and a list of the workflows it started."""

    def __init__(self, *, watched: bool = True) -> None:
        self.store, self.clock = FakePostureStore(), SettableClock()
        self.started: list[tuple[Subject, str]] = []
        self.broken = False
        self.router = Router(self.store, self.start, self.clock, LEASE_SECONDS, lambda _: watched)

    def start(self, subject: Subject, owner: str) -> None:
        if self.broken:
            raise StoreError("the workflow could not be started")
        self.started.append((subject, owner))

    def route(self, number: int = 1, **detail: Any) -> Disposition:
        return self.router.route(json.dumps(event(eventID=f"event-{number}", **detail)))

    def changes(self) -> list[str]:
        records = self.store.records.get(SUBJECT, [])
        return [record.body["event_id"] for record in records if record.kind is RecordKind.CHANGE]


def owner(number: int = 1) -> str:
    return workflow_name(SUBJECT, f"event-{number}")


def test_the_first_event_is_recorded_and_starts_a_workflow() -> None:
    house = House()
    assert house.route().action == "started"
    assert house.started == [(SUBJECT, owner())]
    assert house.changes() == ["event-1"]
    assert house.store.read(SUBJECT).head.pending == {"cluster-config", "logs"}


def test_an_event_for_an_unknown_cluster_registers_it() -> None:
    house = House()
    assert house.store.head(SUBJECT) is None
    house.route()
    head = house.store.head(SUBJECT)
    assert head is not None
    assert head.first_assessed_at is None


def test_events_in_a_burst_are_one_workflow_and_their_scopes_add_up() -> None:
    house = House()
    house.route(1)
    addon = {"name": "payments-prod", "addonName": "vpc-cni"}
    assert house.route(2, eventName="UpdateAddon", requestParameters=addon).action == "coalesced"
    assert house.started == [(SUBJECT, owner(1))]
    assert house.store.read(SUBJECT).head.pending == {"cluster-config", "logs", "addon"}
    assert house.changes() == ["event-1", "event-2"]


def test_an_event_after_the_lease_expired_starts_another_workflow() -> None:
    house = House()
    house.route(1)
    house.clock.time = minutes(11)
    assert house.route(2).action == "started"
    assert house.started == [(SUBJECT, owner(1)), (SUBJECT, owner(2))]


def test_a_second_delivery_changes_nothing() -> None:
    house = House()
    house.route(1)
    assert house.store.claim(SUBJECT, owner(1), NOON, LEASE_SECONDS) is not None
    assert not house.store.release(SUBJECT, owner(1), NOON, LEASE_SECONDS)
    records = list(house.store.records[SUBJECT])
    assert house.route(1).action == "duplicate"
    assert house.store.records[SUBJECT] == records
    assert house.started == [(SUBJECT, owner(1))]


def test_a_start_that_failed_is_made_good_by_the_second_delivery() -> None:
    house = House()
    house.broken = True
    with pytest.raises(StoreError):
        house.route(1)
    house.broken = False
    assert house.route(1).action == "duplicate"
    assert house.started == [(SUBJECT, owner(1))]
    assert house.changes() == ["event-1"]


def test_what_changes_nothing_leaves_no_record() -> None:
    house = House()
    assert house.route(errorCode="AccessDenied") == Disposition("ignored", "the call failed with AccessDenied")
    assert house.store.records == {}


def test_a_cluster_outside_the_scope_is_ignored() -> None:
    house = House(watched=False)
    assert house.route() == Disposition("ignored", f"{SUBJECT.key} is outside the configured scope")
    assert house.store.records == {}


def test_a_malformed_event_is_an_error_with_its_reason() -> None:
    house = House()
    with pytest.raises(EventError, match="not JSON"):
        house.router.route("{")


def test_a_workflow_name_is_valid_and_the_same_for_the_same_event() -> None:
    long_name = Subject("222233334444", "eu-west-1", "c" * 100)
    name = workflow_name(long_name, "event-1")
    assert len(name) <= 80
    assert name == workflow_name(long_name, "event-1")
    assert name != workflow_name(long_name, "event-2")
    assert name != workflow_name(SUBJECT, "event-1")
