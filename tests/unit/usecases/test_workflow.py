from datetime import datetime, timedelta

import pytest

from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, TRANSITION_LIMIT
from plumbline.domain.records import PendingChange
from plumbline.domain.updates import EndedUpdate
from plumbline.domain.verdict import Resource
from plumbline.ports import Stability
from plumbline.usecases.workflow import Claim, ClusterWorkflow
from tests.contracts.assessing import SUBJECT, change
from tests.fakes.clock import START, FakeClock
from tests.fakes.posture_store import FakePostureStore
from tests.fakes.stability import FakeStability

LEASE_SECONDS, POLL_SECONDS = 600, 15
UPDATE = PendingChange(update_id="update-1")
GROUP = PendingChange(update_id="update-2", nodegroup="batch")


class House:
    def __init__(self) -> None:
        self.store, self.stability, self.clock = FakePostureStore(), FakeStability(), FakeClock()
        self.workflow = ClusterWorkflow(
            self.store,
            self.stability,
            self.clock,
            lease_seconds=LEASE_SECONDS,
            poll_seconds=POLL_SECONDS,
        )
        self.events = 0

    def happen(self, wait: PendingChange = UPDATE, *scopes: str, owner: str = "one") -> None:
        self.events += 1
        now = self.clock.now()
        self.store.admit(SUBJECT, change(self.events, now, *scopes), wait, owner, now, LEASE_SECONDS)

    def claim(self, since: datetime | None = None, owner: str = "one") -> Claim:
        return self.workflow.claim(SUBJECT, owner, since)


@pytest.fixture
def house() -> House:
    return House()


def test_a_settled_cluster_may_be_looked_at_at_once(house: House) -> None:
    house.happen(UPDATE, "logs")
    assert house.claim() == Claim(granted=True, scopes=("logs",), since=START, wait_seconds=POLL_SECONDS)
    assert house.stability.asked == [("update-1", "", "")]


def test_nothing_is_asked_of_a_cluster_that_somebody_else_holds(house: House) -> None:
    house.happen()
    assert house.claim(owner="two") == Claim(granted=False, since=START)
    assert house.stability.asked == []


def test_without_work_there_is_nothing_to_wait_for(house: House) -> None:
    assert house.claim().scopes == ()
    assert house.stability.asked == []


def test_a_moving_update_is_waited_for(house: House) -> None:
    house.happen()
    house.stability.moving = {"update-1"}
    found = house.claim()
    assert (found.stable, found.moving, found.wait_seconds) == (False, ("update-1 is moving",), POLL_SECONDS)


def test_what_arrives_while_waiting_is_taken_along_in_the_same_round(house: House) -> None:
    house.happen(UPDATE, "logs")
    house.stability.moving = {"update-1"}
    first = house.claim()
    house.clock.advance(seconds=POLL_SECONDS)
    house.happen(GROUP, "nodegroup")
    house.stability.moving = set()
    second = house.claim(first.since)
    assert (second.scopes, second.since, second.stable) == (("logs", "nodegroup"), START, True)
    assert house.stability.asked[1:] == [("update-1", "", ""), ("update-2", "batch", "")]


def test_a_time_is_waited_for_without_asking(house: House) -> None:
    house.happen(PendingChange(not_before=START + timedelta(minutes=10)), "insights")
    first = house.claim()
    assert (first.stable, house.stability.asked) == (False, [])
    house.clock.advance(minutes=10)
    assert house.claim(first.since).stable
    assert house.stability.asked == []


FAILED = Stability(stable=True, status="Failed", type="VersionUpdate", failed="no addresses", failure=("a", "b"))


@pytest.mark.parametrize(
    ("wait", "stability", "ended"),
    [
        (
            UPDATE,
            FAILED,
            EndedUpdate(
                id="update-1",
                resource=Resource("cluster", "payments"),
                type="VersionUpdate",
                problem="no addresses",
                reasons=("a", "b"),
            ),
        ),
        (
            GROUP,
            Stability(stable=True, status="Successful", type="ConfigUpdate"),
            EndedUpdate(id="update-2", resource=Resource("nodegroup", "batch"), type="ConfigUpdate"),
        ),
        (
            PendingChange(addon="coredns"),
            Stability(stable=True, gone=True),
            EndedUpdate(id="", resource=Resource("addon", "coredns"), gone=True),
        ),
        (PendingChange(), Stability(stable=True, gone=True), None),
        (UPDATE, Stability(stable=True), None),
        (PendingChange(addon="coredns"), Stability(stable=True, status="ACTIVE"), None),
    ],
    ids=["failed", "successful", "part gone", "cluster gone", "refused", "no update"],
)
def test_how_updates_ended_is_told(
    house: House, wait: PendingChange, stability: Stability, ended: EndedUpdate | None
) -> None:
    house.happen(wait)
    house.stability.ended[wait.update_id or wait.addon or "cluster"] = stability
    told = (ended,) if ended else ()
    assert house.claim().ended == told
    # Until the work is released it may have been lost: it is told again.
    assert house.claim().ended == told


