"""A cluster behind TLS whose answers a test can change, and sources that read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.certificates import Authority
from local.kubernetes.faults import faulty_answer, operation
from local.kubernetes.rbac import AUTHENTICATED, User
from local.kubernetes.server import KubernetesServer, Listener
from local.kubernetes.state import ClusterState, encode
from local.kubernetes.users import FixedUsers
from plumbline.adapters.kubernetes.connection import Limits
from plumbline.adapters.kubernetes.endpoints import Endpoint, verifying
from plumbline.adapters.kubernetes.permissions import GROUP, objects
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.subject import Subject

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SUBJECT = Subject("111122223333", "eu-west-1", "payments")
EVERYTHING = frozenset(KUBERNETES_SECTIONS)
TOKEN = "reader"
# Nothing waits in tests, whatever a server asks for.
AT_ONCE = Limits(backoff=0, longest_wait=0, connect_seconds=2, read_seconds=2)

_RBAC = "rbac.authorization.k8s.io"
# Part of every cluster: whoever is known may ask what there is.
DISCOVERY: tuple[dict[str, Any], ...] = (
    {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "system:discovery"},
        "rules": [{"nonResourceURLs": ["/api", "/api/*", "/apis", "/apis/*"], "verbs": ["get"]}],
    },
    {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "system:discovery"},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": "system:discovery"},
        "subjects": [{"apiGroup": _RBAC, "kind": "Group", "name": AUTHENTICATED}],
    },
)

Override = Callable[[Request], Answer | None]


class Cluster:
    """A cluster with the permissions of the manifest and nothing else in it.

    `asked` are the requests as the simulator counts them, `targets` their paths with queries.
    """

    def __init__(self, server: KubernetesServer, authority: Authority | None = None, minor: int = 34) -> None:
        self.state = ClusterState(minor=minor)
        self.state.apply(*DISCOVERY, *objects())
        self.asked: Counter[str] = Counter()
        self.targets: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self._overrides: dict[str, Override] = {}
        self._api = Api(self.state, FixedUsers({TOKEN: User("arn:reader", (GROUP, AUTHENTICATED))}))
        self.listener: Listener = server.listen(self._answer, authority)

    def override(self, plural: str, answer: Override) -> None:
        """Answer requests for a kind, `discovery` or `*` otherwise; None leaves the answer as it is."""
        self._overrides[f"kubernetes:{plural}"] = answer

    def fault(self, plural: str, code: str, times: int = 10**9) -> None:
        """Answer so many requests with a fault of the simulator."""
        left = [times]

        def answer(request: Request) -> Answer | None:
            left[0] -= 1
            return faulty_answer(code, "injected", request) if left[0] >= 0 else None

        self.override(plural, answer)

    def page(self, plural: str, kind: str, *items: object) -> None:
        """Answer the list of a kind with these items, as they are."""
        body = encode({"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items})
        self.override(plural, lambda _: Answer(200, body))

    def _answer(self, request: Request) -> Answer:
        what = operation(request)
        self.asked[what.removeprefix("kubernetes:")] += 1
        self.targets.append(request.target)
        self.headers.append(request.headers)
        for name in (what, "kubernetes:*"):
            override = self._overrides.get(name)
            answer = override(request) if override else None
            if answer is not None:
                return answer
        return self._api.answer(request)


class FixedAccess:
    """The way to one listener, or none."""

    def __init__(
        self, url: str, authority: bytes, token: str = TOKEN, *, private: bool = False, server_name: str = ""
    ) -> None:
        self._endpoint = Endpoint(
            url=url,
            tls=verifying(authority.decode()),
            authorization=lambda: f"Bearer {token}" if token else "",
            private=private,
            server_name=server_name,
        )

    def endpoint(self, subject: Subject, now: datetime) -> Endpoint | NotCollected:
        return self._endpoint


def source_of(cluster: Cluster, limits: Limits = AT_ONCE, **options: Any) -> KubernetesApiSource:
    listener = cluster.listener
    return KubernetesApiSource(FixedAccess(listener.url, listener.authority.certificate, **options), limits)


def read(cluster: Cluster, sections: Iterable[str] = EVERYTHING, **options: Any) -> KubernetesEvidence:
    return source_of(cluster, **options).collect_kubernetes(SUBJECT, frozenset(sections), NOW)


def one(kind: str, version: str, name: str, namespace: str = "", **members: Any) -> dict[str, Any]:
    """An object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **members}


def missing(evidence: KubernetesEvidence) -> dict[str, NotCollected]:
    """Return the sections that were asked for in vain."""
    found = {name: getattr(evidence, name) for name in KUBERNETES_SECTIONS}
    return {name: section for name, section in found.items() if isinstance(section, NotCollected) and section.at}
