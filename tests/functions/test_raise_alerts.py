from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from functions.raise_alerts import app
from plumbline import runtime
from plumbline.adapters.aws.history import record_item
from plumbline.adapters.aws.items import Codec
from plumbline.domain.records import Record
from plumbline.domain.verdict import Status
from plumbline.ports import Message
from plumbline.usecases.raise_alerts import AlertRaiser
from tests.contracts.assessing import assess, statuses
from tests.functions.conftest import House
from tests.functions.payloads import Context, as_json, payload
from tests.unit.domain.examples import LOGGING, NOON

Once = Callable[[Callable[[Message], None]], Callable[[Message], None]]


@pytest.fixture(autouse=True)
def locks(aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the table of published messages."""
    monkeypatch.setenv("IDEMPOTENCY_TABLE", "published")
    runtime.own("dynamodb").create_table(
        TableName="published",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    app._published.cache_clear()


@pytest.fixture(autouse=True)
def raiser(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Announce with the fakes, published once by the real table."""

    def make(once: Once) -> AlertRaiser:
        return AlertRaiser(house.store, house.announcer, [LOGGING], publish=once(house.announcer.announce))

    monkeypatch.setattr(runtime, "alert_raiser", make)


def failed(house: House, number: int = 1) -> Record:
    """Record an assessment that finds one more group failing."""
    at = NOON + timedelta(hours=number)
    if number == 1:
        assess(house.store, statuses(5, Status.PASS), NOON, "first")
    return assess(house.store, statuses(5, Status.PASS) | statuses(number, Status.FAIL), at, f"a-{number}")[-1]


def stream(*records: Record) -> dict[str, Any]:
    """Return the stream's event of these records."""
    (template,) = payload("raise_alerts")["Records"]
    return {
        "Records": [
            template
            | {
                "dynamodb": template["dynamodb"]
                | {"NewImage": record_item(record, Codec()), "SequenceNumber": f"number-{record.sequence}"}
            }
            for record in records
        ]
    }


def handler(event: dict[str, Any], context: Context) -> Any:
    return as_json(app.handler(event, context))


def test_the_payload_file_is_a_real_record(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    assert handler(payload("raise_alerts"), context) == {"batchItemFailures": []}
    assert house.announcer.messages == []
    assert counted() == {"AssessmentsReported": 1, "TransitionsAnnounced": 0, "Messages": 0}


def test_a_transition_is_announced(house: House, context: Context, counted: Callable[[], dict[str, float]]) -> None:
    assert handler(stream(failed(house)), context) == {"batchItemFailures": []}
    (message,) = house.announcer.messages
    assert message.topic == "standard"
    assert len(house.announcer.events) == 1
    assert counted() == {"AssessmentsReported": 1, "TransitionsAnnounced": 1, "Messages": 1}


def test_a_record_that_comes_again_is_published_once(house: House, context: Context) -> None:
    event = stream(failed(house))
    handler(event, context)
    handler(event, context)
    assert len(house.announcer.messages) == 1


def test_a_message_that_could_not_be_published_is_published_later(house: House, context: Context) -> None:
    event = stream(failed(house))
    house.announcer.failing = True
    (failure,) = handler(event, context)["batchItemFailures"]
    assert failure == {"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}
    house.announcer.failing = False
    assert handler(event, context) == {"batchItemFailures": []}
    assert len(house.announcer.messages) == 1


def test_an_event_that_was_not_taken_does_not_publish_the_message_twice(
    house: House, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, emit = stream(failed(house)), house.announcer.emit

    def refuse(documents: Any) -> None:
        monkeypatch.setattr(house.announcer, "failing", True)
        emit(documents)

    monkeypatch.setattr(house.announcer, "emit", refuse)
    assert len(handler(event, context)["batchItemFailures"]) == 1
    monkeypatch.setattr(house.announcer, "failing", False)
    monkeypatch.setattr(house.announcer, "emit", emit)
    assert handler(event, context) == {"batchItemFailures": []}
    assert (len(house.announcer.messages), len(house.announcer.events)) == (1, 1)


def test_a_broken_record_does_not_hold_up_the_others(house: House, context: Context) -> None:
    good, other = failed(house, 1), failed(house, 2)
    event = stream(other, good)
    event["Records"][0]["dynamodb"]["NewImage"]["body"] = {"B": "AAAA"}
    (failure,) = handler(event, context)["batchItemFailures"]
    assert failure == {"itemIdentifier": f"number-{other.sequence}"}
    assert [message.id.split("|")[1] for message in house.announcer.messages] == ["a-1"]
