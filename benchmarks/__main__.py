"""`python -m benchmarks`: measure everything, or one part, and write it to docs/performance.md."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from benchmarks import evaluation, writes
from benchmarks.cold import measure as cold_starts
from benchmarks.cold.functions import Layers
from benchmarks.fleet.options import Options
from benchmarks.isolation import isolate
from benchmarks.page import PAGE, write_block
from benchmarks.scan.contenders import Contender, Peer, prepared
from benchmarks.scan.report import report as scan_report
from benchmarks.scan.running import race
from benchmarks.workspace import WORK

app = typer.Typer(add_completion=False, invoke_without_command=True)
_notes = Console(stderr=True, highlight=False)

Sizes = Annotated[list[int], typer.Option("--clusters", help="Clusters in the fleet; repeatable.", min=1)]
Rounds = Annotated[int, typer.Option(help="Runs of each, in turns.", min=1)]
Without = Annotated[list[Peer], typer.Option(help="A tool not to install and measure; repeatable.")]
Page = Annotated[Path, typer.Option(help="The page to write to.")]
_SIZES = [10, 100, 1000]


@app.callback()
def main(context: typer.Context, without: Without = [], page: Page = PAGE) -> None:  # noqa: B006 (typer's default)
    """Measure Plumbline against its budgets and against other tools. Without a command: everything."""
    if context.invoked_subcommand:
        return
    contenders, absent = prepared({str(peer) for peer in without}, _tell)
    layers = Layers()
    _isolated()
    _cold(layers, 9, page)
    _writes(20, page)
    _evaluation(_SIZES, 5, page)
    _scan(contenders, absent, _SIZES, 5, 30, page)


@app.command()
def scan(
    clusters: Sizes = _SIZES,
    rounds: Rounds = 5,
    latency_ms: Annotated[float, typer.Option(help="Milliseconds before each answer.", min=0)] = 30,
    without: Without = [],  # noqa: B006
    page: Page = PAGE,
) -> None:
    """Scan fleets with Plumbline, a bare boto3 thread pool, Cloud Custodian and prowler."""
    contenders, absent = prepared({str(peer) for peer in without}, _tell)
    _isolated()
    _scan(contenders, absent, clusters, rounds, latency_ms, page)


@app.command()
def cold(rounds: Rounds = 9, page: Page = PAGE) -> None:
    """Start every function afresh."""
    layers = Layers()
    _cold(layers, rounds, page)


@app.command("writes")
def writes_command(
    clusters: Annotated[int, typer.Option(help="Clusters in the region.", min=1)] = 20, page: Page = PAGE
) -> None:
    """Count what sweeps write to DynamoDB."""
    _writes(clusters, page)


@app.command("evaluation")
def evaluation_command(clusters: Sizes = _SIZES, rounds: Rounds = 5, page: Page = PAGE) -> None:
    """Judge regions of several sizes."""
    _evaluation(clusters, rounds, page)


def _isolated() -> None:
    if not isolate():
        _tell("no right to a network of its own: the tools could reach others than the fleet")


def _scan(
    contenders: list[Contender], absent: dict[str, str], sizes: list[int], rounds: int, latency_ms: float, page: Path
) -> None:
    results = [race(contenders, Options(clusters=size, latency_ms=latency_ms), rounds, _tell) for size in sizes]
    # Kept for whoever wants to look at single runs.
    WORK.mkdir(exist_ok=True)
    (WORK / "scan.json").write_bytes(msgspec.json.encode(results))
    write_block(page, "scan", _command("scan"), scan_report(contenders, absent, results))


def _cold(layers: Layers, rounds: int, page: Path) -> None:
    found = cold_starts.measure(rounds, layers, _tell)
    write_block(page, "cold", _command("cold"), cold_starts.report(found, layers))


def _writes(clusters: int, page: Path) -> None:
    _tell(f"writes of {clusters} clusters")
    write_block(page, "writes", _command("writes"), writes.report(writes.measure(clusters), clusters))


def _evaluation(sizes: list[int], rounds: int, page: Path) -> None:
    _tell("evaluation")
    write_block(page, "evaluation", _command("evaluation"), evaluation.report(evaluation.measure(sizes, rounds)))


def _command(part: str) -> str:
    """Return how a part is measured again, with the options it was measured with."""
    return " ".join(["python -m benchmarks", *(sys.argv[1:] if part in sys.argv else [part])])


def _tell(text: str) -> None:
    _notes.print(text)


if __name__ == "__main__":
    app()
