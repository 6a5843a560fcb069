"""Groups: the findings of a scan by control, worst first, and the heat map of clusters and areas, for people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.remediation import remediation_for
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Resource, Severity, Status, Verdict
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.rows import message_of

if TYPE_CHECKING:
    from plumbline_cli.output.formats import Scanned

# From worst to best: what a cell of the heat map shows first.
ORDER = (Status.FAIL, Status.UNKNOWN, Status.WARN, Status.PASS, Status.NOT_APPLICABLE)
_FINDINGS = frozenset({Status.FAIL, Status.WARN, Status.UNKNOWN})
_SECTIONS = (Status.FAIL, Status.WARN, Status.UNKNOWN)
_WIDTHS = tuple(Level)
_Key = tuple[Status, Severity, str]


class Cell(msgspec.Struct):
    """One area of one cluster: verdicts by status, and the worst severity among those that fail."""

    counts: dict[Status, int] = {}
    severity: Severity | None = None

    def add(self, verdict: Verdict) -> None:
        """Count one verdict."""
        self.counts[verdict.status] = self.counts.get(verdict.status, 0) + 1
        if verdict.status is Status.FAIL:
            severity = verdict.severity or Severity.INFO
            self.severity = min(self.severity or severity, severity, key=lambda one: one.rank)

    @property
    def status(self) -> Status | None:
        """The worst status; None where nothing was judged."""
        return next((status for status in ORDER if self.counts.get(status)), None)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One subject in the heat map."""

    subject: Subject
    version: str
    environment: str
    cells: dict[str, Cell]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict that is not PASS or NOT_APPLICABLE, in words for people."""

    subject: Subject
    resource: Resource
    reason: str
    message: str


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The findings of one control with one status and severity: the first of them, and how many there are."""

    status: Status
    severity: Severity
    control: Control
    findings: list[Finding]
    total: int

    @property
    def untold(self) -> int:
        """How many findings are not among those kept."""
        return self.total - len(self.findings)

    @property
    def fix(self) -> str:
        """The one-line remediation: filled in when there is one finding, with placeholders when there are more."""
        if self.total > 1:
            return self.control.remediation
        return remediation_for(self.control, self.findings[0].subject, self.findings[0].resource)


class Closed(msgspec.Struct, frozen=True):
    """A cluster of which nothing inside could be read, why, and how many verdicts are unknown for it."""

    subject: Subject
    why: str
    verdicts: int


class Collector:
    """Keeps of each subject what a report for people shows: counts by area, and the findings.

    Of each group only so many findings are kept: a control may fail for each of a hundred thousand workloads. What is
    unknown because a cluster is closed is told once.
    """

    def __init__(self, scanned: Scanned, keep: int) -> None:
        self._controls = scanned.controls
        self._keep = keep
        self._groups: dict[_Key, list[Finding]] = {}
        self._totals: Counter[_Key] = Counter()
        self.lines: list[Line] = []
        self.closed: list[Closed] = []

    def add(self, assessed: Assessed) -> None:
        """Take the verdicts on one subject."""
        cells: dict[str, Cell] = {}
        hidden = 0
        for verdict in assessed.verdicts:
            area = self._controls[verdict.control].area
            cells.setdefault(area, Cell()).add(verdict)
            if assessed.closed and verdict.status is Status.UNKNOWN and verdict.message == assessed.closed:
                hidden += 1
            elif verdict.status in _FINDINGS:
                self._take(assessed.subject, verdict)
        self.lines.append(
            Line(
                subject=assessed.subject,
                version=assessed.version,
                environment=assessed.environment,
                cells=cells,
            )
        )
        if hidden:
            self.closed.append(Closed(assessed.subject, assessed.closed, hidden))

    @property
    def areas(self) -> list[str]:
        """The areas in which anything was judged, by name."""
        return sorted({area for line in self.lines for area in line.cells})

    def _take(self, subject: Subject, verdict: Verdict) -> None:
        key = (verdict.status, verdict.severity or Severity.INFO, verdict.control)
        self._totals[key] += 1
        if self._totals[key] > self._keep:
            return
        finding = Finding(
            subject=subject,
            resource=verdict.resource,
            reason=", ".join(verdict.reasons),
            message=message_of(verdict),
        )
        self._groups.setdefault(key, []).append(finding)

    def groups(self) -> list[Group]:
        """Return the findings: violations by severity, then warnings, then what is unknown."""
        ordered = sorted(self._groups, key=lambda key: (_SECTIONS.index(key[0]), key[1].rank, key[2]))
        return [
            Group(
                status=status,
                severity=severity,
                control=self._controls[control],
                findings=self._groups[status, severity, control],
                total=self._totals[status, severity, control],
            )
            for status, severity, control in ordered
        ]


def worst_first(line: Line) -> tuple[object, ...]:
    """Sort by the worst failing severity, then by how much fails or is unknown; what clusters share comes last."""
    ranks = [cell.severity.rank for cell in line.cells.values() if cell.severity]
    failing, unknown = (
        sum(cell.counts.get(status, 0) for cell in line.cells.values()) for status in (Status.FAIL, Status.UNKNOWN)
    )
    return (_WIDTHS.index(line.subject.level), min(ranks, default=len(Severity)), -failing, -unknown, line.subject)


def subject_name(subject: Subject) -> str:
    """Return what a subject is called in a list: the cluster, all of them, or how wide it is."""
    if subject.cluster == "*":
        return "(clusters not listed)"
    return subject.cluster or f"({subject.level})"


def resource_name(resource: Resource) -> str:
    """Return the kind and name of a resource."""
    return f"{resource.kind} {resource.name}"
