"""The table: the posture of clusters by area, then the findings worst first, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from plumbline.domain.verdict import Severity, Status
from plumbline_cli.output.groups import (
    ORDER,
    Cell,
    Closed,
    Collector,
    Finding,
    Group,
    Line,
    resource_name,
    subject_name,
    worst_first,
)
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.tally import Tally
from plumbline_cli.terminal import answers, plain

if TYPE_CHECKING:
    from plumbline_cli.output.formats import Scanned

MOST_SHOWN = 15
_GAP = 2
_SIGNS = {Status.FAIL: "✗", Status.UNKNOWN: "?", Status.WARN: "!", Status.PASS: "✓", Status.NOT_APPLICABLE: "-"}
_STYLES = {
    Status.FAIL: "red",
    Status.UNKNOWN: "magenta",
    Status.WARN: "yellow",
    Status.PASS: "green",
    Status.NOT_APPLICABLE: "dim",
}
SEVERITY_STYLES = {
    Severity.CRITICAL: "bold white on red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "red",
    Severity.LOW: "default",
    Severity.INFO: "dim",
}


class Table:
    """Writes the table when the scan is done."""

    def __init__(self, stream: TextIO, scanned: Scanned) -> None:
        self._console: Console = answers(stream)
        self._scanned = scanned
        self._collector = Collector(scanned, keep=MOST_SHOWN)

    def add(self, assessed: Assessed) -> None:
        """Take the verdicts on one subject."""
        self._collector.add(assessed)

    def close(self, tally: Tally) -> None:
        """Write everything."""
        if not tally.by_status:
            self._console.print("There is nothing here to judge.")
            return
        self._console.print(*self._posture(), _legend(), "", sep="\n")
        for closed in self._collector.closed:
            self._console.print(_closed(closed), "", sep="\n")
        groups = self._collector.groups()
        if not groups and not self._collector.closed:
            self._console.print("Nothing to report: every control that applies passes.")
        for group in groups:
            self._console.print(*_group(group, several_regions=len(self._scanned.regions) > 1), sep="\n")

    def _posture(self) -> Iterator[Grid | str]:
        """Yield the posture in as many grids as it takes: areas that do not fit beside each other go below."""
        lines = sorted(self._collector.lines, key=worst_first)
        about = self._console.measure(self._grid(lines, [])).maximum
        room = self._console.width - min(about, self._console.width // 2)
        for areas in _fitting({area: _width(area, lines) for area in self._collector.areas}, room):
            yield self._grid(lines, areas)
            yield ""

    def _grid(self, lines: Sequence[Line], areas: Sequence[str]) -> Grid:
        several_regions = len(self._scanned.regions) > 1
        grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        grid.add_column("cluster", overflow="fold")
        if several_regions:
            grid.add_column("region", no_wrap=True)
        grid.add_column("version", no_wrap=True)
        for area in areas:
            grid.add_column(area, no_wrap=True)
        for line in lines:
            about = [Text(plain(subject_name(line.subject)))]
            about += [Text(plain(line.subject.region))] if several_regions else []
            about.append(Text(plain(line.version)))
            grid.add_row(*about, *(_shown(line.cells.get(area)) for area in areas))
        return grid


def _width(area: str, lines: Sequence[Line]) -> int:
    return max(len(area), *(_shown(line.cells.get(area)).cell_len for line in lines)) + _GAP


def _fitting(widths: Mapping[str, int], room: int) -> Iterator[list[str]]:
    """Yield the areas in rows that fit, one at least in each."""
    row: list[str] = []
    for area, width in widths.items():
        if row and sum(widths[one] for one in row) + width > room:
            yield row
            row = []
        row.append(area)
    yield row


def _shown(cell: Cell | None) -> Text:
    if cell is None or cell.status is None:
        return Text("")
    if cell.status in (Status.PASS, Status.NOT_APPLICABLE):
        return Text(_SIGNS[cell.status], style=_STYLES[cell.status])
    text = Text()
    for status in ORDER[:3]:
        if cell.counts.get(status):
            style = SEVERITY_STYLES[cell.severity] if status is Status.FAIL and cell.severity else _STYLES[status]
            text.append(" " if text else "").append(f"{_SIGNS[status]}{cell.counts[status]}", style=style)
    return text


def _legend() -> Text:
    words = {
        Status.FAIL: "violation",
        Status.UNKNOWN: "unknown",
        Status.WARN: "warning",
        Status.PASS: "all pass",
        Status.NOT_APPLICABLE: "not applicable",
    }
    text = Text()
    for status, word in words.items():
        text.append(_SIGNS[status], style=_STYLES[status]).append(f" {word}   ", style="dim")
    return text


def _closed(closed: Closed) -> Text:
    text = Text(f" {closed.verdicts} UNKNOWN ", style=_STYLES[Status.UNKNOWN])
    text.append(f" {plain(subject_name(closed.subject))} could not be read inside: ", style="bold")
    return text.append(plain(closed.why))


def _group(group: Group, *, several_regions: bool) -> list[Text | Padding]:
    label = group.severity.upper() if group.status is Status.FAIL else f"{group.status} {group.severity}"
    style = SEVERITY_STYLES[group.severity] if group.status is Status.FAIL else _STYLES[group.status]
    head = Text().append(f" {label} ", style=style).append(f" {group.control.title}", style="bold")
    head.append(f"  {group.control.id}", style="cyan").append(f"  {group.total}", style="dim")
    lines: list[Text | Padding] = [head]
    lines.append(Padding(_findings(group.findings, several_regions=several_regions), (0, 0, 0, 2)))
    if group.untold:
        more = f"  and {group.untold} more: --control {group.control.id} --format csv lists all"
        lines.append(Text(more, style="dim"))
    if group.status is not Status.UNKNOWN:
        lines.append(Padding(_fix(group), (0, 0, 0, 2)))
    return [*lines, Text("")]


def _fix(group: Group) -> Grid:
    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_row(Text("fix", style="dim"), Text(plain(group.fix)))
    return grid


def _findings(findings: list[Finding], *, several_regions: bool) -> Grid:
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold", max_width=32)
    grid.add_column(overflow="fold", max_width=40)
    grid.add_column(overflow="fold")
    for finding in findings:
        where = plain(subject_name(finding.subject))
        if several_regions:
            where = f"{finding.subject.region} {where}"
        about_cluster = finding.resource.kind == "cluster" and finding.resource.name == finding.subject.cluster
        what = "" if about_cluster else plain(resource_name(finding.resource))
        said = Text(plain(finding.message))
        if finding.reason not in finding.message:
            said.append(f"  {plain(finding.reason)}", style="dim")
        grid.add_row(Text(where), Text(what), said)
    return grid
