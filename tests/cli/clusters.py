"""The insides of clusters, laid down by a test, in the place of their API servers."""

from datetime import datetime

import msgspec

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from tests.unit.kubernetes_baseline import compliant_kubernetes


class Insides:
    """Implements `ports.KubernetesSource`: every cluster holds the same, but for those that do not answer.

    `asked` keeps (cluster, sections) of every call; `unreachable` maps clusters to the detail of the refusal.
    """

    def __init__(self, evidence: KubernetesEvidence | None = None) -> None:
        self.evidence = evidence or compliant_kubernetes()
        self.unreachable: dict[str, str] = {}
        self.denied: frozenset[str] = frozenset()
        self.asked: list[tuple[Subject, frozenset[str]]] = []

    def collect_kubernetes(self, subject: Subject, sections: frozenset[str], now: datetime) -> KubernetesEvidence:
        self.asked.append((subject, sections))
        if subject.cluster in self.unreachable:
            missing = NotCollected(Reason.ENDPOINT_UNREACHABLE, self.unreachable[subject.cluster], now)
            return KubernetesEvidence(**dict.fromkeys(sections, missing))
        denied = NotCollected(Reason.ACCESS_DENIED, "forbidden: not a list of yours", now)
        read = {name: denied if name in self.denied else getattr(self.evidence, name) for name in sections}
        return msgspec.structs.replace(KubernetesEvidence(), **read)
