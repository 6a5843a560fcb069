"""What every announcer promises: the fake and the one on SNS and EventBridge."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from plumbline.adapters.aws.announcer import AwsAnnouncer
from plumbline.domain.errors import StoreError
from plumbline.ports import Announcer, Message
from tests.fakes.announcer import FakeAnnouncer

REGION = "eu-west-1"
TOPICS = ("critical", "standard", "digest")
Taken = Callable[[], list[dict[str, Any]]]


def message(topic: str = "critical", **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "id": "a1",
        "topic": topic,
        "subject": "Audit logging was disabled on payments",
        "text": "Audit logging was disabled.\n",
        "document": {"schema": "plumbline.alert/1", "link": "https://example.org/a1", "transitions": [{"n": 1}]},
        "attributes": {"severity": ("critical",), "area": ("logging", "network")},
    }
    return Message(**{**fields, **changes})


@pytest.fixture(params=["fake", "aws"])
def announced(request: pytest.FixtureRequest) -> Iterator[tuple[Announcer, Taken, Taken]]:
    """An announcer, and what arrived: messages with their topic and document, and events."""
    if request.param == "fake":
        fake = FakeAnnouncer(TOPICS)
        yield (
            fake,
            lambda: [{"topic": one.topic, "document": one.document} for one in fake.messages],
            lambda: [{"kind": kind, "detail": detail} for kind, detail in fake.events],
        )
        return
    with mock_aws():
        sns, sqs = boto3.client("sns", region_name=REGION), boto3.client("sqs", region_name=REGION)
        events = boto3.client("events", region_name=REGION)
        topics, queues = {}, {}
        for topic in (*TOPICS, "events"):
            queues[topic] = sqs.create_queue(QueueName=topic)["QueueUrl"]
        for topic in TOPICS:
            topics[topic] = sns.create_topic(Name=topic)["TopicArn"]
            arn = f"arn:aws:sqs:{REGION}:123456789012:{topic}"
            sns.subscribe(
                TopicArn=topics[topic], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
            )
        events.create_event_bus(Name="findings")
        events.put_rule(Name="all", EventBusName="findings", EventPattern='{"source": ["plumbline"]}')
        target = f"arn:aws:sqs:{REGION}:123456789012:events"
        events.put_targets(Rule="all", EventBusName="findings", Targets=[{"Id": "queue", "Arn": target}])

        def bodies(queue: str) -> list[Any]:
            found: list[Any] = []
            while batch := sqs.receive_message(QueueUrl=queues[queue], MaxNumberOfMessages=10).get("Messages"):
                found += [json.loads(one["Body"]) for one in batch]
            return found

        yield (
            AwsAnnouncer(sns, events, topics, "findings", sleep=lambda _: None),
            lambda: [{"topic": topic, "document": body} for topic in TOPICS for body in bodies(topic)],
            lambda: [{"kind": body["detail-type"], "detail": body["detail"]} for body in bodies("events")],
        )


def test_a_message_arrives_on_its_topic_only(announced: tuple[Announcer, Taken, Taken]) -> None:
    announcer, messages, _ = announced
    announcer.announce(message("standard"))
    assert messages() == [{"topic": "standard", "document": message().document}]


def test_an_unknown_topic_is_a_store_error(announced: tuple[Announcer, Taken, Taken]) -> None:
    announcer, messages, _ = announced
    with pytest.raises(StoreError, match=r"publishing a1: .*'nowhere'"):
        announcer.announce(message("nowhere"))
    assert messages() == []


def test_every_event_arrives(announced: tuple[Announcer, Taken, Taken]) -> None:
    announcer, _, events = announced
    announcer.emit([("Finding Opened", {"number": number}) for number in range(23)])
    assert sorted(events(), key=lambda one: int(one["detail"]["number"])) == [
        {"kind": "Finding Opened", "detail": {"number": number}} for number in range(23)
    ]


def test_emitting_nothing_does_nothing(announced: tuple[Announcer, Taken, Taken]) -> None:
    announcer, _, events = announced
    announcer.emit([])
    assert events() == []
