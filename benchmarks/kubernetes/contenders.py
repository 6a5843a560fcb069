"""The contenders: how each tool is started on the cluster, and how many results it has.

All of them find the kubeconfig where `KUBECONFIG` and the home directory say, and AWS in a small generated fleet.
"""

import json
import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from benchmarks.fleet.options import Options
from benchmarks.fleet.world import World
from benchmarks.workspace import installed, locked_version

PLUMBLINE, WITH_AWS = "plumbline", "plumbline with AWS"
# The AWS side: one cluster, which answers at once.
AWS = Options(clusters=1)
_PROGRAM = str(Path(sys.executable).with_name("plumbline"))
_REPORTED = "reported"


class Peer(StrEnum):
    """What Plumbline is measured against."""

    HARDENEKS = "hardeneks"
    PROWLER = "prowler"


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """One tool.

    Attributes:
        what: what it is and does, for the page.
        command: the program and its arguments; `{directory}` is filled in.
        results: counts what it reports in a directory and in what it printed.
        fine: the exit codes of a complete run.
        slow: takes minutes, so it runs once.

    """

    name: str
    what: str
    command: tuple[str, ...]
    results: Callable[[Path, Path], int]
    fine: frozenset[int] = frozenset({0})
    slow: bool = False

    def command_in(self, directory: Path) -> list[str]:
        """Return the command for one run."""
        return [part.format(directory=directory) for part in self.command]


def plumbline() -> Contender:
    """Return `plumbline scan --kubeconfig`; 3 says that some verdicts are UNKNOWN."""
    return Contender(
        name=PLUMBLINE,
        what="`plumbline scan --kubeconfig`: every control that the Kubernetes API alone decides, a line for each "
        "verdict",
        command=(_PROGRAM, "scan", "--kubeconfig", "{directory}/.kube/config", "--format", "jsonl"),
        results=_lines,
        fine=frozenset({0, 3}),
    )


def plumbline_with_aws() -> Contender:
    """Return the same scan with the AWS side of the cluster."""
    alone, region = plumbline(), ("--region", AWS.regions[0], "--cluster", World(AWS).cluster_name(0))
    told = "the same with `--region`: the AWS side of the cluster too, and every control of the catalogue"
    return msgspec.structs.replace(alone, name=WITH_AWS, what=told, command=(*alone.command, *region))


def hardeneks() -> Contender:
    """Return hardeneks.

    Raises:
        InstallError: it could not be installed.

    """
    program = installed(Peer.HARDENEKS) / Peer.HARDENEKS
    version = locked_version(Peer.HARDENEKS, Peer.HARDENEKS)
    where = ("--region", AWS.regions[0], "--cluster", World(AWS).cluster_name(0))
    return Contender(
        name=Peer.HARDENEKS,
        what=f"hardeneks {version} with all its rules; a result is a rule on the cluster or on a namespace",
        command=(str(program), *where, "--export-json", f"{{directory}}/{_REPORTED}.json"),
        results=_of_hardeneks,
        slow=True,
    )


def prowler() -> Contender:
    """Return prowler.

    Raises:
        InstallError: it could not be installed.

    """
    program = installed(Peer.PROWLER) / Peer.PROWLER
    output = ("--output-formats", "json-ocsf", "--output-directory", "{directory}", "--output-filename", _REPORTED)
    return Contender(
        name=Peer.PROWLER,
        what=f"prowler {locked_version(Peer.PROWLER, Peer.PROWLER)} with all checks of its Kubernetes provider",
        command=(
            *(str(program), "kubernetes", "--kubeconfig-file", "{directory}/.kube/config", *output),
            *("--no-banner", "--no-color"),
        ),
        results=_of_prowler,
        # 3: a check failed.
        fine=frozenset({0, 3}),
        slow=True,
    )


CONTENDERS: Mapping[str, Callable[[], Contender]] = {
    PLUMBLINE: plumbline,
    WITH_AWS: plumbline_with_aws,
    Peer.HARDENEKS: hardeneks,
    Peer.PROWLER: prowler,
}


def _lines(directory: Path, printed: Path) -> int:  # noqa: ARG001 (one form for all tools)
    with printed.open() as lines:
        return sum(1 for _ in lines)


def _of_hardeneks(directory: Path, printed: Path) -> int:  # noqa: ARG001
    found = json.loads((directory / f"{_REPORTED}.json").read_text())
    sections = (section for pillars in found.values() for pillar in pillars.values() for section in pillar.values())
    return sum(len(results) for section in sections for results in section.values())


def _of_prowler(directory: Path, printed: Path) -> int:  # noqa: ARG001
    return len(json.loads((directory / f"{_REPORTED}.ocsf.json").read_text()))
