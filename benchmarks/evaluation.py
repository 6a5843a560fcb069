"""Evaluation: time and memory of judging a region, by its number of clusters.

`python -m benchmarks.evaluation FILE` judges gathered evidence in a process of its own and prints a `Judged`.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.fleet.options import Options
from benchmarks.gathering import Gathered, gather, load
from benchmarks.measuring import Spread, forget_peak, memory, spread
from benchmarks.page import budgets, table
from benchmarks.workspace import REPOSITORY
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control
from plumbline.domain.evaluation import evaluate
from plumbline.domain.facts import RegionFacts
from plumbline.domain.parameters import ParameterSet

_MEGABYTE = 1e6
# Beyond this the time of a cluster grows with the fleet.
_STILL_LINEAR = 1.5


class Judged(msgspec.Struct, frozen=True):
    """What judging a region took: CPU seconds, verdicts, and bytes for the evidence and for judging it."""

    clusters: int
    cpu_s: float
    verdicts: int
    evidence_bytes: int
    judging_bytes: int


def measure(sizes: Sequence[int], rounds: int) -> dict[int, list[Judged]]:
    """Judge regions of several sizes, each in fresh processes, in turns."""
    found: dict[int, list[Judged]] = {size: [] for size in sizes}
    with TemporaryDirectory(prefix="plumbline-bench-") as directory:
        files = {size: gather(Options(clusters=size), Path(directory))[0] for size in sizes}
        for _ in range(rounds):
            for size, file in files.items():
                command = [sys.executable, "-m", "benchmarks.evaluation", str(file)]
                done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
                found[size].append(msgspec.json.decode(done.stdout, type=Judged))
    return found


def report(found: dict[int, list[Judged]]) -> str:
    """Return what was measured, as Markdown."""
    rows = [_row(size, runs) for size, runs in found.items()]
    headings = ("clusters", "CPU ms a cluster", "CPU µs a verdict", "verdicts", "evidence MB", "judging MB", "n")
    each = {size: _per_cluster(runs).median for size, runs in found.items()}
    least, most = min(found), max(found)
    growth = each[most] / each[least]
    text = (
        "All controls on the evidence of one region, in one process. *Evidence* is what the decoded evidence occupies, "
        "*judging* what evaluation adds at its peak: the region's look-ups, and one cluster's verdicts at a time."
    )
    linear = f"a cluster of {most} takes {growth:.2f} times as long as one of {least}"
    kept = budgets([("linear in the number of clusters", linear, growth < _STILL_LINEAR)])
    return f"{text}\n\n{kept}\n\n{table(headings, rows)}"


def _row(size: int, runs: Sequence[Judged]) -> tuple[object, ...]:
    each = _per_cluster(runs)
    verdicts = runs[0].verdicts
    return (
        size,
        f"{each.median:.2f} ({each.least:.2f} to {each.most:.2f})",
        f"{1000 * each.median * size / verdicts:.0f}",
        verdicts,
        f"{_median_mb(run.evidence_bytes for run in runs):.1f}",
        f"{_median_mb(run.judging_bytes for run in runs):.1f}",
        each.count,
    )


def _per_cluster(runs: Sequence[Judged]) -> Spread:
    return spread(1000 * run.cpu_s / run.clusters for run in runs)


def _median_mb(values: Iterable[int]) -> float:
    return spread(values).median / _MEGABYTE


def _judge(file: Path) -> Judged:
    controls, parameters = load_catalogue(), ParameterSet()
    before = memory().now
    gathered = load(file)
    forget_peak()
    loaded = memory().now
    begun = time.process_time()
    verdicts = _verdicts(gathered, controls, parameters)
    cpu = time.process_time() - begun
    return Judged(len(gathered.clusters), cpu, verdicts, loaded - before, memory().peak - loaded)


def _verdicts(gathered: Gathered, controls: Sequence[Control], parameters: ParameterSet) -> int:
    facts = RegionFacts(gathered.region, gathered.account)
    names = ["", *gathered.clusters]
    return sum(
        len(evaluate(gathered.snapshot(name), controls, parameters, gathered.at, facts).verdicts) for name in names
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_judge(Path(sys.argv[1]))))
