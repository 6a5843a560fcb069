from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes import cluster as kubernetes
from plumbline.domain.evidence.kubernetes import scaling
from plumbline.domain.evidence.kubernetes.objects import LabelSelector, Meta
from plumbline.domain.evidence.kubernetes.workloads import (
    AntiAffinity,
    Pods,
    SpreadConstraint,
    Volume,
    Workload,
)
from tests.unit.changes import Change, all_of, each, nothing, section, without
from tests.unit.changes import cluster as described
from tests.unit.controls.application import API, DEPLOYMENTS, app, app_template, beside
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import APP, LABELS, in_app, node, pod, template, workload
from tests.unit.names import read

REPLICAS, SPREAD, BUDGET = "workload.replicas", "workload.topology-spread", "workload.disruption-budget"
SYSTEM = "Deployment/kube-system/coredns"
UNSCALED, UNSERVED = each("horizontal_autoscalers"), each("services")


def bare(kind: str = "Pod", **members: Any) -> Change:
    """A pod without controller, or a ReplicaSet without Deployment, with the pods that run of it."""
    owner = workload(kind, APP, "lone", replicas=None, **members)
    placed = (pod(owner, "general"), pod(owner, "rocket")) if kind == "ReplicaSet" else ()
    return section("pods", read(Pods(placed=placed, bare=(owner,))))


def scaled(minimum: int, maximum: int = 4) -> Change:
    spec = scaling.HorizontalSpec(
        scale_target_ref=scaling.TargetReference(kind="Deployment", name="api"),
        min_replicas=minimum,
        max_replicas=maximum,
    )
    return each("horizontal_autoscalers", scaling.HorizontalAutoscaler(metadata=in_app("api"), spec=spec))


def replicas(count: int | None, **members: Any) -> Change:
    return all_of(UNSCALED, app(replicas=count, **members))


def claiming(*modes: str) -> Change:
    claim = kubernetes.PersistentVolumeClaim(metadata=in_app("data"), spec=kubernetes.ClaimSpec(access_modes=modes))
    mounted = template(volumes=(Volume(name="data", claim="data"),))
    return all_of(replicas(1, strategy="Recreate", template=mounted), each("persistent_volume_claims", claim))


STATEFUL = workload("StatefulSet", APP, "db", replicas=1)
JOB = beside("jobs", workload("Job", APP, "once"))

