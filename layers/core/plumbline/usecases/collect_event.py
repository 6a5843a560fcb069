"""Collecting for an event: what its scopes touch of one subject, and no more.

Region facts read for one cluster are kept as its overlay, and those read for the region itself as the region's, so
that they never race with a sweep of the region.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.need import known
from plumbline.domain.parts import (
    due,
    fresher,
    incomplete,
    narrowed,
    of_groups,
    updated,
    with_compute,
    with_groups,
    without_due,
)
from plumbline.domain.related import template_versions
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, is_full, nodegroups_in, sections_of
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import EvidenceSource, EvidenceStore, Target
from plumbline.usecases.collect import Shared, load_region, read_related, refresh_account

# An event on one node group makes no more calls than this (evidence plan D.4).
CALLS_FOR_A_GROUP = 4

_OF_CLUSTER = frozenset(CLUSTER_SECTIONS)
# An event says nothing of which clusters there are.
_INDEPENDENT = INDEPENDENT_SECTIONS - {"clusters"}
_COMPUTE = frozenset({"auto_scaling_groups", "launch_templates"})
# What node groups are compared with: a change of the group does not change it. Those missed most come first.
_YARDSTICKS = ("ami_releases", "images", "instance_types")


def collect_for_event(
    source: EvidenceSource,
    store: EvidenceStore,
    subject: Subject,
    scopes: Sequence[str],
    now: datetime,
) -> None:
    """Read what the scopes touch of one subject into the store.

    Daily facts are read when a scope names them, or when they are missing or too old.

    Raises:
        CredentialsError: nothing can be read at all.

    """
    event = _Event(source, store, subject, scopes, now)
    if subject.level is Level.CLUSTER:
        event.collect_cluster()
        return
    event.refresh_account()
    if subject.level is Level.REGION:
        event.collect_region()


class _Event:
    def __init__(
        self, source: EvidenceSource, store: EvidenceStore, subject: Subject, scopes: Sequence[str], now: datetime
    ) -> None:
        self._source = source
        self._store = store
        self._subject = subject
        self._scopes = scopes
        self._now = now
        self._target = Target(subject.account, subject.region)
        self._wanted = sections_of(scopes)
        self._forced = sections_of(scope for scope in scopes if not is_full([scope])).difference(_YARDSTICKS)
        self._evidence, self._overlay = store.get_cluster(subject)

    def refresh_account(self) -> None:
        """Read the account's facts."""
        wanted = self._wanted.intersection(ACCOUNT_SECTIONS)
        refresh_account(self._source, self._store, self._subject.account, wanted, self._now, self._forced)

    def collect_region(self) -> None:
        """Read the region's own facts, for the region itself."""
        region, read = self._independent(load_region(self._store, self._target).region)
        self._keep(ClusterEvidence(), region, read)

    def collect_cluster(self) -> None:
        """Read the cluster, and the region facts that it needs."""
        region = fresher(load_region(self._store, self._target).region, self._overlay)
        groups = nodegroups_in(self._scopes) if self._can_add_to(region) else frozenset[str]()
        evidence = self._cluster(groups)
        if _is_gone(evidence):
            self._store.put_cluster(self._subject, evidence, self._overlay)
            return
        self.refresh_account()
        account = self._store.get_account(self._subject.account)
        region, read = self._independent(region)
        region = narrowed(region, self._subject.cluster)
        wanted = self._wanted
        if groups:
            region, left = self._compute(evidence, groups, region)
            read |= _COMPUTE
            wanted = wanted - _COMPUTE.union(_YARDSTICKS) | frozenset(self._missed(evidence, region)[:left])
        region, related = read_related(
            self._source,
            self._target,
            {self._subject.cluster: evidence},
            Shared(account=account, region=region),
            wanted,
            self._now,
            self._forced,
        )
        self._keep(evidence, region, read | related)

    def _can_add_to(self, region: RegionEvidence) -> bool:
        """Whether the other node groups are known: else all of them are read."""
        known_parts = (self._evidence.nodegroups.names, region.auto_scaling_groups, region.launch_templates)
        return all(isinstance(part, Collected) for part in known_parts)

    def _cluster(self, groups: frozenset[str]) -> ClusterEvidence:
        sections = self._wanted & _OF_CLUSTER
        if not sections:
            return self._evidence
        fresh = self._source.collect_cluster(self._subject, sections, self._now, groups)
        if groups:
            fresh = msgspec.structs.replace(fresh, nodegroups=with_groups(self._evidence, fresh).nodegroups)
        return updated(self._evidence, fresh, sections)

    def _independent(self, region: RegionEvidence) -> tuple[RegionEvidence, frozenset[str]]:
        own = self._wanted & _INDEPENDENT
        read = due(region, own, self._now) | (own & self._forced)
        if read:
            region = updated(region, self._source.collect_region(self._target, read, self._now), read)
        return region, read

    def _compute(
        self, evidence: ClusterEvidence, groups: frozenset[str], region: RegionEvidence
    ) -> tuple[RegionEvidence, int]:
        """Read what these node groups are made of, and add it to what is known of the cluster's others.

        Returns:
            The region's evidence, and how many more calls may be made for these groups.

        """
        only = {self._subject.cluster: of_groups(evidence, groups)}
        fresh = self._source.collect_related(self._target, only, region, _COMPUTE, self._now, by_name=True)
        templates = template_versions(only, known(fresh.auto_scaling_groups, ()))
        # A description of each group, one call for all their Auto Scaling groups, one for each template.
        made = len(groups) + 1 + len(templates)
        joined = with_compute(region, fresh, self._subject.cluster, evidence)
        return joined, max(0, CALLS_FOR_A_GROUP * len(groups) - made)

    def _missed(self, evidence: ClusterEvidence, region: RegionEvidence) -> list[str]:
        """Return the yardsticks that are missing or too old."""
        yardsticks = frozenset(_YARDSTICKS)
        left = without_due(region, yardsticks, self._now)
        missing = incomplete(left, {self._subject.cluster: evidence}, yardsticks)
        return [name for name in _YARDSTICKS if name in missing]

    def _keep(self, evidence: ClusterEvidence, region: RegionEvidence, read: frozenset[str]) -> None:
        self._store.put_cluster(self._subject, evidence, updated(self._overlay, region, read))


def _is_gone(evidence: ClusterEvidence) -> bool:
    described = evidence.cluster
    return isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING
