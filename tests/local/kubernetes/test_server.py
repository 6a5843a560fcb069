"""TLS, faults and the generator."""

# ruff: noqa: S310 (the URL is the listener's)

from __future__ import annotations

import gzip
import json
import ssl
import urllib.error
import urllib.request

import pytest

from local.kubernetes.api import Answer, Api, Request
from local.kubernetes.certificates import make_authority
from local.kubernetes.faults import FAULTY, faulty_answer, operation
from local.kubernetes.generator import PODS, Size, generated
from local.kubernetes.kinds import BY_PATH
from local.kubernetes.server import KubernetesServer
from local.kubernetes.state import ClusterState
from tests.local.kubernetes.conftest import USERS, Client


def _hello(_: Request) -> Answer:
    return Answer(200, b"{}")


def test_each_cluster_has_a_port_and_an_authority_of_its_own(server: KubernetesServer) -> None:
    one, other = server.listen(_hello), server.listen(_hello)
    assert one.url != other.url
    assert Client(one)("/").body == b"{}"
    foreign = ssl.create_default_context(cadata=other.authority.certificate.decode())
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(one.url, context=foreign)


def test_certificates_pass_the_strictest_check(server: KubernetesServer) -> None:
    listener = server.listen(_hello)
    context = ssl.create_default_context(cadata=listener.authority.certificate.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with urllib.request.urlopen(listener.url, context=context) as answer:
        assert answer.status == 200


def test_an_expired_certificate_is_refused_by_clients(server: KubernetesServer) -> None:
    listener = server.listen(_hello, make_authority(expired=True))
    with pytest.raises(urllib.error.URLError, match="expired"):
        Client(listener)("/")


def test_what_is_long_is_compressed_for_who_accepts_it(server: KubernetesServer) -> None:
    client = Client(server.listen(lambda _: Answer(200, b"x" * 200_000)))
    assert len(client("/").body) == 200_000
    packed = client("/", Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(gzip.decompress(packed.body)) == 200_000


def test_a_stopped_server_listens_no_more() -> None:
    with KubernetesServer() as server:
        listener = server.listen(_hello)
    with pytest.raises(urllib.error.URLError, match="refused"):
        Client(listener)("/")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/api", "discovery"),
        ("/apis", "discovery"),
        ("/apis/apps/v1", "discovery"),
        ("/version", "discovery"),
        ("/api/v1/pods?limit=1", "pods"),
        ("/api/v1/namespaces", "namespaces"),
        ("/api/v1/namespaces/kube-system", "namespaces"),
        ("/api/v1/namespaces/kube-system/configmaps?fieldSelector=x", "configmaps"),
        ("/apis/apps/v1/deployments", "deployments"),
        ("/apis/apps/v1/namespaces/a/deployments/b", "deployments"),
    ],
)
def test_requests_are_counted_by_what_they_ask_for(target: str, name: str) -> None:
    assert operation(Request("GET", target)) == f"kubernetes:{name}"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("BadJson", 200),
        ("Empty", 200),
        ("EndlessList", 200),
        ("Expired", 410),
        ("Forbidden", 403),
        ("Html", 200),
        ("HtmlError", 502),
        ("InternalError", 500),
        ("NotFound", 404),
        ("NullItems", 200),
        ("Redirect", 302),
        ("ServiceUnavailable", 503),
        ("TooManyRequests", 429),
        ("Unauthorized", 401),
    ],
)
def test_every_fault_answers(code: str, status: int) -> None:
    answer = faulty_answer(code, "injected", Request("GET", "/apis/apps/v1/deployments?limit=500"))
    assert answer.status == status
    assert (answer.headers.get("Retry-After") == "1") is (code == "TooManyRequests")
    assert code in FAULTY


def test_an_endless_list_has_always_one_more_page() -> None:
    first = json.loads(faulty_answer("EndlessList", "", Request("GET", "/api/v1/pods")).body)
    second = json.loads(
        faulty_answer("EndlessList", "", Request("GET", f"/api/v1/pods?continue={first['metadata']['continue']}")).body
    )
    assert first["kind"] == second["kind"] == "PodList"
    assert second["metadata"]["continue"] == "endless-2"


def test_an_unknown_fault_says_so() -> None:
    assert faulty_answer("Nonsense", "", Request("GET", "/")).status == 500


def test_a_generated_cluster_is_the_same_for_the_same_numbers() -> None:
    one, other = generated(Size(namespaces=3, pods=60)), generated(Size(namespaces=3, pods=60))
    assert [entry.content for entry in one.current(PODS).entries] == [
        entry.content for entry in other.current(PODS).entries
    ]


@pytest.mark.parametrize(("namespaces", "pods"), [(1, 0), (1, 7), (4, 120), (20, 500)])
def test_a_generated_cluster_has_the_pods_asked_for(namespaces: int, pods: int) -> None:
    state = generated(Size(namespaces=namespaces, pods=pods))
    assert state.count(PODS) == pods
    assert state.count(BY_PATH["", "namespaces"]) == namespaces + 6


def test_a_generated_cluster_has_the_size_of_a_real_one() -> None:
    state = generated(Size(namespaces=20, pods=500))
    sizes = [len(entry.content) for entry in state.current(PODS).entries]
    assert 4_000 < sum(sizes) / len(sizes) < 9_000
    assert 1_300 < state.total() < 1_800


def test_generated_pods_point_to_owners_that_exist(client: Client, state: ClusterState) -> None:
    owners = {
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for plural in ("daemonsets", "deployments", "statefulsets")
        for one in state.objects(BY_PATH["apps", plural])
    } | {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in state.objects(BY_PATH["batch", "jobs"])}
    nodes = {one["metadata"]["name"] for one in state.objects(BY_PATH["", "nodes"])}
    for pod in client("/api/v1/pods").json["items"]:
        (reference,) = pod["metadata"]["ownerReferences"]
        name = reference["name"]
        if reference["kind"] == "ReplicaSet":
            name = name.removesuffix(f"-{pod['metadata']['labels']['pod-template-hash']}")
        assert (pod["metadata"]["namespace"], name) in owners
        assert pod["spec"]["nodeName"] in nodes


def test_objects_that_are_rendered_late_are_the_same() -> None:
    eager, late = generated(Size(namespaces=1, pods=60)), generated(Size(namespaces=1, pods=60), rendered_up_to=0)
    assert [one.content for one in eager.current(PODS).entries] == [one.content for one in late.current(PODS).entries]
    assert Api(late, USERS).answer(Request("GET", "/api/v1/pods", {"authorization": "Bearer reader"})).status == 200
