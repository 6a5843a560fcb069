import json
from datetime import timedelta

import msgspec
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control, Parameters, control
from plumbline.domain.evaluation import Judging, counts_by_status, evaluate, worst
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.facts import RegionFacts
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.kubernetes_facts import WORKLOAD_SECTIONS, Services
from plumbline.domain.parameters import ParameterSet, ResourceOverride
from plumbline.domain.provider import FactProvider
from plumbline.domain.providers import FACTS
from plumbline.domain.snapshot import RegionEvidence, Snapshot
from plumbline.domain.verdict import Pillar, Resource, Severity, Status, Verdict, failed, passed
from plumbline.domain.view import View
from tests.unit.baseline import NOW, READ_AT, compliant, compliant_account, compliant_fleet, compliant_region, read
from tests.unit.changes import DENIED, Change, all_of, cluster, nodegroup, section, without

CATALOGUE = load_catalogue()
CLUSTER = Resource("cluster", "payments")


class Limit(Parameters, frozen=True):
    limit: int = 1


def judged_by(identifier: str) -> Control:
    return next(judged for judged in CATALOGUE if judged.id == identifier)


def raising() -> Control:
    @control(
        "version.raising",
        title="Node groups are counted",
        pillar=Pillar.OPS,
        severity=Severity.LOW,
        rule="PASS.",
        remediation="mend",
    )
    def groups_are_counted(group: eks.NodeGroup) -> Verdict:
        """It raises on one group. The others are fine."""
        if group.nodegroup_name == "general":
            raise KeyError("general")
        return passed(group.nodegroup_name)

    return groups_are_counted


def limited() -> Control:
    @control(
        "version.limited",
        title="The limit holds",
        pillar=Pillar.OPS,
        severity=Severity.LOW,
        rule="FAIL.",
        remediation="mend",
    )
    def limit_holds(cluster: eks.Cluster, p: Limit) -> Verdict:
        """It says its limit. Nothing else."""
        return failed("limit", f"{cluster.name}: {p.limit}", severity=Severity.HIGH)

    return limit_holds


def encoded(snapshot: Snapshot, facts: RegionFacts | None = None) -> bytes:
    return msgspec.json.encode(evaluate(snapshot, CATALOGUE, ParameterSet(), NOW, facts))


@pytest.mark.parametrize("snapshot", [compliant(), compliant_region(), compliant_account(), compliant_fleet()])
def test_the_same_snapshot_at_the_same_time_gives_the_same_bytes(snapshot: Snapshot) -> None:
    again = msgspec.json.decode(msgspec.json.encode(snapshot), type=Snapshot)
    assert encoded(snapshot) == encoded(again)
    shuffled = evaluate(snapshot, reversed(CATALOGUE), ParameterSet(), NOW)
    assert msgspec.json.encode(shuffled) == encoded(snapshot)


def test_the_order_of_evidence_does_not_matter() -> None:
    snapshot = compliant()
    region = {}
    for name in RegionEvidence.__struct_fields__:
        value = getattr(snapshot.region, name)
        if isinstance(value, Collected) and isinstance(value.value, tuple):
            region[name] = read(tuple(reversed(value.value)))
    turned = msgspec.structs.replace(snapshot, region=msgspec.structs.replace(snapshot.region, **region))
    assert encoded(turned) == encoded(snapshot)


def test_facts_shared_by_the_clusters_of_a_region_change_nothing() -> None:
    snapshot = compliant()
    facts = RegionFacts(snapshot.region, snapshot.account)
    assert encoded(snapshot, facts) == encoded(snapshot, facts) == encoded(snapshot)


@pytest.mark.parametrize("snapshot", [compliant(), compliant_region(), compliant_account(), compliant_fleet()])
def test_what_is_compliant_has_no_finding(snapshot: Snapshot) -> None:
    verdicts = evaluate(snapshot, CATALOGUE, ParameterSet(), NOW).verdicts
    counts = counts_by_status(verdicts)
    assert counts["PASS"] > 0
    assert (counts["FAIL"], counts["WARN"]) == (0, 0)
    unknown = [verdict.message for verdict in verdicts if verdict.status is Status.UNKNOWN]
    assert all("only the Kubernetes API of the cluster knows" in message for message in unknown)


@pytest.mark.parametrize("snapshot", [compliant(), compliant_region(), compliant_account(), compliant_fleet()])
def test_what_is_observed_and_expected_is_json(snapshot: Snapshot) -> None:
    for verdict in evaluate(snapshot, CATALOGUE, ParameterSet(), NOW).verdicts:
        for evidence in (verdict.observed, verdict.expected):
            assert json.loads(json.dumps(evidence)) == evidence


