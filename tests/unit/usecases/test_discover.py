"""Discovering: the manifest of a sweep."""

from collections.abc import Sequence
from datetime import UTC, datetime

from plumbline.ports import Target
from plumbline.usecases.discover import Manifest, discover
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
