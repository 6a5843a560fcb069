"""The tally of a scan: counts, what could not be read, and the exit code that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from plumbline.domain.verdict import Reason, Severity, Status, Verdict
from plumbline_cli.scanning.reading import Assessed

# Reasons that mean the scan itself fell short; the others say that AWS holds no answer.
_FAILURES = frozenset(
    {
        Reason.ACCESS_DENIED,
        Reason.THROTTLED,
        Reason.ENDPOINT_UNREACHABLE,
        Reason.NOT_FOUND_IN_LISTING,
        Reason.REGION_UNSUPPORTED,
        Reason.PARSE_ERROR,
        Reason.CONTROL_ERROR,
    }
)

FINE, FINDINGS, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130


class Tally:
    """Counts what a scan finds."""

    def __init__(self, fail_on: Severity | None = None) -> None:
        self._fail_on = fail_on
        self.clusters = 0
        self.by_status: Counter[str] = Counter()
        self.failed_by_severity: Counter[str] = Counter()
        self.unread: Counter[tuple[str, str]] = Counter()
        self.gone: list[str] = []
        self._serious = 0

    def counted(self, assessed: Assessed) -> Assessed:
        """Return the same; its verdicts are counted as they are read."""
        self.clusters += bool(assessed.subject.cluster) and assessed.subject.cluster != "*"
        return msgspec.structs.replace(assessed, verdicts=self._counting(assessed.verdicts))

    def _counting(self, verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
        for verdict in verdicts:
            self._count(verdict)
            yield verdict

    def _count(self, verdict: Verdict) -> None:
        self.by_status[verdict.status] += 1
        severity = verdict.severity or Severity.INFO
        if verdict.status is Status.FAIL:
            self.failed_by_severity[severity] += 1
            self._serious += self._fail_on is not None and severity.rank <= self._fail_on.rank
        if verdict.status is Status.UNKNOWN and verdict.reason in _FAILURES:
            self.unread[verdict.reason, verdict.message] += 1

    @property
    def partial(self) -> int:
        """How many verdicts are UNKNOWN because something could not be read."""
        return self.unread.total()

    @property
    def exit_code(self) -> int:
        """What the process ends with: a certain violation counts for more than one that may be hidden."""
        if self._serious:
            return FINDINGS
        return PARTIAL if self.partial else FINE

    def document(self) -> dict[str, Any]:
        """Return the counts for machines."""
        summary = {
            "clusters": self.clusters,
            "by_status": {str(status): self.by_status[status] for status in Status},
            "failed_by_severity": {str(severity): self.failed_by_severity[severity] for severity in Severity},
            "not_read": [
                {"reason": reason, "message": message, "verdicts": count}
                for (reason, message), count in self.unread.most_common()
            ],
            "deleted_meanwhile": self.gone,
        }
        return msgspec.to_builtins(summary)  # type: ignore[no-any-return]
