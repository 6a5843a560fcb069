"""One embedded AWS with the real templates and a swept fleet, for all end-to-end tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from local.control import LocalControl
from local.demo.hub import Hub
from local.launcher import EmbeddedAws
from local.rollout import Templates

T = TypeVar("T")
ALERT_TOPICS = ("CriticalTopicArn", "StandardTopicArn", "DigestTopicArn")
_SWEEP_WITHIN_SECONDS = 180.0


def eventually(read: Callable[[], T], holds: Callable[[T], bool], within_seconds: float = 60.0) -> T:
    """Read until what was read holds; fail with the last reading."""
    deadline = time.monotonic() + within_seconds
    while not holds(last := read()):
        assert time.monotonic() < deadline, f"it did not happen in time; last: {last!r}"
        time.sleep(0.2)
    return last


def sweep(hub: Hub) -> None:
    """Sweep the fleet to the end."""
    execution = hub.start_sweep()
    status = eventually(lambda: hub.sweep_status(execution), lambda found: found != "RUNNING", _SWEEP_WITHIN_SECONDS)
    assert status == "SUCCEEDED"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(state=tmp_path_factory.mktemp("embedded"), templates=Templates()) as running:
        yield running


@pytest.fixture(scope="session")
def hub(embedded: EmbeddedAws) -> Hub:
    made = Hub(embedded)
    made.subscribe()
    sweep(made)
    made.drain()
    return made


@pytest.fixture
def control(embedded: EmbeddedAws) -> Iterator[LocalControl]:
    assert embedded.outputs is not None
    made = LocalControl(embedded.outputs.endpoint)
    yield made
    made.clear_faults()
    made.settle_after(0)
