from datetime import timedelta

import msgspec
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.errors import StoreError
from plumbline.domain.evidence.ec2 import EbsDefault
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import Posture, RecordKind
from plumbline.domain.scopes import Scope
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.assess_batch import BatchAssessor
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.fakes.posture_store import FakePostureStore
from tests.unit.baseline import ACCOUNT, NOW, REGION, compliant

TARGET = Target(ACCOUNT, REGION)
NAMES = ("payments", "orders", "")
SHARED = (Subject(ACCOUNT, ""), Subject("", ""))
SWEEP = Request(id="sweep-1", scopes=(str(Scope.CLUSTER),), trigger="sweep", now=NOW)


def subject(name: str) -> Subject:
    return Subject(ACCOUNT, REGION, name)


class Store(FakePostureStore):
    """A store that cannot read some subjects."""

    def __init__(self) -> None:
        super().__init__()
        self.unreadable: set[str] = set()

    def read(self, subject: Subject) -> Posture:
        if subject.cluster in self.unreadable:
            self.unreadable.remove(subject.cluster)
            raise StoreError("throttled")
        return super().read(subject)


class House:
    """Two clusters alike in one region, collected and compliant."""

    def __init__(self) -> None:
        self.store, self.evidence = Store(), FakeEvidenceStore()
        snapshot = compliant()
        self.evidence.put_account(ACCOUNT, snapshot.account)
        self.evidence.put_region(TARGET, snapshot.region)
        for name in ("payments", "orders"):
            self.evidence.put_cluster(subject(name), snapshot.cluster, RegionEvidence())
        self.batch = BatchAssessor(Assessor(self.store, load_catalogue(), ParameterSet()), self.evidence, self.store)

    def errors(self, name: str) -> list[str]:
        records = self.store.records.get(subject(name), [])
        return [record.body.get("error", "") for record in records if record.kind is RecordKind.ASSESSMENT]


@pytest.fixture
def house() -> House:
    return House()


def test_clusters_and_their_region_are_assessed_together(house: House) -> None:
    report = house.batch.assess(TARGET, NAMES, SWEEP)
    assert (report.assessed, report.failed, report.control_errors) == (3, {}, ())
    assert {found.cluster for found in house.store.heads} == set(NAMES)
    assert report.by_status["PASS"] > 0


def test_one_that_fails_is_recorded_and_stops_no_other(house: House) -> None:
    house.store.unreadable = {"payments"}
    report = house.batch.assess(TARGET, NAMES, SWEEP)
    assert (report.assessed, report.failed) == (2, {"payments": "StoreError: throttled"})
    assert house.errors("payments") == ["StoreError: throttled"]
    assert house.errors("orders") == [""]


def test_a_failed_region_is_named_by_account_and_region(house: House) -> None:
    house.store.unreadable = {""}
    assert house.batch.assess(TARGET, NAMES, SWEEP).failed == {f"{ACCOUNT} {REGION}": "StoreError: throttled"}


def test_a_cluster_that_is_gone_is_retired(house: House) -> None:
    house.batch.assess(TARGET, NAMES, SWEEP)
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "no such cluster", NOW)
    part, overlay = house.evidence.get_cluster(subject("orders"))
    house.evidence.put_cluster(subject("orders"), msgspec.structs.replace(part, cluster=gone), overlay)
    later = msgspec.structs.replace(SWEEP, id="sweep-2")
    house.batch.assess(TARGET, NAMES, later)
    assert house.store.heads[subject("orders")].deleted_at == NOW
    assert house.store.heads[subject("payments")].deleted_at is None


def test_a_cluster_with_newer_facts_of_its_own_is_judged_on_them(house: House) -> None:
    part, overlay = house.evidence.get_cluster(subject("orders"))
    newer = Collected((), NOW)
    house.evidence.put_cluster(subject("orders"), part, msgspec.structs.replace(overlay, log_groups=newer))
    house.batch.assess(TARGET, NAMES, SWEEP)
    retention = [
        (found.cluster, entry.status)
        for found, entries in sorted(house.store.entries.items())
        for key, entry in entries.items()
        if key.startswith("logging.log-group-retention|")
    ]
    assert dict(retention)["payments"] == "PASS"
    assert dict(retention)["orders"] != "PASS"


def test_one_cluster_s_error_is_raised_to_be_tried_again(house: House) -> None:
    house.store.unreadable = {"payments"}
    with pytest.raises(StoreError, match="throttled"):
        house.batch.assess_one(subject("payments"), SWEEP)
    assert house.batch.assess_one(subject("payments"), SWEEP).assessed == 1


def test_a_failure_told_from_outside_is_recorded_for_each(house: House) -> None:
    report = house.batch.fail(TARGET, ("payments", ""), SWEEP, "States.Timeout: too slow")
    assert report.failed == {"payments": "States.Timeout: too slow", f"{ACCOUNT} {REGION}": "States.Timeout: too slow"}
    assert house.errors("payments") == house.errors("") == ["States.Timeout: too slow"]


def test_accounts_and_the_fleet_are_assessed_once(house: House) -> None:
    report = house.batch.assess_shared(SHARED, SWEEP)
    assert (report.assessed, report.failed) == (2, {})
    assert {found.level for found in house.store.records} == {Level.ACCOUNT, Level.FLEET}


def test_an_account_that_cannot_be_assessed_is_recorded_and_stops_not_the_fleet(house: House) -> None:
    house.store.unreadable = {""}
    report = house.batch.assess_shared(SHARED, SWEEP)
    assert (report.assessed, report.failed) == (1, {ACCOUNT: "StoreError: throttled"})


EVENT = Request(id="event-1", scopes=(str(Scope.REGION_FACTS),), trigger="event", now=NOW)


def entries(house: House, subject: Subject, control: str) -> list[str | None]:
    return [entry.status for key, entry in house.store.entries[subject].items() if key.startswith(f"{control}|")]


def test_a_region_is_assessed_on_what_its_own_events_read(house: House) -> None:
    region = subject("")
    house.batch.assess(TARGET, NAMES, SWEEP)
    assert entries(house, region, "encryption.ebs-default") == ["PASS"]
    later = NOW + timedelta(minutes=1)
    overlay = RegionEvidence(ebs_default=Collected(EbsDefault(ebs_encryption_by_default=False), later))
    house.evidence.put_cluster(region, ClusterEvidence(), overlay)
    assert house.batch.assess_one(region, msgspec.structs.replace(EVENT, now=later)).transitions == 1
    assert entries(house, region, "encryption.ebs-default") == ["FAIL"]


def test_a_region_is_assessed_with_its_inventory_after_an_event_too(house: House) -> None:
    region = subject("")
    house.batch.assess(TARGET, NAMES, SWEEP)
    swept = entries(house, region, "cluster.quota-headroom")
    assert house.batch.assess_one(region, EVENT).transitions == 0
    assert entries(house, region, "cluster.quota-headroom") == swept
    assert "PASS" in swept


def test_an_account_is_assessed_after_an_event_on_its_own_evidence(house: House) -> None:
    account = SHARED[0]
    request = msgspec.structs.replace(EVENT, scopes=(str(Scope.ACCOUNT),))
    assert house.batch.assess_one(account, request).assessed == 1
    assert entries(house, account, "iam.root-user") == ["PASS"]
