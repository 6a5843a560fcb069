"""The contract of `ports.KubernetesSource`, for the fake and for the one over TLS, of the same clusters."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from local.kubernetes.generator import Size, generated
from local.kubernetes.server import KubernetesServer
from plumbline.adapters.kubernetes.endpoints import Endpoint
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.kubernetes_facts import KubernetesFacts
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import KubernetesSource
from tests.adapters.kubernetes.stub import AT_ONCE, NOW, Cluster, FixedAccess
from tests.fakes.kubernetes_source import FakeKubernetesSource

EVERYTHING = frozenset(KUBERNETES_SECTIONS)
READ, PARTLY, REFUSED = (Subject("111122223333", "eu-west-1", name) for name in ("read", "partly", "refused"))


class ByName:
    """The way to several clusters."""

    def __init__(self, ways: dict[Subject, FixedAccess | NotCollected]) -> None:
        self._ways = ways

    def endpoint(self, subject: Subject, now: datetime) -> Endpoint | NotCollected:
        way = self._ways[subject]
        return way if isinstance(way, NotCollected) else way.endpoint(subject, now)


def over_tls(server: KubernetesServer) -> KubernetesSource:
    read, partly, refused = Cluster(server), Cluster(server), Cluster(server)
    for cluster in (read, partly):
        state = generated(Size(namespaces=2, pods=60))
        cluster._api = type(cluster._api)(state, cluster._api.users)
    partly.fault("roles", "Forbidden")
    refused.fault("*", "Unauthorized")
    named = {READ: read, PARTLY: partly, REFUSED: refused}
    return KubernetesApiSource(
        ByName(
            {
                subject: FixedAccess(one.listener.url, one.listener.authority.certificate)
                for subject, one in named.items()
            }
        ),
        AT_ONCE,
    )


def fake(server: KubernetesServer) -> KubernetesSource:
    """A fake that was told what there is."""
    source, filled = over_tls(server), FakeKubernetesSource()
    for subject in (READ, PARTLY):
        filled.clusters[subject] = source.collect_kubernetes(subject, EVERYTHING, NOW)
    refused = source.collect_kubernetes(REFUSED, EVERYTHING, NOW).nodes
    assert isinstance(refused, NotCollected)
    filled.refused[REFUSED] = refused
    return filled


@pytest.fixture(params=[fake, over_tls])
def source(request: pytest.FixtureRequest) -> Iterator[KubernetesSource]:
    build: Callable[[KubernetesServer], KubernetesSource] = request.param
    with KubernetesServer() as server:
        yield build(server)


def sections_of(evidence: KubernetesEvidence) -> dict[str, Collected[object] | NotCollected]:
    return {name: getattr(evidence, name) for name in KUBERNETES_SECTIONS}


def test_everything_is_read_at_the_time_given(source: KubernetesSource) -> None:
    later = NOW + timedelta(minutes=5)
    for section in sections_of(source.collect_kubernetes(READ, EVERYTHING, later)).values():
        assert isinstance(section, Collected)
        assert section.at == later


def test_what_is_not_asked_for_is_not_read(source: KubernetesSource) -> None:
    assert source.collect_kubernetes(READ, frozenset(), NOW) == KubernetesEvidence()
    found = source.collect_kubernetes(READ, frozenset({"services"}), NOW)
    assert isinstance(found.services, Collected)
    assert found == KubernetesEvidence(services=found.services)


def test_the_owners_of_pods_are_known_whatever_else_is_asked_for(source: KubernetesSource) -> None:
    found = source.collect_kubernetes(READ, frozenset({"pods"}), NOW).pods
    assert isinstance(found, Collected)
    assert len(found.value.placed) == 60
    assert found.value.bare == ()
    assert "Deployment" in {pod.owner_kind for pod in found.value.placed}


def test_a_kind_that_is_denied_leaves_the_others(source: KubernetesSource) -> None:
    found = sections_of(source.collect_kubernetes(PARTLY, EVERYTHING, NOW))
    denied = {name: section for name, section in found.items() if isinstance(section, NotCollected)}
    assert set(denied) == {"roles"}
    assert (denied["roles"].reason, denied["roles"].at) == (Reason.ACCESS_DENIED, NOW)
    reach = KubernetesFacts(source.collect_kubernetes(PARTLY, EVERYTHING, NOW)).reach
    assert isinstance(reach, Collected)
    assert set(reach.value.denied) == {"roles"}


def test_a_cluster_that_cannot_be_reached_has_one_reason_for_all(source: KubernetesSource) -> None:
    found = source.collect_kubernetes(REFUSED, EVERYTHING, NOW)
    assert len({(section.at, getattr(section, "detail", "")) for section in sections_of(found).values()}) == 1
    assert isinstance(found.pods, NotCollected)
    assert found.pods.reason is Reason.ACCESS_DENIED
    assert found.pods.detail.startswith("unauthorized: ")
    assert found.pods.at == NOW
    reach = KubernetesFacts(found).reach
    assert isinstance(reach, Collected)
    assert reach.value.problem == found.pods


def test_the_same_cluster_gives_the_same_evidence(source: KubernetesSource) -> None:
    assert source.collect_kubernetes(READ, EVERYTHING, NOW) == source.collect_kubernetes(READ, EVERYTHING, NOW)
