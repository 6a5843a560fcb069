"""History: the records of a subject as items of the append-only table, and reading them in order."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from plumbline.adapters.aws.items import Codec, key, stamp
from plumbline.adapters.aws.tables import ABSENT, Tables, put
from plumbline.domain.records import Change, Record, RecordKind, entry_key
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from plumbline.adapters.aws.items import Item, Read

_DIGITS = 12
_LAST = "9" * _DIGITS


def sort_key(at: datetime, sequence: int) -> str:
    """Return the sort key of a record: sorted by time and, which is the same, by sequence."""
    return f"{stamp(at)}#{sequence:0{_DIGITS}}"


def record_item(record: Record, codec: Codec) -> Item:
    """Return the item of a history record."""
    item: Item = {
        **key(record.subject.key, sort_key(record.at, record.sequence)),
        "kind": {"S": str(record.kind)},
        "sequence": {"N": str(record.sequence)},
        "at": {"S": stamp(record.at)},
        "previous": {"S": record.previous},
        "hash": {"S": record.hash},
        "account_month": {"S": f"{record.subject.account}#{stamp(record.at)[:7]}"},
        "body": codec.text(msgspec.json.encode(record.body)),
    }
    if record.kind is RecordKind.TRANSITION:
        control, resource = record.body["control"], msgspec.convert(record.body["resource"], Resource)
        item["control_month"] = {"S": f"{control}#{stamp(record.at)[:7]}"}
        item["finding"] = {"S": entry_key(control, resource)}
    if record.kind is RecordKind.ASSESSMENT:
        item["transitions"] = {"N": str(record.body.get("transitions", 0))}
    return item


def record_of(item: Read, codec: Codec) -> Record:
    """Return the record that an item holds.

    Raises:
        StoreError: its content cannot be unpacked.

    """
    return Record(
        subject=Subject.from_key(item["pk"]["S"]),
        sequence=int(item["sequence"]["N"]),
        at=datetime.fromisoformat(item["at"]["S"]),
        kind=RecordKind(item["kind"]["S"]),
        body=msgspec.json.decode(codec.unpack(item["body"])),
        previous=item["previous"]["S"],
        hash=item["hash"]["S"],
    )


def record_of_image(image: Mapping[str, Any], codec: Codec) -> Record:
    """Return the record in the NewImage of a stream event, as Lambda receives it: binary values are base64."""
    body = image["body"]
    return record_of({**image, "body": {"B": base64.b64decode(body["B"])} if "B" in body else body}, codec)


class History:
    """Adds to the history table and reads from it. Nothing here changes or deletes."""

    def __init__(self, tables: Tables, codec: Codec) -> None:
        self._tables = tables
        self._codec = codec

    def addition(self, record: Record) -> TransactWriteItemTypeDef:
        """Return the action that adds a record and never replaces one."""
        return put(self._tables.history, record_item(record, self._codec), ABSENT)

    def holds(self, record: Record) -> bool:
        """Whether this very record is written."""
        found = self._tables.get(self._tables.history, key(record.subject.key, sort_key(record.at, record.sequence)))
        return found is not None and found["hash"]["S"] == record.hash

    def changes_since(self, subject: Subject, since: datetime | None) -> tuple[Change, ...]:
        """Return the changes recorded at a time or after it, oldest first."""
        records = self._between(subject, stamp(since) if since else "0", _END, RecordKind.CHANGE)
        return tuple(msgspec.convert(record.body, Change) for record in records)

    def reported_by(self, assessment: Record) -> tuple[Record, ...]:
        """Return the transitions that an assessment's record reports, in order."""
        first = assessment.body.get("first_at")
        if first is None:
            return ()
        low = sort_key(datetime.fromisoformat(first), assessment.body["first_sequence"])
        high = sort_key(assessment.at, assessment.sequence)
        return self._between(assessment.subject, low, high, RecordKind.TRANSITION)

    def _between(self, subject: Subject, low: str, high: str, kind: RecordKind) -> tuple[Record, ...]:
        items = self._tables.query_all(
            TableName=self._tables.history,
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :low AND :high",
            FilterExpression="kind = :kind",
            ExpressionAttributeValues={
                ":pk": {"S": subject.key},
                ":low": {"S": low},
                ":high": {"S": high},
                ":kind": {"S": str(kind)},
            },
        )
        return tuple(record_of(item, self._codec) for item in items)


# Sorts after every time.
_END = "~"


def bounds(since: datetime | None, until: datetime | None) -> tuple[str, str]:
    """Return the sort keys between which the records of a span of time lie, both ends included."""
    return (stamp(since) if since else "0", f"{stamp(until)}#{_LAST}" if until else _END)
