from collections.abc import Callable

import pytest

from functions.collect_cluster.app import handler
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.snapshot import CLUSTER_SECTIONS
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, payload
from tests.unit.baseline import compliant

PROD, STAGING = (Subject(MEMBER, REGION, name) for name in ("payments-prod", "payments-staging"))


@pytest.fixture(autouse=True)
def one_cluster(house: House) -> None:
    """Lay down one cluster and its region."""
    snapshot = compliant()
    house.source.clusters[PROD] = snapshot.cluster
    house.source.regions[Target(MEMBER, REGION)] = snapshot.region
    house.source.accounts[MEMBER] = snapshot.account


def test_a_batch_reads_each_cluster_and_not_the_region(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    assert handler(payload("collect_cluster_batch"), context) == {"count": 2}
    assert [about for method, about, _ in house.source.asked if method == "cluster"] == [PROD, STAGING]
    assert house.source.sections_asked("cluster") == [frozenset(CLUSTER_SECTIONS)] * 2
    assert counted() == {"ClustersCollected": 2}


def test_a_cluster_that_is_gone_stops_no_other(house: House, context: Context) -> None:
    handler(payload("collect_cluster_batch"), context)
    described, missing = (house.evidence.get_cluster(subject)[0].cluster for subject in (PROD, STAGING))
    assert isinstance(described, Collected)
    assert isinstance(missing, NotCollected)
    assert missing.reason is Reason.NOT_FOUND_IN_LISTING


def test_an_event_reads_what_its_scopes_touch(house: House, context: Context) -> None:
    assert handler(payload("collect_cluster_event"), context) == {"count": 1}
    assert house.source.sections_asked("cluster") == [frozenset({"cluster"})]
    assert house.source.sections_asked("region") == [frozenset({"log_groups"})]
    _, overlay = house.evidence.get_cluster(PROD)
    assert isinstance(overlay.log_groups, Collected)
