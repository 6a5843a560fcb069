"""Queries: what auditors ask of the records, each answered by one index."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from plumbline.adapters.aws.history import History, bounds, record_of
from plumbline.adapters.aws.items import (
    CLUSTERS,
    FINDING_PREFIX,
    HEAD,
    Codec,
    finding_key,
    finding_of,
    head_of,
    key,
    partition_of,
)
from plumbline.adapters.aws.pages import Question, page, starting_with
from plumbline.adapters.aws.tables import Tables
from plumbline.domain.errors import QueryError
from plumbline.domain.findings import OPEN
from plumbline.domain.records import Finding, Head, Record, RecordKind, entry_key
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity
from plumbline.ports import Blobs, FindingFilter, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from plumbline.adapters.aws.items import Item, Read


class DynamoFindingQueries:
    """Implements `ports.FindingQueries`.

    Lists read indexes, which follow a write within moments; single findings, heads and histories are consistent.

    Args:
        client: a botocore or boto3 client for DynamoDB.
        posture_table, history_table: their names.
        blobs: where the store keeps what is too large for an item.

    """

    def __init__(
        self, client: DynamoDBClient, posture_table: str, history_table: str, *, blobs: Blobs | None = None
    ) -> None:
        self._tables = Tables(client, posture_table, history_table)
        self._codec = Codec(blobs)
        self._history = History(self._tables, self._codec)

    def head(self, subject: Subject) -> Head | None:
        """Return the head of a subject, None for one never seen."""
        item = self._tables.get(self._tables.posture, key(partition_of(subject), HEAD))
        return head_of(item) if item else None

    def clusters(self, *, account: str = "", region: str = "", limit: int = 50, cursor: str = "") -> Page[Head]:
        """List the heads of the clusters that are not deleted, by account, region and name.

        Raises:
            QueryError: a region without an account, or a wrong cursor.

        """
        if region and not account:
            raise QueryError("clusters are listed by account, or by account and region")
        low, high = starting_with(_place(account, region))
        question = Question(
            table=self._tables.posture,
            index="heads",
            hash_key="heads_pk",
            range_key="heads_sk",
            value=CLUSTERS,
            low=low,
            high=high,
        )
        keys = page(self._tables, [question], _primary_key, limit=limit, cursor=cursor)
        found = {item["pk"]["S"]: head_of(item) for item in self._tables.get_many(self._tables.posture, keys.items)}
        heads = [found[wanted["pk"]["S"]] for wanted in keys.items if wanted["pk"]["S"] in found]
        return Page(tuple(heads), keys.cursor)

    def findings(self, wanted: FindingFilter, *, limit: int = 50, cursor: str = "") -> Page[Finding]:
        """List findings, by the narrowest index that serves the filter.

        Raises:
            QueryError: no index serves the filter, or the cursor is wrong.

        """
        questions = _questions(wanted, self._tables.posture)
        return page(self._tables, questions, lambda item: finding_of(item, self._codec), limit=limit, cursor=cursor)

    def finding(self, subject: Subject, control: str, resource: Resource) -> Finding | None:
        """Return one finding, open or resolved; None when there never was one."""
        item = self._tables.get(self._tables.posture, finding_key(subject, entry_key(control, resource)))
        return finding_of(item, self._codec) if item else None

    def finding_history(
        self, subject: Subject, control: str, resource: Resource, *, limit: int = 50, cursor: str = ""
    ) -> Page[Record]:
        """List the transitions of one finding, newest first."""
        low, high = bounds(None, None)
        question = Question(
            table=self._tables.history,
            value=subject.key,
            low=low,
            high=high,
            filters={"finding": entry_key(control, resource), "kind": str(RecordKind.TRANSITION)},
            newest_first=True,
        )
        return self._records(question, limit, cursor)

    def history(
        self,
        subject: Subject,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        cursor: str = "",
    ) -> Page[Record]:
        """List the history records of a subject from `since` to `until`, both inclusive, oldest first."""
        low, high = bounds(since, until)
        return self._records(Question(table=self._tables.history, value=subject.key, low=low, high=high), limit, cursor)

    def reported_by(self, assessment: Record) -> tuple[Record, ...]:
        """Return the transitions that an assessment's record reports, in order."""
        return self._history.reported_by(assessment)

    def _records(self, question: Question, limit: int, cursor: str) -> Page[Record]:
        return page(self._tables, [question], lambda item: record_of(item, self._codec), limit=limit, cursor=cursor)


def _primary_key(item: Read) -> Item:
    return {"pk": item["pk"], "sk": item["sk"]}


def _place(account: str, region: str, cluster: str = "") -> str:
    """Return how the sort keys of a place begin: its parts in order, up to the first that is not given."""
    parts = [account, region, cluster]
    given = parts[: next((number for number, part in enumerate(parts) if not part), len(parts))]
    return "".join(f"{part}#" for part in given)


def _questions(wanted: FindingFilter, table: str) -> list[Question]:
    """Return the partitions to read, and what to filter there that their keys do not say."""
    if wanted.account and wanted.region and wanted.cluster:
        return [_of_cluster(wanted, table)]
    if wanted.status is not None and wanted.status not in OPEN:
        raise QueryError("findings that are not open are listed for one cluster: name account, region and cluster")
    if wanted.control:
        return [_of_control(wanted, table)]
    if wanted.account:
        return [_of_account(wanted, table)]
    severities = [wanted.severity] if wanted.severity else list(Severity)
    return [_of_severity(wanted, severity, table) for severity in severities]


def _of_cluster(wanted: FindingFilter, table: str) -> Question:
    subject = Subject(wanted.account, wanted.region, wanted.cluster, wanted.partition)
    low, high = starting_with(FINDING_PREFIX + (f"{wanted.control}#" if wanted.control else ""))
    return Question(
        table=table,
        value=partition_of(subject),
        low=low,
        high=high,
        filters=_filters(wanted, "severity", "status") | ({} if wanted.status else {"open": "yes"}),
    )


def _of_control(wanted: FindingFilter, table: str) -> Question:
    low, high = starting_with(_place(wanted.account, wanted.region, wanted.cluster))
    return Question(
        table=table,
        index="by-control",
        hash_key="control_pk",
        range_key="control_sk",
        value=f"CONTROL#{wanted.control}",
        low=low,
        high=high,
        filters=_filters(wanted, "account", "region", "cluster", "severity", "status"),
    )


def _of_account(wanted: FindingFilter, table: str) -> Question:
    low, high = starting_with(f"{wanted.severity.rank}#" if wanted.severity else "")
    return Question(
        table=table,
        index="by-account",
        hash_key="account_pk",
        range_key="account_sk",
        value=f"ACCOUNT#{wanted.account}",
        low=low,
        high=high,
        filters=_filters(wanted, "region", "cluster", "status"),
    )


def _of_severity(wanted: FindingFilter, severity: Severity, table: str) -> Question:
    low, high = starting_with("")
    return Question(
        table=table,
        index="open-by-severity",
        hash_key="open_pk",
        range_key="open_sk",
        value=f"OPEN#{severity}",
        low=low,
        high=high,
        filters=_filters(wanted, "region", "cluster", "status"),
    )


def _filters(wanted: FindingFilter, *names: str) -> dict[str, str]:
    values = msgspec.structs.asdict(wanted)
    return {name: str(values[name]) for name in names if values[name]}
