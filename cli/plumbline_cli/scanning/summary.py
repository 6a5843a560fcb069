"""The summary of a scan, for the person who started it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from plumbline.domain.verdict import Severity, Status
from plumbline_cli.scanning.tally import Tally
from plumbline_cli.terminal import plain

if TYPE_CHECKING:
    from plumbline_cli.output.formats import Scanned

_MOST_CAUSES = 8


def summarize(console: Console, tally: Tally, scanned: Scanned, seconds: float) -> None:
    """Write what was scanned, what was found, what could not be read, and what nobody asked for."""
    console.print(Text(f"{plain(_looked_at(tally, scanned))} in {seconds:.1f} s.", style="bold"))
    console.print(_counts(tally))
    if tally.gone:
        console.print(f"Deleted while the scan ran: {', '.join(tally.gone)}")
    if tally.partial:
        _causes(console, tally)
    if scanned.remark:
        console.print(scanned.remark)


def _looked_at(tally: Tally, scanned: Scanned) -> str:
    clusters = f"{tally.clusters} cluster{'' if tally.clusters == 1 else 's'}"
    if not scanned.regions:
        return f"Scanned {clusters} by context {scanned.context}"
    by = f" by context {scanned.context}" if scanned.context else ""
    return f"Scanned {clusters} in {', '.join(scanned.regions)} of account {scanned.account}{by}"


def _counts(tally: Tally) -> str:
    failed = ", ".join(
        f"{tally.failed_by_severity[severity]} {severity}"
        for severity in Severity
        if tally.failed_by_severity[severity]
    )
    counts = [f"{tally.by_status[status]} {status}" for status in Status if tally.by_status[status]]
    text = ", ".join(counts) or "no verdicts"
    return f"{text}. Violations: {failed}." if failed else f"{text}. No violations."


def _causes(console: Console, tally: Tally) -> None:
    told = f"The scan is partial: {tally.partial} verdicts are UNKNOWN because evidence could not be read."
    console.print(Text(told, style="magenta"))
    causes: Counter[str] = Counter()
    for (reason, message), count in tally.unread.items():
        causes[f"{reason}: {message}"] += count
    for cause, count in causes.most_common(_MOST_CAUSES):
        console.print(f"  {count:>5}  {plain(cause)}")
    if len(causes) > _MOST_CAUSES:
        console.print(f"         and {len(causes) - _MOST_CAUSES} more causes")
