"""What is read of the world: the time, the fleet, the evidence of AWS and of Kubernetes, and where it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.records import PendingChange
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject


class Clock(Protocol):
    """Tells the time, with a time zone."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        ...


class Target(msgspec.Struct, frozen=True, order=True):
    """A region of an account to sweep."""

    account: str
    region: str


class Fleet(Protocol):
    """The accounts and regions to watch."""

    def targets(self) -> Sequence[Target]:
        """Return every account and region of the configured fleet, in a stable order."""
        ...


class EvidenceSource(Protocol):
    """Reads evidence. No method raises for a refused call: the section says why it is missing."""

    def collect_account(self, account: str, sections: frozenset[str], now: datetime) -> AccountEvidence:
        """Read the sections asked for of evidence plan D.1."""
        ...

    def collect_region(self, target: Target, sections: frozenset[str], now: datetime) -> RegionEvidence:
        """Read the sections asked for of D.2 that need no cluster's description."""
        ...

    def collect_cluster(
        self, subject: Subject, sections: frozenset[str], now: datetime, nodegroups: frozenset[str] = frozenset()
    ) -> ClusterEvidence:
        """Read the sections asked for of D.3 and D.4 of one cluster.

        With names of node groups none is listed, and only these are described.
        """
        ...

    def collect_related(
        self,
        target: Target,
        clusters: Mapping[str, ClusterEvidence],
        region: RegionEvidence,
        sections: frozenset[str],
        now: datetime,
        *,
        by_name: bool = False,
    ) -> RegionEvidence:
        """Read the sections asked for of D.2 that depend on what the clusters' descriptions name.

        Calls are batched over all clusters given. Sections not asked for are returned as they are in `region`. Of
        what is read thing by thing (`related.NAMED`), only what `region` does not hold is asked for; what the
        clusters no longer name is dropped. With `by_name` only the Auto Scaling groups that node groups name are
        read, none by a cluster's tag.
        """
        ...


class KubernetesSource(Protocol):
    """Reads what the API servers of clusters list. No method raises for a refusal: the section says why."""

    def collect_kubernetes(self, subject: Subject, sections: frozenset[str], now: datetime) -> KubernetesEvidence:
        """Read the sections asked for of evidence plan D.5, discovery first.

        A cluster that cannot be reached at all has every section asked for missing for the same reason.
        """
        ...


class Stability(msgspec.Struct, frozen=True):
    """Whether what an event started has settled, and what is still moving.

    Attributes:
        gone: what was asked for does not exist any more.
        status: in the words of EKS; empty when it could not be read.
        failed: why the update did not succeed, for people; empty when it did, or has not ended.
        failure: reason codes of that.

    """

    stable: bool
    moving: tuple[str, ...] = ()
    gone: bool = False
    status: str = ""
    type: str = ""
    failed: str = ""
    failure: tuple[str, ...] = ()


class StabilitySource(Protocol):
    """Tells whether an update has ended."""

    def stability(self, subject: Subject, wait: PendingChange) -> Stability:
        """Return whether the update has ended; without an update id, whether the thing named is at rest."""
        ...


class EvidenceStore(Protocol):
    """Keeps the evidence parts, compressed, each version of them."""

    def put_account(self, account: str, evidence: AccountEvidence) -> None:
        """Keep an account's part."""
        ...

    def get_account(self, account: str) -> AccountEvidence:
        """Return an account's latest part; an empty one when there is none."""
        ...

    def put_region(self, target: Target, evidence: RegionEvidence) -> None:
        """Keep a region's part."""
        ...

    def get_region(self, target: Target) -> RegionEvidence:
        """Return a region's latest part; an empty one when there is none."""
        ...

    def put_cluster(self, subject: Subject, evidence: ClusterEvidence, overlay: RegionEvidence) -> None:
        """Keep a cluster's part, with region facts read for this cluster alone since the last sweep."""
        ...

    def get_cluster(self, subject: Subject) -> tuple[ClusterEvidence, RegionEvidence]:
        """Return a cluster's latest part and overlay; empty ones when there are none."""
        ...

    def put_kubernetes(self, subject: Subject, evidence: KubernetesEvidence) -> None:
        """Keep what a cluster's Kubernetes API listed."""
        ...

    def get_kubernetes(self, subject: Subject) -> KubernetesEvidence:
        """Return what a cluster's Kubernetes API listed last; nothing asked for when it was never read."""
        ...

    def put_manifest(self, name: str, items: Sequence[Mapping[str, Any]]) -> str:
        """Keep a JSON list for a Distributed Map to read; return its key."""
        ...

    def get_manifest(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return a list that was kept.

        Raises:
            StoreError: there is none under this key, or it is not a list.

        """
        ...
