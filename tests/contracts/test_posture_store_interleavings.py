"""Whatever the order of assessments, conflicts, crashes, events and leases: no transition and no scope is lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from moto import mock_aws

from plumbline.adapters.aws import posture_store
from plumbline.adapters.aws.posture_store import DynamoPostureStore
from plumbline.adapters.aws.queries import DynamoFindingQueries
from plumbline.domain.chain import verify
from plumbline.domain.errors import ConflictError
from plumbline.domain.records import Posture, Record, RecordKind, Transition, TransitionKind, entry_key
from plumbline.domain.verdict import Resource, Status
from plumbline.ports import Commit, PostureStore
from tests.adapters.aws.recording_tables import HISTORY, POSTURE, Watched, created_tables
from tests.contracts.assessing import (
    LEASE,
    SUBJECT,
    change,
    commit_of,
    group,
    recorded_open,
    states_after,
    transitions_of,
    wait,
)
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON

GROUPS = 5
OWNERS = st.sampled_from(["one", "two"])
JUDGED = st.lists(st.sampled_from([Status.PASS, Status.FAIL, Status.WARN]), min_size=GROUPS, max_size=GROUPS)
WRITES = ("put_item", "transact_write_items")


class CrashError(Exception):
    """The function was killed."""


def killed() -> None:
    raise CrashError


class Interleavings(RuleBasedStateMachine):
    """Actors that share one subject's record: assessments, events, lease holders, and a clock."""

    store: PostureStore

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.names = 0
        self.looked: Commit | None = None
        self.owed: set[str] = set()
        self.admitted: set[str] = set()
        self.assessed: set[str] = set()

    def at_write(self, number: int, act: Callable[[], None]) -> None:
        """Have `act` called at the write with that number, counted from now."""
        raise NotImplementedError

    def calm(self) -> None:
        """Have nothing called any more."""
        raise NotImplementedError

    def history(self) -> list[Record]:
        raise NotImplementedError

    def reported(self, record: Record) -> tuple[Record, ...]:
        raise NotImplementedError

    # Time and assessments

    @rule(seconds=st.sampled_from([-30.0, 0.0005, 1.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(judged=JUDGED)
    def an_assessment_reads(self, judged: list[Status]) -> None:
        self.names += 1
        found: dict[Resource, Status] = {group(number): status for number, status in enumerate(judged)}
        self.looked = commit_of(self.store.read(SUBJECT), found, self.now, f"a{self.names}")

    @precondition(lambda self: self.looked is not None)
    @rule()
    def it_writes(self) -> None:
        commit = self.looked
        assert commit is not None
        self.looked = None
        outdated = self.store.read(SUBJECT).head.revision != commit.expected.head.revision
        try:
            self.store.commit(commit)
        except ConflictError:
            assert outdated
            return
        assert not outdated
        assert self.store.read(SUBJECT).entries == commit.entries
        self.assessed.add(commit.assessment.id)

    @precondition(lambda self: self.looked is not None)
    @rule(write=st.integers(0, 3))
    def it_is_killed_while_writing(self, write: int) -> None:
        self.at_write(write, killed)
        try:
            self.it_writes()
        except CrashError:
            pass
        finally:
            self.calm()

    @precondition(lambda self: self.looked is not None)
    @rule(write=st.integers(0, 3), number=st.integers(0, 5))
    def an_event_comes_between_its_writes(self, write: int, number: int) -> None:
        commit = self.looked
        assert commit is not None
        self.looked = None
        self.at_write(write, lambda: self.an_event_arrives(number, "two"))
        try:
            self.store.commit(commit)
        except ConflictError:
            pass
        finally:
            self.calm()

    # Events and leases

    @rule(number=st.integers(0, 5), owner=OWNERS)
    def an_event_arrives(self, number: int, owner: str) -> None:
        self.calm()
        told = change(number, self.now, f"scope-{number}")
        known = told.event_id in self.admitted
        admission = self.store.admit(SUBJECT, told, wait(number), owner, self.now, LEASE)
        self.note_changes()
        assert told.event_id in self.admitted
        assert admission.duplicate or not known

    @rule(number=st.integers(0, 5), owner=OWNERS)
    def an_event_arrives_and_the_function_is_killed(self, number: int, owner: str) -> None:
        self.at_write(0, killed)
        try:
            told = change(number, self.now, f"scope-{number}")
            self.store.admit(SUBJECT, told, wait(number), owner, self.now, LEASE)
        except CrashError:
            pass
        finally:
            self.calm()
            self.note_changes()

    def note_changes(self) -> None:
        """Whatever change is in the history has been taken on, and its scopes are owed."""
        for told in self.store.changes_since(SUBJECT, None):
            if told.event_id not in self.admitted:
                self.admitted.add(told.event_id)
                self.owed |= set(told.scopes)

    @rule(owner=OWNERS)
    def a_holder_claims(self, owner: str) -> None:
        lease = self.store.read(SUBJECT).head.lease
        work = self.store.claim(SUBJECT, owner, self.now, LEASE)
        assert (work is None) == (lease is not None and lease.owner != owner and lease.live(self.now))
        assert work is None or self.owed <= set(work.scopes)

    @rule(owner=OWNERS)
    def a_holder_releases(self, owner: str) -> None:
        head = self.store.read(SUBJECT).head
        more = self.store.release(SUBJECT, owner, self.now, LEASE)
        if head.lease is not None and head.lease.owner == owner:
            self.owed -= head.claimed
            assert more == bool(head.pending)
        else:
            assert more is False

    @rule(owner=OWNERS)
    def a_holder_abandons(self, owner: str) -> None:
        self.store.abandon(SUBJECT, owner)

    # What must hold at any time

    @invariant()
    def the_record_holds(self) -> None:
        records, posture = self.history(), self.store.read(SUBJECT)
        the_chain_verifies_and_ends_at_the_head(records, posture)
        the_map_is_what_the_transitions_say(records, posture)
        no_transition_is_lost_or_doubled(records)
        every_transition_is_reported_once(records, posture, self.reported)
        names = [record.body["id"] for record in records if record.kind is RecordKind.ASSESSMENT]
        assert len(names) == len(set(names))
        assert set(names) >= self.assessed
        changes = [record.body["event_id"] for record in records if record.kind is RecordKind.CHANGE]
        assert len(changes) == len(set(changes))
        assert set(changes) == self.admitted
        assert self.owed <= posture.head.pending | posture.head.claimed

    @invariant()
    def findings_are_what_the_transitions_say(self) -> None:
        said = states_after(transitions_of(self.history()))
        found = self.store.open_findings(SUBJECT, list(said))
        assert {key: finding.state.status for key, finding in found.items()} == said


def the_chain_verifies_and_ends_at_the_head(records: list[Record], posture: Posture) -> None:
    assert verify(records) == []
    assert len(records) == posture.head.sequence
    assert (records[-1].hash if records else "") == posture.head.chain


def the_map_is_what_the_transitions_say(records: list[Record], posture: Posture) -> None:
    said = states_after(transitions_of(records))
    assert recorded_open(posture.entries) == {key: status for key, status in said.items() if status is not Status.PASS}


def no_transition_is_lost_or_doubled(records: list[Record]) -> None:
    last: dict[str, Transition] = {}
    for moved in transitions_of(records):
        key = entry_key(moved.control, moved.resource)
        before = last.get(key)
        was_open = before is not None and before.kind is not TransitionKind.RESOLVED
        assert was_open == (moved.kind in (TransitionKind.RESOLVED, TransitionKind.CHANGED))
        if before is not None and moved.before is not None:
            assert moved.before.status is before.after.status
        last[key] = moved


def every_transition_is_reported_once(
    records: list[Record], posture: Posture, reported: Callable[[Record], tuple[Record, ...]]
) -> None:
    told: list[Record] = []
    for assessment in (record for record in records if record.kind is RecordKind.ASSESSMENT):
        by_this = reported(assessment) if assessment.body.get("transitions") else ()
        assert len(by_this) == assessment.body.get("transitions", 0)
        told += by_this
    waiting = posture.head.unreported.transitions if posture.head.unreported else 0
    moved = [record for record in records if record.kind is RecordKind.TRANSITION]
    assert told == moved[: len(moved) - waiting]


class OnTheFake(Interleavings):
    @initialize()
    def start(self) -> None:
        self.store = self.fake = FakePostureStore(step=2)

    def at_write(self, number: int, act: Callable[[], None]) -> None:
        waiting = [lambda: None] * number + [act]
        self.fake.before_write = lambda: waiting.pop(0)() if waiting else None

    def calm(self) -> None:
        self.fake.before_write = lambda: None

    def history(self) -> list[Record]:
        return list(self.fake.history(SUBJECT, limit=500).items)

    def reported(self, record: Record) -> tuple[Record, ...]:
        return self.fake.reported_by(record)


class OnDynamo(Interleavings):
    """The adapter, whose calls also time out before or after they were carried out."""

    @initialize()
    def start(self) -> None:
        self.small_steps = patch.object(posture_store, "TRANSITIONS_IN_STEP", 2)
        self.small_steps.start()
        self.aws = mock_aws()
        self.aws.start()
        self.watched = Watched(created_tables())
        self.watched.around = self.unreliable
        self.waiting: list[Callable[[], None]] = []
        self.acts_after = False
        self.lost: list[bool] = []
        client = self.watched.as_client
        self.store = DynamoPostureStore(client, POSTURE, HISTORY, sleep=lambda _: None)
        self.queries = DynamoFindingQueries(client, POSTURE, HISTORY)

    def teardown(self) -> None:
        if hasattr(self, "aws"):
            self.aws.stop()
            self.small_steps.stop()

    @rule(carried_out=st.booleans())
    def the_next_answer_is_lost(self, carried_out: bool) -> None:
        self.lost = [carried_out]

    @rule()
    def kills_come_at_the_other_side_of_a_write(self) -> None:
        self.acts_after = not self.acts_after

    def unreliable(self, name: str, _arguments: dict[str, Any], call: Callable[[], Any]) -> Any:
        if name not in WRITES:
            return call()
        act = self.waiting.pop(0) if self.waiting else lambda: None
        if not self.acts_after:
            act()
        if name == "transact_write_items" and self.lost:
            if self.lost.pop():
                call()
            raise ReadTimeoutError(endpoint_url="dynamodb")
        answer = call()
        if self.acts_after:
            act()
        return answer

    def at_write(self, number: int, act: Callable[[], None]) -> None:
        self.waiting = [lambda: None] * number + [act]

    def calm(self) -> None:
        self.waiting = []

    def history(self) -> list[Record]:
        return list(self.queries.history(SUBJECT, limit=500).items)

    def reported(self, record: Record) -> tuple[Record, ...]:
        return self.queries.reported_by(record)


TestOnTheFake = OnTheFake.TestCase
TestOnTheFake.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)

TestOnDynamo = OnDynamo.TestCase
TestOnDynamo.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
