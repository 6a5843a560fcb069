import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.route_audit_log.app import handler
from plumbline import runtime
from plumbline.domain.errors import StoreError
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
    """Route with the fakes, the cluster known; return the workflows that were started."""
    found: Started = []
    router = Router(house.store, lambda *what: found.append(what), house.clock, 600, lambda _: True)
    monkeypatch.setattr(runtime, "router", lambda: router)
    house.store.commit(commit_of(house.store.read(PROD), {}, house.clock.now()))
    return found


def batch(*deliveries: dict[str, Any] | bytes) -> dict[str, Any]:
    """Return an event of the stream with these deliveries."""
    contents = [one if isinstance(one, bytes) else gzip.compress(json.dumps(one).encode()) for one in deliveries]
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "0f0e",
                    "sequenceNumber": f"4960000{number}",
                    "data": base64.b64encode(content).decode(),
                    "approximateArrivalTimestamp": 1772373740.0,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"shardId-000000000000:4960000{number}",
                "eventName": "aws:kinesis:record",
                "awsRegion": REGION,
            }
            for number, content in enumerate(contents)
        ]
    }


def changes(house: House) -> list[str]:
    return [one.body["name"] for one in house.store.records.get(PROD, []) if one.kind is RecordKind.CHANGE]


def test_a_change_inside_a_cluster_is_recorded_and_looked_at_once(
    house: House, started: Started, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    assert handler(batch(payload("audit_log")), context) == {"batchItemFailures": []}
    assert changes(house) == ["patch deployments"]
    assert house.store.heads[PROD].pending == {"kubernetes"}
    assert started == [(PROD, workflow_name(PROD, "b3f1c2d4-0000-4000-8000-000000000001"))]
    assert counted() == {"AuditDeliveriesReceived": 1, "AuditLinesStarted": 1, "AuditLinesIgnored": 1}


def test_a_delivery_that_comes_again_changes_nothing(house: House, started: Started, context: Context) -> None:
    handler(batch(payload("audit_log"), payload("audit_log")), context)
    assert changes(house) == ["patch deployments"]


def test_a_cluster_that_nobody_knows_is_not_made_up(house: House, started: Started, context: Context) -> None:
    handler(batch(payload("audit_log") | {"logGroup": "/aws/eks/forged/cluster"}), context)
    assert (set(house.store.heads), started) == ({PROD}, [])


def test_a_delivery_that_cannot_be_understood_is_set_aside(
    house: House,
    started: Started,
    dead_letters: Callable[[], list[dict[str, str]]],
    context: Context,
    counted: Callable[[], dict[str, float]],
) -> None:
    assert handler(batch(b"plain text", payload("audit_log")), context) == {"batchItemFailures": []}
    ((message),) = dead_letters()
    assert base64.b64decode(message["body"]) == b"plain text"
    assert message["reason"].startswith("not compressed with gzip")
    assert changes(house) == ["patch deployments"]
    assert counted()["AuditLinesRefused"] == 1


def test_a_line_that_cannot_be_understood_holds_up_no_other(
    house: House, started: Started, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    found = payload("audit_log")
    found["logEvents"].insert(0, {"id": "0", "timestamp": 0, "message": "E0301 not an audit event"})
    assert handler(batch(found), context) == {"batchItemFailures": []}
    assert changes(house) == ["patch deployments"]
    assert counted()["AuditLinesRefused"] == 1


def test_what_cannot_be_written_is_tried_again(house: House, started: Started, context: Context) -> None:
    def refuse() -> None:
        raise StoreError("throttled")

    house.store.before_write = refuse
    answer = handler(batch(payload("audit_log")), context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "49600000"}]}
