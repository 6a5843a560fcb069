from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.chain import verify
from plumbline.domain.control import Control
from plumbline.domain.errors import ConflictError
from plumbline.domain.evidence import Collected, Listed, NotCollected
from plumbline.domain.evidence.account import LogGroup
from plumbline.domain.evidence.ec2 import AutoScalingGroup, Tag
from plumbline.domain.evidence.eks import Addon, Cluster, Logging, LogSetup, NodeGroup, NodeRepair
from plumbline.domain.evidence.section import NOT_ASKED
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import Actor, CauseKind, Change, PendingChange, RecordKind, Transition, TransitionKind
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Reason, Status
from plumbline.usecases.assess import Assessor, Outcome, Request
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON, minutes

SUBJECT = Subject("111122223333", "eu-west-1", "payments")
AUDIT, RETENTION = "logging.audit-log", "logging.log-group-retention"
CONTROLS = tuple(control for control in load_catalogue() if control.id in (AUDIT, RETENTION))
ALL_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
FULL = ("cluster",)


def cluster(*types: str, status: str = "ACTIVE") -> Cluster:
    return Cluster(
        name="payments",
        arn=SUBJECT.key,
        status=status,
        version="1.33",
        tags={"environment": "prod"},
        logging=Logging(cluster_logging=(LogSetup(types=types, enabled=True),)),
    )


def snapshot(*types: str, at: datetime = NOON, retention: int = 365, status: str = "ACTIVE") -> Snapshot:
    group = LogGroup(log_group_name="/aws/eks/payments/cluster", retention_in_days=retention)
    return Snapshot(
        subject=SUBJECT,
        cluster=ClusterEvidence(cluster=Collected(cluster(*types, status=status), at)),
        region=RegionEvidence(log_groups=Collected((group,), at)),
    )


def request(at: datetime, scopes: tuple[str, ...] = FULL, trigger: str = "sweep") -> Request:
    return Request(id=f"a-{at:%H%M%S}", scopes=scopes, trigger=trigger, now=at)


class House:
    """An assessor with its store."""

    def __init__(self, store: FakePostureStore | None = None, **parameters: Any) -> None:
        self.store = store or FakePostureStore()
        self.configure(**parameters)

    def configure(self, controls: tuple[Control, ...] = CONTROLS, **parameters: Any) -> None:
        self.assessor = Assessor(self.store, controls, ParameterSet(**parameters))

    def see(self, made: Snapshot, at: datetime, scopes: tuple[str, ...] = FULL) -> Outcome:
        return self.assessor.assess(made, request(at, scopes))

    def change(self, at: datetime, areas: tuple[str, ...] = ("logging",), event_id: str = "e1") -> None:
        made = Change(
            event_id=event_id,
            name="UpdateClusterConfig",
            at=at,
            actor=Actor(arn="arn:aws:iam::111122223333:role/deploy"),
            scopes=("cluster-config", "logs"),
            areas=areas,
            resource=NO_RESOURCE,
        )
        self.store.admit(SUBJECT, made, PendingChange(), f"owner-{event_id}", at, 60)

    def statuses(self) -> dict[str, Status | None]:
        return {key: entry.status for key, entry in self.store.read(SUBJECT).entries.items()}

    def transitions(self) -> list[Transition]:
        return [
            msgspec.convert(record.body, Transition)
            for record in self.store.records[SUBJECT]
            if record.kind is RecordKind.TRANSITION
        ]

    def last(self) -> Transition:
        return self.transitions()[-1]


@pytest.fixture
def house() -> House:
    made = House()
    made.see(snapshot(*ALL_TYPES), NOON)
    return made


def test_a_compliant_cluster_is_recorded_without_findings(house: House) -> None:
    posture = house.store.read(SUBJECT)
    assert {entry.status for entry in posture.entries.values()} == {Status.PASS}
    assert house.transitions() == []
    assert posture.head.counts == {"logging": {"PASS": 2}}
    assert posture.head.first_assessed_at == posture.head.last_assessed_at == NOON
    assert posture.head.facts["environment"] == "prod"


