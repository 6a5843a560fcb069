"""The evidence store in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from plumbline.domain.errors import StoreError
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target


class FakeEvidenceStore:
    """Implements `ports.EvidenceStore`; `manifests` holds what was put there, by key."""

    def __init__(self) -> None:
        self.manifests: dict[str, list[dict[str, Any]]] = {}
        self._accounts: dict[str, AccountEvidence] = {}
        self._regions: dict[Target, RegionEvidence] = {}
        self._kubernetes: dict[Subject, KubernetesEvidence] = {}
        self._clusters: dict[Subject, tuple[ClusterEvidence, RegionEvidence]] = {}

    def put_account(self, account: str, evidence: AccountEvidence) -> None:
        self._accounts[account] = evidence

    def get_account(self, account: str) -> AccountEvidence:
        return self._accounts.get(account, AccountEvidence())

    def put_region(self, target: Target, evidence: RegionEvidence) -> None:
        self._regions[target] = evidence

    def get_region(self, target: Target) -> RegionEvidence:
        return self._regions.get(target, RegionEvidence())

    def put_cluster(self, subject: Subject, evidence: ClusterEvidence, overlay: RegionEvidence) -> None:
        self._clusters[subject] = evidence, overlay

    def get_cluster(self, subject: Subject) -> tuple[ClusterEvidence, RegionEvidence]:
        return self._clusters.get(subject, (ClusterEvidence(), RegionEvidence()))

    def put_kubernetes(self, subject: Subject, evidence: KubernetesEvidence) -> None:
        self._kubernetes[subject] = evidence

    def get_kubernetes(self, subject: Subject) -> KubernetesEvidence:
        return self._kubernetes.get(subject, KubernetesEvidence())

    def put_manifest(self, name: str, items: Sequence[Mapping[str, Any]]) -> str:
        key = f"manifests/{name}.json"
        self.manifests[key] = [dict(item) for item in items]
        return key

    def get_manifest(self, key: str) -> Sequence[Mapping[str, Any]]:
        if key not in self.manifests:
            raise StoreError(f"there is no manifest {key}")
        return self.manifests[key]
