"""The contract of `ports.EvidenceSource`, for the fake and for the one on AWS, over the same fleet."""

from collections.abc import Callable
from datetime import timedelta

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
# Roles are read one by one only where an account does not list them.
OF_REGION = RELATED_SECTIONS - {"named_roles"}
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
    filled.regions[TARGET] = source.collect_related(TARGET, parts, region, OF_REGION, NOW)
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
    region = source.collect_related(TARGET, {SUBJECT.cluster: cluster}, RegionEvidence(), OF_REGION, NOW)
    assert set(region.keys) == set(region.key_rotations) == {key_arn(0)}
    for name in OF_REGION:
        for piece in pieces(getattr(region, name)):
            assert isinstance(piece, Collected)


def test_related_facts_leave_the_others_as_they_are(source: EvidenceSource) -> None:
    cluster = source.collect_cluster(SUBJECT, EVERY_PART, NOW)
    before = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    after = source.collect_related(TARGET, {SUBJECT.cluster: cluster}, before, frozenset({"vpcs"}), NOW)
    assert isinstance(after.vpcs, Collected)
    assert msgspec.structs.replace(after, vpcs=NOT_ASKED) == before


def test_of_what_is_read_thing_by_thing_only_what_is_missing_is_read(source: EvidenceSource) -> None:
    later = NOW + timedelta(hours=1)
    parts = {name: source.collect_cluster(Subject(ACCOUNT, REGION, name), EVERY_PART, NOW) for name in NAMES}
    first = source.collect_related(TARGET, {NAMES[0]: parts[NAMES[0]]}, RegionEvidence(), OF_REGION, NOW)
    both = source.collect_related(TARGET, parts, first, frozenset({"keys", "ami_releases"}), later)
    assert {arn: key.at for arn, key in both.keys.items()} == {key_arn(0): NOW, key_arn(1): later}
    assert both.ami_releases == first.ami_releases


def test_what_the_clusters_no_longer_name_is_dropped(source: EvidenceSource) -> None:
    parts = {name: source.collect_cluster(Subject(ACCOUNT, REGION, name), EVERY_PART, NOW) for name in NAMES}
    both = source.collect_related(TARGET, parts, RegionEvidence(), OF_REGION, NOW)
    one = source.collect_related(TARGET, {NAMES[0]: parts[NAMES[0]]}, both, frozenset({"keys"}), NOW)
    assert set(one.keys) == {key_arn(0)}


def test_of_node_groups_that_are_named_only_these_are_read(source: EvidenceSource) -> None:
    named = frozenset({"group-1", "gone"})
    part = source.collect_cluster(SUBJECT, frozenset({"nodegroups"}), NOW, named)
    assert set(part.nodegroups.items) == named
    assert isinstance(part.nodegroups.items["group-1"], Collected)
    gone = part.nodegroups.items["gone"]
    assert isinstance(gone, NotCollected)
    assert gone.reason is Reason.NOT_FOUND_IN_LISTING


def test_by_name_only_the_groups_that_node_groups_name_are_read(source: EvidenceSource) -> None:
    part = source.collect_cluster(SUBJECT, frozenset({"nodegroups"}), NOW, frozenset({"group-1"}))
    compute = frozenset({"auto_scaling_groups", "launch_templates"})
    region = source.collect_related(TARGET, {NAMES[0]: part}, RegionEvidence(), compute, NOW, by_name=True)
    assert isinstance(region.auto_scaling_groups, Collected)
    assert [group.auto_scaling_group_name for group in region.auto_scaling_groups.value] == [f"eks-{NAMES[0]}-group-1"]
