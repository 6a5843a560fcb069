"""What every evidence store promises: the fake and the one on S3."""

from collections.abc import Iterator

import boto3
import msgspec
import pytest
from moto import mock_aws

from plumbline.adapters.aws.evidence_store import S3EvidenceStore
from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import EvidenceStore, Target
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.unit.domain.examples import NOON, minutes
from tests.unit.kubernetes_baseline import compliant_kubernetes

BUCKET = "evidence"
TARGET = Target("111122223333", "eu-west-1")
PAYMENTS = Subject("111122223333", "eu-west-1", "payments")
DENIED = NotCollected(Reason.ACCESS_DENIED, "eks:ListNodegroups", NOON)


@pytest.fixture(params=["fake", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[EvidenceStore]:
    if request.param == "fake":
        yield FakeEvidenceStore()
        return
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield S3EvidenceStore(client, BUCKET)


def test_a_part_never_kept_is_empty(store: EvidenceStore) -> None:
    assert store.get_account("111122223333") == AccountEvidence()
    assert store.get_region(TARGET) == RegionEvidence()
    assert store.get_cluster(PAYMENTS) == (ClusterEvidence(), RegionEvidence())
    assert store.get_kubernetes(PAYMENTS) == KubernetesEvidence()


def test_what_the_api_server_listed_is_read_back_as_it_was_kept(store: EvidenceStore) -> None:
    evidence = msgspec.structs.replace(compliant_kubernetes(), nodes=DENIED)
    store.put_kubernetes(PAYMENTS, evidence)
    assert store.get_kubernetes(PAYMENTS) == evidence
    assert store.get_kubernetes(Subject("111122223333", "eu-west-1", "orders")) == KubernetesEvidence()


def test_parts_are_read_back_as_they_were_kept(store: EvidenceStore) -> None:
    account = AccountEvidence(oidc_providers=Collected(("issuer",), NOON), summary=DENIED)
    region = RegionEvidence(clusters=Collected(("payments", "orders"), NOON), keys={"arn": DENIED})
    cluster = ClusterEvidence(nodegroups=Listed(names=Collected(("blue",), NOON), items={"blue": DENIED}))
    overlay = RegionEvidence(ami_releases=Collected({"name": "ami"}, minutes(1)))
    store.put_account("111122223333", account)
    store.put_region(TARGET, region)
    store.put_cluster(PAYMENTS, cluster, overlay)
    assert store.get_account("111122223333") == account
    assert store.get_region(TARGET) == region
    assert store.get_cluster(PAYMENTS) == (cluster, overlay)
    assert store.get_region(Target("111122223333", "us-east-1")) == RegionEvidence()
    assert store.get_cluster(Subject("111122223333", "eu-west-1", "orders")) == (ClusterEvidence(), RegionEvidence())


def test_the_latest_part_counts(store: EvidenceStore) -> None:
    for number in range(3):
        store.put_region(TARGET, RegionEvidence(clusters=Collected((f"c{number}",), minutes(number))))
    assert store.get_region(TARGET).clusters == Collected(("c2",), minutes(2))


def test_a_manifest_has_a_key(store: EvidenceStore) -> None:
    assert store.put_manifest("sweep-1", [{"account": "1", "region": "r"}]) == "manifests/sweep-1.json"
