"""An evidence source over evidence that a test has laid down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.need import joined
from plumbline.domain.related import NAMED, group_names, held, lacking
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target

Part = TypeVar("Part", AccountEvidence, RegionEvidence, ClusterEvidence)


class FakeEvidenceSource:
    """Implements `ports.EvidenceSource`. What was laid down is answered as read at the time of asking.

    `asked` keeps (method, subject or account, sections) of every call, in order; `groups_asked` the node groups named.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, AccountEvidence] = {}
        self.regions: dict[Target, RegionEvidence] = {}
        self.clusters: dict[Subject, ClusterEvidence] = {}
        self.asked: list[tuple[str, object, frozenset[str]]] = []
        self.groups_asked: list[frozenset[str]] = []

    def collect_account(self, account: str, sections: frozenset[str], now: datetime) -> AccountEvidence:
        self.asked.append(("account", account, sections))
        return _taken(AccountEvidence(), self.accounts.get(account, AccountEvidence()), sections, now)

    def collect_region(self, target: Target, sections: frozenset[str], now: datetime) -> RegionEvidence:
        self.asked.append(("region", target, sections))
        there = self.regions.get(target, RegionEvidence())
        return _taken(RegionEvidence(), there, sections & INDEPENDENT_SECTIONS, now)

    def collect_cluster(
        self, subject: Subject, sections: frozenset[str], now: datetime, nodegroups: frozenset[str] = frozenset()
    ) -> ClusterEvidence:
        self.asked.append(("cluster", subject, sections))
        self.groups_asked.append(nodegroups)
        if subject in self.clusters:
            read = _taken(ClusterEvidence(), self.clusters[subject], sections, now)
            return _only(read, nodegroups, now) if nodegroups else read
        gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{subject.name} does not exist", now)
        parts: dict[str, Any] = {name: gone if name == "cluster" else Listed(names=gone) for name in sections}
        return ClusterEvidence(**parts)

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
        self.asked.append(("related", (target, tuple(clusters)), sections))
        there = self.regions.get(target, RegionEvidence())
        read = _taken(region, there, sections & RELATED_SECTIONS - NAMED.keys(), now)
        if by_name and "auto_scaling_groups" in sections:
            names = group_names(clusters)
            groups = joined(
                lambda found: tuple(one for one in found if one.auto_scaling_group_name in names),
                read.auto_scaling_groups,
            )
            read = msgspec.structs.replace(read, auto_scaling_groups=groups)
        for name in sections & NAMED.keys():
            read = msgspec.structs.replace(read, **{name: _completed(name, read, there, clusters, now)})
        return read

    def sections_asked(self, method: str) -> list[frozenset[str]]:
        """Return what one method was asked for, call by call."""
        return [sections for name, _, sections in self.asked if name == method]


def _only(read: ClusterEvidence, names: frozenset[str], now: datetime) -> ClusterEvidence:
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "no such node group", now)
    items = {name: read.nodegroups.items.get(name, gone) for name in sorted(names)}
    return msgspec.structs.replace(read, nodegroups=Listed(names=Collected(tuple(items), now), items=items))


def _completed(
    name: str,
    known: RegionEvidence,
    there: RegionEvidence,
    clusters: Mapping[str, ClusterEvidence],
    now: datetime,
) -> Any:
    """What is known and still named, with what of the rest there is."""
    named = NAMED[name](clusters, known)
    kept = {key: piece for key, piece in held(known, name).items() if key in named}
    fresh = {key: piece for key, piece in held(there, name).items() if key in lacking(known, clusters, name)}
    if isinstance(getattr(there, name), dict):
        return kept | {key: _at(piece, now) for key, piece in fresh.items()}
    if isinstance(getattr(there, name), NotCollected):
        return _at(getattr(there, name), now)
    every = kept | fresh
    return Collected(
        every if name == "ami_releases" else tuple(every.values()), getattr(known, name).at if kept else now
    )


def _taken(into: Part, source: Part, sections: frozenset[str], now: datetime) -> Part:
    return msgspec.structs.replace(into, **{name: _at(getattr(source, name), now) for name in sections})


def _at(value: Any, now: datetime) -> Any:
    if isinstance(value, Listed):
        return Listed(names=_at(value.names, now), items={key: _at(item, now) for key, item in value.items.items()})
    if isinstance(value, dict):
        return {key: _at(piece, now) for key, piece in value.items()}
    if isinstance(value, Collected):
        return Collected(value.value, now)
    return NotCollected(value.reason, value.detail, now)
