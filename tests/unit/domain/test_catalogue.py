"""Promises of the whole catalogue: what holds for every control, whoever writes the next one."""

import importlib
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.catalogue import CONTROLS_PACKAGE, controls_of, load_catalogue, unique
from plumbline.domain.control import Control, Parameters, control
from plumbline.domain.ec2_facts import Routes
from plumbline.domain.errors import CatalogueError
from plumbline.domain.evaluation import evaluate
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.snapshot import SECTIONS, Snapshot
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Pillar, Severity, Status, Verdict, passed
from plumbline.domain.workload_rules import Hardening, HostAccess
from tests.unit.baseline import ACCOUNT, NAME, NOW, REGION
from tests.unit.changes import DENIED, all_of, without
from tests.unit.controls.cases import Case, baseline_of, named, verdicts_of

CONTROLS = load_catalogue()
IDS = [control.id for control in CONTROLS]
TESTS = Path(__file__).parents[1] / "controls"
SPECIFICATION: dict[str, dict[str, Any]] = {
    entry["id"]: entry for entry in json.loads((TESTS / "specification.json").read_text())
}
# Controls whose evidence is in both worlds, of which the AWS half is judged. The others wait for the Kubernetes half,
# What only the Kubernetes API of the compliant cluster could tell.
NOT_KNOWN_WITHOUT_KUBERNETES: dict[str, set[str]] = {}
# The record says whether they are violated: they wait for what they see to last.
NEVER_VIOLATED = {"cost.node-utilization"}
# They have nothing to say of the compliant cluster, which is production and has no such thing.
NOT_FOR_PRODUCTION = {
    "access.aws-auth",
    "cost.node-utilization",
    "cost.off-peak-scaling",
    "network.subnet-role-tags",
    "nodegroup.nodepool-limits",
    "nodegroup.zonal-groups-for-ebs",
}
# Somebody tried to read the Kubernetes side: what only that side can tell is UNKNOWN, and not left out.
ASKED = KubernetesEvidence(api_groups=DENIED)
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Defaults that say more than the specification's list of names, with what it says in words.
BEYOND: dict[str, dict[str, Any]] = {
    "image.allowed-registries": {"fleet-accounts": []},
    "image.tag-policy": {"fleet-accounts": []},
    "registry.tag-immutability": {"pull-through-cache": []},
    "version.kubelet-skew": {"two-minors-until": "1.27"},
    "workload.liveness-probe": {
        "sidecar-names": ["istio-proxy", "linkerd-proxy", "envoy", "aws-otel-collector", "cloudwatch-agent"]
    },
    "version.nodegroup-skew": {"two-minors-until": "1.27"},
}

