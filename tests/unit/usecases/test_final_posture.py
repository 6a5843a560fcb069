"""However events, crashes, duplicates, sweeps and expiring leases interleave: the posture ends up as a quiet look's."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.chain import verify
from plumbline.domain.evidence import Collected, Listed
from plumbline.domain.evidence.ec2 import AutoScalingGroup, Tag
from plumbline.domain.evidence.eks import Addon, Cluster, Logging, LogSetup, NodeGroup, NodeRepair, UpdateConfig
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import PendingChange, RecordKind, Transition, TransitionKind, entry_key
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Status
from plumbline.ports import Stability, Target
from plumbline.usecases.assess import Assessor, Request
from plumbline.usecases.collect import collect_clusters, collect_region_facts, collect_related, join
from plumbline.usecases.collect_event import collect_for_event
from plumbline.usecases.route import Router
from plumbline.usecases.workflow import ClusterWorkflow
from tests.fakes.evidence_source import FakeEvidenceSource
from tests.fakes.evidence_store import FakeEvidenceStore
from tests.fakes.posture_store import FakePostureStore
from tests.unit.domain.examples import NOON
from tests.unit.events.test_reading import event

SUBJECT = Subject("222233334444", "eu-west-1", "payments-prod")
TARGET = Target(SUBJECT.account, SUBJECT.region)
IDS = {
    "logging.audit-log",
    "addon.health",
    "nodegroup.update-config",
    "nodegroup.auto-repair",
    "cluster.deletion-protection",
}
CONTROLS = tuple(control for control in load_catalogue() if control.id in IDS)
LEASE_SECONDS = 600
# What each kind of call changes, and how its event names it.
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "audit": ("UpdateClusterConfig", {"name": SUBJECT.cluster, "logging": {}}),
    "protected": ("UpdateClusterConfig", {"name": SUBJECT.cluster, "deletionProtection": True}),
    "addon": ("UpdateAddon", {"name": SUBJECT.cluster, "addonName": "vpc-cni"}),
    "rolling": ("UpdateNodegroupConfig", {"name": SUBJECT.cluster, "nodegroupName": "blue"}),
    "repaired": ("UpdateNodegroupConfig", {"name": SUBJECT.cluster, "nodegroupName": "blue", "nodeRepairConfig": {}}),
}
MONITOR = Addon(addon_name="eks-node-monitoring-agent", addon_version="v1", status="ACTIVE")
# Nobody knows without the Kubernetes API who repairs these nodes: that must hinder no verdict on the others.
WORKERS = AutoScalingGroup(
    auto_scaling_group_name="workers", tags=(Tag(key=f"kubernetes.io/cluster/{SUBJECT.cluster}", value="owned"),)
)


class AtRest:
    """Everything has always settled."""

    def stability(self, subject: Subject, wait: PendingChange) -> Stability:
        return Stability(stable=True)


class ManualClock:
    """A clock that the machine moves."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time


class Execution:
    """One run of the workflow, stopped between any two of its steps."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.step = "claim"
        self.scopes: tuple[str, ...] = ()
        self.round = 0


class House(RuleBasedStateMachine):
    """A cluster that people change, and everything that watches it."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.state = dict.fromkeys(CALLS, True)
        self.undelivered: list[str] = []
        self.delivered: list[str] = []
        self.executions: dict[str, Execution] = {}
        self.events = self.sweeps = 0
        self.store, self.evidence, self.source = FakePostureStore(), FakeEvidenceStore(), FakeEvidenceSource()
        self.assessor = Assessor(self.store, CONTROLS, ParameterSet())
        self.workflow = ClusterWorkflow(self.store, AtRest(), self.clock, lease_seconds=LEASE_SECONDS, poll_seconds=1)
        self.router = Router(self.store, self._start, self.clock, LEASE_SECONDS, lambda _: True)
        self.source.regions[TARGET] = RegionEvidence(
            auto_scaling_groups=Collected((WORKERS,), NOON),
            instances=Collected((), NOON),
            launch_templates=Collected((), NOON),
        )
        self._lay_down()
        self.a_sweep_passes()

    # --- the world

    @rule(what=st.sampled_from(sorted(CALLS)))
    def somebody_changes_the_cluster(self, what: str) -> None:
        self.state[what] = not self.state[what]
        self._lay_down()
        self._pass(1)
        self.events += 1
        name, request = CALLS[what]
        made = event(
            eventID=f"event-{self.events}",
            eventName=name,
            eventTime=self.clock.time.isoformat(),
            requestParameters=request,
            responseElements=None,
        )
        self.undelivered.append(json.dumps(made))

    def _lay_down(self) -> None:
        on = ("api", "audit", "authenticator") if self.state["audit"] else ("api",)
        cluster = Cluster(
            name=SUBJECT.cluster,
            arn=SUBJECT.key,
            status="ACTIVE",
            version="1.33",
            tags={"environment": "prod"},
            deletion_protection=self.state["protected"],
            logging=Logging(cluster_logging=(LogSetup(types=on, enabled=True),)),
        )
        addon = Addon(addon_name="vpc-cni", addon_version="v1", status="ACTIVE" if self.state["addon"] else "DEGRADED")
        share = UpdateConfig(max_unavailable_percentage=10 if self.state["rolling"] else 100)
        group = NodeGroup(
            nodegroup_name="blue",
            nodegroup_arn=f"{SUBJECT.key}/blue",
            status="ACTIVE",
            update_config=share,
            node_repair_config=NodeRepair(enabled=self.state["repaired"]),
        )
        group = msgspec.structs.replace(
            group, scaling_config=msgspec.structs.replace(group.scaling_config, desired_size=4)
        )
        self.source.clusters[SUBJECT] = ClusterEvidence(
            cluster=Collected(cluster, NOON),
            addons=Listed(
                Collected(("vpc-cni", MONITOR.addon_name), NOON),
                {"vpc-cni": Collected(addon, NOON), MONITOR.addon_name: Collected(MONITOR, NOON)},
            ),
            fargate_profiles=Listed(Collected((), NOON)),
            nodegroups=Listed(Collected(("blue",), NOON), {"blue": Collected(group, NOON)}),
        )

    # --- events

    @precondition(lambda self: self.undelivered)
    @rule(data=st.data())
    def an_event_arrives(self, data: st.DataObject) -> None:
        text = data.draw(st.sampled_from(self.undelivered))
        self.undelivered.remove(text)
        self.delivered.append(text)
        self.router.route(text)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def an_event_arrives_again(self, data: st.DataObject) -> None:
        self.router.route(data.draw(st.sampled_from(self.delivered)))

    def _start(self, subject: Subject, owner: str) -> None:
        assert subject == SUBJECT
        self.executions.setdefault(owner, Execution(owner))

    # --- the workflow, step by step

    @precondition(lambda self: self.executions)
    @rule(data=st.data())
    def a_workflow_goes_on(self, data: st.DataObject) -> None:
        self._advance(self.executions[data.draw(st.sampled_from(sorted(self.executions)))])

    @precondition(lambda self: self.executions)
    @rule(data=st.data())
    def a_workflow_dies(self, data: st.DataObject) -> None:
        del self.executions[data.draw(st.sampled_from(sorted(self.executions)))]

    def _advance(self, execution: Execution) -> None:
        steps: dict[str, Callable[[Execution], str]] = {
            "claim": self._claim,
            "collect": self._collect,
            "assess": self._assess,
            "release": self._release,
        }
        execution.step = steps[execution.step](execution)
        if execution.step == "done":
            del self.executions[execution.owner]

    def _claim(self, execution: Execution) -> str:
        claim = self.workflow.claim(SUBJECT, execution.owner, None)
        execution.scopes = claim.scopes
        if not claim.granted:
            return "done"
        return "collect" if claim.scopes else "release"

    def _collect(self, execution: Execution) -> str:
        self._pass(1)
        collect_for_event(self.source, self.evidence, SUBJECT, execution.scopes, self.clock.time)
        return "assess"

    def _assess(self, execution: Execution) -> str:
        execution.round += 1
        self._record(f"{execution.owner}.{execution.round}", execution.scopes, "event")
        return "release"

    def _release(self, execution: Execution) -> str:
        return "claim" if self.workflow.release(SUBJECT, execution.owner) else "done"

    # --- sweeps and time

    # A sweep mends what events lost, so it comes rarely: what is lost must show.
    @precondition(lambda self: self.events % 4 == 0)
    @rule()
    def a_sweep_passes(self) -> None:
        self._pass(1)
        collect_region_facts(self.source, self.evidence, TARGET, self.clock.time)
        collect_clusters(self.source, self.evidence, TARGET, [SUBJECT.cluster], self.clock.time)
        collect_related(self.source, self.evidence, TARGET, [SUBJECT.cluster], self.clock.time)
        self.sweeps += 1
        self._record(f"sweep-{self.sweeps}", ("cluster",), "sweep")

    @rule(seconds=st.sampled_from([1, 60, LEASE_SECONDS + 1, 7200]))
    def time_passes(self, seconds: int) -> None:
        self._pass(seconds)

    def _pass(self, seconds: int) -> None:
        self.clock.time += timedelta(seconds=seconds)

    def _record(self, name: str, scopes: tuple[str, ...], trigger: str) -> None:
        request = Request(id=name, scopes=scopes, trigger=trigger, now=self.clock.time)
        self.assessor.assess(join(self.evidence, SUBJECT), request)

    # --- what always holds, and what holds in the end

    @invariant()
    def the_history_is_one_sound_chain(self) -> None:
        assert verify(self.store.records.get(SUBJECT, [])) == []

    @invariant()
    def findings_open_and_resolve_in_turn(self) -> None:
        is_open: dict[str, bool] = {}
        for record in self.store.records.get(SUBJECT, []):
            if record.kind is not RecordKind.TRANSITION:
                continue
            moved = msgspec.convert(record.body, Transition)
            key = entry_key(moved.control, moved.resource)
            starts = moved.kind in (TransitionKind.OPENED, TransitionKind.REOPENED)
            assert is_open.get(key, False) is not starts
            is_open[key] = moved.kind is not TransitionKind.RESOLVED

    def teardown(self) -> None:
        """Let everything come to its end: the posture is then that of a quiet full assessment."""
        while self.undelivered:
            self.delivered.append(text := self.undelivered.pop())
            self.router.route(text)
        self._finish()
        if self.delivered:
            # The last event's workflow may have died: its lease runs out, and the next event picks its work up.
            self._pass(LEASE_SECONDS + 1)
            self._one_more_event()
            self._finish()
            assert self._statuses(self.store) == self._quiet()
            head = self.store.read(SUBJECT).head
            assert (head.pending, head.claimed, head.lease) == (frozenset(), frozenset(), None)

    def _one_more_event(self) -> None:
        self.events += 1
        name, request = CALLS["audit"]
        made = event(eventID=f"event-{self.events}", eventName=name, requestParameters=request, responseElements=None)
        self.router.route(json.dumps(made))

    def _finish(self) -> None:
        while self.executions:
            self._advance(self.executions[min(self.executions)])

    def _quiet(self) -> dict[str, Status | None]:
        """Return what a full assessment says that nothing interferes with."""
        store, evidence = FakePostureStore(), FakeEvidenceStore()
        collect_for_event(self.source, evidence, SUBJECT, ("cluster",), self.clock.time)
        request = Request(id="quiet", scopes=("cluster",), trigger="sweep", now=self.clock.time)
        Assessor(store, CONTROLS, ParameterSet()).assess(join(evidence, SUBJECT), request)
        return self._statuses(store)

    @staticmethod
    def _statuses(store: FakePostureStore) -> dict[str, Status | None]:
        return {key: entry.status for key, entry in store.read(SUBJECT).entries.items()}


TestFinalPosture = House.TestCase
TestFinalPosture.settings = settings(max_examples=250, stateful_step_count=20, deadline=None)
