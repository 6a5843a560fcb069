"""What the demo shows: progress bars and colours on a terminal, plain lines without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from local.progress import Progress, Step

_WORDS = {
    "environments": "virtual environments",
    "start": "embedded AWS",
    "deploy": "stacks",
    "sweep": "clusters swept",
}
_STYLES = {"FAIL": "bold red", "WARN": "yellow", "UNKNOWN": "magenta", "PASS": "green", "NOT_APPLICABLE": "dim"}
_LEGEND = (
    "[red]✗ fails[/]  [yellow]! warns[/]  [magenta]? unknown[/]  [green]✓ compliant[/]"
    "  [dim]- not applicable  · not judged yet[/]"
)
_MARKS = {"FAIL": "✗", "UNKNOWN": "?", "WARN": "!", "PASS": "✓", "NOT_APPLICABLE": "-"}
_WORST_FIRST = ("FAIL", "UNKNOWN", "WARN", "PASS", "NOT_APPLICABLE")

_KUBERNETES_KINDS = frozenset({"Deployment", "DaemonSet", "StatefulSet", "CronJob", "Job", "Pod", "ClusterRoleBinding"})
# Name, version, and counts by area and status.
_Row = tuple[str, str, Mapping[str, Mapping[str, int]]]


class Screen:
    """Shows the demo."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.rule(f"[bold]{escape(title)}", align="left")

    def say(self, text: str) -> None:
        """Print a sentence."""
        self.console.print(escape(text))

    def problem(self, text: str) -> None:
        """Print what went wrong."""
        self.console.print(f"[bold red]{escape(text)}")

    def panel(self, text: str, title: str) -> None:
        """Show a text as somebody received it."""
        self.console.print(Panel(escape(text.rstrip()), title=escape(title), title_align="left", expand=False))

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield a callback that draws a bar for each kind of work, or a line where there is no terminal."""
        if not self.console.is_terminal:
            yield self._line
            return
        columns = (
            TextColumn("{task.description:<22}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
        )
        with Bars(*columns, console=self.console) as bars:
            tasks: dict[str, Any] = {}

            def draw(step: Step) -> None:
                if step.work not in tasks:
                    tasks[step.work] = bars.add_task(_WORDS.get(step.work, step.work), total=step.total, detail="")
                bars.update(tasks[step.work], completed=step.done, total=step.total, detail=escape(step.detail))

            yield draw

    def _line(self, step: Step) -> None:
        word = _WORDS.get(step.work, step.work)
        self.console.print(escape(f"{word} {step.done}/{step.total} {step.detail}".rstrip()))

    def posture(self, clusters: Sequence[Mapping[str, Any]]) -> None:
        """Show clusters x areas: the worst status of each."""
        areas = sorted({area for cluster in clusters for area in cluster["counts"]})
        rows: dict[str, list[_Row]] = {}
        for cluster in sorted(clusters, key=lambda one: (one["account"], one["region"], one["cluster"])):
            place = f"{cluster['account']} {cluster['region']}"
            version = str((cluster.get("facts") or {}).get("version") or "")
            rows.setdefault(place, []).append((cluster["cluster"], version, cluster["counts"]))
        self._heat_map("Posture of the fleet", areas, rows)
        self.console.print(_LEGEND)

    def shared(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """Show what is open of regions, accounts and the fleet x areas."""
        counts: dict[tuple[str, str], dict[str, Counter[str]]] = {}
        for one in findings:
            if not one["cluster"]:
                by_area = counts.setdefault((one["account"], one["region"]), {})
                area = one["control"].partition(".")[0]
                by_area.setdefault(area, Counter())[one["state"]["status"]] += 1
        areas = sorted({area for by_area in counts.values() for area in by_area})
        rows: dict[str, list[_Row]] = {}
        for account, region in sorted(counts):
            where = region or ("whole account" if account else "all clusters")
            rows.setdefault(account or "the fleet", []).append((where, "", counts[account, region]))
        self._heat_map("Open findings of what clusters share", areas, rows)

    def inside(self, findings: Sequence[Mapping[str, Any]]) -> None:
        """Show some findings from inside the clusters: what the Kubernetes API listed, one for each control."""
        inside = (one for one in findings if one["resource"]["kind"] in _KUBERNETES_KINDS)
        one_each = {one["control"]: one for one in inside if one["state"]["status"] == "FAIL"}
        table = Table(
            title="Critical findings inside the clusters, one for each control",
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
            padding=(0, 1, 0, 0),
        )
        table.add_column("cluster", style="bold", no_wrap=True)
        table.add_column("resource", overflow="fold")
        table.add_column("what", overflow="fold")
        for control in sorted(one_each):
            finding = one_each[control]
            resource = f"{finding['resource']['kind']} {finding['resource']['name']}"
            table.add_row(escape(finding["cluster"]), escape(resource), escape(finding["state"]["message"]))
        self.console.print(table)

    def _heat_map(self, title: str, areas: Sequence[str], rows: Mapping[str, Sequence[_Row]]) -> None:
        """Show one mark for each area, which is written downwards: many areas fit a narrow terminal."""
        table = Table(
            title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 1, 0, 0)
        )
        table.add_column("", style="bold", no_wrap=True)
        table.add_column("", style="dim", no_wrap=True)
        for area in areas:
            table.add_column("\n".join(area), justify="center", vertical="bottom", no_wrap=True)
        for place, members in rows.items():
            table.add_row(f"[dim]{escape(place)}[/]")
            for name, version, counts in members:
                table.add_row(f"  {escape(name)}", version, *(_mark(counts.get(area, {})) for area in areas))
        self.console.print(table)

    def history(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Show what happened to a finding, oldest first."""
        table = Table(header_style="bold")
        for column in ("when", "what", "status", "cause"):
            table.add_column(column)
        for record in records:
            status = str(record["after"]["status"])
            table.add_row(
                str(record["at"])[:19].replace("T", " "),
                str(record["kind"]),
                f"[{_STYLES.get(status, '')}]{status}[/]",
                escape(_cause(record["cause"])),
            )
        self.console.print(table)


def _mark(counts: Mapping[str, int]) -> str:
    worst = next((status for status in _WORST_FIRST if counts.get(status)), None)
    return f"[{_STYLES[worst]}]{_MARKS[worst]}[/]" if worst else "[dim]·[/]"


def _cause(cause: Mapping[str, Any]) -> str:
    calls = [f"{change['name']} by {change['actor'].get('arn', '?')}" for change in cause.get("changes", [])]
    return ", ".join(calls) or str(cause["kind"])
