"""Insides: what the Kubernetes APIs of clusters list, a few read ahead while one is judged."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline.domain.errors import PlumblineError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import KubernetesSource

if TYPE_CHECKING:
    from plumbline.adapters.aws.sessions import Sessions

# A cluster is mostly waited for; what is read ahead is in memory.
AT_ONCE = 4
NOT_LOOKED_INSIDE = KubernetesEvidence()


class NoClientError(PlumblineError):
    """The Kubernetes client is not installed; the text says how to get it."""


def insides_of(
    source: KubernetesSource, subjects: Sequence[Subject], sections: frozenset[str], now: datetime
) -> Iterator[tuple[Subject, KubernetesEvidence]]:
    """Read the clusters' Kubernetes APIs and yield them in order; never more than a few are held.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    with ThreadPoolExecutor(min(AT_ONCE, len(subjects))) as threads:
        waiting: deque[tuple[Subject, Future[KubernetesEvidence]]] = deque()
        try:
            for subject in subjects:
                waiting.append((subject, threads.submit(source.collect_kubernetes, subject, sections, now)))
                if len(waiting) == AT_ONCE:
                    yield _first(waiting)
            while waiting:
                yield _first(waiting)
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _first(
    waiting: deque[tuple[Subject, Future[KubernetesEvidence]]],
) -> tuple[Subject, KubernetesEvidence]:
    """Wait for the oldest, and let go of it."""
    subject, reading = waiting.popleft()
    return subject, reading.result()


def closed_because(evidence: KubernetesEvidence) -> str:
    """Return why nothing inside of a cluster could be read; empty when something was, or nobody tried."""
    discovered = evidence.api_groups
    return discovered.detail if isinstance(discovered, NotCollected) and discovered.at is not None else ""


def of_eks(sessions: Sessions) -> KubernetesSource:
    """Return what reads the Kubernetes APIs of EKS clusters with the credentials of these sessions.

    Raises:
        NoClientError: the Kubernetes client is not installed.

    """
    with _client_at_hand():
        from plumbline.adapters.kubernetes.eks_access import EksClusterAccess
        from plumbline.adapters.kubernetes.source import KubernetesApiSource

    return KubernetesApiSource(EksClusterAccess(sessions))


def opened_kubeconfig(path: Path, context: str) -> tuple[KubernetesSource, str, str]:
    """Return what reads the cluster of a context, the context's name, and what the kubeconfig calls the cluster.

    Raises:
        ConfigurationError: the kubeconfig cannot be read or does not lead to a cluster.
        NoClientError: the Kubernetes client is not installed.

    """
    with _client_at_hand():
        from plumbline.adapters.kubernetes.kubeconfig import KubeconfigAccess
        from plumbline.adapters.kubernetes.source import KubernetesApiSource

    access = KubeconfigAccess(path, context)
    return KubernetesApiSource(access), access.context, access.cluster


@contextmanager
def _client_at_hand() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "kubernetes":
            raise
        raise NoClientError("reading inside clusters takes the Kubernetes client: pip install kubernetes") from error
