import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from plumbline.domain.errors import EventError, StoreError
from plumbline.domain.index import Kind, dependency
from plumbline.domain.records import RecordKind
from plumbline.domain.subject import Subject
from plumbline.usecases.route import Disposition, Router, workflow_name
from tests.contracts.assessing import commit_of
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON, minutes
from tests.unit.events.records import ACCOUNT, REGION, call, native
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
        self.outside: set[str] = set()
        self.router = Router(
            self.store,
            self.start,
            self.clock,
            LEASE_SECONDS,
            lambda subject: watched and subject.cluster not in self.outside,
            ("eu-west-1", "us-east-1"),
        )

    def start(self, subject: Subject, owner: str) -> None:
        if self.broken:
            raise StoreError("the workflow could not be started")
        self.started.append((subject, owner))

    def route(self, number: int = 1, **detail: Any) -> Disposition:
        return self.router.route(json.dumps(event(eventID=f"event-{number}", **detail)))

    def related(self, made: dict[str, Any]) -> Disposition:
        return self.router.route(json.dumps(made))

    def know(self, *subjects: Subject, **sets: str) -> None:
        """Record clusters that depend on resources: `security_group="sg-1"`."""
        for subject in subjects:
            commit = commit_of(self.store.read(subject), {}, NOON)
            found = {
                one.place: frozenset({one.id})
                for kind, name in sets.items()
                if (one := dependency(Kind[kind.upper()], name, subject.account, subject.region))
            }
            self.store.commit(msgspec.structs.replace(commit, index=found))

    def concerned(self) -> set[Subject]:
        """The subjects of which a change is recorded."""
        return {
            subject
            for subject, records in self.store.records.items()
            if any(record.kind is RecordKind.CHANGE for record in records)
        }

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


# --- events that concern several, or none


ORDERS, ABROAD = Subject(ACCOUNT, REGION, "orders"), Subject(ACCOUNT, "us-east-1", "abroad")
OPENED = call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-1"})


def test_every_cluster_behind_a_resource_gets_the_change_and_a_workflow() -> None:
    house = House()
    house.know(SUBJECT, ORDERS, security_group="sg-1")
    house.know(ABROAD, security_group="sg-1")
    assert house.related(OPENED) == Disposition("started", f"AuthorizeSecurityGroupIngress on {ORDERS.key} and 1 more")
    assert house.concerned() == {SUBJECT, ORDERS}
    assert {subject for subject, _ in house.started} == {SUBJECT, ORDERS}
    assert house.store.read(SUBJECT).head.pending == {"network"}
    assert house.store.read(SUBJECT).head.waits == ()


def test_what_nothing_depends_on_is_dropped() -> None:
    house = House()
    house.know(SUBJECT, security_group="sg-2")
    assert house.related(OPENED) == Disposition(
        "ignored", "AuthorizeSecurityGroupIngress: nothing that is watched depends on security-group sg-1"
    )
    assert house.concerned() == set()


def test_a_change_of_identity_reaches_clusters_of_every_region() -> None:
    house = House()
    house.know(SUBJECT, ABROAD, role="node")
    house.related(call("iam", "AttachRolePolicy", {"roleName": "node"}, awsRegion="us-east-1"))
    assert house.concerned() == {SUBJECT, ABROAD}


def test_an_event_for_several_is_told_apart_for_each() -> None:
    """A crash in the middle is made good by the second delivery, and nobody gets the change twice."""
    house = House()
    house.know(SUBJECT, ORDERS, security_group="sg-1")
    house.broken = True
    with pytest.raises(StoreError):
        house.related(OPENED)
    assert house.concerned() == {ORDERS}
    house.broken = False
    assert house.related(OPENED).action == "started"
    assert house.related(OPENED).action == "duplicate"
    assert house.changes() == ["related-1"]
    assert {subject for subject, _ in house.started} == {SUBJECT, ORDERS}


def test_only_what_is_watched_is_concerned() -> None:
    house = House()
    house.know(SUBJECT, ORDERS, security_group="sg-1")
    house.outside = {"orders"}
    house.related(OPENED)
    assert house.concerned() == {SUBJECT}


def test_defaults_of_a_region_reach_it_and_its_clusters() -> None:
    house = House()
    house.know(SUBJECT, ORDERS, ABROAD)
    house.related(call("ec2", "DisableEbsEncryptionByDefault", {}))
    assert house.concerned() == {SUBJECT, ORDERS, Subject(ACCOUNT, REGION)}


def test_a_new_trail_reaches_every_watched_region() -> None:
    house = House()
    house.related(call("cloudtrail", "CreateTrail", {"name": "main"}))
    assert house.concerned() == {Subject(ACCOUNT, REGION), Subject(ACCOUNT, "us-east-1")}


def test_an_account_has_a_workflow_of_its_own() -> None:
    house = House()
    house.related(call("iam", "CreateAccessKey", {"userName": "jane"}))
    account = Subject(ACCOUNT, "")
    assert house.started == [(account, workflow_name(account, "related-1"))]
    assert house.started[0][1].startswith(ACCOUNT)


def test_a_cluster_named_by_a_tag_is_concerned_if_it_is_known() -> None:
    tags = {"tags": [{"resourceId": "workers", "key": f"kubernetes.io/cluster/{SUBJECT.cluster}"}]}
    made = call("autoscaling", "CreateOrUpdateTags", tags)
    stranger, friend = House(), House()
    friend.know(SUBJECT)
    assert stranger.related(made).action == "ignored"
    assert friend.related(made).action == "started"
    assert (stranger.concerned(), friend.concerned()) == (set(), {SUBJECT})


def test_the_autoscaler_of_a_cluster_changes_nothing_of_it() -> None:
    """Another cluster behind the same group still hears of it: the role is not its own autoscaler's."""
    house = House()
    house.know(SUBJECT, auto_scaling_group="eks-blue", autoscaler=f"arn:aws:iam::{ACCOUNT}:role/deploy")
    house.know(ORDERS, auto_scaling_group="eks-blue")
    house.related(call("autoscaling", "UpdateAutoScalingGroup", {"autoScalingGroupName": "eks-blue"}))
    assert house.concerned() == {ORDERS}


def test_context_is_recorded_and_asks_for_nothing() -> None:
    house = House()
    detail = {"clusterName": SUBJECT.cluster, "podName": "a"}
    assert house.related(native("EKS Fargate Pod Scheduled Termination", detail)).action == "recorded"
    assert house.concerned() == {SUBJECT}
    assert (house.started, house.store.read(SUBJECT).head.lease) == ([], None)


def test_what_operators_must_know_is_told() -> None:
    house = House()
    assert "a trail stopped" in house.related(call("cloudtrail", "StopLogging", {"name": "main"})).notice
    assert (
        house.route(eventName="UpdateSomethingNew").notice == "the event table does not know UpdateSomethingNew of EKS"
    )
