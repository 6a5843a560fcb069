"""What SNS and EventBridge ask: forms, sizes, attributes, partial failures. A stubber answers the calls."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from plumbline.adapters.aws.announcer import LARGEST_BATCH, LARGEST_MESSAGE, AwsAnnouncer
from plumbline.domain.errors import StoreError
from tests.contracts.test_announcer import message

TOPIC = "arn:aws:sns:eu-west-1:123456789012:critical"
SESSION = boto3.Session("testing", "testing", region_name="eu-west-1")


class Rig:
    """An announcer whose calls are kept and answered as told."""

    def __init__(self) -> None:
        self.sns = SESSION.client("sns")
        self.events = SESSION.client("events")
        self.pauses: list[float] = []
        self.published: list[dict[str, Any]] = []
        self.put: list[list[dict[str, Any]]] = []
        self.sns.meta.events.register("provide-client-params.sns.Publish", self._publishing)
        self.events.meta.events.register("provide-client-params.events.PutEvents", self._putting)
        self.of_sns, self.of_events = Stubber(self.sns), Stubber(self.events)
        self.announcer = AwsAnnouncer(
            self.sns, self.events, {"critical": TOPIC}, "findings", sleep=self.pauses.append, jitter=lambda: 1.0
        )

    def _publishing(self, params: dict[str, Any], **_: Any) -> None:
        self.published.append(params)

    def _putting(self, params: dict[str, Any], **_: Any) -> None:
        self.put.append(params["Entries"])

    def takes(self, *refused: int, of: int) -> None:
        entries = [{"ErrorCode": "ThrottlingException"} if n in refused else {"EventId": str(n)} for n in range(of)]
        self.of_events.add_response(
            "put_events", {"FailedEntryCount": len(refused), "Entries": entries}, {"Entries": ANY}
        )


@pytest.fixture
def rig() -> Iterator[Rig]:
    rig = Rig()
    with rig.of_sns, rig.of_events:
        yield rig


def published(rig: Rig, **changes: Any) -> Mapping[str, Any]:
    rig.of_sns.add_response("publish", {"MessageId": "1"})
    rig.announcer.announce(message(**changes))
    call = rig.published[-1]
    assert len(call["Message"].encode()) <= LARGEST_MESSAGE
    return call


def test_people_read_the_text_and_machines_the_document(rig: Rig) -> None:
    call = published(rig)
    assert (call["TopicArn"], call["MessageStructure"]) == (TOPIC, "json")
    content = json.loads(call["Message"])
    assert content == {
        "default": content["default"],
        "email": message().text,
        "sms": message().subject,
    }
    assert json.loads(content["default"]) == message().document


def test_an_attribute_of_several_values_is_an_array(rig: Rig) -> None:
    assert published(rig, attributes={"severity": ("high",), "area": ("iam", "network"), "team": ("",)})[
        "MessageAttributes"
    ] == {
        "severity": {"DataType": "String", "StringValue": "high"},
        "area": {"DataType": "String.Array", "StringValue": '["iam","network"]'},
    }


def test_more_attributes_than_raw_delivery_carries_are_left_out_and_said(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        call = published(rig, attributes={f"a{number}": ("x",) for number in range(12)})
    assert list(call["MessageAttributes"]) == [f"a{number}" for number in range(10)]
    assert [record.getMessage() for record in caplog.records] == ["an alert has 12 attributes; only 10 are published"]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("two\nlines\tand  more", "two lines and more"),
        ("caf\u00e9 \u2192 \x07bell", "cafe? ? bell"),
        ("x" * 200, "x" * 99),
    ],
)
def test_a_subject_is_one_short_line_of_ascii(rig: Rig, subject: str, expected: str) -> None:
    assert published(rig, subject=subject)["Subject"] == expected


@pytest.mark.parametrize("count", [1000, 5000])
def test_transitions_beyond_the_limit_are_left_out_with_their_number(rig: Rig, count: int) -> None:
    transitions = [{"control": "logging.audit-log", "text": 'a "quoted" text é ' * 10, "n": n} for n in range(count)]
    call = published(rig, document={**message().document, "transitions": transitions})
    document = json.loads(json.loads(call["Message"])["default"])
    kept = len(document["transitions"])
    assert 500 < kept < count
    assert document["transitions"] == transitions[:kept]
    assert document["transitions_left_out"] == count - kept
    assert document["link"] == "https://example.org/a1"
    assert len(call["Message"].encode()) > LARGEST_MESSAGE - 9 * 1024


def test_a_document_too_large_without_its_transitions_is_a_store_error(rig: Rig) -> None:
    with pytest.raises(StoreError, match="too large even without its transitions"):
        rig.announcer.announce(message(document={"headline": "x" * LARGEST_MESSAGE}))


def test_a_long_text_is_cut_after_a_line_and_says_where_the_rest_is(rig: Rig) -> None:
    text = "".join(f"line {number} é\n" for number in range(10_000))
    email = json.loads(published(rig, text=text)["Message"])["email"]
    lines = email.splitlines()
    assert len(email.encode()) < 33 * 1024
    assert lines[-1] == "This message is cut here; the rest is in https://example.org/a1"
    assert lines[:-2] == text.splitlines()[: len(lines) - 2]


def test_a_refused_publish_is_a_store_error(rig: Rig) -> None:
    rig.of_sns.add_client_error("publish", "Throttling")
    with pytest.raises(StoreError, match=r"publishing a1: .*Throttling"):
        rig.announcer.announce(message())


def details(rig: Rig) -> list[list[Any]]:
    return [[json.loads(entry["Detail"])["n"] for entry in entries] for entries in rig.put]


def test_events_go_in_batches_of_ten(rig: Rig) -> None:
    for size in (10, 10, 3):
        rig.takes(of=size)
    rig.announcer.emit([("Opened", {"n": number}) for number in range(23)])
    assert details(rig) == [list(range(10)), list(range(10, 20)), [20, 21, 22]]
    assert rig.put[0][0] == {
        "Source": "plumbline",
        "DetailType": "Opened",
        "Detail": '{"n":0}',
        "EventBusName": "findings",
    }


def test_a_batch_stays_below_the_size_limit(rig: Rig) -> None:
    for size in (2, 2, 1):
        rig.takes(of=size)
    rig.announcer.emit([("Opened", {"n": number, "text": "é" * 50_000}) for number in range(5)])
    assert details(rig) == [[0, 1], [2, 3], [4]]
    assert all(sum(len(entry["Detail"].encode()) for entry in entries) < LARGEST_BATCH for entries in rig.put)


def test_an_event_too_large_leaves_out_its_largest_members_and_names_them(rig: Rig) -> None:
    rig.takes(of=1)
    rig.announcer.emit([("Opened", {"n": 1, "large": "x" * 200_000, "larger": "x" * 250_000, "small": "y"})])
    assert json.loads(rig.put[0][0]["Detail"]) == {
        "n": 1,
        "large": "x" * 200_000,
        "small": "y",
        "left_out": ["larger"],
    }


def test_only_events_that_were_refused_are_put_again(rig: Rig) -> None:
    rig.takes(1, 3, of=5)
    rig.takes(1, of=2)
    rig.takes(of=1)
    rig.announcer.emit([("Opened", {"n": number}) for number in range(5)])
    assert details(rig) == [[0, 1, 2, 3, 4], [1, 3], [3]]
    assert rig.pauses == [0.1, 0.2]


def test_events_refused_again_and_again_are_a_store_error(rig: Rig) -> None:
    for _ in range(4):
        rig.takes(0, of=1)
    with pytest.raises(StoreError, match="1 were not taken: ThrottlingException"):
        rig.announcer.emit([("Opened", {"n": 0})])


def test_a_refused_put_is_a_store_error(rig: Rig) -> None:
    rig.of_events.add_client_error("put_events", "InternalException")
    with pytest.raises(StoreError, match=r"putting events on the bus: .*InternalException"):
        rig.announcer.emit([("Opened", {"n": 0})])
