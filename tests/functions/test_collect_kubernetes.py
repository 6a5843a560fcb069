from collections.abc import Callable

import msgspec
import pytest

from functions.collect_kubernetes import answer, app
from plumbline import runtime
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.parcel import Asked, Parcel, unpacked
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, as_json, payload
from tests.unit.kubernetes_baseline import compliant_kubernetes
from tests.unit.usecases.test_collect_kubernetes import Clusters

PROD, STAGING = (Subject(MEMBER, REGION, name) for name in ("payments-prod", "payments-staging"))


@pytest.fixture(autouse=True)
def clusters(monkeypatch: pytest.MonkeyPatch) -> Clusters:
    """Lay down one cluster; of others nothing can be read."""
    made = Clusters({"payments-prod": compliant_kubernetes()})
    monkeypatch.setattr(runtime, "kubernetes_source", lambda: made)
    monkeypatch.setattr(runtime, "kubernetes_api", lambda: made)
    return made


def test_a_batch_reads_each_cluster_and_not_the_region(
    house: House, clusters: Clusters, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    assert app.handler(payload("collect_cluster_batch"), context) == {"count": 2}
    assert sorted(clusters.asked) == [(one.cluster, frozenset(KUBERNETES_SECTIONS)) for one in (PROD, STAGING)]
    assert house.evidence.get_kubernetes(PROD) == compliant_kubernetes()
    refused = house.evidence.get_kubernetes(STAGING).api_groups
    assert isinstance(refused, NotCollected)
    assert refused.reason is Reason.ACCESS_DENIED
    assert counted() == {"KubernetesCollected": 2}


def test_an_event_reads_one_cluster(house: House, clusters: Clusters, context: Context) -> None:
    event = {"account": MEMBER, "region": REGION, "cluster": "payments-prod"}
    assert app.handler(event, context) == {"count": 1}
    assert [name for name, _ in clusters.asked] == ["payments-prod"]
    assert house.evidence.get_kubernetes(PROD) == compliant_kubernetes()


def test_a_cluster_that_is_gone_is_not_asked(house: House, clusters: Clusters, context: Context) -> None:
    gone = ClusterEvidence(cluster=NotCollected(Reason.NOT_FOUND_IN_LISTING, "no such cluster"))
    house.evidence.put_cluster(PROD, gone, RegionEvidence())
    event = {"account": MEMBER, "region": REGION, "cluster": "payments-prod"}
    assert app.handler(event, context) == {"count": 0}
    assert clusters.asked == []
    assert house.evidence.get_kubernetes(PROD) == KubernetesEvidence()


def test_from_inside_a_vpc_the_evidence_is_the_answer(house: House, clusters: Clusters, context: Context) -> None:
    event = msgspec.to_builtins(Asked(MEMBER, REGION, "payments-prod"))
    parcel = msgspec.convert(as_json(answer.handler(event, context)), Parcel)
    assert unpacked(parcel) == compliant_kubernetes()
    assert clusters.asked == [("payments-prod", frozenset(KUBERNETES_SECTIONS))]
    assert house.evidence.get_kubernetes(PROD) == KubernetesEvidence()
