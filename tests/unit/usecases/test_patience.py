"""What is wrong only when it lasts, from one assessment to the next."""

from datetime import datetime, timedelta

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.kubernetes.workloads import Pods
from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import CauseKind, RecordKind, TransitionKind
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason, Status
from plumbline.usecases.assess import Assessor, Request
from tests.fakes.posture_store import FakePostureStore

SUBJECT = Subject("111122223333", "eu-west-1", "payments")
IDLE = "cost.idle-cluster"
KEY = f"{IDLE}|cluster|payments"
START = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
NODE = Node(metadata=Meta(name="n-1"))


def snapshot(at: datetime, nodes: Section[tuple[Node, ...]]) -> Snapshot:
    described = Cluster(
        name="payments", arn=SUBJECT.key, status="ACTIVE", version="1.33", created_at=START - timedelta(days=90)
    )
    nothing = Collected((), at)
    return Snapshot(
        subject=SUBJECT,
        cluster=ClusterEvidence(
            cluster=Collected(described, at),
            nodegroups=Listed(names=nothing),
            fargate_profiles=Listed(names=nothing),
        ),
        region=RegionEvidence(
            instances=nodes if isinstance(nodes, NotCollected) else nothing, auto_scaling_groups=nothing
        ),
        kubernetes=KubernetesEvidence(api_groups=Collected({}, at), nodes=nodes, pods=Collected(Pods(), at)),
    )


class Days:
    """An assessor that looks at the cluster on some days."""

    def __init__(self) -> None:
        self.store = FakePostureStore()
        controls = [control for control in load_catalogue() if control.id == IDLE]
        self.assessor = Assessor(self.store, controls, ParameterSet())

    def look(self, day: float, *nodes: Node) -> tuple[Status | None, int]:
        """Return the recorded status and how many transitions there are by now."""
        at = START + timedelta(days=day)
        return self._assess(at, Collected(nodes, at))

    def look_in_vain(self, day: float) -> tuple[Status | None, int]:
        at = START + timedelta(days=day)
        return self._assess(at, NotCollected(Reason.ACCESS_DENIED, "denied", at))

    def _assess(self, at: datetime, nodes: Section[tuple[Node, ...]]) -> tuple[Status | None, int]:
        request = Request(id=f"a-{at:%d%H}", scopes=("cluster",), trigger="sweep", now=at)
        self.assessor.assess(snapshot(at, nodes), request)
        return self.store.read(SUBJECT).entries[KEY].status, len(self.moves())

    def moves(self) -> list[tuple[str, str]]:
        found = (record for record in self.store.records[SUBJECT] if record.kind is RecordKind.TRANSITION)
        return [(record.body["kind"], record.body["cause"]["kind"]) for record in found]


def test_an_idle_cluster_becomes_a_warning_and_then_a_violation_by_the_clock() -> None:
    days = Days()
    assert days.look(0) == (Status.PASS, 0)
    assert days.look(6.9) == (Status.PASS, 0)
    assert days.look(7.1) == (Status.WARN, 1)
    assert days.look(14.1) == (Status.FAIL, 2)
    assert days.moves() == [
        (TransitionKind.OPENED, CauseKind.CLOCK),
        (TransitionKind.CHANGED, CauseKind.CLOCK),
    ]


def test_time_goes_on_while_nobody_can_look() -> None:
    days = Days()
    days.look(0)
    assert days.look_in_vain(5) == (Status.UNKNOWN, 1)
    assert days.look(8) == (Status.WARN, 2)


def test_time_begins_anew_after_there_was_work() -> None:
    days = Days()
    days.look(0)
    assert days.look(8) == (Status.WARN, 1)
    assert days.look(9, NODE) == (Status.PASS, 2)
    assert days.look(10) == (Status.PASS, 2)
    assert days.look(16.9) == (Status.PASS, 2)
    assert days.look(17.1) == (Status.WARN, 3)
