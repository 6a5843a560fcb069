"""The reverse index in the posture table: one item for each subject and place, with the ids it depends on there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from plumbline.adapters.aws.items import key
from plumbline.adapters.aws.tables import Tables, put
from plumbline.domain.index import Dependency, Place
from plumbline.domain.subject import Subject

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from plumbline.adapters.aws.items import Item

INDEX_PREFIX = "INDEX#"

# Operands of one filter; DynamoDB allows 300 operators in an expression.
_IDS_IN_QUESTION = 100


def index_item(place: Place, subject: Subject, ids: Iterable[str]) -> Item:
    """Return the item of what a subject depends on in a place. A set cannot be empty: none is left out."""
    item = key(INDEX_PREFIX + place.key, subject.key)
    return {**item, "ids": {"SS": sorted(ids)}} if ids else item


class Index:
    """Writes the index with a commit, and asks it for an event."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def changes(self, subject: Subject, sets: Mapping[Place, frozenset[str]]) -> list[TransactWriteItemTypeDef]:
        """Return the actions that write these sets."""
        return [put(self._tables.posture, index_item(place, subject, ids)) for place, ids in sorted(sets.items())]

    def dependents(self, resources: Iterable[Dependency]) -> tuple[Subject, ...]:
        """Return the subjects that depend on any of these resources, each once, in order."""
        by_place: dict[Place, list[str]] = defaultdict(list)
        for one in sorted(set(resources)):
            by_place[one.place].append(one.id)
        return tuple(sorted({subject for place, ids in by_place.items() for subject in self._of(place, ids)}))

    def _of(self, place: Place, ids: list[str]) -> Iterable[Subject]:
        for start in range(0, len(ids), _IDS_IN_QUESTION):
            some = ids[start : start + _IDS_IN_QUESTION]
            values: Item = {f":id{number}": {"S": wanted} for number, wanted in enumerate(some)}
            items = self._tables.query_all(
                TableName=self._tables.posture,
                ConsistentRead=True,
                KeyConditionExpression="pk = :place",
                FilterExpression=" OR ".join(f"contains(ids, {name})" for name in values),
                ProjectionExpression="sk",
                ExpressionAttributeValues={":place": {"S": INDEX_PREFIX + place.key}, **values},
            )
            for item in items:
                yield Subject.from_key(item["sk"]["S"])
