"""Collecting from inside the clusters: what each cluster's Kubernetes API lists, into the store."""

from collections.abc import Iterable
from datetime import datetime

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.partitions import subject_in
from plumbline.domain.verdict import Reason
from plumbline.ports import EvidenceStore, KubernetesSource, Target
from plumbline.usecases.collect import Run

EVERY_LIST = frozenset(KUBERNETES_SECTIONS)


def collect_kubernetes(
    source: KubernetesSource,
    store: EvidenceStore,
    target: Target,
    names: Iterable[str],
    now: datetime,
    *,
    run: Run = map,
) -> int:
    """Read the clusters' Kubernetes APIs into the store, each on its own; one that no longer exists is left out.

    Returns:
        How many clusters were read, or refused.

    Raises:
        CredentialsError: nothing can be read at all.

    """

    def keep(name: str) -> int:
        subject = subject_in(target.account, target.region, name)
        described = store.get_cluster(subject)[0].cluster
        if isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING:
            return 0
        store.put_kubernetes(subject, source.collect_kubernetes(subject, EVERY_LIST, now))
        return 1

    return sum(run(keep, [name for name in names if name]))
