from datetime import timedelta

import msgspec
import pytest

from plumbline.domain.chain import GENESIS, Body, extend, fingerprint, verify
from plumbline.domain.records import Assessment, Change, Coverage, Record, RecordKind
from plumbline.domain.subject import Subject
from tests.unit.domain.examples import NOON

SUBJECT = Subject("111122223333", "eu-west-1", "payments")


def history() -> list[Record]:
    bodies: list[Body] = [
        Change(event_id="e1", name="UpdateClusterConfig", at=NOON),
        Assessment(id="a1", at=NOON, scopes=("cluster",), coverage=Coverage(by_status={"PASS": 3})),
        Change(event_id="e2", name="DeleteNodegroup", at=NOON + timedelta(minutes=1)),
    ]
    return list(extend(SUBJECT, "", 0, NOON, bodies))


def test_records_are_numbered_and_chained_from_the_first() -> None:
    first, second, third = history()
    assert [record.sequence for record in (first, second, third)] == [1, 2, 3]
    assert (first.previous, second.previous, third.previous) == (GENESIS, first.hash, second.hash)
    assert [record.kind for record in (first, second, third)] == [
        RecordKind.CHANGE,
        RecordKind.ASSESSMENT,
        RecordKind.CHANGE,
    ]


def test_a_sound_history_has_no_problem() -> None:
    assert verify(history()) == []


def test_extending_in_two_steps_gives_the_same_chain() -> None:
    whole = history()
    bodies = [msgspec.convert(record.body, Change) for record in (whole[2],)]
    assert extend(SUBJECT, whole[1].hash, 2, NOON, bodies) == (whole[2],)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_changed_record_shows(position: int) -> None:
    records = history()
    changed = msgspec.structs.replace(records[position], body={**records[position].body, "id": "forged"})
    records[position] = changed
    assert f"record {position + 1} was changed after it was written" in verify(records)


def test_a_missing_record_shows() -> None:
    records = history()
    del records[1]
    assert verify(records) == ["record 2 is missing: 3 follows 1"]


def test_a_record_replaced_with_a_valid_hash_breaks_the_chain() -> None:
    records = history()
    forged = extend(SUBJECT, "f" * 64, 1, NOON, [Change(event_id="x", name="Forged", at=NOON)])[0]
    records[1] = forged
    assert verify(records) == [
        "record 2 does not follow the record before it",
        "record 3 does not follow the record before it",
    ]


def test_the_hash_covers_subject_time_and_kind() -> None:
    record = history()[0]
    for changed in (
        msgspec.structs.replace(record, subject=Subject("111122223333", "eu-west-1", "other")),
        msgspec.structs.replace(record, at=NOON + timedelta(seconds=1)),
        msgspec.structs.replace(record, kind=RecordKind.ASSESSMENT),
    ):
        assert verify([changed]) == ["record 1 was changed after it was written"]


def test_a_fingerprint_ignores_the_order_of_keys() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
    assert fingerprint({}) == ""
