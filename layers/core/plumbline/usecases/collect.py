"""Collecting: read evidence from the source into the store, part by part, and join the parts into snapshots.

A sweep reads a region's own facts, then every cluster, then the facts that the clusters' descriptions name, once for
all of them. An event reads what its scopes touch of one cluster; region facts read for it are kept as the cluster's
overlay, so that they never race with a sweep of the region.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.partitions import subject_in
from plumbline.domain.parts import cluster_names, due, fresher, narrowed, still_ahead, uncovered, updated
from plumbline.domain.scopes import DAILY_SECTIONS, INDEPENDENT_SECTIONS, RELATED_SECTIONS, is_full, sections_of
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    SECTIONS,
    AccountEvidence,
    ClusterEvidence,
    RegionEvidence,
    Snapshot,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import EvidenceSource, EvidenceStore, Target

T = TypeVar("T")
R = TypeVar("R")

EVERYTHING = frozenset(SECTIONS)
_OF_ACCOUNT = frozenset(ACCOUNT_SECTIONS)
_OF_CLUSTER = frozenset(CLUSTER_SECTIONS)
# What node groups are compared with: a change of the group does not change it.
_YARDSTICKS = frozenset({"ami_releases", "instance_types"})
# An event about one cluster says nothing of which clusters there are.
_NEVER_FOR_ONE = frozenset({"clusters"})


class Run(Protocol):
    """Applies a function to many items, in order: `map`, or the `map` of a pool of threads."""

    def __call__(self, function: Callable[[T], R], items: Iterable[T], /) -> Iterable[R]:
        """Return the results in the order of the items."""
        ...


class Shared(msgspec.Struct, frozen=True):
    """The evidence that all clusters of a region share."""

    account: AccountEvidence
    region: RegionEvidence


def collect_region_facts(
    source: EvidenceSource,
    store: EvidenceStore,
    target: Target,
    now: datetime,
    *,
    sections: frozenset[str] = EVERYTHING,
    recorded: Iterable[str] = (),
) -> tuple[str, ...]:
    """Read the account's and the region's own facts into the store; daily facts only when a day old.

    Args:
        source: reads evidence.
        store: keeps it.
        target: the region of an account.
        now: the time of the sweep.
        sections: what to read at most.
        recorded: the clusters known so far. Those that are not listed any more are read all the same: their absence
            is then proven one by one, and a listing that was refused hides none of them.

    Returns:
        The names of the clusters to read, sorted.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    _refresh_account(source, store, target.account, sections & _OF_ACCOUNT, now)
    region = store.get_region(target)
    wanted = due(region, sections & INDEPENDENT_SECTIONS, now)
    region = updated(region, source.collect_region(target, wanted, now), wanted)
    store.put_region(target, region)
    return tuple(sorted({*cluster_names(region), *recorded}))


def collect_clusters(
    source: EvidenceSource,
    store: EvidenceStore,
    target: Target,
    names: Sequence[str],
    now: datetime,
    *,
    run: Run = map,
) -> None:
    """Read every cluster into the store, each on its own: what fails in one is recorded there and stops no other.

    Raises:
        CredentialsError: nothing can be read at all.

    """

    def keep(name: str) -> None:
        subject = subject_in(target.account, target.region, name)
        evidence = source.collect_cluster(subject, _OF_CLUSTER, now)
        _, overlay = store.get_cluster(subject)
        store.put_cluster(subject, evidence, still_ahead(overlay))

    for _ in run(keep, names):
        pass


def collect_related(
    source: EvidenceSource,
    store: EvidenceStore,
    target: Target,
    names: Sequence[str],
    now: datetime,
    *,
    sections: frozenset[str] = EVERYTHING,
    run: Run = map,
) -> None:
    """Read the region facts that the named clusters' descriptions name, in calls shared by all of them.

    Raises:
        CredentialsError: nothing can be read at all.

    """

    def stored(name: str) -> ClusterEvidence:
        return store.get_cluster(subject_in(target.account, target.region, name))[0]

    clusters = dict(zip(names, run(stored, names), strict=True))
    region = store.get_region(target)
    store.put_region(target, read_related(source, target, clusters, region, sections, now)[0])


