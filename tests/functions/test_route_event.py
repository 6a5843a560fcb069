import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from functions.route_event.app import handler
from plumbline import runtime
from plumbline.domain.errors import StoreError
from plumbline.domain.index import Kind, dependency
from plumbline.domain.records import RecordKind
from plumbline.domain.subject import Subject
from plumbline.usecases.route import Router, workflow_name
from tests.contracts.assessing import commit_of
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, payload

PROD = Subject(MEMBER, REGION, "payments-prod")
Started = list[tuple[Subject, str]]


@pytest.fixture
def started(house: House, monkeypatch: pytest.MonkeyPatch) -> Started:
    """Route with the fakes; return the workflows that were started."""
    found: Started = []
    router = Router(house.store, lambda *what: found.append(what), house.clock, 600, lambda _: True)
    monkeypatch.setattr(runtime, "router", lambda: router)
    return found


def batch(*names: str) -> dict[str, Any]:
    """Return an SQS event with these payload files as messages."""
    (template, *_) = payload("route_event")["Records"]
    records = [
        template | {"messageId": f"message-{number}", "body": json.dumps(payload(name))}
        for number, name in enumerate(names)
    ]
    return {"Records": records}


def changes(house: House, subject: Subject = PROD) -> list[str]:
    return [one.body["name"] for one in house.store.records.get(subject, []) if one.kind is RecordKind.CHANGE]


def test_a_batch_of_everything(
    house: House,
    started: Started,
    dead_letters: Callable[[], list[dict[str, str]]],
    context: Context,
    counted: Callable[[], dict[str, float]],
) -> None:
    event = payload("route_event")
    assert handler(event, context) == {"batchItemFailures": []}
    assert changes(house) == ["UpdateClusterConfig", "UpdateAddon"]
    first = workflow_name(PROD, payload("eks_update_cluster_config")["detail"]["eventID"])
    # The duplicate may have come because the first delivery died before it started the workflow.
    assert started == [(PROD, first), (PROD, first)]
    refused = dead_letters()
    assert sorted(message["body"] for message in refused) == sorted(event["Records"][n]["body"] for n in (3, 5))
    assert counted() == {
        "EventsReceived": 6,
        "EventsStarted": 1,
        "EventsDuplicate": 1,
        "EventsIgnored": 1,
        "EventsCoalesced": 1,
        "EventsRefused": 2,
    }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("eks_malformed", "malformed event: Expected `object`, got `str` - at `$.userIdentity`"),
        ("eks_without_cluster", "UpdateNodegroupConfig: no cluster is named in the request, response or resources"),
    ],
)
def test_an_event_that_cannot_be_understood_is_set_aside_with_the_reason(
    house: House,
    started: Started,
    dead_letters: Callable[[], list[dict[str, str]]],
    context: Context,
    name: str,
    reason: str,
) -> None:
    assert handler(batch(name), context) == {"batchItemFailures": []}
    ((message),) = dead_letters()
    assert (json.loads(message["body"]), message["reason"]) == (payload(name), reason)
    assert (house.store.heads, started) == ({}, [])


@pytest.mark.parametrize("name", ["eks_refused_call", "eks_read_only_call", "ec2_done_by_service_role"])
def test_a_call_that_changed_nothing_is_dropped(house: House, started: Started, context: Context, name: str) -> None:
    assert handler(batch(name), context) == {"batchItemFailures": []}
    assert (house.store.heads, started) == ({}, [])


@pytest.mark.parametrize(
    ("name", "cluster", "resource"),
    [
        ("eks_create_nodegroup", "payments-prod", "batch"),
        ("eks_update_addon", "payments-prod", "vpc-cni"),
        ("eks_associate_access_policy_url_encoded", "payments-prod", "arn:aws:iam::222233334444:role/developers"),
        ("eks_tag_resource", "payments-prod", ""),
        ("eks_delete_cluster", "payments-old", ""),
        ("eks_unknown_cluster", "payments-next", ""),
    ],
)
def test_a_call_is_recorded_for_its_cluster(
    house: House, started: Started, context: Context, name: str, cluster: str, resource: str
) -> None:
    handler(batch(name), context)
    subject = Subject(MEMBER, REGION, cluster)
    (record,) = house.store.records[subject]
    assert record.body["name"] == payload(name)["detail"]["eventName"]
    assert record.body.get("resource", {"name": ""})["name"] == resource
    assert [about for about, _ in started] == [subject]


