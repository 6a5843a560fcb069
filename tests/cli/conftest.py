import pytest

from local.simulators.world import World
from tests.adapters.aws.conftest import simulated_credentials
from tests.adapters.aws.stub import SimulatedAws
from tests.adapters.aws.worlds import Shape, world_of
from tests.cli.scanning import Scan, scan_of

__all__ = ["simulated_credentials"]


@pytest.fixture(autouse=True)
def clean_environment(simulated_credentials: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def world() -> World:
    """Two clusters in one region."""
    return world_of(Shape())


@pytest.fixture
def aws(world: World) -> SimulatedAws:
    return SimulatedAws(world)


@pytest.fixture
def scan(aws: SimulatedAws, monkeypatch: pytest.MonkeyPatch) -> Scan:
    return scan_of(aws, monkeypatch)
