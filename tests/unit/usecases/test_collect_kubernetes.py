"""Reading inside the clusters: each on its own, what is gone left out."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from plumbline.usecases.collect import join
from plumbline.usecases.collect_kubernetes import collect_kubernetes
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.unit.baseline import ACCOUNT, NOW, READ_AT, REGION
from tests.unit.kubernetes_baseline import compliant_kubernetes

TARGET = Target(ACCOUNT, REGION)
DENIED = NotCollected(Reason.ACCESS_DENIED, "unauthorized: no access entry", READ_AT)


class Clusters:
    """Implements `ports.KubernetesSource` over some clusters; of others nothing can be read."""

    def __init__(self, evidence: dict[str, KubernetesEvidence]) -> None:
        self._evidence = evidence
        self.asked: list[tuple[str, frozenset[str]]] = []

    def collect_kubernetes(self, subject: Subject, sections: Iterable[str], now: datetime) -> KubernetesEvidence:
        self.asked.append((subject.cluster, frozenset(sections)))
        return self._evidence.get(subject.cluster, KubernetesEvidence(api_groups=DENIED))


def subject(name: str) -> Subject:
    return Subject(ACCOUNT, REGION, name)


def test_each_cluster_is_read_and_kept() -> None:
    store, source = FakeEvidenceStore(), Clusters({"payments": compliant_kubernetes()})
    assert collect_kubernetes(source, store, TARGET, ["", "payments", "closed"], NOW) == 2
    assert [name for name, _ in source.asked] == ["payments", "closed"]
    assert {sections for _, sections in source.asked} == {frozenset(KUBERNETES_SECTIONS)}
    assert join(store, subject("payments")).kubernetes == compliant_kubernetes()
    assert join(store, subject("closed")).kubernetes.api_groups == DENIED


def test_a_cluster_that_is_gone_is_not_asked() -> None:
    store, source = FakeEvidenceStore(), Clusters({})
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "no cluster", READ_AT)
    store.put_cluster(subject("old"), msgspec.structs.replace(ClusterEvidence(), cluster=gone), RegionEvidence())
    assert collect_kubernetes(source, store, TARGET, ["old"], NOW) == 0
    assert source.asked == []
