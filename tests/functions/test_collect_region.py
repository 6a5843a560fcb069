from collections.abc import Callable

import msgspec
import pytest

from functions.collect_region.app import handler
from plumbline.configuration.settings import ClusterPatterns, FleetScope, Schedules, Settings
from plumbline.domain.evidence.section import Collected
from plumbline.domain.records import PendingChange
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from tests.contracts.assessing import change, commit_of
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, payload
from tests.unit.baseline import compliant

TARGET = Target(MEMBER, REGION)


@pytest.fixture(autouse=True)
def two_clusters(house: House) -> None:
    """Lay down a region with two clusters, in a fleet that watches it."""
    house.settings = Settings(scope=FleetScope(accounts=(MEMBER,), regions=(REGION,)))
    snapshot = compliant()
    names = Collected(("payments-prod", "payments-staging"), house.clock.now())
    house.source.regions[TARGET] = msgspec.structs.replace(snapshot.region, clusters=names)
    house.source.accounts[MEMBER] = snapshot.account
    for name in names.value:
        house.source.clusters[Subject(MEMBER, REGION, name)] = snapshot.cluster


def manifest(house: House) -> list[str]:
    (items,) = house.evidence.manifests.values()
    return [item["cluster"] for item in items]


def test_the_list_names_the_clusters_and_the_region_itself(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    answer = handler(payload("collect_region_facts"), context)
    assert answer == {"clusters_key": f"manifests/sweep-1/{MEMBER}/{REGION}.json", "count": 2}
    assert manifest(house) == ["payments-prod", "payments-staging", ""]
    assert counted() == {"Clusters": 2}


def test_a_recorded_cluster_that_is_not_listed_is_looked_at_once_more(house: House, context: Context) -> None:
    gone = Subject(MEMBER, REGION, "payments-old")
    now = house.clock.now()
    house.store.admit(gone, change(1, now), PendingChange(), "owner", now, 600)
    assert handler(payload("collect_region_facts"), context)["count"] == 3
    assert manifest(house) == ["payments-old", "payments-prod", "payments-staging", ""]


def test_clusters_that_are_excluded_are_left_out(house: House, context: Context) -> None:
    patterns = ClusterPatterns(exclude=("*-staging",))
    house.settings = Settings(scope=FleetScope(accounts=(MEMBER,), regions=(REGION,), clusters=patterns))
    handler(payload("collect_region_facts"), context)
    assert manifest(house) == ["payments-prod", ""]


def test_a_region_without_clusters_is_still_a_subject(house: House, context: Context) -> None:
    house.source.regions[TARGET] = RegionEvidence(clusters=Collected((), house.clock.now()))
    assert handler(payload("collect_region_facts"), context)["count"] == 0
    assert manifest(house) == [""]


LISTED = {"trails", "trail_status", "repositories", "repository_policies", "lifecycle_policies"}
OFF_BEAT = {"tick": "2026-03-01T13:00:00+00:00"}


def sweep(house: House, context: Context, tick: dict[str, str]) -> None:
    """Collect a region, and note that its clusters were assessed."""
    handler(payload("collect_region_facts") | tick, context)
    handler(payload("collect_region_related") | tick, context)
    for name in ("payments-prod", "payments-staging"):
        subject = Subject(MEMBER, REGION, name)
        house.store.commit(commit_of(house.store.read(subject), {}, house.clock.now()))


def test_only_what_is_due_is_read(house: House, context: Context) -> None:
    house.settings = msgspec.structs.replace(house.settings, schedules=Schedules(headline_hours=4, other_hours=4))
    sweep(house, context, {})
    house.source.asked.clear()
    house.clock.advance(hours=1)
    sweep(house, context, OFF_BEAT)
    assert house.source.sections_asked("account") == []
    assert house.source.sections_asked("region") == [frozenset({"clusters"})]
    assert house.source.sections_asked("related") == []


@pytest.mark.parametrize("tick", [{}, OFF_BEAT])
def test_a_first_sweep_reads_everything_at_any_hour(house: House, context: Context, tick: dict[str, str]) -> None:
    house.settings = msgspec.structs.replace(house.settings, schedules=Schedules(headline_hours=4, other_hours=4))
    sweep(house, context, tick)
    assert house.source.sections_asked("region")[0] >= {"clusters", "versions", "log_groups", "detectors", *LISTED}
    assert house.source.sections_asked("region")[0] <= INDEPENDENT_SECTIONS
    assert frozenset().union(*house.source.sections_asked("related")) >= {"security_groups", "route_tables"}


def test_what_a_new_cluster_stands_on_is_read_with_it(house: House, context: Context) -> None:
    house.settings = msgspec.structs.replace(house.settings, schedules=Schedules(headline_hours=4, other_hours=4))
    sweep(house, context, {})
    house.source.asked.clear()
    house.clock.advance(hours=1)
    new = Collected(("payments-new", "payments-prod", "payments-staging"), house.clock.now())
    house.source.regions[TARGET] = msgspec.structs.replace(house.source.regions[TARGET], clusters=new)
    house.source.clusters[Subject(MEMBER, REGION, "payments-new")] = compliant().cluster
    sweep(house, context, OFF_BEAT)
    assert frozenset().union(*house.source.sections_asked("related")) >= {"security_groups", "route_tables"}


def test_what_a_failed_sweep_left_too_old_is_made_up_for(house: House, context: Context) -> None:
    house.settings = msgspec.structs.replace(house.settings, schedules=Schedules(headline_hours=4, other_hours=4))
    sweep(house, context, {})
    house.source.asked.clear()
    house.clock.advance(hours=7)
    sweep(house, context, OFF_BEAT)
    assert house.source.sections_asked("region")[0] >= {"clusters", "log_groups"}
    assert frozenset().union(*house.source.sections_asked("related")) >= {"security_groups", "route_tables"}


def test_related_facts_are_read_for_all_clusters_at_once(house: House, context: Context) -> None:
    handler(payload("collect_region_facts"), context)
    assert handler(payload("collect_region_related"), context) == {"count": 2}
    related = [about for method, about, _ in house.source.asked if method == "related"]
    assert {about for about in related} == {(TARGET, ("payments-prod", "payments-staging"))}  # noqa: C416
    assert frozenset().union(*house.source.sections_asked("related")) <= RELATED_SECTIONS


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_an_unknown_phase_is_refused(house: House, context: Context) -> None:
    with pytest.raises(msgspec.ValidationError, match="phase"):
        handler(payload("collect_region_facts") | {"phase": "everything"}, context)
    assert house.source.asked == []