VOLUMES = ("persistent_volume_claims", "persistent_volumes", "storage_classes")
RUNNING = ("daemon_sets", "deployments", "stateful_sets")
COMPUTE = ("auto_scaling_groups", "fargate_profiles", "instances", "nodegroups")
OTHER_TOOLS = ("addons", "api_groups", "capabilities", "csi_drivers")
# Sections that can turn the verdict in some case, but do not decide it on the compliant cluster.
NOT_DECISIVE = {
    # What Karpenter makes nodes from matters to its pools alone.
    *((f"nodegroup.{name}", "ec2_node_classes") for name in ("ami-family-supported", "auto-repair", "imds-hop-limit")),
    *((f"nodegroup.{name}", "ec2_node_classes") for name in ("imdsv2", "instance-generation", "node-age")),
    *((f"nodegroup.{name}", "ec2_node_classes") for name in ("private-placement", "remote-access", "spot-diversity")),
    *((name, "ec2_node_classes") for name in ("capacity.pod-density", "cost.node-utilization")),
    *((name, "ec2_node_classes") for name in ("encryption.node-volumes", "version.kubelet-skew")),
    *((name, "launch_templates") for name in ("capacity.pod-density", "cost.node-utilization", "version.kubelet-skew")),
    *((f"nodegroup.{name}", "launch_templates") for name in ("ami-family-supported", "auto-repair")),
    # Many lists show where a pod may run, and one that shows a place is enough.
    *(("workload.placement-valid", name) for name in (*COMPUTE, "cluster", "ec2_node_classes", "node_pools")),
    *(("nodegroup.zonal-groups-for-ebs", name) for name in (*COMPUTE, "ec2_node_classes", "node_pools")),
    *(("scaling.node-autoscaler", name) for name in (*COMPUTE, "node_pools")),
    *((name, "api_groups") for name in ("capacity.performance-envelope", "iam.workload-role-least-privilege")),
    *((name, tools) for name in ("nodegroup.asg-safe-termination", "network.vpc-endpoints") for tools in RUNNING),
    *(("cost.off-peak-scaling", name) for name in (*RUNNING, "cron_jobs", "scheduled_actions")),
    *(("cost.off-peak-scaling", name) for name in ("node_pools", "scaled_objects")),
    *((name, "daemon_sets") for name in ("network.subnet-free-ips", "network.subnet-size")),
    ("access.no-iam-users", "aws_auth"),
    ("nodegroup.multi-az", "subnets"),
    *(("registry.scan-on-push", name) for name in ("cluster", "inventory")),
    *(("policy.admission-engine", name) for name in (*RUNNING, *OTHER_TOOLS)),
    *(("policy.admission-engine", name) for name in ("constraint_templates", "kyverno_policies")),
    *(("logging.workload-log-collection", name) for name in COMPUTE if name != "fargate_profiles"),
    ("logging.workload-log-collection", "cluster"),
    *(("logging.workload-log-collection", name) for name in RUNNING[1:]),
    *(("detect.runtime-monitoring", name) for name in (*COMPUTE, *RUNNING[1:])),
    *(("observability.metrics-pipeline", name) for name in (*OTHER_TOOLS, *RUNNING[1:])),
    *(("iam.controllers-use-workload-identity", name) for name in ("cluster", "service_accounts")),
    *(("dns.coredns-capacity", name) for name in (*COMPUTE, "addons", "stateful_sets")),
    *(("storage.gp3-volumes", name) for name in ("ec2_node_classes", "persistent_volume_claims")),
    *(("storage.pv-zone-capacity", name) for name in (*COMPUTE, "cluster", "pods")),
    ("encryption.persistent-volumes", "ebs_default"),
    *(("cost.idle-cluster", name) for name in (*COMPUTE, "nodes", "pods")),
    *(("network.policy-engine", name) for name in (*COMPUTE, *RUNNING)),
    *(("network.policy-engine", name) for name in ("cni_settings", "network_policies", "node_classes")),
    ("access.orphaned-entries", "cluster"),
    # An inventory is made of these, read for other subjects.
    *(("cluster.quota-headroom", name) for name in ("cluster", "fargate_profiles", "nodegroups", "pod_identities")),
    ("version.rehearsal-cluster", "cluster"),
    *(("cost.off-peak-scaling", name) for name in ("auto_scaling_groups", "fargate_profiles", "instances")),
    ("cost.off-peak-scaling", "nodegroups"),
    *(("encryption.node-volumes", name) for name in ("images", "launch_templates")),
    *(("iam.workload-identity-available", name) for name in ("oidc_providers", "pod_identities")),
    *(("network.default-sg-restricted", name) for name in ("auto_scaling_groups", "fargate_profiles", "instances")),
    *(("network.default-sg-restricted", name) for name in ("launch_templates", "nodegroups")),
    ("network.nat-per-az", "vpcs"),
    *(("network.policy-engine", name) for name in ("auto_scaling_groups", "fargate_profiles", "instances")),
    ("network.policy-engine", "nodegroups"),
    *(("network.vpc-endpoints", name) for name in ("pod_identities", "vpcs")),
    *(("nodegroup.imds-hop-limit", name) for name in ("images", "launch_templates", "metadata_defaults")),
    *(("nodegroup.imdsv2", name) for name in ("images", "launch_templates", "metadata_defaults")),
    *(("nodegroup.multi-az", name) for name in ("auto_scaling_groups", "fargate_profiles", "instances", "nodegroups")),
    ("nodegroup.node-age", "launch_templates"),
    ("workload.confinement-profile", "nodes"),
    *(("workload.service-account", name) for name in ("cluster_role_bindings", "pod_identities", "role_bindings")),
    ("workload.service-account", "service_accounts"),
    *(("workload.replicas", name) for name in ("cluster", "services", *VOLUMES)),
    *(("workload.topology-spread", name) for name in ("horizontal_autoscalers", "nodes")),
    ("workload.disruption-budget", "services"),
    ("workload.graceful-shutdown", "services"),
    ("workload.resource-requests-limits", "limit_ranges"),
    *(("fargate.incompatible-workloads", name) for name in VOLUMES),
    *(("scaling.hpa", name) for name in ("limit_ranges", "scaled_objects", "services")),
    *(("scaling.vpa-recommendation-mode", name) for name in ("addons", "capabilities", "csi_drivers")),
    *(("scaling.vpa-recommendation-mode", name) for name in ("daemon_sets", "deployments", "stateful_sets")),
    *(("scaling.vpa-recommendation-mode", name) for name in ("fargate_profiles", "horizontal_autoscalers")),
    ("ingress.class-and-controller", "gateways"),
    *(("ingress.nlb-cross-zone", name) for name in ("nodes", "subnets")),
    # Of a namespace that holds pods nothing else has to be known.
    *((f"namespace.{name}", "services") for name in ("default-sa-automount", "quota-and-limits")),
    *(("namespace.network-policy-default-deny", name) for name in ("calico_policies", "cilium_policies", "services")),
    *(("namespace.psa-enforce", name) for name in ("admission_bindings", "cluster")),
    *(("namespace.psa-enforce", name) for name in ("constraint_templates", "kyverno_policies")),
    # Who holds a role matters where the role allows something.
    *((f"rbac.{name}", "role_bindings") for name in ("escalation-verbs", "no-wildcards", "privileged-resources")),
    *((f"rbac.{name}", "cluster_role_bindings") for name in ("escalation-verbs", "no-wildcards")),
    ("rbac.privileged-resources", "cluster_role_bindings"),
    *(("rbac.cluster-admin-bindings", name) for name in ("cluster_roles", "roles")),
    ("addon.health", "cluster"),
    ("addon.health", "fargate_profiles"),
    ("addon.health", "instances"),
    ("encryption.kms-key-usable", "key_rotations"),
    ("encryption.secrets-customer-key", "key_rotations"),
    ("logging.cloudtrail", "clusters"),
    ("logging.vpc-flow-logs", "auto_scaling_groups"),
    ("logging.vpc-flow-logs", "fargate_profiles"),
    ("logging.vpc-flow-logs", "instances"),
    ("logging.vpc-flow-logs", "nodegroups"),
    ("logging.vpc-flow-logs", "vpcs"),
}


