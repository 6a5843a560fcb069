import json
from typing import Any

import botocore.session
import pytest

from plumbline.events.native import NATIVE_EVENTS
from plumbline.events.patterns import LONGEST_PATTERN, patterns, sources
from plumbline.events.related import RELATED_CALLS, RELATED_SERVICE_EVENTS

SESSION = botocore.session.get_session()
PATTERNS = patterns()


def services_of(pattern: dict[str, Any]) -> list[str]:
    return [source.removeprefix("aws.") for source in pattern["source"]]


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_is_short_enough(name: str) -> None:
    assert len(json.dumps(PATTERNS[name])) <= LONGEST_PATTERN


@pytest.mark.parametrize("name", ["ClusterEvents", "ComputeCalls", "SubnetTags", "GroupCalls", "AccountCalls"])
def test_reads_and_failed_calls_stay_where_they_are(name: str) -> None:
    assert PATTERNS[name]["detail"]["errorCode"] == [{"exists": False}]
    assert PATTERNS[name]["detail"]["readOnly"] == [False, {"exists": False}]


def test_together_they_deliver_exactly_what_the_tables_hold() -> None:
    delivered: set[tuple[str, str]] = set()
    for pattern in PATTERNS.values():
        for service in services_of(pattern):
            if service in RELATED_CALLS:
                model = SESSION.get_service_model(service)
                known = set(model.operation_names) | set(RELATED_SERVICE_EVENTS.get(service, {}))
                delivered |= {(service, name) for name in pattern["detail"]["eventName"] if name in known}
    tables = (RELATED_CALLS, RELATED_SERVICE_EVENTS)
    assert delivered == {(service, name) for table in tables for service in table for name in table[service]}


def test_every_call_of_eks_and_every_native_event_is_delivered() -> None:
    pattern = PATTERNS["ClusterEvents"]
    assert set(pattern["detail-type"]) >= NATIVE_EVENTS
    assert "eventName" not in pattern["detail"]


def test_the_bus_takes_what_is_forwarded() -> None:
    assert sources() == sorted({source for pattern in PATTERNS.values() for source in pattern["source"]})
