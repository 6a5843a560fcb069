"""Progress of a scan on standard error: a bar on a terminal, a line for each region elsewhere."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from plumbline.domain.subject import Subject
from plumbline_cli.scanning.reading import Progress
from plumbline_cli.terminal import plain


class TerminalProgress(Progress):
    """Shows how far the reading is, and forgets the bar when it is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("clusters", style="dim"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None
        self.gone_clusters: list[str] = []

    def __enter__(self) -> TerminalProgress:
        """Begin."""
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def region(self, region: str, clusters: int) -> None:
        """A region's clusters are known: reading them begins."""
        if not self._console.is_terminal:
            self._console.print(f"{region}: reading {clusters} cluster{'' if clusters == 1 else 's'}")
        self._begin(region, clusters)

    def inside(self, region: str, clusters: int) -> None:
        """Reading the Kubernetes APIs of a region's clusters begins."""
        if not self._console.is_terminal:
            apis = "API of 1 cluster" if clusters == 1 else f"APIs of {clusters} clusters"
            self._console.print(f"{region}: reading the Kubernetes {apis}")
        self._begin(f"{region} Kubernetes", clusters)

    def cluster(self) -> None:
        """A cluster was read."""
        if self._task is not None:
            self._bar.advance(self._task)

    def _begin(self, told: str, clusters: int) -> None:
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(told, total=clusters)

    def gone(self, subject: Subject) -> None:
        """A cluster was listed and no longer exists."""
        self.gone_clusters.append(plain(subject.cluster))
