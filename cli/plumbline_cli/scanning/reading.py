"""Reading: region by region, every cluster's evidence, joined and evaluated, then dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from plumbline.configuration.settings import ClusterPatterns
from plumbline.domain.control import Control
from plumbline.domain.evaluation import Judging, evaluate
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, NotCollected, Section
from plumbline.domain.facts import RegionFacts
from plumbline.domain.inventory import inventory_of, listing_of
from plumbline.domain.judged import ALL
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.partitions import partition_of, subject_in
from plumbline.domain.parts import with_named_roles
from plumbline.domain.scopes import INDEPENDENT_SECTIONS
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    AccountEvidence,
    ClusterEvidence,
    Listing,
    RegionEvidence,
    Snapshot,
)
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Reason, Verdict
from plumbline.ports import EvidenceSource, KubernetesSource, Target
from plumbline.usecases.collect import Shared, read_related
from plumbline_cli.scanning.insides import NOT_LOOKED_INSIDE, closed_because, insides_of
from plumbline_cli.scanning.selection import NothingSelectedError, matches, sections_for


class CollectClusters(Protocol):
    """Reads the sections of many clusters of one region, and what else there is to do meanwhile."""

    def __call__(
        self,
        target: Target,
        names: Sequence[str],
        sections: frozenset[str],
        now: datetime,
        *,
        meanwhile: Callable[[], None],
    ) -> Iterator[tuple[str, ClusterEvidence]]:
        """Yield each cluster's name and evidence."""
        ...


_LISTING = frozenset({"clusters"})


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to scan.

    Attributes:
        clusters: the clusters of the configuration's scope.
        only: patterns on cluster names; with any, regions themselves are not judged.
        now: the time of the scan, with a time zone.

    """

    account: str
    regions: tuple[str, ...]
    controls: tuple[Control, ...]
    parameters: ParameterSet = ParameterSet()
    clusters: ClusterPatterns = ClusterPatterns()
    only: tuple[str, ...] = ()
    now: datetime


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts on one subject, to be read once and before the next subject's: a large cluster has millions.

    `version` and `environment` are what people want to see beside a cluster's name. `closed` says why nothing inside
    of it could be read: everything that needs it is UNKNOWN for that reason.
    """

    subject: Subject
    verdicts: Iterable[Verdict]
    version: str = ""
    environment: str = ""
    closed: str = ""


class Progress:
    """Told how far the reading is. Does nothing; a terminal's progress overrides it."""

    def region(self, region: str, clusters: int) -> None:
        """A region's clusters are known: reading them begins."""

    def inside(self, region: str, clusters: int) -> None:
        """Reading the Kubernetes APIs of a region's clusters begins."""

    def cluster(self) -> None:
        """A cluster, or its Kubernetes API, was read."""

    def gone(self, subject: Subject) -> None:
        """A cluster was listed and no longer exists."""


