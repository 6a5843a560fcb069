import msgspec

from plumbline.domain.evidence import Collected, NotCollected
from plumbline.domain.inventory import Inventory, inventory_of, listing_from, listing_of
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.snapshot import ClusterEvidence, Listing
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.usecases.assess import facts_of
from tests.unit.baseline import NOW, compliant

ARN = "arn:aws:eks:eu-west-1:111122223333:cluster/"
PAYMENTS, ORDERS = (Listing(arn=ARN + name, version="1.33") for name in ("payments", "orders"))
DENIED = NotCollected(Reason.ACCESS_DENIED, "eks:ListClusters", NOW)


def test_what_a_head_records_gives_the_same_listing() -> None:
    snapshot = compliant()
    facts = msgspec.json.decode(msgspec.json.encode(facts_of(snapshot, ParameterSet())))
    environment = ParameterSet().environment.of(None, "") or str(facts["environment"])
    assert listing_from(snapshot.subject, facts) == listing_of(snapshot, environment)


def test_a_cluster_that_was_never_described_is_not_listed() -> None:
    snapshot = msgspec.structs.replace(compliant(), cluster=ClusterEvidence())
    assert listing_of(snapshot, "") is None
    assert listing_from(Subject("111122223333", "eu-west-1", "new"), {}) is None


def test_an_inventory_is_complete_when_every_listed_cluster_was_described() -> None:
    found = inventory_of([PAYMENTS, ORDERS], Collected(("orders", "payments"), NOW), NOW)
    assert found == Collected((PAYMENTS, ORDERS), NOW)


def test_an_inventory_with_a_cluster_not_yet_described_is_not_collected() -> None:
    found = inventory_of([PAYMENTS], Collected(("orders", "payments"), NOW), NOW)
    assert isinstance(found, NotCollected)
    assert found.detail == "1 cluster(s) of the region have not been described yet"


def test_a_refused_listing_is_the_reason_for_a_missing_inventory() -> None:
    assert inventory_of([PAYMENTS], DENIED, NOW) == DENIED


def test_an_inventory_is_in_order() -> None:
    assert Inventory([PAYMENTS, ORDERS]).clusters == (ORDERS, PAYMENTS)
