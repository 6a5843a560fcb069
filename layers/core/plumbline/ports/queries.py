"""Queries of the record across subjects."""

from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from plumbline.domain.records import Finding, Head, Record
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Severity, Status

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of an answer; `cursor` fetches the next one and is empty on the last. A part may hold few or no items."""

    items: tuple[T, ...]
    cursor: str = ""


class FindingFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which findings to list; what is empty does not narrow.

    Without a status, open findings are listed, by any of these. A status that is not open (a resolved finding's)
    needs account, region and cluster.
    """

    severity: Severity | None = None
    control: str = ""
    account: str = ""
    region: str = ""
    cluster: str = ""
    status: Status | None = None
    partition: str = "aws"


class FindingQueries(Protocol):
    """Reads the records for auditors: by index, never by scan, a bounded number of items at a time.

    Every method that takes a cursor raises QueryError for one that is damaged or of another question.
    """

    def head(self, subject: Subject) -> Head | None:
        """Return the head of a subject, None for one never seen."""
        ...

    def clusters(self, *, account: str = "", region: str = "", limit: int = 50, cursor: str = "") -> Page[Head]:
        """List the heads of the clusters that are not deleted, by account, region and name."""
        ...

    def findings(self, wanted: FindingFilter, *, limit: int = 50, cursor: str = "") -> Page[Finding]:
        """List findings.

        Raises:
            QueryError: also when no index serves the filter.

        """
        ...

    def finding(self, subject: Subject, control: str, resource: Resource) -> Finding | None:
        """Return one finding, open or resolved; None when there never was one."""
        ...

    def finding_history(
        self, subject: Subject, control: str, resource: Resource, *, limit: int = 50, cursor: str = ""
    ) -> Page[Record]:
        """List the transitions of one finding, newest first."""
        ...

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
        ...

    def reported_by(self, assessment: Record) -> tuple[Record, ...]:
        """Return the transitions that an assessment's record reports, in order."""
        ...