def shared_parameters(judged: Control) -> set[str]:
    """Return the parameters that the specification's conventions give many controls, once for all of them."""
    shared = next((kind for kind in (HostAccess, Hardening) if issubclass(judged.parameters, kind)), None)
    return {field.encode_name for field in msgspec.structs.fields(shared)} if shared else set()


def cases() -> list[Case]:
    modules = [
        importlib.import_module(".".join(("tests", "unit", "controls", *path.relative_to(TESTS).with_suffix("").parts)))
        for path in sorted(TESTS.rglob("test_*.py"))
    ]
    return [case for module in modules for case in module.CASES]


def every_control(function: Any) -> Any:
    return pytest.mark.parametrize("judged", CONTROLS, ids=IDS)(function)


@every_control
def test_the_id_is_an_area_and_a_name_and_the_module_is_named_after_the_area(judged: Control) -> None:
    area, _, name = judged.id.partition(".")
    assert KEBAB.fullmatch(area)
    assert KEBAB.fullmatch(name)
    assert judged.judge.__module__.removeprefix(f"{CONTROLS_PACKAGE}.").split(".")[0] == area == judged.area


@every_control
def test_everything_an_auditor_reads_is_written(judged: Control) -> None:
    assert judged.title
    assert not judged.title.endswith(".")
    assert judged.rule.endswith(".")
    assert judged.remediation
    assert len(re.findall(r"[.:!?](?:\s|$)", judged.rationale)) >= 2


