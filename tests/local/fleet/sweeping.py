"""One sweep of the example fleet: collectors and assessor as they are, the simulators at the end of the wire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import split_entry_key
from plumbline.domain.scopes import Scope
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.assess_batch import BatchAssessor
from plumbline.usecases.collect import collect_clusters, collect_region_facts, collect_related
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.fakes.posture_store import FakePostureStore
from tests.local.conftest import NOW, InProcess

REQUEST = Request(id="sweep-1", scopes=(str(Scope.CLUSTER),), trigger="sweep", now=NOW)


def swept(aws: InProcess) -> FakePostureStore:
    """Return the posture of the whole example fleet after one sweep."""
    evidence, posture = FakeEvidenceStore(), FakePostureStore()
    batch = BatchAssessor(Assessor(posture, load_catalogue(), ParameterSet()), evidence, posture)
    targets = sorted((place.account, place.region) for place in aws.world.places.values() if place.clusters)
    for account, region in targets:
        target, source = Target(account, region), _source(aws, account, region)
        names = collect_region_facts(source, evidence, target, NOW)
        collect_clusters(source, evidence, target, names, NOW)
        collect_related(source, evidence, target, names, NOW)
        report = batch.assess(target, [*names, ""], REQUEST)
        assert (report.failed, report.control_errors) == ({}, ())
    report = batch.assess_shared(
        [*(Subject(account, "") for account in sorted(dict(targets))), Subject("", "")], REQUEST
    )
    assert (report.failed, report.control_errors) == ({}, ())
    return posture


def statuses(posture: FakePostureStore) -> Mapping[str, Mapping[str, set[str]]]:
    """Return control -> status -> the subjects that have it."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subject, entries in posture.entries.items():
        for key, entry in entries.items():
            if entry.status is not None:
                found[split_entry_key(key)[0]][str(entry.status)].add(subject.name)
    return found


def _source(aws: InProcess, account: str, region: str) -> AwsEvidenceSource:
    access = Access(region=region, account=account)
    return AwsEvidenceSource(Sessions(access, aws.transport, OwnCredentials(account, "none")))
