"""One sweep of the example fleet: collectors and assessor as they are, the simulators at the end of the wire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from local.fleet.loading import load_fleet
from local.fleet.names import READER_ROLE
from local.kubernetes.eks_tokens import Credential
from local.server.call_log import CallLog
from local.server.faults import FaultPlan
from local.server.kubernetes import KubernetesFleet
from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import OwnCredentials, Sessions
from plumbline.adapters.kubernetes.eks_access import EksClusterAccess
from plumbline.adapters.kubernetes.source import KubernetesApiSource
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import split_entry_key
from plumbline.domain.scopes import Scope
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.assess_batch import BatchAssessor
from plumbline.usecases.collect import collect_clusters, collect_region_facts, collect_related
from plumbline.usecases.collect_kubernetes import collect_kubernetes
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.fakes.posture_store import FakePostureStore
from tests.local.conftest import NOW, InProcess

REQUEST = Request(id="sweep-1", scopes=(str(Scope.CLUSTER),), trigger="sweep", now=NOW)


def swept(aws: InProcess) -> FakePostureStore:
    """Return the posture of the whole example fleet after one sweep."""
    kubernetes = KubernetesFleet(load_fleet(), lambda: aws.world, _reader, CallLog(), FaultPlan())
    try:
        return _swept(aws)
    finally:
        kubernetes.stop()


def _reader(account: str, _: str) -> Credential:
    """Return whose the keys of the simulated accounts are: Plumbline's role there."""
    return Credential("none", f"arn:aws:iam::{account}:role/{READER_ROLE}")


def _swept(aws: InProcess) -> FakePostureStore:
    evidence, posture = FakeEvidenceStore(), FakePostureStore()
    batch = BatchAssessor(Assessor(posture, load_catalogue(), ParameterSet()), evidence, posture)
    targets = sorted((place.account, place.region) for place in aws.world.places.values() if place.clusters)
    for account, region in targets:
        target, source = Target(account, region), _source(aws, account, region)
        names = collect_region_facts(source, evidence, target, NOW)
        collect_clusters(source, evidence, target, names, NOW)
        inside = KubernetesApiSource(EksClusterAccess(_sessions(aws, account, region)))
        collect_kubernetes(inside, evidence, target, names, NOW)
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
    return AwsEvidenceSource(_sessions(aws, account, region))


def _sessions(aws: InProcess, account: str, region: str) -> Sessions:
    return Sessions(Access(region=region, account=account), aws.transport, OwnCredentials(account, "none"))