@every_control
def test_parameters_have_kebab_names_and_defaults(judged: Control) -> None:
    assert all(KEBAB.fullmatch(field.encode_name) for field in msgspec.structs.fields(judged.parameters))
    assert isinstance(judged.parameters(), Parameters)


@every_control
def test_the_sections_it_reads_exist(judged: Control) -> None:
    assert judged.sections
    assert judged.sections <= set(SECTIONS)


@every_control
def test_it_is_as_specified(judged: Control) -> None:
    specified = SPECIFICATION[judged.id]
    assert (judged.pillar, judged.severity) == (specified["pillar"], specified["severity"])
    assert sorted(judged.flags) == specified["flags"]


@every_control
def test_its_parameters_are_as_specified(judged: Control) -> None:
    defaults = json.loads(msgspec.json.encode(judged.parameters()))
    defaults = {name: value for name, value in defaults.items() if name not in shared_parameters(judged)}
    assert defaults == SPECIFICATION[judged.id]["parameters"] | BEYOND.get(judged.id, {})


def test_the_specification_lists_every_control_once() -> None:
    entries = json.loads((TESTS / "specification.json").read_text())
    assert len(entries) == len(SPECIFICATION) == 141


def test_every_control_of_the_specification_is_there() -> None:
    assert set(IDS) == set(SPECIFICATION)


@every_control
def test_it_passes_on_the_compliant_cluster(judged: Control) -> None:
    found = verdicts_of(judged)
    unknown = {name for name, verdict in found.items() if verdict.status is Status.UNKNOWN}
    assert unknown == NOT_KNOWN_WITHOUT_KUBERNETES.get(judged.id, set())
    statuses = {verdict.status for name, verdict in found.items() if name not in unknown}
    assert statuses <= {Status.PASS, Status.NOT_APPLICABLE}
    assert (Status.PASS in statuses) is (judged.id not in NOT_FOR_PRODUCTION)


@every_control
def test_its_cases_violate_it_and_leave_it_without_evidence(judged: Control) -> None:
    statuses = {case.status for case in cases() if case.control == judged.id}
    assert bool(statuses & {Status.FAIL, Status.WARN}) is (judged.id not in NEVER_VIOLATED)
    assert {Status.UNKNOWN, Status.PASS} <= statuses | {verdict.status for verdict in verdicts_of(judged).values()}


@every_control
def test_every_verdict_but_a_plain_pass_has_a_reason_and_a_message(judged: Control) -> None:
    for case in (case for case in cases() if case.control == judged.id):
        for verdict in verdicts_of(judged, case.change, case.parameters, case.now).values():
            assert verdict.message
            assert verdict.reason or verdict.status is Status.PASS


@every_control
def test_what_is_observed_has_the_same_members_whether_it_passes_or_not(judged: Control) -> None:
    """A change of parameters must not look like a change of the evidence."""
    shapes = {
        tuple(sorted(verdict.observed))
        for case in cases()
        if case.control == judged.id
        for verdict in verdicts_of(judged, case.change, case.parameters, case.now).values()
        if verdict.observed and verdict.status in (Status.PASS, Status.FAIL, Status.WARN)
    }
    widest = max(shapes, key=len)
    assert all(set(shape) <= set(widest) for shape in shapes)


@every_control
def test_without_a_section_it_reads_it_says_that_it_does_not_know(judged: Control) -> None:
    unaffected = {
        (judged.id, missing)
        for missing in judged.sections
        if Status.UNKNOWN not in {verdict.status for verdict in verdicts_of(judged, without(missing)).values()}
    }
    assert unaffected == {pair for pair in NOT_DECISIVE if pair[0] == judged.id}


@every_control
def test_without_any_evidence_it_only_says_that_it_does_not_know(judged: Control) -> None:
    empty = Snapshot(subject=baseline_of(judged).subject, kubernetes=ASKED)
    evaluation = evaluate(empty, [judged], ParameterSet(), NOW)
    assert evaluation.verdicts
    assert {verdict.status for verdict in evaluation.verdicts} == {Status.UNKNOWN}
    assert evaluation.control_errors == ()


