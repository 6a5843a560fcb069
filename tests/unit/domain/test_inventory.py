import msgspec

from plumbline.domain.evidence import Collected, NotCollected
from plumbline.domain.inventory import Inventory, inventory_of, listing_from, listing_of, uses
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.snapshot import ClusterEvidence, Listing
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.usecases.recorded import facts_of
from tests.unit.baseline import NOW, compliant
from tests.unit.changes import without

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


def test_a_listing_says_which_repositories_the_images_come_from() -> None:
    found = listing_of(compliant(), "")
    assert found is not None
    assert "111122223333/eu-west-1/orders" in (found.repositories or ())
    unread = listing_of(without("jobs")(compliant()), "")
    assert unread is not None
    assert unread.repositories is None


def test_a_repository_is_in_use_unless_every_cluster_says_otherwise() -> None:
    known = msgspec.structs.replace(PAYMENTS, repositories=("111122223333/eu-west-1/orders",))
    assert uses([known], "111122223333", "eu-west-1", "orders")
    assert not uses([known], "111122223333", "eu-west-1", "order")
    assert not uses([known], "111122223333", "eu-west-2", "orders")
    # Of this one it is not known.
    assert uses([known, ORDERS], "111122223333", "eu-west-2", "orders")
