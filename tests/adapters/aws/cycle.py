"""Sweeps and events of one region, by the use cases, with their calls counted."""

from collections import Counter
from datetime import datetime

from plumbline.domain.snapshot import Snapshot
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from plumbline.usecases.collect import collect_clusters, collect_region_facts, collect_related, join
from plumbline.usecases.collect_event import collect_for_event
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION, SimulatedAws, source_of
from tests.fakes.evidence_store import FakeEvidenceStore

TARGET = Target(ACCOUNT, REGION)


class Cycle:
    """One region of one account over an evidence store; every method returns the calls it made."""

    def __init__(self, aws: SimulatedAws) -> None:
        self.aws = aws
        self.store = FakeEvidenceStore()
        self._source = source_of(aws)

    def sweep(self, now: datetime = NOW) -> Counter[str]:
        self.aws.calls.clear()
        names = collect_region_facts(self._source, self.store, TARGET, now)
        collect_clusters(self._source, self.store, TARGET, names, now, run=self._source.map)
        collect_related(self._source, self.store, TARGET, names, now)
        return Counter(self.aws.calls)

    def event(self, now: datetime, cluster: str, *scopes: str) -> Counter[str]:
        return self._event(now, Subject(ACCOUNT, REGION, cluster), scopes)

    def account_event(self, now: datetime, *scopes: str) -> Counter[str]:
        return self._event(now, Subject(ACCOUNT, ""), scopes)

    def snapshot(self, cluster: str) -> Snapshot:
        return join(self.store, Subject(ACCOUNT, REGION, cluster))

    def _event(self, now: datetime, subject: Subject, scopes: tuple[str, ...]) -> Counter[str]:
        self.aws.calls.clear()
        collect_for_event(self._source, self.store, subject, scopes, now)
        return Counter(self.aws.calls)
