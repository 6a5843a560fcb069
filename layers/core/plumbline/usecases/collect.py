"""Collecting: read evidence from the source into the store, part by part, and join the parts into snapshots.

A sweep reads a region's own facts, then every cluster, then the facts that the clusters' descriptions name, once for
all of them. `collect_event` reads for events.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.partitions import subject_in
from plumbline.domain.parts import (
    awake,
    cluster_names,
    due,
    fresher,
    incomplete,
    lists_roles,
    still_ahead,
    updated,
    with_named_roles,
    without_due,
)
from plumbline.domain.scopes import (
    DAILY_SECTIONS,
    INDEPENDENT_SECTIONS,
    RELATED_SECTIONS,
)
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
from plumbline.ports import EvidenceSource, EvidenceStore, Target

T = TypeVar("T")
R = TypeVar("R")

EVERYTHING = frozenset(SECTIONS)
_OF_ACCOUNT = frozenset(ACCOUNT_SECTIONS)
_OF_CLUSTER = frozenset(CLUSTER_SECTIONS)
_ROLES = frozenset({"named_roles"})


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
    resting: frozenset[str] = frozenset(),
    recorded: Iterable[str] = (),
) -> tuple[str, ...]:
    """Read the account's and the region's own facts into the store; daily facts only when a day old.

    Args:
        source: reads evidence.
        store: keeps it.
        target: the region of an account.
        now: the time of the sweep.
        sections: what to read at most.
        resting: sections whose turn it is not in this sweep. They are read only when they were never read or have
            grown too old to be judged: a first sweep sees everything, and one that failed is made up for.
        recorded: the clusters known so far. Those that are not listed any more are read all the same: their absence
            is then proven one by one, and a listing that was refused hides none of them.

    Returns:
        The names of the clusters to read, sorted.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    of_account = awake(store.get_account(target.account), sections & _OF_ACCOUNT, resting, now)
    refresh_account(source, store, target.account, of_account, now)
    region = load_region(store, target).region
    wanted = due(region, awake(region, sections & INDEPENDENT_SECTIONS, resting, now), now)
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
    resting: frozenset[str] = frozenset(),
    run: Run = map,
) -> None:
    """Read the region facts that the named clusters' descriptions name, in calls shared by all of them.

    Resting sections are read only when they were never read or have grown too old to be judged.

    Raises:
        CredentialsError: nothing can be read at all.

    """

    def stored(name: str) -> ClusterEvidence:
        return store.get_cluster(subject_in(target.account, target.region, name))[0]

    clusters = dict(zip(names, run(stored, names), strict=True))
    shared = Shared(account=store.get_account(target.account), region=store.get_region(target))
    wanted = sections - RELATED_SECTIONS | awake(shared.region, sections & RELATED_SECTIONS, resting, now)
    store.put_region(target, read_related(source, target, clusters, shared, wanted, now)[0])


def read_related(
    source: EvidenceSource,
    target: Target,
    clusters: Mapping[str, ClusterEvidence],
    shared: Shared,
    sections: frozenset[str],
    now: datetime,
    forced: frozenset[str] = frozenset(),
) -> tuple[RegionEvidence, frozenset[str]]:
    """Read what clusters' descriptions name; return the region with it, and which sections were read.

    Daily facts come second, when it is known what the groups and templates of today name: they are read when they
    are too old, lack something, or are `forced`. Where the account does not list its roles, those named are read.
    """
    region = shared.region
    wanted = sections & RELATED_SECTIONS - _ROLES
    if "authorization" in sections and not lists_roles(shared.account):
        wanted |= _ROLES
    at_once = wanted - DAILY_SECTIONS
    if at_once:
        region = source.collect_related(target, clusters, region, at_once, now)
    daily = wanted & DAILY_SECTIONS
    region = without_due(region, daily, now, forced)
    daily = incomplete(region, clusters, daily)
    if daily:
        region = source.collect_related(target, clusters, region, daily, now)
    return region, at_once | daily


def load_region(store: EvidenceStore, target: Target) -> Shared:
    """Load the evidence that all clusters of a region share, with what events on the region itself read since."""
    _, overlay = store.get_cluster(subject_in(target.account, target.region))
    region = fresher(store.get_region(target), overlay)
    return Shared(account=store.get_account(target.account), region=region)


def join(store: EvidenceStore, subject: Subject, shared: Shared | None = None) -> Snapshot:
    """Join the parts of a subject into its snapshot; of each region section the fresher reading counts.

    Args:
        store: holds the parts.
        subject: a cluster, or a region of an account, whose cluster part is empty.
        shared: what `load_region` returned, when many clusters of the region are joined.

    """
    shared = shared or load_region(store, Target(subject.account, subject.region))
    cluster, region, kubernetes = ClusterEvidence(), shared.region, KubernetesEvidence()
    if subject.cluster:
        cluster, overlay = store.get_cluster(subject)
        region = fresher(region, overlay)
        kubernetes = store.get_kubernetes(subject)
    account = with_named_roles(shared.account, region)
    return Snapshot(subject=subject, cluster=cluster, region=region, account=account, kubernetes=kubernetes)


def refresh_account(
    source: EvidenceSource,
    store: EvidenceStore,
    account: str,
    sections: frozenset[str],
    now: datetime,
    forced: frozenset[str] = frozenset(),
) -> None:
    """Read the account's facts that are missing, too old or `forced` into its part.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    if not sections:
        return
    part = store.get_account(account)
    wanted = due(part, sections, now) | (sections & forced)
    if wanted:
        store.put_account(account, updated(part, source.collect_account(account, wanted, now), wanted))
