"""The source of Kubernetes evidence: the lists of evidence plan D.5, each failure a section with its reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from plumbline.adapters.kubernetes.connection import Connection, Limits
from plumbline.adapters.kubernetes.discovery import Discovered, discover
from plumbline.adapters.kubernetes.endpoints import ClusterAccess, Endpoint
from plumbline.adapters.kubernetes.kinds import Kind, kinds_of
from plumbline.adapters.kubernetes.lists import gathered
from plumbline.adapters.kubernetes.pods import PodGathering
from plumbline.adapters.kubernetes.readers import READERS, ObjectGathering
from plumbline.adapters.kubernetes.refusals import Refusal
from plumbline.domain.evidence.kubernetes.cluster import Namespace
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason

_DISCOVERY, _PODS, _DEPLOYMENTS, _NAMESPACES = "api_groups", "pods", "deployments", "namespaces"
# So many kinds in a row unanswered, and the others are not waited for.
_PATIENCE = 2
_PRIVATE = "private: the endpoint is reached from inside the VPC only, and there is no way there"


class KubernetesApiSource:
    """Implements `ports.KubernetesSource`; any thread may ask, also for several clusters at once.

    Raises CredentialsError when Plumbline's own credentials are missing, expired or wrong; whatever else goes wrong
    is recorded in the sections concerned.
    """

    def __init__(
        self,
        access: ClusterAccess,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask nothing yet.

        Args:
            access: knows the way to the clusters.
            limits: of what is asked of one cluster.
            elapsed: tells a time in seconds that only ever grows.

        """
        self._access = access
        self._limits = limits
        self._elapsed = elapsed

    def collect_kubernetes(self, subject: Subject, sections: frozenset[str], now: datetime) -> KubernetesEvidence:
        """Read the sections asked for of one cluster, discovery first."""
        if not sections:
            return KubernetesEvidence()
        endpoint = self._access.endpoint(subject, now)
        if isinstance(endpoint, NotCollected):
            return KubernetesEvidence(**dict.fromkeys(sections, endpoint))
        with Connection(endpoint, self._limits, self._elapsed) as connection:
            try:
                discovered = discover(connection)
            except Refusal as refusal:
                return KubernetesEvidence(**dict.fromkeys(sections, _explained(refusal, endpoint, now)))
            found = _Reading(connection, discovered, endpoint, now).read(sections)
        groups: dict[str, Any] = {_DISCOVERY: Collected(discovered.groups, now)} if _DISCOVERY in sections else {}
        return KubernetesEvidence(**groups, **{name: section for name, section in found.items() if name in sections})


class _Reading:
    """The reading of one cluster."""

    def __init__(self, connection: Connection, discovered: Discovered, endpoint: Endpoint, now: datetime) -> None:
        self._connection = connection
        self._discovered = discovered
        self._endpoint = endpoint
        self._now = now
        self._hopeless: Refusal | None = None
        self._unanswered = 0

    def read(self, sections: Iterable[str]) -> dict[str, Section[Any]]:
        """Return the sections asked for, and those that they are made with."""
        wanted = frozenset(sections)
        # The owners of pods are told by the list of Deployments, also when nobody else asks for it.
        kinds = kinds_of(wanted | {_DEPLOYMENTS} if _PODS in wanted else wanted)
        first = [kind for kind in kinds if kind.section != _PODS]
        found = _together(zip(first, self._run([partial(self._section, kind) for kind in first]), strict=True))
        self._settle_absent_namespaces(first, found)
        for kind in kinds[len(first) :]:
            found[kind.section] = self._section(kind, found)
        return found

    def _run(self, jobs: list[Callable[[], Section[Any]]]) -> list[Section[Any]]:
        width = self._connection.limits.in_flight
        if width == 1:
            return [job() for job in jobs]
        with ThreadPoolExecutor(width) as threads:
            return list(threads.map(lambda job: job(), jobs))

    def _section(self, kind: Kind, others: Mapping[str, Section[Any]] | None = None) -> Section[Any]:
        if kind.optional and kind.group not in self._discovered.groups:
            return Collected((), self._now)
        if self._hopeless is not None:
            return _explained(self._hopeless, self._endpoint, self._now)
        try:
            found = self._list(kind, others or {})
        except Refusal as refusal:
            self._lose_hope(refusal)
            return _explained(refusal, self._endpoint, self._now)
        self._unanswered = 0
        return Collected(found, self._now)

    def _list(self, kind: Kind, others: Mapping[str, Section[Any]]) -> Any:
        version = self._discovered.version_of(kind)
        if kind.section == _PODS:
            begin = partial(PodGathering, _deployments(others.get(_DEPLOYMENTS)), self._now)
            return gathered(self._connection, kind, version, msgspec.Raw, begin)
        found = self._objects(kind, version) if version else ()
        return (found[0] if found else None) if kind.name else found

    def _objects(self, kind: Kind, version: str) -> tuple[Any, ...]:
        reader = READERS[kind.section]
        try:
            return gathered(self._connection, kind, version, reader.wire, partial(ObjectGathering, reader, kind.label))
        except Refusal as refusal:
            # A kind that the cluster does not have is a fact; one that discovery has found must be there.
            if refusal.absent and not self._discovered.serves(kind, version):
                return ()
            raise

    def _lose_hope(self, refusal: Refusal) -> None:
        self._unanswered = self._unanswered + 1 if refusal.transient else 0
        if refusal.everything or self._unanswered >= _PATIENCE:
            self._hopeless = refusal

    def _settle_absent_namespaces(self, kinds: Iterable[Kind], found: dict[str, Section[Any]]) -> None:
        """Take as a fact that a namespace that does not exist has no ConfigMap, which nobody can be allowed to read."""
        namespaces: Section[tuple[Namespace, ...]] | None = found.get(_NAMESPACES)
        if not isinstance(namespaces, Collected):
            return
        existing = {one.name for one in namespaces.value}
        for kind in kinds:
            section = found[kind.section]
            denied = isinstance(section, NotCollected) and section.reason is Reason.ACCESS_DENIED
            if kind.namespace and denied and kind.namespace not in existing and self._hopeless is None:
                found[kind.section] = Collected(None, self._now)


def _together(answers: Iterable[tuple[Kind, Section[Any]]]) -> dict[str, Section[Any]]:
    """Return the sections; one that several kinds fill is missing when one of them is."""
    found: dict[str, Section[Any]] = {}
    for kind, section in answers:
        before = found.get(kind.section)
        if isinstance(before, NotCollected):
            continue
        if isinstance(before, Collected) and isinstance(section, Collected):
            found[kind.section] = Collected(before.value + section.value, section.at)
        else:
            found[kind.section] = section
    return found


def _deployments(section: Section[Any] | None) -> frozenset[tuple[str, str]] | None:
    if not isinstance(section, Collected):
        return None
    return frozenset((one.namespace, one.name) for one in section.value)


def _explained(refusal: Refusal, endpoint: Endpoint, now: datetime) -> NotCollected:
    """Return the section that is missing; where a private endpoint does not answer, that is why."""
    if endpoint.private and refusal.reason is Reason.ENDPOINT_UNREACHABLE and not refusal.status:
        return NotCollected(refusal.reason, f"{_PRIVATE} ({refusal.detail})", now)
    return refusal.at(now)
