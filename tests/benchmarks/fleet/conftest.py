"""A small fleet that is served, and clients that speak to it."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from benchmarks.fleet.options import Options
from benchmarks.fleet.process import FleetProcess

Clients = Callable[[str], Any]


@pytest.fixture(scope="module")
def fleet() -> Iterator[FleetProcess]:
    with FleetProcess(Options(clusters=12, nodegroups=4)) as served:
        yield served


@pytest.fixture
def client(fleet: FleetProcess, monkeypatch: pytest.MonkeyPatch) -> Clients:
    for name, value in fleet.environment().items():
        monkeypatch.setenv(name, value)
    fleet.reset()
    session: Any = boto3.Session()
    made: Clients = session.client
    return made