def test_an_encoded_argument_is_recorded_as_it_was_meant(house: House, started: Started, context: Context) -> None:
    handler(batch("eks_associate_access_policy_url_encoded"), context)
    (record,) = house.store.records[PROD]
    assert record.body["request"]["principalArn"] == "arn:aws:iam::222233334444:role/developers"
    assert len(started) == 1


def test_what_cannot_be_written_is_tried_again_alone(
    house: House, started: Started, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    def refuse_once() -> None:
        house.store.before_write = lambda: None
        raise StoreError("throttled")

    house.store.before_write = refuse_once
    answer = handler(batch("eks_create_nodegroup", "eks_update_addon"), context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert changes(house) == ["UpdateAddon"]
    assert len(started) == 1
    assert counted() == {"EventsReceived": 2, "EventsStarted": 1}


def test_a_batch_that_fails_altogether_is_reported_message_by_message(
    house: House, started: Started, context: Context
) -> None:
    def refuse() -> None:
        raise StoreError("throttled")

    house.store.before_write = refuse
    answer = handler(batch("eks_create_nodegroup", "eks_update_addon"), context)
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["message-0", "message-1"]
    assert started == []


KEY = "0f0e0d0c-0000-4000-8000-00000000aaaa"
HERE, ITSELF = Subject(MEMBER, REGION), Subject(MEMBER, "")


def depend(house: House, kind: Kind, name: str, subject: Subject = PROD) -> None:
    """Record that a cluster depends on a resource."""
    found = dependency(kind, name, MEMBER, REGION)
    assert found is not None
    commit = commit_of(house.store.read(subject), {}, house.clock.now())
    house.store.commit(msgspec.structs.replace(commit, index={found.place: frozenset({found.id})}))


@pytest.mark.parametrize(
    ("name", "kind", "resource", "scopes"),
    [
        ("ec2_authorize_security_group_ingress", Kind.SECURITY_GROUP, "sg-0f0e0d0c0b0a00001", {"network"}),
        ("ec2_delete_flow_logs", Kind.FLOW_LOG, "fl-0a9b8c7d6e5f4a3b2", {"network"}),
        ("ec2_create_launch_template_version", Kind.LAUNCH_TEMPLATE, "lt-0f0e0d0c0b0a00001", {"nodegroup"}),
        ("kms_disable_key", Kind.KEY, KEY, {"kms", "cluster-config"}),
        ("kms_rotate_key_service_event", Kind.KEY, KEY, {"kms", "cluster-config"}),
        ("iam_attach_role_policy", Kind.ROLE, "payments-nodes", {"identity"}),
    ],
)
def test_an_event_of_another_service_is_recorded_for_the_clusters_that_depend_on_it(
    house: House, started: Started, context: Context, name: str, kind: Kind, resource: str, scopes: set[str]
) -> None:
    handler(batch(name), context)
    assert (changes(house), started) == ([], [])
    depend(house, kind, resource)
    handler(batch(name), context)
    assert changes(house) == [payload(name)["detail"]["eventName"]]
    assert house.store.heads[PROD].pending == scopes
    assert [about for about, _ in started] == [PROD]


@pytest.mark.parametrize(
    ("name", "subjects", "scopes"),
    [
        ("ec2_disable_ebs_encryption_by_default", [HERE, PROD], {"compute-defaults"}),
        ("signin_console_login_root", [ITSELF], {"account"}),
        ("eks_addon_health_degraded", [PROD], {"addon"}),
        ("health_eks_planned_lifecycle", [PROD], {"region-facts", "cluster-config"}),
    ],
)
def test_an_event_is_recorded_for_whom_it_concerns(
    house: House, started: Started, context: Context, name: str, subjects: list[Subject], scopes: set[str]
) -> None:
    depend(house, Kind.KEY, KEY)
    handler(batch(name), context)
    assert [about for about, _ in started] == subjects
    assert [house.store.heads[subject].pending for subject in subjects] == [scopes] * len(subjects)


def test_context_is_recorded_and_starts_nothing(
    house: House, started: Started, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    handler(batch("eks_fargate_pod_scheduled_termination"), context)
    assert changes(house) == ["EKS Fargate Pod Scheduled Termination"]
    assert started == []
    assert counted() == {"EventsReceived": 1, "EventsRecorded": 1}


def test_operators_are_told_when_events_may_stop(
    house: House, started: Started, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    handler(batch("cloudtrail_stop_logging"), context)
    assert counted() == {"EventsReceived": 1, "EventsIgnored": 1, "OperatorNotices": 1}
