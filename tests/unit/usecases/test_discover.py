"""Discovering: the manifest of a sweep."""

from collections.abc import Sequence
from datetime import UTC, datetime

from plumbline.domain.subject import Subject
from plumbline.ports import Target
from plumbline.usecases.discover import Manifest, discover, shared_subjects
from tests.fakes.evidence_store import FakeEvidenceStore


class TwoAccounts:
    """Implements `ports.Fleet`."""

    def targets(self) -> Sequence[Target]:
        return [Target("111122223333", "eu-west-1"), Target("444455556666", "us-east-1")]


def test_the_manifest_lists_every_account_and_region() -> None:
    store = FakeEvidenceStore()
    manifest = discover(TwoAccounts(), store, datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    assert manifest == Manifest(key="manifests/sweep-20260301T120000Z.json", targets=2)
    assert store.manifests[manifest.key] == [
        {"account": "111122223333", "region": "eu-west-1"},
        {"account": "444455556666", "region": "us-east-1"},
    ]


def test_what_regions_share_is_assessed_once_after_them() -> None:
    store = FakeEvidenceStore()
    manifest = discover(TwoAccounts(), store, datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    accounts = (Subject("111122223333", ""), Subject("444455556666", ""))
    assert shared_subjects(store, manifest.key) == (*accounts, Subject("", ""))


def test_what_regions_share_is_in_their_partition() -> None:
    regions = [{"account": "111122223333", "region": name} for name in ("cn-north-1", "cn-northwest-1")]
    store = FakeEvidenceStore()
    key = store.put_manifest("sweep-1", regions)
    assert shared_subjects(store, key) == (
        Subject("111122223333", "", partition="aws-cn"),
        Subject("", "", partition="aws-cn"),
    )
