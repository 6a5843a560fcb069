"""A source of Kubernetes evidence over what a test has laid down."""

from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason


class FakeKubernetesSource:
    """Implements `ports.KubernetesSource`. What was laid down is answered as read at the time of asking.

    `refused` are clusters that cannot be reached at all, and why; `asked` keeps (subject, sections) of every call.
    """

    def __init__(self) -> None:
        self.clusters: dict[Subject, KubernetesEvidence] = {}
        self.refused: dict[Subject, NotCollected] = {}
        self.asked: list[tuple[Subject, frozenset[str]]] = []

    def collect_kubernetes(self, subject: Subject, sections: frozenset[str], now: datetime) -> KubernetesEvidence:
        self.asked.append((subject, sections))
        if subject in self.clusters:
            laid = self.clusters[subject]
            return KubernetesEvidence(**{name: _read(getattr(laid, name), now) for name in sections})
        gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{subject.name} does not exist")
        refusal = msgspec.structs.replace(self.refused.get(subject, gone), at=now)
        return KubernetesEvidence(**dict.fromkeys(sections, refusal))


def _read(section: Any, now: datetime) -> Any:
    if isinstance(section, Collected):
        return Collected(section.value, now)
    return msgspec.structs.replace(section, at=now)
