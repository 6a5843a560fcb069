"""A small generated cluster behind TLS, and a client with nothing but urllib."""

# ruff: noqa: S107, S310 (a token of a table; the URL is the listener's)

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.kubernetes.api import Api
from local.kubernetes.generator import Size, generated
from local.kubernetes.rbac import AUTHENTICATED, MASTERS, User
from local.kubernetes.server import KubernetesServer, Listener
from local.kubernetes.state import ClusterState
from local.kubernetes.users import FixedUsers

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
USERS = FixedUsers(
    {
        "reader": User("reader", ("plumbline", AUTHENTICATED)),
        "admin": User("admin", (MASTERS, AUTHENTICATED)),
        "nobody": User("nobody", (AUTHENTICATED,)),
    }
)


@dataclass(frozen=True)
class Response:
    """A status, headers by lower-case name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Asks a listener, trusting its authority and no other."""

    listener: Listener

    def __call__(
        self, path: str, *, method: str = "GET", token: str = "reader", body: Any = None, **headers: str
    ) -> Response:
        context = ssl.create_default_context(cadata=self.listener.authority.certificate.decode())
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.listener.url + path, data=content, headers=sent, method=method)
        try:
            with urllib.request.urlopen(request, context=context, timeout=10) as answer:
                return _response(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _response(error)


def _response(answer: Any) -> Response:
    return Response(answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read())


@pytest.fixture
def state() -> ClusterState:
    return generated(Size(namespaces=4, pods=120))


@pytest.fixture(scope="session")
def server() -> Iterator[KubernetesServer]:
    with KubernetesServer() as running:
        yield running


@pytest.fixture
def client(server: KubernetesServer, state: ClusterState) -> Client:
    return Client(server.listen(Api(state, USERS).answer))
