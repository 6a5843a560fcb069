"""One server for all clusters of a test."""

from collections.abc import Iterator

import pytest

from local.kubernetes.server import KubernetesServer
from tests.adapters.kubernetes.stub import Cluster


@pytest.fixture
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running


@pytest.fixture
def cluster(server: KubernetesServer) -> Cluster:
    return Cluster(server)
