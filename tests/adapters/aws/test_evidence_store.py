"""What is S3's own: keys, forms, releases that cannot read each other, refusals."""

import json
import logging
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import msgspec
import pytest
from moto import mock_aws

from plumbline.adapters.aws.evidence_store import S3EvidenceStore
from plumbline.adapters.aws.objects import S3Blobs
from plumbline.domain.errors import StoreError
from plumbline.domain.evidence.section import Collected
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from tests.unit.domain.examples import NOON

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "evidence"
TARGET = Target("111122223333", "eu-west-1")
REGION_KEY = "evidence/111122223333/eu-west-1/region"


@pytest.fixture
def client() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def store(client: "S3Client") -> S3EvidenceStore:
    return S3EvidenceStore(client, BUCKET)


def test_each_part_has_its_own_key(client: "S3Client", store: S3EvidenceStore) -> None:
    store.put_account("111122223333", AccountEvidence())
    store.put_region(TARGET, RegionEvidence())
    store.put_cluster(Subject("111122223333", "eu-west-1", "payments"), ClusterEvidence(), RegionEvidence())
    store.put_manifest("sweep-1", [])
    assert [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]] == [
        "evidence/111122223333/account",
        "evidence/111122223333/eu-west-1/clusters/payments",
        REGION_KEY,
        "manifests/sweep-1.json",
    ]


def test_a_part_is_compressed_msgpack_and_says_so(client: "S3Client", store: S3EvidenceStore) -> None:
    store.put_region(TARGET, RegionEvidence(clusters=Collected(("payments",), NOON)))
    kept = client.get_object(Bucket=BUCKET, Key=REGION_KEY)
    assert (kept["ContentType"], kept["ContentEncoding"]) == ("application/vnd.msgpack", "deflate")
    content = msgspec.msgpack.decode(zlib.decompress(kept["Body"].read()))
    assert content["clusters"]["value"] == ["payments"]


def test_a_manifest_is_a_json_array(client: "S3Client", store: S3EvidenceStore) -> None:
    items = [{"account": "111122223333", "region": "eu-west-1"}]
    kept = client.get_object(Bucket=BUCKET, Key=store.put_manifest("sweep-1", items))
    assert kept["ContentType"] == "application/json"
    assert json.loads(kept["Body"].read()) == items


@pytest.mark.parametrize(
    "content",
    [
        b"not compressed",
        zlib.compress(b"\xc1"),
        zlib.compress(msgspec.msgpack.encode({"clusters": "of another release"})),
    ],
)
def test_what_cannot_be_decoded_is_empty_and_said(
    client: "S3Client", store: S3EvidenceStore, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    client.put_object(Bucket=BUCKET, Key=REGION_KEY, Body=content)
    with caplog.at_level(logging.WARNING):
        assert store.get_region(TARGET) == RegionEvidence()
    (record,) = caplog.records
    assert f"the evidence in {REGION_KEY} cannot be decoded and will be collected again" in record.getMessage()


def test_members_of_a_newer_release_are_ignored(client: "S3Client", store: S3EvidenceStore) -> None:
    client.put_object(Bucket=BUCKET, Key=REGION_KEY, Body=zlib.compress(msgspec.msgpack.encode({"new_section": 1})))
    assert store.get_region(TARGET) == RegionEvidence()


def test_a_refusal_is_a_store_error(client: "S3Client") -> None:
    store = S3EvidenceStore(client, "missing-bucket")
    with pytest.raises(StoreError, match=f"writing {REGION_KEY}: .*NoSuchBucket"):
        store.put_region(TARGET, RegionEvidence())
    with pytest.raises(StoreError, match=f"reading {REGION_KEY}: .*NoSuchBucket"):
        store.get_region(TARGET)


def test_a_blob_is_kept_under_its_content(client: "S3Client") -> None:
    blobs = S3Blobs(client, BUCKET)
    key = blobs.put(b"content")
    assert key == blobs.put(b"content") == "blobs/ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    assert blobs.get(key) == b"content"
    client.put_object(Bucket=BUCKET, Key=key, Body=b"changed")
    with pytest.raises(StoreError, match="is not what was kept under it"):
        blobs.get(key)
    client.delete_object(Bucket=BUCKET, Key=key)
    with pytest.raises(StoreError, match="is missing"):
        blobs.get(key)
