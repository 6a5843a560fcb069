"""Assessments keep the reverse index current, and attribute what changed to what a resource is made of."""

from datetime import timedelta

import msgspec
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Collected
from plumbline.domain.index import Dependency, Kind, Place
from plumbline.domain.need import need
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import Change, Record, RecordKind, Transition
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Resource
from plumbline.ports import Commit
from plumbline.usecases.assess import Assessor, Request
from tests.fakes.posture_store import FakePostureStore
from tests.unit.baseline import compliant, compliant_account, compliant_region
from tests.unit.changes import section
from tests.unit.names import ACCOUNT, NODE_GROUP, NOW, REGION, read
from tests.unit.surroundings import permission

HOUR = timedelta(hours=1)
GROUPS = Place(ACCOUNT, REGION, Kind.SECURITY_GROUP)


class Recording(FakePostureStore):
    """A store that keeps the commits it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Commit] = []

    def commit(self, commit: Commit) -> tuple[Record, ...]:
        self.commits.append(commit)
        return super().commit(commit)


class House:
    def __init__(self) -> None:
        self.store = Recording()
        self.assessor = Assessor(self.store, load_catalogue(), ParameterSet())

    def assess(self, snapshot: Snapshot, hours: int = 0, scope: str = "cluster") -> None:
        request = Request(id=f"a{hours}", scopes=(scope,), trigger="sweep", now=NOW + hours * HOUR)
        self.assessor.assess(snapshot, request)

    def depends(self, name: str, place: Place = GROUPS) -> bool:
        return bool(self.store.dependents([Dependency(place, name)]))


@pytest.fixture
def house() -> House:
    return House()


def test_a_first_assessment_indexes_what_the_cluster_depends_on(house: House) -> None:
    house.assess(compliant())
    assert house.depends(NODE_GROUP)
    assert set(house.store.heads[compliant().subject].index) == {place.key for place in house.store.commits[0].index}


def test_an_unchanged_assessment_writes_no_index(house: House) -> None:
    house.assess(compliant())
    house.assess(compliant(), 1)
    assert house.store.commits[1].index == {}


def test_only_what_changed_is_written(house: House) -> None:
    house.assess(compliant())
    house.assess(section("nat_gateways", read(()))(compliant()), 1)
    nat = Place(ACCOUNT, REGION, Kind.NAT_GATEWAY)
    assert house.store.commits[1].index == {nat: frozenset()}
    assert not house.depends("nat-1", nat)


def test_a_cluster_that_is_gone_depends_on_nothing(house: House) -> None:
    house.assess(compliant())
    house.assessor.retire(compliant().subject, Request(id="gone", scopes=("cluster",), trigger="sweep", now=NOW + HOUR))
    assert not house.depends(NODE_GROUP)
    assert house.store.heads[compliant().subject].index == {}


def test_regions_and_accounts_are_indexed_too(house: House) -> None:
    house.assess(compliant_region())
    house.assess(compliant_account())
    assert house.depends("all", Place(ACCOUNT, REGION, Kind.TRAIL))
    assert house.depends("orders", Place(ACCOUNT, "", Kind.ROLE))


# --- causes


def opened(snapshot: Snapshot) -> Snapshot:
    """Let everybody in by SSH, and everybody into the default group."""
    groups = need(snapshot.region.security_groups)
    changed = tuple(
        msgspec.structs.replace(group, ip_permissions=(permission("tcp", (22, 22), "0.0.0.0/0"),)) for group in groups
    )
    later: Collected[tuple[ec2.SecurityGroup, ...]] = Collected(changed, NOW + HOUR)
    return section("security_groups", later)(snapshot)


def change(number: int, group: str) -> Change:
    return Change(
        event_id=f"event-{number}",
        name="AuthorizeSecurityGroupIngress",
        at=NOW + HOUR / 2,
        scopes=("network",),
        areas=("network",),
        sections=("security_groups",),
        resource=Resource("security-group", group),
    )


def test_a_call_on_a_group_explains_what_is_found_of_that_group(house: House) -> None:
    subject = compliant().subject
    house.assess(compliant())
    for number, group in enumerate((NODE_GROUP, "sg-default")):
        house.store.admit(subject, change(number, group), None, "one", NOW + HOUR / 2, 600)
    house.assess(opened(compliant()), 1, "network")
    moved = [
        msgspec.convert(one.body, Transition)
        for one in house.store.records[subject]
        if one.kind is RecordKind.TRANSITION and one.at > NOW
    ]
    causes = {(one.control, one.resource.name): [c.event_id for c in one.cause.changes] for one in moved}
    assert causes["network.open-admin-ingress", NODE_GROUP] == ["event-0"]
    # The default group belongs to the VPC, which is what is judged.
    assert causes["network.default-sg-restricted", "vpc-1"] == ["event-1"]
    # Nobody was seen to change this one.
    assert causes["network.open-admin-ingress", "sg-cluster"] == []