def test_the_first_findings_of_a_cluster_are_onboarding() -> None:
    made = House()
    outcome = made.see(snapshot("api"), NOON)
    assert outcome.transitions == 1
    assert (made.last().kind, made.last().onboarding) == (TransitionKind.OPENED, True)


def test_drift_with_a_recorded_change_names_it(house: House) -> None:
    house.change(minutes(3))
    outcome = house.see(snapshot("api", at=minutes(4)), minutes(4))
    assert outcome.transitions == 1
    moved = house.last()
    assert (moved.control, moved.kind, moved.onboarding) == (AUDIT, TransitionKind.OPENED, False)
    assert moved.cause.kind is CauseKind.CHANGE
    assert [change.event_id for change in moved.cause.changes] == ["e1"]
    assert moved.before_since == NOON
    assert moved.before is not None
    assert moved.before.observed == {"enabled": sorted(ALL_TYPES)}


def test_drift_without_a_change_is_seen_by_sweep(house: House) -> None:
    house.see(snapshot("api", at=minutes(4)), minutes(4))
    assert house.last().cause.kind is CauseKind.SWEEP


def test_a_recovery_knows_what_was_before(house: House) -> None:
    house.see(snapshot("api", at=minutes(4)), minutes(4))
    house.see(snapshot(*ALL_TYPES, at=minutes(9)), minutes(9))
    moved = house.last()
    assert moved.kind is TransitionKind.RESOLVED
    assert moved.before is not None
    assert moved.before.observed == {"enabled": ["api"]}
    assert moved.before_since == minutes(4)


def test_a_parameter_that_explains_it_is_named_and_is_no_drift(house: House) -> None:
    house.configure(fleet={RETENTION: {"min-days": 400}})
    house.see(snapshot(*ALL_TYPES, at=minutes(4)), minutes(4))
    moved = house.last()
    assert (moved.control, moved.cause.kind, moved.drift) == (RETENTION, CauseKind.PARAMETER, False)


def test_a_scope_judges_only_what_it_read(house: House) -> None:
    made = snapshot("api", at=minutes(4))
    stale = msgspec.structs.replace(
        made,
        region=RegionEvidence(log_groups=Collected((), NOON - timedelta(days=2))),
    )
    outcome = house.see(stale, minutes(4), ("cluster-config",))
    assert outcome.by_status["FAIL"] == 1
    assert [moved.control for moved in house.transitions()] == [AUDIT]
    assert house.store.read(SUBJECT).entries[f"{RETENTION}|log-group|/aws/eks/payments/cluster"].status is Status.PASS


def groups(at: datetime, repaired: dict[str, bool], **region: Any) -> Snapshot:
    """Managed node groups beside a self-managed one, of which only the Kubernetes API knows who repairs it."""
    items = {
        name: Collected(
            NodeGroup(
                nodegroup_name=name,
                nodegroup_arn=f"{SUBJECT.key}/{name}",
                status="ACTIVE",
                node_repair_config=NodeRepair(enabled=enabled),
            ),
            at,
        )
        for name, enabled in repaired.items()
    }
    listed: Listed[NodeGroup] = Listed(Collected(tuple(items), at), dict(items))
    agent = Addon(addon_name="eks-node-monitoring-agent", addon_version="v1", status="ACTIVE")
    workers = AutoScalingGroup(
        auto_scaling_group_name="workers", tags=(Tag(key="kubernetes.io/cluster/payments", value="owned"),)
    )
    read: dict[str, Any] = dict.fromkeys(("instances", "launch_templates"), Collected((), at))
    return Snapshot(
        subject=SUBJECT,
        cluster=ClusterEvidence(
            cluster=Collected(cluster(*ALL_TYPES), at),
            nodegroups=listed,
            fargate_profiles=Listed(Collected((), at)),
            addons=Listed(Collected((agent.addon_name,), at), {agent.addon_name: Collected(agent, at)}),
        ),
        region=RegionEvidence(**({"auto_scaling_groups": Collected((workers,), at)} | read | region)),
    )