def test_a_control_that_raises_is_unknown_for_its_resource_alone() -> None:
    evaluation = evaluate(compliant(), [raising(), judged_by("version.minor-lag")], ParameterSet(), NOW)
    found = {(verdict.control, verdict.resource.name): verdict for verdict in evaluation.verdicts}
    broken = found["version.raising", "general"]
    assert (broken.status, broken.reasons) == (Status.UNKNOWN, ("control_error",))
    assert broken.message == "the control failed: KeyError: 'general'"
    assert found["version.raising", "rocket"].status is Status.PASS
    assert found["version.minor-lag", "payments"].status is Status.PASS
    assert evaluation.control_errors == ("version.raising",)


def test_parameters_that_do_not_fit_are_unknown_and_no_fault_of_the_control() -> None:
    parameters = ParameterSet(fleet={"version.limited": {"limit": "many"}})
    evaluation = evaluate(compliant(), [limited()], parameters, NOW)
    assert evaluation.verdicts[0].reasons == ("control_error",)
    assert evaluation.verdicts[0].message.startswith("the configured parameters do not fit: version.limited: ")
    assert evaluation.control_errors == ()


def test_a_verdict_is_completed_with_control_resource_severity_and_time() -> None:
    older = Collected(compliant().region.versions.value, READ_AT - timedelta(hours=20))  # type: ignore[union-attr]
    snapshot = section("versions", older)(compliant())
    (verdict,) = evaluate(snapshot, [judged_by("version.minor-lag")], ParameterSet(), NOW).verdicts
    assert (verdict.control, verdict.resource, verdict.severity) == ("version.minor-lag", CLUSTER, Severity.MEDIUM)
    assert verdict.evidence_at == READ_AT - timedelta(hours=20)
    (raised,) = evaluate(compliant(), [limited()], ParameterSet(), NOW).verdicts
    assert raised.severity is Severity.HIGH


def test_missing_evidence_gives_its_reason_and_detail() -> None:
    (verdict,) = evaluate(
        without("versions")(compliant()), [judged_by("version.minor-lag")], ParameterSet(), NOW
    ).verdicts
    assert (verdict.status, verdict.reasons, verdict.message) == (
        Status.UNKNOWN,
        ("access_denied",),
        "the call was denied",
    )


@pytest.mark.parametrize(
    ("change", "control_id", "resource", "flagged"),
    [
        (cluster(status="UPDATING"), "logging.audit-log", "payments", True),
        (cluster(status="FAILED"), "logging.audit-log", "payments", False),
        (nodegroup("general", status="CREATING"), "nodegroup.update-config", "general", True),
        (nodegroup("general", status="CREATING"), "nodegroup.update-config", "rocket", False),
        (nodegroup("general", status="UPDATING"), "nodegroup.private-placement", "general", True),
        (nodegroup("general", status="UPDATING"), "nodegroup.launch-template-drift", "general", True),
        (nodegroup("general", status="DEGRADED"), "nodegroup.health", "general", False),
        (section("cluster", DENIED), "logging.audit-log", "payments", False),
    ],
)
def test_verdicts_on_a_resource_in_transition_are_marked(
    change: Change, control_id: str, resource: str, *, flagged: bool
) -> None:
    evaluation = evaluate(change(compliant()), [judged_by(control_id)], ParameterSet(), NOW)
    (verdict,) = (verdict for verdict in evaluation.verdicts if verdict.resource.name == resource)
    assert verdict.during_transition is flagged


def test_the_state_of_a_kubernetes_object_is_no_lifecycle_of_eks() -> None:
    evaluation = evaluate(compliant(), [judged_by("scaling.vpa-recommendation-mode")], ParameterSet(), NOW)
    assert {verdict.during_transition for verdict in evaluation.verdicts} == {False}


# --- what many resources share


def counting(built: list[str]) -> Control:
    """A control of workloads with a fact, of which every building is counted."""

    @control(
        "version.counting",
        title="Services are counted",
        pillar=Pillar.OPS,
        severity=Severity.LOW,
        rule="PASS.",
        remediation="mend",
    )
    def services_are_counted(workload: Workload, services: Services, p: Limit) -> Verdict:
        """It passes. Nothing else."""
        built.append(f"{id(services)} {id(p)}")
        return passed(workload.path)

    return services_are_counted


