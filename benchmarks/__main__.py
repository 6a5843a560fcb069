"""`python -m benchmarks`: measure everything, or one part, and write it to docs/performance.md."""

import sys
from enum import StrEnum
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
from benchmarks.kubernetes import contenders as kubernetes_contenders
from benchmarks.kubernetes.report import report as kubernetes_report
from benchmarks.kubernetes.running import race as kubernetes_race
from benchmarks.page import PAGE, write_block
from benchmarks.scan import contenders as scan_contenders
from benchmarks.scan.report import report as scan_report
from benchmarks.scan.running import race
from benchmarks.workspace import WORK, prepared
from local.kubernetes.generator import Size

app = typer.Typer(add_completion=False, invoke_without_command=True)
_notes = Console(stderr=True, highlight=False)


class Tool(StrEnum):
    """What Plumbline is measured against, by whatever part."""

    POOL = scan_contenders.Peer.POOL
    CUSTODIAN = scan_contenders.Peer.CUSTODIAN
    PROWLER = scan_contenders.Peer.PROWLER
    HARDENEKS = kubernetes_contenders.Peer.HARDENEKS


Sizes = Annotated[list[int], typer.Option("--clusters", help="Clusters in the fleet; repeatable.", min=1)]
Pods = Annotated[list[int], typer.Option("--pods", help="Pods in the cluster; repeatable, the first for all.", min=60)]
Rounds = Annotated[int, typer.Option(help="Runs of each, in turns.", min=1)]
Without = Annotated[list[Tool], typer.Option(help="A tool not to install and measure; repeatable.")]
Page = Annotated[Path, typer.Option(help="The page to write to.")]
_SIZES = [10, 100, 1000]
_PODS, _PODS_A_NAMESPACE = [5_000, 10_000, 50_000], 25


@app.callback()
def main(context: typer.Context, without: Without = [], page: Page = PAGE) -> None:  # noqa: B006 (typer's default)
    """Measure Plumbline against its budgets and against other tools. Without a command: everything."""
    if context.invoked_subcommand:
        return
    scanners, no_scanners = prepared(scan_contenders.CONTENDERS, without, _tell)
    inside, not_inside = prepared(kubernetes_contenders.CONTENDERS, without, _tell)
    layers = Layers()
    _isolated()
    _cold(layers, 9, page)
    _writes(20, page)
    _evaluation(_SIZES, 5, page)
    _kubernetes(inside, not_inside, _PODS, 5, page)
    _scan(scanners, no_scanners, _SIZES, 5, 30, page)


@app.command()
def scan(
    clusters: Sizes = _SIZES,
    rounds: Rounds = 5,
    latency_ms: Annotated[float, typer.Option(help="Milliseconds before each answer.", min=0)] = 30,
    without: Without = [],  # noqa: B006
    page: Page = PAGE,
) -> None:
    """Scan fleets with Plumbline, a bare boto3 thread pool, Cloud Custodian and prowler."""
    contenders, absent = prepared(scan_contenders.CONTENDERS, without, _tell)
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


@app.command()
def kubernetes(
    pods: Pods = _PODS,
    rounds: Rounds = 5,
    without: Without = [],  # noqa: B006
    page: Page = PAGE,
) -> None:
    """Scan a large cluster's insides with Plumbline, hardeneks and prowler, and larger ones with Plumbline."""
    contenders, absent = prepared(kubernetes_contenders.CONTENDERS, without, _tell)
    _isolated()
    _kubernetes(contenders, absent, pods, rounds, page)


def _isolated() -> None:
    if not isolate():
        _tell("no right to a network of its own: the tools could reach others than the fleet")


def _scan(
    contenders: list[scan_contenders.Contender],
    absent: dict[str, str],
    sizes: list[int],
    rounds: int,
    latency_ms: float,
    page: Path,
) -> None:
    results = [race(contenders, Options(clusters=size, latency_ms=latency_ms), rounds, _tell) for size in sizes]
    _keep("scan", results)
    write_block(page, "scan", _command("scan"), scan_report(contenders, absent, results))


def _kubernetes(
    contenders: list[kubernetes_contenders.Contender], absent: dict[str, str], sizes: list[int], rounds: int, page: Path
) -> None:
    ours = [contender for contender in contenders if contender.name == kubernetes_contenders.PLUMBLINE]
    results = [
        # As many namespaces for a pod, whatever the size.
        kubernetes_race(ours if number else contenders, Size(pods // _PODS_A_NAMESPACE, pods), rounds, _tell)
        for number, pods in enumerate(sizes)
    ]
    _keep("kubernetes", results)
    write_block(page, "kubernetes", _command("kubernetes"), kubernetes_report(contenders, absent, results))


def _keep(part: str, results: object) -> None:
    """Keep single runs for whoever wants to look at them."""
    WORK.mkdir(exist_ok=True)
    (WORK / f"{part}.json").write_bytes(msgspec.json.encode(results))


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
