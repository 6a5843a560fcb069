"""`plumbline scan` on a fleet it has never seen says what is true of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.fleet.options import Options
from benchmarks.fleet.process import FleetProcess
from benchmarks.scan.agreement import plumbline_says

Verdicts = list[dict[str, Any]]
# Evidence that AWS does not have, however patient one is.
KNOWN_TO_NOBODY = {"not_collected", "insight_unknown"}


def scanned(fleet: FleetProcess) -> tuple[int, Verdicts]:
    program = Path(sys.executable).with_name("plumbline")
    command = [str(program), "scan", "--format", "jsonl", *(f"--region={region}" for region in fleet.options.regions)]
    done = subprocess.run(command, env=fleet.environment(), capture_output=True, text=True, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_verdicts_are_true() -> None:
    with FleetProcess(Options(clusters=60, regions=("us-east-1", "eu-west-1"))) as fleet:
        code, verdicts = scanned(fleet)
        truth = fleet.truth()
    assert code == 0
    said = plumbline_says(verdicts)
    assert said == {name: truth.get(name, 0) for name in said}
    # Hardly anything of the fleet is right everywhere: the comparison is not of zeros.
    assert sum(count > 0 for count in said.values()) > 35


def test_what_cannot_be_read_hides_nothing_else() -> None:
    with FleetProcess(Options(clusters=40, ghost_rate=0.1, denied_rate=0.1)) as fleet:
        code, verdicts = scanned(fleet)
        truth = fleet.truth()
    assert code == 3
    assert truth["clusters_ghost"] > 0
    denied = {verdict["cluster"] for verdict in verdicts if verdict["reason"] == "access_denied"}
    assert len(denied) == truth["clusters_denied"] > 0
    # The security groups of its nodes are seen without it.
    of_denied = [verdict for verdict in verdicts if verdict["cluster"] in denied]
    statuses = {verdict["status"] for verdict in of_denied if verdict["resource_kind"] != "security-group"}
    assert statuses == {"UNKNOWN"}
    readable = {verdict["cluster"] for verdict in verdicts if verdict["cluster"]} - denied
    assert len(readable) == truth["clusters"]
    said = plumbline_says(verdict for verdict in verdicts if verdict["cluster"] not in denied)
    assert said == {name: truth.get(name, 0) for name in said}


@pytest.mark.slow
def test_throttled_reading_ends_complete() -> None:
    options = Options(clusters=15, throttle_rate=5, throttle_burst=5)
    with FleetProcess(options) as fleet:
        code, verdicts = scanned(fleet)
        stats, truth = fleet.stats(), fleet.truth()
    throttled = [verdict for verdict in verdicts if verdict["reason"] == "throttled"]
    assert sum(stats.throttled.values()) > 0
    assert (stats.errors, stats.unknown) == ({}, {})
    assert {verdict["status"] for verdict in throttled} <= {"UNKNOWN"}
    assert code == (3 if throttled else 0)
    assert {verdict["reason"] for verdict in verdicts if verdict["status"] == "UNKNOWN"} <= KNOWN_TO_NOBODY | {
        "throttled"
    }
    assert len({verdict["cluster"] for verdict in verdicts if verdict["cluster"]}) == truth["clusters"]
    if not throttled:
        said = plumbline_says(verdicts)
        assert said == {name: truth.get(name, 0) for name in said}