def test_facts_and_parameters_are_made_once_for_all_resources() -> None:
    built: list[str] = []
    verdicts = evaluate(compliant(), [counting(built)], ParameterSet(), NOW).verdicts
    assert len(built) == len(verdicts) > 1
    assert len(set(built)) == 1


def failing_fact(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    tries: list[int] = []

    def build(_: View) -> Section[Services]:
        tries.append(1)
        raise KeyError("services")

    monkeypatch.setitem(FACTS, Services, FactProvider(("services",), build))
    return tries


def test_a_fact_that_cannot_be_made_fails_once_and_is_told_of_every_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = failing_fact(monkeypatch)
    evaluation = evaluate(compliant(), [counting([])], ParameterSet(), NOW)
    assert len(tries) == 1
    assert {verdict.message for verdict in evaluation.verdicts} == {"the control failed: KeyError: 'services'"}
    assert evaluation.control_errors == ("version.counting",)


def test_a_control_that_has_nothing_to_judge_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    failing_fact(monkeypatch)
    change = all_of(*(without(name) for name in WORKLOAD_SECTIONS))
    evaluation = evaluate(change(compliant()), [counting([])], ParameterSet(), NOW)
    assert {verdict.reasons for verdict in evaluation.verdicts} == {("access_denied",)}
    assert evaluation.control_errors == ()


def test_parameters_of_a_namespace_reach_its_resources_alone() -> None:
    parameters = ParameterSet(
        fleet={"version.limited": {"limit": 2}},
        namespaces={"payments": {"version.limited": {"limit": 3}}},
        resources=(
            ResourceOverride(kind="DaemonSet", name="*/kube-proxy", parameters={"version.limited": {"limit": 4}}),
        ),
    )

    @control("version.limited", title="t", pillar=Pillar.OPS, severity=Severity.LOW, rule="r.", remediation="m")
    def says_its_limit(workload: Workload, p: Limit) -> Verdict:
        """It says its limit. Nothing else."""
        return passed(f"{workload.kind} {p.limit}")

    verdicts = evaluate(compliant(), [says_its_limit], parameters, NOW).verdicts
    said = {verdict.resource.name: verdict.message.split()[1] for verdict in verdicts}
    assert said["payments/api"] == "3"
    assert said["kube-system/kube-proxy"] == "4"
    assert {limit for name, limit in said.items() if name not in ("payments/api", "kube-system/kube-proxy")} == {"2"}


def test_verdicts_can_be_read_one_by_one() -> None:
    judging = Judging(compliant(), CATALOGUE, ParameterSet(), NOW)
    whole = evaluate(compliant(), CATALOGUE, ParameterSet(), NOW)
    assert tuple(judging.verdicts()) == whole.verdicts
    assert tuple(judged.id for judged in judging.controls) == whole.controls
    assert judging.errors == set()
    keys = [(verdict.control, verdict.resource) for verdict in whole.verdicts]
    assert keys == sorted(keys)


# --- nobody asked for the Kubernetes side


def unasked(snapshot: Snapshot) -> Snapshot:
    return msgspec.structs.replace(snapshot, kubernetes=KubernetesEvidence())


@pytest.mark.parametrize(
    ("identifier", "needed"),
    [
        ("workload.replicas", True),
        ("scaling.hpa", True),
        # It judges the cluster, and needs to know its API groups.
        ("scaling.vpa-recommendation-mode", True),
        ("fargate.resource-sizing", True),
        ("version.minor-lag", False),
        ("nodegroup.imdsv2", False),
        ("cost.off-peak-scaling", False),
    ],
)
def test_controls_that_judge_nothing_without_kubernetes_are_left_out_where_nobody_asked(
    identifier: str, *, needed: bool
) -> None:
    judged = judged_by(identifier)
    assert judged.needs_kubernetes is needed
    evaluation = evaluate(unasked(compliant()), [judged], ParameterSet(), NOW)
    assert (identifier in evaluation.controls) is not needed
    assert bool(evaluation.verdicts) is not needed


def test_where_somebody_asked_in_vain_they_say_that_they_do_not_know() -> None:
    refused = msgspec.structs.replace(compliant(), kubernetes=KubernetesEvidence(api_groups=DENIED))
    evaluation = evaluate(refused, [judged_by("workload.replicas")], ParameterSet(), NOW)
    assert evaluation.controls == ("workload.replicas",)
    assert {verdict.status for verdict in evaluation.verdicts} == {Status.UNKNOWN}


def test_the_worst_of_severities() -> None:
    assert worst([Severity.LOW, Severity.CRITICAL, Severity.HIGH]) is Severity.CRITICAL
    assert worst([]) is None
