"""The cluster that is scanned, served over TLS in a process of its own.

`python -m benchmarks.kubernetes.serving NAMESPACES PODS KUBECONFIG` writes a kubeconfig whose token may read
everything, says in one line of JSON what it serves (`Served`), and answers every line it reads with one that says how
often each kind was asked for since the last one. It ends with its input.
"""

import json
import secrets
import sys
from collections import Counter
from pathlib import Path
from threading import Lock

import msgspec

from local.kubernetes.__main__ import kubeconfig_of
from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.faults import operation
from local.kubernetes.generator import Size, generated
from local.kubernetes.kinds import Kind
from local.kubernetes.rbac import AUTHENTICATED, MASTERS, User
from local.kubernetes.server import KubernetesServer
from local.kubernetes.state import ClusterState
from local.kubernetes.users import FixedUsers

# An older version of a kind that an API server has too, and hardeneks asks for; the stand-in has the newer one.
_OLDER, _NEWER = "/apis/autoscaling/v1/", "/apis/autoscaling/v2/"


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What a cluster holds: objects by kind, `plural.group` or only `plural`, and zero for those that it could hold."""

    kinds: dict[str, int]

    @property
    def objects(self) -> int:
        """How many objects there are."""
        return sum(self.kinds.values())


class Counting:
    """Answers requests, and counts them by kind."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lock = Lock()
        self._asked: Counter[str] = Counter()

    def __call__(self, request: Request) -> Answer:
        """Answer a request."""
        with self._lock:
            self._asked[operation(request).removeprefix("kubernetes:")] += 1
        if request.target.startswith(_OLDER):
            target = request.target.replace(_OLDER, _NEWER, 1)
            request = Request(request.method, target, request.headers, request.body)
        return self._api.answer(request)

    def asked(self) -> dict[str, int]:
        """Return how often each kind was asked for since the last time."""
        with self._lock:
            asked, self._asked = self._asked, Counter()
        return dict(asked)


def served(state: ClusterState) -> Served:
    """Return what a cluster holds."""
    return Served(kinds={_label(kind): state.count(kind) for kind in state.kinds()})


def _label(kind: Kind) -> str:
    return f"{kind.plural}.{kind.group}" if kind.group else kind.plural


def _serve(size: Size, kubeconfig: Path) -> None:
    token, state = secrets.token_urlsafe(32), generated(size)
    counting = Counting(Api(state, FixedUsers({token: User("benchmark", (MASTERS, AUTHENTICATED))})))
    with KubernetesServer() as server:
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(json.dumps(kubeconfig_of(server.listen(counting), token)))
        print(msgspec.json.encode(served(state)).decode(), flush=True)
        for _ in sys.stdin:
            print(json.dumps(counting.asked()), flush=True)


if __name__ == "__main__":
    _serve(Size(namespaces=int(sys.argv[1]), pods=int(sys.argv[2])), Path(sys.argv[3]))
