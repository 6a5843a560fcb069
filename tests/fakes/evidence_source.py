"""An evidence source over evidence that a test has laid down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.related import key_arns
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target

Part = TypeVar("Part", AccountEvidence, RegionEvidence, ClusterEvidence)


class FakeEvidenceSource:
    """Implements `ports.EvidenceSource`. What was laid down is answered as read at the time of asking.

    `asked` keeps (method, subject or account, sections) of every call, in order.
    """

    def __init__(self) -> None:
        self.accounts: dict[str, AccountEvidence] = {}
        self.regions: dict[Target, RegionEvidence] = {}
        self.clusters: dict[Subject, ClusterEvidence] = {}
        self.asked: list[tuple[str, object, frozenset[str]]] = []

    def collect_account(self, account: str, sections: frozenset[str], now: datetime) -> AccountEvidence:
        self.asked.append(("account", account, sections))
        return _taken(AccountEvidence(), self.accounts.get(account, AccountEvidence()), sections, now)

    def collect_region(self, target: Target, sections: frozenset[str], now: datetime) -> RegionEvidence:
        self.asked.append(("region", target, sections))
        there = self.regions.get(target, RegionEvidence())
        return _taken(RegionEvidence(), there, sections & INDEPENDENT_SECTIONS, now)

    def collect_cluster(self, subject: Subject, sections: frozenset[str], now: datetime) -> ClusterEvidence:
        self.asked.append(("cluster", subject, sections))
        if subject in self.clusters:
            return _taken(ClusterEvidence(), self.clusters[subject], sections, now)
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
    ) -> RegionEvidence:
        self.asked.append(("related", (target, tuple(clusters)), sections))
        wanted = sections & RELATED_SECTIONS
        read = _taken(region, self.regions.get(target, RegionEvidence()), wanted, now)
        for name in wanted & {"keys", "key_rotations"}:
            known = getattr(read, name)
            named = {arn: known[arn] for arn in sorted(key_arns(clusters)) if arn in known}
            read = msgspec.structs.replace(read, **{name: named})
        return read

    def sections_asked(self, method: str) -> list[frozenset[str]]:
        """Return what one method was asked for, call by call."""
        return [sections for name, _, sections in self.asked if name == method]


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