def read_related(
    source: EvidenceSource,
    target: Target,
    clusters: Mapping[str, ClusterEvidence],
    region: RegionEvidence,
    sections: frozenset[str],
    now: datetime,
    forced: frozenset[str] = frozenset(),
) -> tuple[RegionEvidence, frozenset[str]]:
    """Read what clusters' descriptions name; return the region with it, and which sections were read.

    Daily facts come second, when it is known what the groups and templates of today name: they are read when they
    are a day old, lack something, or are `forced`.
    """
    wanted = sections & RELATED_SECTIONS
    at_once = wanted - DAILY_SECTIONS
    if at_once:
        region = source.collect_related(target, clusters, region, at_once, now)
    daily = wanted & DAILY_SECTIONS
    daily = due(region, daily, now) | uncovered(region, clusters, daily) | (daily & forced)
    if daily:
        region = source.collect_related(target, clusters, region, daily, now)
    return region, at_once | daily


def collect_for_event(
    source: EvidenceSource,
    store: EvidenceStore,
    subject: Subject,
    scopes: Sequence[str],
    now: datetime,
) -> None:
    """Read what the scopes touch of one cluster, and the region facts it needs, into the cluster's part and overlay.

    Daily facts are read when a scope names them, or when they are missing or a day old.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    target = Target(subject.account, subject.region)
    wanted = sections_of(scopes)
    forced = sections_of(scope for scope in scopes if not is_full([scope])) - _YARDSTICKS
    stored, overlay = store.get_cluster(subject)
    evidence = updated(stored, source.collect_cluster(subject, wanted & _OF_CLUSTER, now), wanted & _OF_CLUSTER)
    if _is_gone(evidence):
        store.put_cluster(subject, evidence, overlay)
        return
    _refresh_account(source, store, subject.account, wanted & _OF_ACCOUNT, now, forced)
    region = fresher(store.get_region(target), overlay)
    own = wanted & INDEPENDENT_SECTIONS - _NEVER_FOR_ONE
    read = due(region, own, now) | (own & forced)
    if read:
        region = updated(region, source.collect_region(target, read, now), read)
    region = narrowed(region, subject.cluster)
    region, related = read_related(source, target, {subject.cluster: evidence}, region, wanted, now, forced)
    store.put_cluster(subject, evidence, updated(overlay, region, read | related))


def load_region(store: EvidenceStore, target: Target) -> Shared:
    """Load the evidence that all clusters of a region share."""
    return Shared(account=store.get_account(target.account), region=store.get_region(target))


def join(store: EvidenceStore, subject: Subject, shared: Shared | None = None) -> Snapshot:
    """Join the parts of a subject into its snapshot; of each region section the fresher reading counts.

    Args:
        store: holds the parts.
        subject: a cluster, or a region of an account, whose cluster part is empty.
        shared: what `load_region` returned, when many clusters of the region are joined.

    """
    shared = shared or load_region(store, Target(subject.account, subject.region))
    if not subject.cluster:
        return Snapshot(subject=subject, region=shared.region, account=shared.account)
    cluster, overlay = store.get_cluster(subject)
    return Snapshot(subject=subject, cluster=cluster, region=fresher(shared.region, overlay), account=shared.account)


def _refresh_account(
    source: EvidenceSource,
    store: EvidenceStore,
    account: str,
    sections: frozenset[str],
    now: datetime,
    forced: frozenset[str] = frozenset(),
) -> None:
    if not sections:
        return
    part = store.get_account(account)
    wanted = due(part, sections, now) | (sections & forced)
    if wanted:
        store.put_account(account, updated(part, source.collect_account(account, wanted, now), wanted))


def _is_gone(evidence: ClusterEvidence) -> bool:
    described = evidence.cluster
    return isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING
