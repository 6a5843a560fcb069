"""The contenders: how each tool is started on the fleet."""

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from benchmarks.scan.agreement import Agreement, Truth, of_custodian, of_plumbline, of_prowler
from benchmarks.workspace import REPOSITORY, installed, locked_version

PLUMBLINE = "plumbline"
_HERE = Path(__file__).parent
_PYTHON = Path(sys.executable)


class Peer(StrEnum):
    """What Plumbline is measured against."""

    POOL = "boto3-pool"
    CUSTODIAN = "custodian"
    PROWLER = "prowler"


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """One tool.

    Attributes:
        what: what it is and does, for the page.
        command: the program and its arguments; `{region}` and `{directory}` are filled in.
        fine: the exit codes of a complete run.
        agreement: reads from the directory and the printed output what the tool says; None: it says nothing.
        slow: takes minutes on the largest fleet, so it runs there only once.

    """

    name: str
    what: str
    command: tuple[str, ...]
    fine: frozenset[int] = frozenset({0})
    agreement: Callable[[Path, Path, Truth], Agreement] | None = None
    slow: bool = False
    environment: Mapping[str, str] = {}

    def command_in(self, directory: Path, region: str) -> list[str]:
        """Return the command for one run."""
        return [part.format(directory=directory, region=region) for part in self.command]


def plumbline() -> Contender:
    """Return `plumbline scan`; 3 says that some verdicts are UNKNOWN."""
    return Contender(
        name=PLUMBLINE,
        what="`plumbline scan`: reads, judges every control, prints a line for each verdict",
        command=(str(_PYTHON.with_name("plumbline")), "scan", "--region", "{region}", "--format", "jsonl"),
        fine=frozenset({0, 3}),
        agreement=of_plumbline,
    )


def boto3_pool() -> Contender:
    """Return the bare thread pool."""
    return Contender(
        name=Peer.POOL,
        what="a boto3 thread pool (32 threads, one process) that makes the same calls and judges nothing",
        command=(str(_PYTHON), "-m", "benchmarks.scan.boto3_pool"),
        environment={"PYTHONPATH": str(REPOSITORY)},
    )


def custodian() -> Contender:
    """Return Cloud Custodian.

    Raises:
        InstallError: it could not be installed.

    """
    program = installed(Peer.CUSTODIAN) / Peer.CUSTODIAN
    cache = ("--cache", "{directory}/cache")
    return Contender(
        name=Peer.CUSTODIAN,
        what=f"Cloud Custodian {locked_version(Peer.CUSTODIAN, 'c7n')} with 14 policies on clusters and node groups",
        command=(str(program), "run", "-r", "{region}", "-s", "{directory}/out", *cache, str(_HERE / "custodian.yaml")),
        agreement=of_custodian,
        slow=True,
    )


def prowler() -> Contender:
    """Return prowler.

    Raises:
        InstallError: it could not be installed.

    """
    program = installed(Peer.PROWLER) / Peer.PROWLER
    output = ("--output-formats", "json-ocsf", "--output-directory", "{directory}/out")
    return Contender(
        name=Peer.PROWLER,
        what=f"prowler {locked_version(Peer.PROWLER, Peer.PROWLER)} with its EKS service: 8 checks on clusters",
        command=(
            str(program),
            "aws",
            "--services",
            "eks",
            "--region",
            "{region}",
            *output,
            "--no-banner",
            "--no-color",
        ),
        # 3: a check failed.
        fine=frozenset({0, 3}),
        agreement=of_prowler,
        slow=True,
    )


CONTENDERS: Mapping[str, Callable[[], Contender]] = {
    PLUMBLINE: plumbline,
    Peer.POOL: boto3_pool,
    Peer.CUSTODIAN: custodian,
    Peer.PROWLER: prowler,
}
