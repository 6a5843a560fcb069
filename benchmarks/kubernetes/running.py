"""Running: every contender on one cluster, in turns, and Plumbline alone on larger ones."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from benchmarks.fleet.process import FleetProcess
from benchmarks.gathering import gather
from benchmarks.kubernetes.contenders import AWS, Contender
from benchmarks.kubernetes.judging import Judged, judged
from benchmarks.kubernetes.process import ClusterProcess
from benchmarks.kubernetes.serving import Served
from benchmarks.measuring import Usage, measured
from benchmarks.workspace import REPOSITORY
from local.kubernetes.generator import Size

_LONGEST_RUN_SECONDS = 1200
Told = Callable[[str], None]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one contender.

    Attributes:
        asked: how often each kind was asked for.
        results: how many it reports.
        failure: why the run does not count; empty when it does.

    """

    usage: Usage
    asked: dict[str, int]
    results: int = 0
    failure: str = ""


class Sized(msgspec.Struct, frozen=True, kw_only=True):
    """All runs on one cluster: by contender, and of reading and judging apart."""

    pods: int
    namespaces: int
    served: Served
    runs: dict[str, list[Run]]
    judged: list[Judged]


def race(contenders: Sequence[Contender], size: Size, rounds: int, told: Told) -> Sized:
    """Run every contender on one cluster, round by round, each round beginning with another one.

    A first round is not counted: it warms the disk. What takes minutes runs once, after it.
    """
    runs: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    with TemporaryDirectory(prefix="plumbline-bench-") as directory, FleetProcess(AWS) as fleet:
        kubeconfig = Path(directory) / "kubeconfig"
        (aws,) = gather(AWS, Path(directory))
        told(f"{size.pods} pods: generating")
        with ClusterProcess(size, kubeconfig) as cluster:
            for number in range(rounds + 1):
                turn = number % len(contenders)
                for contender in (*contenders[turn:], *contenders[:turn]):
                    if contender.slow and number != 1:
                        continue
                    run = _run(contender, cluster, fleet)
                    told(f"{size.pods} pods, round {number}: {contender.name} {run.usage.cpu_s:.2f} s of CPU")
                    if number:
                        runs[contender.name].append(run)
            apart = [judged(kubeconfig, aws, fleet.environment()) for _ in range(rounds)]
            return Sized(pods=size.pods, namespaces=size.namespaces, served=cluster.served, runs=runs, judged=apart)


def _run(contender: Contender, cluster: ClusterProcess, fleet: FleetProcess) -> Run:
    with TemporaryDirectory(prefix="plumbline-bench-") as directory:
        return _run_in(Path(directory), contender, cluster, fleet)


def _run_in(directory: Path, contender: Contender, cluster: ClusterProcess, fleet: FleetProcess) -> Run:
    home, printed = directory / ".kube" / "config", directory / "printed"
    home.parent.mkdir()
    shutil.copy(cluster.kubeconfig, home)
    environment = {**fleet.environment(), "HOME": str(directory), "KUBECONFIG": str(home)}
    cluster.asked()
    usage = measured(contender.command_in(directory), environment, directory, printed, _LONGEST_RUN_SECONDS)
    asked = cluster.asked()
    if usage.code not in contender.fine:
        return Run(usage=usage, asked=asked, failure=f"exit code {usage.code}: {_end_of(printed)}")
    return Run(usage=usage, asked=asked, results=contender.results(directory, printed))


def _end_of(printed: Path) -> str:
    lines = printed.with_suffix(".err").read_text(errors="replace").strip().splitlines()
    return lines[-1][:200].replace(str(REPOSITORY), ".") if lines else "nothing was said"
