"""Running: every contender on fleets of several sizes, in turns, so that what disturbs one disturbs all."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.fleet.counters import Stats
from benchmarks.fleet.options import Options
from benchmarks.fleet.process import FleetProcess
from benchmarks.measuring import Usage, measured
from benchmarks.scan.agreement import Agreement
from benchmarks.scan.contenders import Contender
from benchmarks.workspace import REPOSITORY

_LONGEST_RUN_SECONDS = 1800
# A contender that takes minutes does so once, on fleets from this size on.
_LARGE = 500
Told = Callable[[str], None]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one contender."""

    usage: Usage
    stats: Stats
    agreement: Agreement | None
    # Why the run does not count; empty when it does.
    failure: str = ""


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """All runs on one fleet, by contender."""

    options: Options
    runs: dict[str, list[Run]]


def race(contenders: Sequence[Contender], options: Options, rounds: int, told: Told) -> Sized:
    """Run every contender on one fleet, round by round, each round beginning with another one.

    A first round is not counted: it warms the disk, and the fleet's kept answers.
    """
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    large = options.clusters >= _LARGE
    with FleetProcess(options) as fleet:
        for number in range(rounds + 1):
            turn = number % len(contenders)
            for contender in (*contenders[turn:], *contenders[:turn]):
                if contender.slow and large and number != 1:
                    continue
                run = _run(contender, fleet)
                told(f"{options.clusters} clusters, round {number}: {contender.name} {run.usage.wall_s:.1f} s")
                if number:
                    runs[contender.name].append(run)
    return Sized(options=options, runs=runs)


def _run(contender: Contender, fleet: FleetProcess) -> Run:
    with TemporaryDirectory(prefix="plumbline-bench-") as directory:
        return _run_in(Path(directory), contender, fleet)


def _run_in(directory: Path, contender: Contender, fleet: FleetProcess) -> Run:
    printed = directory / "printed"
    environment = {**fleet.environment(), "HOME": str(directory), **contender.environment}
    fleet.reset()
    command = contender.command_in(directory, fleet.options.regions[0])
    usage = measured(command, environment, directory, printed, _LONGEST_RUN_SECONDS)
    failure = "" if usage.code in contender.fine else f"exit code {usage.code}: {_end_of(printed)}"
    agreement = None
    if contender.agreement and not failure:
        agreement = contender.agreement(directory, printed, fleet.truth())
    return Run(usage=usage, stats=fleet.stats(), agreement=agreement, failure=failure)


def _end_of(printed: Path) -> str:
    lines = printed.with_suffix(".err").read_text(errors="replace").strip().splitlines()
    return lines[-1][:200].replace(str(REPOSITORY), ".") if lines else "nothing was said"
