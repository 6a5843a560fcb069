"""Serves a generated cluster outside AWS, for tools that read a kubeconfig.

    python -m local.kubernetes --namespaces 200 --pods 5000 --kubeconfig cluster.yaml

writes a kubeconfig with a token that may list what Plumbline reads (`--admin`: everything), prints READY and serves
until it is interrupted. On SIGINT and SIGTERM it prints how many requests came for what.
"""

from __future__ import annotations

import base64
import json
import secrets
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.faults import operation
from local.kubernetes.generator import Size, generated
from local.kubernetes.rbac import AUTHENTICATED, MASTERS, User
from local.kubernetes.server import KubernetesServer, Listener
from local.kubernetes.users import FixedUsers


def serve(
    kubeconfig: Annotated[Path, typer.Option(help="The kubeconfig to write.")],
    namespaces: Annotated[int, typer.Option(min=1)] = 200,
    pods: Annotated[int, typer.Option(min=0)] = 5_000,
    minor: Annotated[int, typer.Option(help="Minor version: 34 of 1.34.")] = 34,
    admin: Annotated[bool, typer.Option(help="Let the token do everything.")] = False,  # noqa: FBT002
) -> None:
    """Serve a generated cluster until interrupted."""
    token = secrets.token_urlsafe(32)
    user = User("plumbline", (MASTERS if admin else "plumbline", AUTHENTICATED))
    state = generated(Size(namespaces=namespaces, pods=pods, minor=minor))
    api = Api(state, FixedUsers({token: user}))
    counts: Counter[str] = Counter()

    def answers(request: Request) -> Answer:
        counts[operation(request)] += 1
        return api.answer(request)

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with KubernetesServer() as server:
        listener = server.listen(answers)
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(json.dumps(kubeconfig_of(listener, token)))
        typer.echo(f"READY {listener.url} {state.total()} objects")
        stop.wait()
    typer.echo(json.dumps(dict(sorted(counts.items()))))


def kubeconfig_of(listener: Listener, token: str, name: str = "generated") -> dict[str, object]:
    """A kubeconfig, which may be JSON, for a listener and a bearer token."""
    authority = base64.b64encode(listener.authority.certificate).decode()
    context = {"cluster": name, "user": name}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": listener.url, "certificate-authority-data": authority}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": context}],
        "current-context": name,
    }


if __name__ == "__main__":
    typer.run(serve)
