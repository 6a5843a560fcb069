"""A scan in process, over a simulated AWS."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.sessions import Sessions
from plumbline_cli.main import app
from plumbline_cli.scanning import account, running
from tests.adapters.aws.stub import NOW, REGION, SimulatedAws

Scan = Callable[..., Result]


def scan_of(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> Scan:
    """Return what runs `plumbline scan` against `aws`."""
    monkeypatch.setattr(running, "current_time", lambda: NOW)
    monkeypatch.setattr(account, "Sessions", lambda access: Sessions(_once(access), transport=aws))

    def scan(*arguments: str) -> Result:
        region = () if "--region" in arguments else ("--region", REGION)
        return CliRunner().invoke(app, ["scan", *region, *arguments], catch_exceptions=False)

    return scan


def _once(access: Access) -> Access:
    return Access(
        region=access.region, role=access.role, profile=access.profile, endpoint_url=access.endpoint_url, attempts=1
    )


def rows_of(result: Result) -> list[dict[str, Any]]:
    """Return the lines of `--format jsonl`."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def cells_of(result: Result) -> list[dict[str, str]]:
    """Return the lines of `--format csv`."""
    return list(csv.DictReader(io.StringIO(result.stdout)))
