"""The contract of `ports.EvidenceSource`, for the fake and for the one on AWS, over the same fleet."""

from collections.abc import Callable

import msgspec
import pytest

from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, NotCollected
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    AccountEvidence,
    ClusterEvidence,
    RegionEvidence,
    pieces,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import EvidenceSource, Target
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION, SimulatedAws, source_of
from tests.adapters.aws.worlds import Shape, cluster_name, key_arn, world_of
from tests.fakes.evidence_source import FakeEvidenceSource

TARGET = Target(ACCOUNT, REGION)
NAMES = (cluster_name(0), cluster_name(1))
SUBJECT, GONE = Subject(ACCOUNT, REGION, NAMES[0]), Subject(ACCOUNT, REGION, "gone")
EVERY_PART, OF_ACCOUNT = frozenset(CLUSTER_SECTIONS), frozenset(ACCOUNT_SECTIONS)


def on_aws() -> EvidenceSource:
    return source_of(SimulatedAws(world_of(Shape(clusters=2, keys=2))))


def fake() -> EvidenceSource:
    """A fake that was told what there is on AWS."""
    source, filled = on_aws(), FakeEvidenceSource()
    subjects = [Subject(ACCOUNT, REGION, name) for name in NAMES]
    filled.accounts[ACCOUNT] = source.collect_account(ACCOUNT, OF_ACCOUNT, NOW)
    filled.clusters = {subject: source.collect_cluster(subject, EVERY_PART, NOW) for subject in subjects}
    region = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    parts = {subject.cluster: part for subject, part in filled.clusters.items()}
    filled.regions[TARGET] = source.collect_related(TARGET, parts, region, RELATED_SECTIONS, NOW)
    return filled


@pytest.fixture(params=[fake, on_aws])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> EvidenceSource:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", f"AKIA{ACCOUNT}TEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    build: Callable[[], EvidenceSource] = request.param
    return build()


def test_what_is_asked_for_is_read_at_the_time_given(source: EvidenceSource) -> None:
    account = source.collect_account(ACCOUNT, OF_ACCOUNT, NOW)
    region = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    cluster = source.collect_cluster(SUBJECT, EVERY_PART, NOW)
    found = [getattr(account, name) for name in ACCOUNT_SECTIONS]
    found += [getattr(region, name) for name in INDEPENDENT_SECTIONS]
    found += [getattr(cluster, name) for name in CLUSTER_SECTIONS]
    for value in found:
        for piece in pieces(value):
            assert isinstance(piece, Collected)
            assert piece.at == NOW


def test_what_is_not_asked_for_is_not_read(source: EvidenceSource) -> None:
    assert source.collect_account(ACCOUNT, frozenset(), NOW) == AccountEvidence()
    assert source.collect_region(TARGET, frozenset(), NOW) == RegionEvidence()
    assert source.collect_cluster(SUBJECT, frozenset(), NOW) == ClusterEvidence()
    addons = source.collect_cluster(SUBJECT, frozenset({"addons"}), NOW)
    assert isinstance(addons.addons.names, Collected)
    assert msgspec.structs.replace(addons, addons=Listed()) == ClusterEvidence()


def test_the_clusters_of_a_region_are_listed(source: EvidenceSource) -> None:
    region = source.collect_region(TARGET, frozenset({"clusters"}), NOW)
    assert region.clusters == Collected(NAMES, NOW)
    assert region.versions == NOT_ASKED


def test_a_cluster_that_does_not_exist_is_not_found(source: EvidenceSource) -> None:
    part = source.collect_cluster(GONE, EVERY_PART, NOW)
    assert isinstance(part.cluster, NotCollected)
    assert (part.cluster.reason, part.cluster.at) == (Reason.NOT_FOUND_IN_LISTING, NOW)
    assert isinstance(part.nodegroups.names, NotCollected)
    assert part.nodegroups.items == {}


def test_related_facts_are_of_the_clusters_given(source: EvidenceSource) -> None:
    cluster = source.collect_cluster(SUBJECT, EVERY_PART, NOW)
    region = source.collect_related(TARGET, {SUBJECT.cluster: cluster}, RegionEvidence(), RELATED_SECTIONS, NOW)
    assert set(region.keys) == set(region.key_rotations) == {key_arn(0)}
    for name in RELATED_SECTIONS:
        for piece in pieces(getattr(region, name)):
            assert isinstance(piece, Collected)


def test_related_facts_leave_the_others_as_they_are(source: EvidenceSource) -> None:
    cluster = source.collect_cluster(SUBJECT, EVERY_PART, NOW)
    before = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    after = source.collect_related(TARGET, {SUBJECT.cluster: cluster}, before, frozenset({"vpcs"}), NOW)
    assert isinstance(after.vpcs, Collected)
    assert msgspec.structs.replace(after, vpcs=NOT_ASKED) == before