@given(section=st.sampled_from(SECTIONS), case=st.sampled_from(cases()))
def test_losing_a_section_never_makes_anything_pass(section: str, case: Case) -> None:
    judged = named(case.control)
    before = verdicts_of(judged, case.change, case.parameters, case.now)
    after = verdicts_of(judged, all_of(case.change, without(section)), case.parameters, case.now)
    passing = {key for key, verdict in after.items() if verdict.status is Status.PASS}
    assert passing <= {key for key, verdict in before.items() if verdict.status is Status.PASS}


# --- building the catalogue


def described(identifier: str) -> Control:
    @control(
        identifier,
        title="Something holds",
        pillar=Pillar.OPS,
        severity=Severity.LOW,
        rule="PASS when it holds.",
        remediation="mend it",
    )
    def something_holds(cluster: eks.Cluster, routes: Section[Routes]) -> Verdict:
        """Because it must. Otherwise it does not."""
        return passed(f"{cluster.name} {routes}")

    return something_holds


def test_an_id_that_stands_twice_is_refused() -> None:
    with pytest.raises(CatalogueError, match=r"a\.one stands in .* and in "):
        unique([described("a.one"), described("a.one")])


def test_controls_are_ordered_by_id_and_found_where_they_are_defined() -> None:
    first, second = described("a.one"), described("b.two")
    assert unique([second, first]) == (first, second)
    module = ModuleType(__name__)
    module.first = first  # type: ignore[attr-defined]
    module.borrowed = CONTROLS[0]  # type: ignore[attr-defined]
    assert controls_of(module) == (first,)


def refused(judge: Any) -> str:
    with pytest.raises(CatalogueError) as error:
        control("a.one", title="t", pillar=Pillar.OPS, severity=Severity.LOW, rule="r", remediation="m")(judge)
    return str(error.value)


def test_a_control_that_does_not_say_what_it_reads_is_refused() -> None:
    def undocumented(cluster: eks.Cluster) -> Verdict:
        return passed(cluster.name)

    def of_nothing() -> Verdict:
        """One. Two."""
        return passed()

    def of_text(name: str) -> Verdict:
        """One. Two."""
        return passed(name)

    def with_text(cluster: eks.Cluster, name: str) -> Verdict:
        """One. Two."""
        return passed(cluster.name + name)

    def says_yes(cluster: eks.Cluster) -> bool:
        """One. Two."""
        return bool(cluster)

    assert refused(undocumented) == "a.one: the docstring is the rationale, and it is missing"
    assert refused(of_nothing) == "a.one: a control judges a resource, its first parameter"
    assert refused(of_text) == "a.one: <class 'str'> is not a resource that can be judged"
    assert refused(with_text) == "a.one: parameter 'name': <class 'str'> is not a known fact"
    assert refused(says_yes) == "a.one: a control returns a Verdict"


def test_a_control_says_which_subject_it_is_about() -> None:
    wider = {
        Level.REGION: {
            "cluster.quota-headroom",
            "detect.guardduty-eks-audit",
            "encryption.ebs-default",
            "logging.cloudtrail",
            "registry.lifecycle-policy",
            "registry.repository-exposure",
            "registry.scan-on-push",
            "registry.tag-immutability",
        },
        Level.ACCOUNT: {"iam.access-key-rotation", "iam.irsa-trust-scoped", "iam.root-user"},
        Level.FLEET: {"version.rehearsal-cluster"},
    }
    subjects = {
        Level.CLUSTER: Subject(ACCOUNT, REGION, NAME),
        Level.REGION: Subject(ACCOUNT, REGION),
        Level.ACCOUNT: Subject(ACCOUNT, ""),
        Level.FLEET: Subject("", ""),
    }
    for level, subject in subjects.items():
        found = set(evaluate(Snapshot(subject=subject, kubernetes=ASKED), CONTROLS, ParameterSet(), NOW).controls)
        assert found == wider.get(level, set(IDS).difference(*wider.values()))
