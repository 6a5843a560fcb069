"""Collecting: what a sweep and an event read, what they keep, and which of two readings counts."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.partitions import subject_in
from plumbline.domain.parts import fresher
from plumbline.domain.scopes import DAILY_SECTIONS, INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from plumbline.usecases.collect import (
    collect_clusters,
    collect_region_facts,
    collect_related,
    join,
    load_region,
)
from plumbline.usecases.collect_event import collect_for_event
from tests.fakes.evidence_source import FakeEvidenceSource
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.unit.baseline import ACCOUNT, KEY, NAME, REGION, compliant

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TARGET = Target(ACCOUNT, REGION)
SUBJECT, OTHER = Subject(ACCOUNT, REGION, NAME), Subject(ACCOUNT, REGION, "other")
# Roles are read one by one only where an account does not list them.
RELATED = RELATED_SECTIONS - {"named_roles"}
DENIED = NotCollected(Reason.ACCESS_DENIED, "denied", NOW)


class Fleet:
    """One region with the compliant cluster, and an empty store."""

    def __init__(self) -> None:
        snapshot: Snapshot = compliant()
        self.source = FakeEvidenceSource()
        self.store = FakeEvidenceStore()
        self.source.accounts[ACCOUNT] = snapshot.account
        self.source.regions[TARGET] = msgspec.structs.replace(
            snapshot.region, clusters=Collected((NAME,), NOW), quotas=Collected((), NOW)
        )
        self.source.clusters[SUBJECT] = snapshot.cluster

    def sweep(self, now: datetime) -> tuple[str, ...]:
        names = collect_region_facts(self.source, self.store, TARGET, now)
        collect_clusters(self.source, self.store, TARGET, names, now)
        collect_related(self.source, self.store, TARGET, names, now)
        return names

    def event(self, now: datetime, *scopes: str) -> None:
        self.source.asked.clear()
        collect_for_event(self.source, self.store, SUBJECT, scopes, now)

    def change(self, **sections: Any) -> None:
        self.source.regions[TARGET] = msgspec.structs.replace(self.source.regions[TARGET], **sections)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


# --- sweep


def test_a_first_sweep_reads_everything_once(fleet: Fleet) -> None:
    assert fleet.sweep(NOW) == (NAME,)
    assert fleet.source.asked == [
        ("account", ACCOUNT, frozenset(ACCOUNT_SECTIONS)),
        ("region", TARGET, INDEPENDENT_SECTIONS),
        ("cluster", SUBJECT, frozenset(CLUSTER_SECTIONS)),
        ("related", (TARGET, (NAME,)), RELATED - DAILY_SECTIONS),
        ("related", (TARGET, (NAME,)), RELATED & DAILY_SECTIONS),
    ]
    snapshot = join(fleet.store, SUBJECT)
    assert snapshot.cluster.cluster == Collected(fleet.source.clusters[SUBJECT].cluster.value, NOW)  # type: ignore[union-attr]
    assert snapshot.region.keys[KEY].at == NOW
    assert snapshot.account.authorization.at == NOW


def test_daily_facts_are_read_again_after_a_day(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    fleet.source.asked.clear()
    fleet.sweep(NOW + HOUR)
    assert fleet.source.sections_asked("account") == []
    assert fleet.source.sections_asked("region") == [INDEPENDENT_SECTIONS - DAILY_SECTIONS]
    assert fleet.source.sections_asked("related") == [RELATED - DAILY_SECTIONS]
    assert join(fleet.store, SUBJECT).region.keys[KEY].at == NOW
    fleet.source.asked.clear()
    fleet.sweep(NOW + DAY)
    assert fleet.source.sections_asked("account") == [frozenset(ACCOUNT_SECTIONS)]
    assert fleet.source.sections_asked("region") == [INDEPENDENT_SECTIONS]
    assert len(fleet.source.sections_asked("related")) == 2


def test_a_daily_fact_that_was_refused_is_asked_with_the_next_sweep(fleet: Fleet) -> None:
    fleet.change(versions=DENIED)
    fleet.sweep(NOW)
    fleet.source.asked.clear()
    fleet.sweep(NOW + HOUR)
    assert fleet.source.sections_asked("region") == [INDEPENDENT_SECTIONS - DAILY_SECTIONS | {"versions"}]


def test_one_key_that_was_refused_is_asked_the_next_day(fleet: Fleet) -> None:
    fleet.change(keys={KEY: DENIED})
    fleet.sweep(NOW)
    fleet.source.asked.clear()
    fleet.sweep(NOW + HOUR)
    assert fleet.source.sections_asked("related") == [RELATED - DAILY_SECTIONS]


def test_a_daily_fact_that_lacks_something_new_is_read_at_once(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    fleet.store.put_region(TARGET, msgspec.structs.replace(fleet.store.get_region(TARGET), keys={}))
    fleet.source.asked.clear()
    fleet.sweep(NOW + HOUR)
    assert fleet.source.sections_asked("related")[1:] == [frozenset({"keys"})]


def test_only_the_sections_wanted_are_read(fleet: Fleet) -> None:
    collect_region_facts(fleet.source, fleet.store, TARGET, NOW, sections=frozenset({"clusters", "log_groups"}))
    assert fleet.source.asked == [("region", TARGET, frozenset({"clusters", "log_groups"}))]


def test_a_recorded_cluster_that_is_not_listed_is_read_and_found_gone(fleet: Fleet) -> None:
    names = collect_region_facts(fleet.source, fleet.store, TARGET, NOW, recorded=("gone",))
    assert names == ("gone", NAME)
    collect_clusters(fleet.source, fleet.store, TARGET, names, NOW)
    gone = join(fleet.store, Subject(ACCOUNT, REGION, "gone")).cluster.cluster
    assert isinstance(gone, NotCollected)
    assert gone.reason is Reason.NOT_FOUND_IN_LISTING


def test_a_refused_listing_hides_no_recorded_cluster(fleet: Fleet) -> None:
    fleet.change(clusters=DENIED)
    assert collect_region_facts(fleet.source, fleet.store, TARGET, NOW, recorded=(NAME,)) == (NAME,)
    assert load_region(fleet.store, TARGET).region.clusters == DENIED


def test_clusters_may_be_read_side_by_side(fleet: Fleet) -> None:
    handed: list[str] = []

    def run(function: Any, items: Any) -> list[Any]:
        handed.extend(items)
        return [function(item) for item in items]

    collect_clusters(fleet.source, fleet.store, TARGET, (NAME, "other"), NOW, run=run)
    assert handed == [NAME, "other"]


# --- event


@pytest.mark.parametrize(
    ("scopes", "asked"),
    [
        (("addon",), [("cluster", {"addons"})]),
        (("insights",), [("cluster", {"insights"})]),
        (("cluster-config", "logs"), [("cluster", {"cluster"}), ("region", {"log_groups"})]),
        (("kms",), [("cluster", {"cluster"}), ("related", {"keys", "key_rotations"})]),
        (
            ("identity",),
            [("cluster", {"cluster", "pod_identities", "addons"}), ("account", {"authorization", "oidc_providers"})],
        ),
        (("access",), [("cluster", {"cluster", "access_entries", "administrators", "identity_providers"})]),
        (("detector",), [("region", {"detectors"})]),
        (
            ("nodegroup",),
            [
                ("cluster", {"nodegroups"}),
                ("region", {"instances"}),
                ("related", {"auto_scaling_groups", "launch_templates"}),
                ("related", {"lifecycle_hooks"}),
            ],
        ),
        (
            ("cluster",),
            [
                ("cluster", set(CLUSTER_SECTIONS)),
                ("region", {"instances", "log_groups", "ebs_default", "metadata_defaults", "volumes"}),
                ("related", RELATED - DAILY_SECTIONS),
            ],
        ),
    ],
)
def test_an_event_reads_what_its_scopes_touch(
    fleet: Fleet, scopes: tuple[str, ...], asked: list[tuple[str, set[str]]]
) -> None:
    fleet.sweep(NOW)
    fleet.event(NOW + HOUR, *scopes)
    assert [(method, set(sections)) for method, _, sections in fleet.source.asked] == asked


def test_an_event_before_any_sweep_reads_daily_facts_too(fleet: Fleet) -> None:
    fleet.event(NOW, "cluster")
    assert fleet.source.sections_asked("account") == [frozenset(ACCOUNT_SECTIONS)]
    assert fleet.source.sections_asked("region") == [INDEPENDENT_SECTIONS - {"clusters"}]
    assert join(fleet.store, SUBJECT).region.versions.at == NOW


def test_what_an_event_does_not_touch_stays(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    fleet.event(NOW + HOUR, "addon")
    part = join(fleet.store, SUBJECT).cluster
    assert part.addons.names.at == NOW + HOUR
    assert part.cluster.at == part.nodegroups.names.at == NOW


def test_an_event_leaves_the_region_and_other_clusters_alone(fleet: Fleet) -> None:
    fleet.source.clusters[OTHER] = fleet.source.clusters[SUBJECT]
    fleet.sweep(NOW)
    collect_clusters(fleet.source, fleet.store, TARGET, (OTHER.cluster,), NOW)
    region = fleet.store.get_region(TARGET)
    fleet.event(NOW + HOUR, "kms", "logs", "nodegroup")
    assert fleet.store.get_region(TARGET) == region
    assert join(fleet.store, OTHER).region.keys[KEY].at == NOW
    assert join(fleet.store, SUBJECT).region.keys[KEY].at == NOW + HOUR


def test_an_overlay_keeps_only_what_is_the_clusters_own(fleet: Fleet) -> None:
    groups = (
        aws.LogGroup(log_group_name=f"/aws/eks/{NAME}/cluster"),
        aws.LogGroup(log_group_name="/aws/eks/x/cluster"),
    )
    fleet.change(log_groups=Collected(groups, NOW))
    fleet.event(NOW, "logs", "nodegroup")
    _, overlay = fleet.store.get_cluster(SUBJECT)
    assert overlay.log_groups == Collected(groups[:1], NOW)
    assert isinstance(overlay.instances, Collected)


def test_an_event_for_a_cluster_that_is_gone_reads_nothing_more(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    del fleet.source.clusters[SUBJECT]
    fleet.event(NOW + HOUR, "cluster")
    assert [method for method, _, _ in fleet.source.asked] == ["cluster"]
    gone = join(fleet.store, SUBJECT).cluster.cluster
    assert isinstance(gone, NotCollected)
    assert gone.reason is Reason.NOT_FOUND_IN_LISTING


def test_a_sweep_keeps_the_daily_facts_of_an_overlay(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    fleet.event(NOW + HOUR, "kms", "logs")
    fleet.sweep(NOW + 2 * HOUR)
    snapshot = join(fleet.store, SUBJECT)
    assert snapshot.region.keys[KEY].at == NOW + HOUR
    assert snapshot.region.log_groups.at == NOW + 2 * HOUR
    _, overlay = fleet.store.get_cluster(SUBJECT)
    assert overlay.log_groups == RegionEvidence().log_groups


# --- join


def test_of_two_readings_the_later_counts(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    fleet.change(log_groups=DENIED)
    fleet.event(NOW + HOUR, "logs")
    assert join(fleet.store, SUBJECT).region.log_groups == NotCollected(Reason.ACCESS_DENIED, "denied", NOW + HOUR)
    fleet.change(log_groups=Collected((), NOW))
    fleet.sweep(NOW + 2 * HOUR)
    assert join(fleet.store, SUBJECT).region.log_groups == Collected((), NOW + 2 * HOUR)


def test_keys_are_joined_one_by_one() -> None:
    early, late = (
        Collected(aws.Key(arn="a", key_state="Enabled"), NOW),
        Collected(aws.Key(arn="a", key_state="Disabled"), NOW + HOUR),
    )
    shared = RegionEvidence(keys={"a": early, "b": late, "c": early})
    overlay = RegionEvidence(keys={"a": late, "b": early, "d": early})
    assert fresher(shared, overlay).keys == {"a": late, "b": late, "c": early, "d": early}


def test_a_region_is_a_subject_without_a_cluster_part(fleet: Fleet) -> None:
    fleet.sweep(NOW)
    shared = load_region(fleet.store, TARGET)
    snapshot = join(fleet.store, Subject(ACCOUNT, REGION), shared)
    assert snapshot == Snapshot(subject=Subject(ACCOUNT, REGION), region=shared.region, account=shared.account)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")],
)
def test_a_subject_is_in_its_regions_partition(region: str, partition: str) -> None:
    assert subject_in(ACCOUNT, region, NAME).partition == partition


def test_a_subject_without_a_region_is_in_the_partition_named() -> None:
    assert subject_in(ACCOUNT, "", partition="aws-cn") == Subject(ACCOUNT, "", partition="aws-cn")