CASES = [
    Case(
        REPLICAS,
        API,
        replicas(1),
        FAIL,
        "too_few_replicas",
        message="there may be no more than 1 replica behind a Service",
    ),
    Case(REPLICAS, API, replicas(None), FAIL, "too_few_replicas"),
    Case(REPLICAS, API, replicas(2), PASS),
    Case(REPLICAS, API, replicas(2), FAIL, "too_few_replicas", parameters={"min-replicas": 3}),
    # An autoscaler's minimum is what holds.
    Case(REPLICAS, API, all_of(app(replicas=5), scaled(1)), FAIL, "too_few_replicas"),
    Case(REPLICAS, API, all_of(app(replicas=1), scaled(2)), PASS),
    Case(REPLICAS, API, all_of(replicas(1), UNSERVED), WARN, "too_few_replicas"),
    Case(REPLICAS, "StatefulSet/payments/db", beside("stateful_sets", STATEFUL), WARN, "too_few_replicas"),
    Case(REPLICAS, API, claiming("ReadWriteOnce"), WARN, "single_writer"),
    Case(REPLICAS, API, claiming("ReadWriteMany"), FAIL, "too_few_replicas"),
    Case(
        REPLICAS, API, all_of(claiming("ReadWriteOnce"), without("persistent_volume_claims")), UNKNOWN, "access_denied"
    ),
    Case(REPLICAS, API, replicas(0), NA, "scaled_to_zero"),
    Case(REPLICAS, "Pod/payments/lone", bare(), FAIL, "naked_pod"),
    Case(REPLICAS, "Pod/payments/lone", bare(owner="GameServer"), NA, "other_controller"),
    Case(REPLICAS, "Pod/payments/lone", bare(owner="Job"), NA, "runs_to_completion"),
    Case(REPLICAS, "ReplicaSet/payments/lone", bare("ReplicaSet"), PASS, message="there are at least 2 replicas"),
    Case(REPLICAS, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(
        REPLICAS,
        "DaemonSet/payments/agent",
        beside("daemon_sets", workload("DaemonSet", APP, "agent")),
        NA,
        "daemon_set",
    ),
    Case(REPLICAS, SYSTEM, nothing, NA, "system_namespace"),
    Case(REPLICAS, API, replicas(1), FAIL, "too_few_replicas", parameters={"environments": ["prod"]}),
    Case(REPLICAS, API, nothing, NA, "other_environment", parameters={"environments": ["dev"]}),
    Case(REPLICAS, API, described(tags={}), UNKNOWN, "not_collected", parameters={"environments": ["prod"]}),
    Case(REPLICAS, API, without("cluster"), PASS),
    Case(REPLICAS, API, without("horizontal_autoscalers"), UNKNOWN, "access_denied"),
    Case(REPLICAS, API, all_of(replicas(1), without("services")), UNKNOWN, "access_denied"),
    Case(REPLICAS, API, without("services"), PASS),
    Case(REPLICAS, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
OWN, OTHERS = LabelSelector(match_labels=LABELS), LabelSelector(match_labels={"app": "other"})


def spread(*keys: str, selector: LabelSelector | None = OWN) -> Change:
    rules = (SpreadConstraint(topology_key=key, selector=selector, required=False) for key in keys)
    return app_template(spread=tuple(rules))


def apart(key: str) -> Change:
    return app_template(spread=(), anti_affinity=(AntiAffinity(topology_key=key, selector=OWN, required=True),))


def placed(*nodes: str, ready: bool = True) -> Change:
    return section("pods", read(Pods(placed=tuple(pod(workload(), on, ready=ready) for on in nodes))))


def zones(**by_node: str) -> Change:
    return each("nodes", *(node(name, ("role", "workers"), zone) for name, zone in by_node.items()))


ONE_ZONE = zones(general="eu-west-1a", rocket="eu-west-1a")

CASES += [
    Case(SPREAD, API, spread(ZONE), PASS),
    Case(SPREAD, API, spread(HOST), WARN, "no_zone_rule"),
    Case(SPREAD, API, apart(ZONE), PASS),
    Case(SPREAD, API, apart(HOST), WARN, "no_zone_rule"),
    Case(SPREAD, API, all_of(spread(HOST), ONE_ZONE), PASS),
    Case(SPREAD, API, all_of(spread(HOST), without("nodes")), UNKNOWN, "access_denied"),
    Case(SPREAD, API, spread(), WARN, "no_rule"),
    Case(SPREAD, API, spread("rack"), WARN, "no_rule"),
    # A rule about other pods spreads nothing, and one without selector selects nothing.
    Case(SPREAD, API, spread(ZONE, selector=OTHERS), WARN, "no_rule"),
    Case(SPREAD, API, spread(ZONE, selector=None), WARN, "no_rule"),
    Case(
        SPREAD,
        API,
        all_of(spread(), placed("general", "general")),
        FAIL,
        "not_spread",
        message="no rule spreads the replicas, and all run on one node",
    ),
    Case(SPREAD, API, all_of(spread(), placed("general", "general"), without("nodes")), FAIL, "not_spread"),
    Case(
        SPREAD,
        API,
        all_of(spread(), ONE_ZONE, placed("general", "rocket")),
        FAIL,
        "not_spread",
        message="no rule spreads the replicas, and all run in one zone",
    ),
    Case(SPREAD, API, all_of(spread(), zones(general=""), placed("general", "gone")), WARN, "no_rule"),
    Case(SPREAD, API, all_of(spread(), placed("general")), WARN, "no_rule"),
    Case(SPREAD, API, all_of(spread(), placed("general", "general", ready=False)), WARN, "no_rule"),
    Case(SPREAD, API, all_of(spread(), without("nodes")), UNKNOWN, "access_denied"),
    Case(SPREAD, API, all_of(spread(), without("pods")), UNKNOWN, "access_denied"),
    Case(SPREAD, API, replicas(1), NA, "single_replica"),
    Case(SPREAD, API, replicas(0), NA, "single_replica"),
    Case(SPREAD, API, all_of(app(replicas=1, template=template(spread=())), scaled(1)), WARN, "no_rule"),
    Case(SPREAD, API, all_of(app(replicas=1), scaled(1, 1)), NA, "single_replica"),
    Case(SPREAD, API, all_of(app(replicas=1), without("horizontal_autoscalers")), UNKNOWN, "access_denied"),
    Case(SPREAD, "Pod/payments/lone", bare(), NA, "single_replica"),
    Case(SPREAD, "ReplicaSet/payments/lone", bare("ReplicaSet"), PASS),
    Case(SPREAD, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(SPREAD, SYSTEM, nothing, NA, "system_namespace"),
    Case(SPREAD, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


def budget(name: str = "api", selector: LabelSelector | None = OWN, **terms: Any) -> scaling.DisruptionBudget:
    metadata = Meta(name=name, namespace=APP)
    return scaling.DisruptionBudget(metadata=metadata, spec=scaling.BudgetSpec(selector=selector, **terms))


def budgets(*found: scaling.DisruptionBudget) -> Change:
    return each("disruption_budgets", *found)


def covered(**terms: Any) -> Change:
    return budgets(budget(**terms))


def without_budget(owner: Workload) -> Change:
    return all_of(budgets(), beside("stateful_sets", owner))


CASES += [
    Case(BUDGET, API, budgets(), FAIL, "none"),
    Case(BUDGET, API, all_of(budgets(), UNSERVED), PASS),
    Case(BUDGET, API, covered(selector=OTHERS, max_unavailable=1), FAIL, "none"),
    Case(BUDGET, API, covered(selector=None, max_unavailable=1), FAIL, "none"),
    # An empty selector is every pod of the namespace.
    Case(BUDGET, API, covered(selector=LabelSelector(), max_unavailable=1), PASS),
    Case(
        BUDGET,
        API,
        budgets(budget("b", max_unavailable=1), budget("a", LabelSelector(), max_unavailable=1)),
        FAIL,
        "multiple",
        message="2 budgets select the same pods, which makes every eviction fail: a, b",
    ),
    Case(BUDGET, API, covered(max_unavailable=0), FAIL, "blocking"),
    Case(BUDGET, API, covered(max_unavailable="0%"), FAIL, "blocking"),
    Case(BUDGET, API, covered(max_unavailable="1%"), PASS),
    Case(BUDGET, API, all_of(replicas(2), covered(min_available=2)), FAIL, "blocking"),
    Case(BUDGET, API, all_of(replicas(3), covered(min_available=2)), PASS),
    Case(BUDGET, API, all_of(replicas(2), covered(min_available="51%")), FAIL, "blocking"),
    Case(BUDGET, API, all_of(replicas(2), covered(min_available="50%")), PASS),
    Case(BUDGET, API, covered(), PASS),
    # The autoscaler can add the replica that the budget gives.
    Case(BUDGET, API, all_of(app(replicas=2), scaled(2, 3), covered(min_available=2)), PASS),
    Case(BUDGET, API, covered(min_available="most"), UNKNOWN, "parse_error"),
    Case(BUDGET, "StatefulSet/payments/db", without_budget(workload("StatefulSet", APP, "db")), FAIL, "none"),
    Case(BUDGET, "StatefulSet/payments/db", without_budget(STATEFUL), NA, "single_replica"),
    Case(BUDGET, "Job/payments/once", JOB, NA, "runs_to_completion"),
    Case(BUDGET, "Pod/payments/lone", bare(), NA, "single_replica"),
    Case(BUDGET, SYSTEM, nothing, NA, "system_namespace"),
    Case(BUDGET, API, without("disruption_budgets"), UNKNOWN, "access_denied"),
    Case(BUDGET, API, without("horizontal_autoscalers"), UNKNOWN, "access_denied"),
    Case(BUDGET, API, all_of(budgets(), without("services")), UNKNOWN, "access_denied"),
    Case(BUDGET, API, without("services"), PASS),
    Case(BUDGET, DEPLOYMENTS, without("deployments"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_reliability(case: Case) -> None:
    check(case)