class Reader:
    """Reads and evaluates what a plan names."""

    def __init__(
        self,
        source: EvidenceSource,
        collect: CollectClusters,
        plan: Plan,
        progress: Progress,
        inside: KubernetesSource | None = None,
    ) -> None:
        """Prepare; nothing is read yet.

        Args:
            source: of account and region evidence.
            collect: of the clusters' evidence, many at once.
            plan: what to read.
            progress: told how far it is.
            inside: of what the clusters' Kubernetes APIs list; None leaves that side out.

        """
        self._inside = inside
        self._source = source
        self._collect = collect
        self._plan = plan
        self._progress = progress
        chosen = plan.controls
        self._judged = tuple(control for control in chosen if not (control.level is not Level.CLUSTER and plan.only))
        self._sections = sections_for(self._judged)
        self._inside_sections = self._sections.intersection(KUBERNETES_SECTIONS) if inside else frozenset[str]()
        self._listings: list[Listing] = []

    def assessed(self) -> Iterator[Assessed]:
        """Yield each region and then its clusters by name.

        Raises:
            CredentialsError: nothing can be read with these credentials.
            NothingSelectedError: no cluster of any region matches the patterns.

        """
        plan = self._plan
        account = self._source.collect_account(plan.account, self._sections & frozenset(ACCOUNT_SECTIONS), plan.now)
        seen = 0
        for region in plan.regions:
            for found in self._region(region, account):
                seen += bool(found.subject.cluster)
                yield found
        if not plan.only:
            yield from self._shared(account)
        if plan.only and not seen:
            regions = ", ".join(plan.regions)
            raise NothingSelectedError(f"no cluster of {regions} matches {' or '.join(map(repr, plan.only))}")

    def _shared(self, account: AccountEvidence) -> Iterator[Assessed]:
        """Yield the account, and the fleet as far as this scan sees it."""
        plan = self._plan
        inventory, partition = Collected(tuple(self._listings), plan.now), partition_of(plan.regions[0])
        for snapshot in (
            Snapshot(subject=subject_in(plan.account, "", partition=partition), account=account),
            Snapshot(subject=subject_in("", "", partition=partition), inventory=inventory),
        ):
            evaluation = evaluate(snapshot, self._judged, plan.parameters, plan.now)
            if evaluation.verdicts:
                yield Assessed(subject=snapshot.subject, verdicts=evaluation.verdicts)

    def _region(self, region: str, account: AccountEvidence) -> Iterator[Assessed]:
        plan, sections = self._plan, self._sections
        target = Target(plan.account, region)
        part, clusters = self._own_parts(target)
        shared = Shared(account=account, region=part)
        part, _ = read_related(self._source, target, clusters, shared, sections, plan.now)
        account = with_named_roles(account, part)
        facts = RegionFacts(part, account)
        listings = [self._listing(self._subject(region, name), clusters[name]) for name in sorted(clusters)]
        found = [one for one in listings if one is not None]
        self._listings += found
        if not plan.only:
            inventory = inventory_of(found, part.clusters, plan.now)
            yield self._evaluated(self._subject(region), ClusterEvidence(), part, account, facts, inventory)
        if isinstance(part.clusters, NotCollected):
            unread = KubernetesEvidence(**dict.fromkeys(self._inside_sections, part.clusters))
            subject, evidence = self._subject(region, ALL), _unlisted(part.clusters)
            yield self._evaluated(subject, evidence, part, account, facts, kubernetes=unread)
        for subject, kubernetes in self._insides(region, self._present(region, clusters)):
            yield self._evaluated(subject, clusters.pop(subject.cluster), part, account, facts, kubernetes=kubernetes)

    def _names(self, part: RegionEvidence, region: str) -> tuple[str, ...]:
        listed = part.clusters.value if isinstance(part.clusters, Collected) else ()
        return tuple(
            name
            for name in sorted(listed)
            if self._plan.clusters.admit(self._subject(region, name))
            and (not self._plan.only or matches(name, self._plan.only))
        )

    def _own_parts(self, target: Target) -> tuple[RegionEvidence, dict[str, ClusterEvidence]]:
        """Read the region's own facts and its clusters, side by side once it is known which there are."""
        sections, now = self._sections & INDEPENDENT_SECTIONS, self._plan.now
        listed = self._source.collect_region(target, sections & _LISTING, now)
        facts: list[RegionEvidence] = []

        def read_facts() -> None:
            facts.append(self._source.collect_region(target, sections - _LISTING, now))

        clusters = self._clusters(target, self._names(listed, target.region), read_facts)
        return msgspec.structs.replace(facts[0], clusters=listed.clusters), clusters

    def _clusters(
        self, target: Target, names: Sequence[str], meanwhile: Callable[[], None]
    ) -> dict[str, ClusterEvidence]:
        self._progress.region(target.region, len(names))
        wanted = self._sections & frozenset(CLUSTER_SECTIONS)
        found: dict[str, ClusterEvidence] = {}
        for name, evidence in self._collect(target, names, wanted, self._plan.now, meanwhile=meanwhile):
            found[name] = evidence
            self._progress.cluster()
        return found

    def _present(self, region: str, clusters: dict[str, ClusterEvidence]) -> tuple[Subject, ...]:
        """Return the clusters that exist, by name; those that no longer do are told and dropped."""
        for name in [name for name, evidence in clusters.items() if _is_gone(evidence)]:
            self._progress.gone(self._subject(region, name))
            del clusters[name]
        return tuple(self._subject(region, name) for name in sorted(clusters))

    def _insides(self, region: str, subjects: Sequence[Subject]) -> Iterator[tuple[Subject, KubernetesEvidence]]:
        """Yield each cluster with what its Kubernetes API lists."""
        if self._inside is None or not self._inside_sections or not subjects:
            yield from ((subject, NOT_LOOKED_INSIDE) for subject in subjects)
            return
        self._progress.inside(region, len(subjects))
        for subject, evidence in insides_of(self._inside, subjects, self._inside_sections, self._plan.now):
            self._progress.cluster()
            yield subject, evidence

    def _listing(self, subject: Subject, evidence: ClusterEvidence) -> Listing | None:
        described = evidence.cluster.value if isinstance(evidence.cluster, Collected) else None
        environment = self._plan.parameters.environment.of(described, subject.account) or ""
        return listing_of(Snapshot(subject=subject, cluster=evidence), environment)

    def _subject(self, region: str, cluster: str = "") -> Subject:
        return subject_in(self._plan.account, region, cluster)

    def _evaluated(
        self,
        subject: Subject,
        evidence: ClusterEvidence,
        region: RegionEvidence,
        account: AccountEvidence,
        facts: RegionFacts,
        inventory: Section[tuple[Listing, ...]] = NOT_ASKED,
        kubernetes: KubernetesEvidence = NOT_LOOKED_INSIDE,
    ) -> Assessed:
        snapshot = Snapshot(
            subject=subject,
            cluster=evidence,
            region=region,
            account=account,
            kubernetes=kubernetes,
            inventory=inventory,
        )
        judging = Judging(snapshot, self._judged, self._plan.parameters, self._plan.now, facts)
        described = evidence.cluster.value if isinstance(evidence.cluster, Collected) else None
        return Assessed(
            subject=subject,
            verdicts=judging.verdicts(),
            version=described.version if described else "",
            environment=self._plan.parameters.environment.of(described, subject.account) or "",
            closed=closed_because(kubernetes),
        )


def _is_gone(evidence: ClusterEvidence) -> bool:
    described = evidence.cluster
    return isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING


def _unlisted(missing: NotCollected) -> ClusterEvidence:
    """Return the evidence of all the clusters that could not even be listed: none, for that reason."""
    return ClusterEvidence(
        cluster=missing,
        nodegroups=Listed(names=missing),
        fargate_profiles=Listed(names=missing),
        addons=Listed(names=missing),
        insights=Listed(names=missing),
    )