REPAIR = "nodegroup.auto-repair"
BLUE, GREEN, WORKERS = f"{REPAIR}|nodegroup|blue", f"{REPAIR}|nodegroup|green", f"{REPAIR}|auto-scaling-group|workers"


def repairing() -> House:
    made = House()
    made.configure(tuple(control for control in load_catalogue() if control.id == REPAIR))
    made.see(groups(NOON, {"blue": True, "green": False}), NOON)
    assert made.statuses() == {BLUE: Status.PASS, GREEN: Status.WARN, WORKERS: Status.UNKNOWN}
    return made


def test_a_resource_that_nobody_can_judge_hinders_no_verdict_on_another() -> None:
    made = repairing()
    made.see(groups(minutes(4), {"blue": False, "green": True}), minutes(4), ("nodegroup",))
    assert made.statuses() == {BLUE: Status.WARN, GREEN: Status.PASS, WORKERS: Status.UNKNOWN}
    assert [moved.resource.name for moved in made.transitions()[-2:]] == ["blue", "green"]


@pytest.mark.parametrize("unread", [NOT_ASKED, Collected((), NOON)], ids=["never-asked", "too-old"])
def test_what_only_an_unread_section_could_decide_keeps_its_record(unread: Any) -> None:
    made, later = repairing(), NOON + timedelta(hours=7)
    made.see(groups(later, {"blue": False}, auto_scaling_groups=unread), later, ("nodegroup",))
    assert made.statuses() == {BLUE: Status.WARN, WORKERS: Status.UNKNOWN}
    moved = {transition.resource.name: transition.kind for transition in made.transitions()[-2:]}
    assert moved == {"blue": TransitionKind.OPENED, "green": TransitionKind.RESOLVED}


def test_a_control_of_which_nothing_is_decided_was_not_evaluated() -> None:
    made = repairing()
    seen = groups(minutes(4), {})
    unlisted = msgspec.structs.replace(seen.cluster, nodegroups=Listed())
    outcome = made.see(msgspec.structs.replace(seen, cluster=unlisted), minutes(4), ("nodegroup",))
    assert sum(outcome.by_status.values()) == 0
    assert made.statuses() == {BLUE: Status.PASS, GREEN: Status.WARN, WORKERS: Status.UNKNOWN}


def test_a_refused_section_is_unknown_after_an_event_too_and_resolves_nothing() -> None:
    made = repairing()
    denied = NotCollected(Reason.ACCESS_DENIED, "autoscaling:DescribeAutoScalingGroups", minutes(4))
    made.see(groups(minutes(4), {"blue": False}, auto_scaling_groups=denied), minutes(4), ("nodegroup",))
    unknown = dict.fromkeys((WORKERS, f"{REPAIR}|auto-scaling-group|*", f"{REPAIR}|compute-pool|*"), Status.UNKNOWN)
    assert made.statuses() == {BLUE: Status.WARN, **unknown}


def test_missing_evidence_is_unknown_in_a_sweep_and_recorded_in_its_coverage(house: House) -> None:
    made = snapshot(*ALL_TYPES, at=minutes(4))
    denied = NotCollected(Reason.ACCESS_DENIED, "logs:DescribeLogGroups", minutes(4))
    house.see(msgspec.structs.replace(made, region=RegionEvidence(log_groups=denied)), minutes(4))
    moved = house.last()
    assert (moved.control, moved.after.status, moved.after.reasons) == (RETENTION, Status.UNKNOWN, ("access_denied",))


def test_older_evidence_never_overwrites_newer(house: House) -> None:
    house.see(snapshot("api", at=minutes(10)), minutes(10))
    house.see(snapshot(*ALL_TYPES, at=minutes(5)), minutes(11))
    assert house.store.read(SUBJECT).entries[f"{AUDIT}|cluster|payments"].status is Status.FAIL
    assert len(house.transitions()) == 1


def test_a_cluster_that_updates_keeps_its_verdict_and_then_names_the_change(house: House) -> None:
    house.change(minutes(3))
    house.see(snapshot("api", at=minutes(4), status="UPDATING"), minutes(4))
    assert house.transitions() == []
    house.see(snapshot("api", at=minutes(6)), minutes(6))
    moved = house.last()
    assert (moved.kind, [change.event_id for change in moved.cause.changes]) == (TransitionKind.OPENED, ["e1"])