def test_the_lease_is_renewed_while_waiting(house: House) -> None:
    house.happen()
    house.stability.moving = {"update-1"}
    since = house.claim().since
    for _ in range(5):
        house.clock.advance(seconds=LEASE_SECONDS - 1)
        assert house.claim(since).granted
    assert not house.claim(owner="two").granted


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(0, POLL_SECONDS), (2, POLL_SECONDS), (10, 60), (50, 300), (600, 300)],
)
def test_the_longer_it_takes_the_less_often_it_is_looked_at(house: House, minutes: int, seconds: int) -> None:
    house.happen(GROUP)
    house.stability.moving = {"update-2"}
    since = house.clock.now()
    house.clock.advance(minutes=minutes)
    assert house.claim(since).wait_seconds == seconds


def test_a_wait_of_a_day_fits_into_the_history_of_one_execution(house: House) -> None:
    """Step Functions ends an execution at 25,000 events; a look takes ten."""
    house.happen(GROUP)
    house.stability.moving = {"update-2"}
    looks, since = 0, house.clock.now()
    while not (found := house.claim(since)).stable:
        looks += 1
        house.clock.advance(seconds=found.wait_seconds)
    assert looks * 10 < 25_000 / 2


@pytest.mark.parametrize(
    ("wait", "limit"),
    [(UPDATE, TRANSITION_LIMIT), (GROUP, NODEGROUP_TRANSITION_LIMIT)],
    ids=["cluster", "nodegroup"],
)
def test_waiting_ends(house: House, wait: PendingChange, limit: timedelta) -> None:
    house.happen(wait)
    house.stability.moving = {wait.update_id}
    since = house.clock.now()
    house.clock.advance(seconds=limit.total_seconds() - 1)
    assert not house.claim(since).stable
    house.clock.advance(seconds=1)
    assert house.claim(since).stable


def test_released_work_is_done(house: House) -> None:
    house.happen()
    house.claim()
    assert house.workflow.release(SUBJECT, "one") is False
    assert house.claim(owner="two").scopes == ()


def test_events_during_the_work_make_another_round(house: House) -> None:
    house.happen(UPDATE, "logs")
    house.claim()
    house.happen(GROUP, "nodegroup")
    assert house.workflow.release(SUBJECT, "one") is True
    assert house.claim().scopes == ("nodegroup",)
    assert house.workflow.release(SUBJECT, "one") is False


def test_abandoned_work_goes_to_the_next_holder(house: House) -> None:
    house.happen(UPDATE, "logs")
    house.claim()
    house.workflow.abandon(SUBJECT, "one")
    assert house.claim(owner="two").scopes == ("logs",)


def quiet(house: House, seconds: int = 300) -> PendingChange:
    return PendingChange(quiet_until=house.clock.now() + timedelta(seconds=seconds))


def test_more_changes_inside_a_cluster_are_awaited(house: House) -> None:
    house.happen(quiet(house), "kubernetes")
    first = house.claim()
    assert (first.stable, first.kubernetes) == (False, True)
    house.clock.advance(seconds=299)
    assert not house.claim(first.since).stable
    house.clock.advance(seconds=1)
    assert house.claim(first.since).stable
    assert house.stability.asked == []


def test_a_cluster_in_which_something_changes_all_the_time_is_looked_at_all_the_same(house: House) -> None:
    house.happen(quiet(house), "kubernetes")
    first = house.claim()
    for _ in range(4):
        house.clock.advance(seconds=60)
        house.happen(quiet(house), "kubernetes")
        assert not house.claim(first.since).stable
    house.clock.advance(seconds=60)
    house.happen(quiet(house), "kubernetes")
    assert house.claim(first.since).stable


def test_with_anything_else_to_look_at_nobody_waits_for_more_changes(house: House) -> None:
    house.happen(quiet(house), "kubernetes")
    first = house.claim()
    house.happen(UPDATE, "logs")
    second = house.claim(first.since)
    assert (second.stable, second.scopes) == (True, ("kubernetes", "logs"))


def test_what_else_happens_is_waited_for_as_ever(house: House) -> None:
    house.happen(quiet(house), "kubernetes")
    house.happen(UPDATE, "logs")
    house.stability.moving = {"update-1"}
    assert house.claim().moving == ("update-1 is moving",)