def test_a_deleted_cluster_closes_its_findings(house: House) -> None:
    house.see(snapshot("api", at=minutes(4)), minutes(4))
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "eks:DescribeCluster", minutes(9))
    outcome = house.see(Snapshot(subject=SUBJECT, cluster=ClusterEvidence(cluster=gone)), minutes(9))
    assert outcome.deleted
    assert (house.last().kind, house.last().after.reasons) == (TransitionKind.RESOLVED, ("resource_deleted",))
    posture = house.store.read(SUBJECT)
    assert (posture.entries, posture.head.deleted_at, posture.head.counts) == ({}, minutes(9), {})


def test_a_cluster_deleted_before_it_was_ever_seen_leaves_no_record() -> None:
    made = House()
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "eks:DescribeCluster", NOON)
    made.see(Snapshot(subject=SUBJECT, cluster=ClusterEvidence(cluster=gone)), NOON)
    assert made.store.records == {}


def test_a_cluster_known_from_an_event_alone_is_closed_when_it_does_not_exist() -> None:
    made = House()
    made.change(NOON)
    gone = NotCollected(Reason.NOT_FOUND_IN_LISTING, "eks:DescribeCluster", minutes(1))
    made.see(Snapshot(subject=SUBJECT, cluster=ClusterEvidence(cluster=gone)), minutes(1))
    assert made.store.read(SUBJECT).head.deleted_at == minutes(1)
    assert [record.kind for record in made.store.records[SUBJECT]] == [RecordKind.CHANGE, RecordKind.ASSESSMENT]


def test_a_failure_is_recorded_and_changes_no_verdict(house: House) -> None:
    before = house.store.read(SUBJECT).entries
    house.assessor.fail(SUBJECT, request(minutes(4)), "States.Timeout: collect_cluster")
    record = house.store.records[SUBJECT][-1]
    assert (record.kind, record.body["error"]) == (RecordKind.ASSESSMENT, "States.Timeout: collect_cluster")
    assert house.store.read(SUBJECT).entries == before


def test_somebody_elses_write_in_between_is_read_and_decided_again() -> None:
    store = FakePostureStore()
    made = House(store)
    made.see(snapshot(*ALL_TYPES), NOON)
    raced = iter([True])

    def race() -> None:
        if next(raced, False):
            made.change(minutes(3))

    store.before_write = race
    made.see(snapshot("api", at=minutes(4)), minutes(4))
    assert [change.event_id for change in made.last().cause.changes] == ["e1"]
    assert verify(store.records[SUBJECT]) == []


def test_a_lost_race_without_end_is_an_error() -> None:
    store = FakePostureStore()

    def always() -> None:
        raise ConflictError("somebody else wrote first")

    store.before_write = always
    with pytest.raises(ConflictError):
        House(store).see(snapshot(*ALL_TYPES), NOON)


def test_an_unchanged_assessment_adds_one_record(house: House) -> None:
    before, entries = len(house.store.records[SUBJECT]), house.store.read(SUBJECT).entries
    house.see(snapshot(*ALL_TYPES, at=minutes(60)), minutes(60))
    assert len(house.store.records[SUBJECT]) == before + 1
    assert house.store.read(SUBJECT).entries == entries


def test_the_whole_history_is_one_chain(house: House) -> None:
    for minute, types in enumerate((("api",), ALL_TYPES, ("api",), ("audit", "authenticator")), start=1):
        house.change(minutes(minute), event_id=f"e{minute}")
        house.see(
            snapshot(
                *types,
                at=minutes(
                    minute,
                ),
            ),
            minutes(minute),
        )
    assert verify(house.store.records[SUBJECT]) == []
    assert [moved.kind for moved in house.transitions()] == [
        TransitionKind.OPENED,
        TransitionKind.RESOLVED,
        TransitionKind.REOPENED,
        TransitionKind.RESOLVED,
    ]
