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
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.snapshot import SECTIONS, Snapshot
from plumbline.domain.subject import Level, Subject
from plumbline.domain.verdict import Pillar, Severity, Status, Verdict, passed
from tests.unit.baseline import ACCOUNT, NAME, NOW, REGION
from tests.unit.changes import all_of, without
from tests.unit.controls.cases import Case, baseline_of, named, verdicts_of

CONTROLS = load_catalogue()
IDS = [control.id for control in CONTROLS]
TESTS = Path(__file__).parents[1] / "controls"
SPECIFICATION: dict[str, dict[str, Any]] = {
    entry["id"]: entry for entry in json.loads((TESTS / "specification.json").read_text())
}
# Controls whose evidence is in both worlds, of which the AWS half is judged. The others wait for the Kubernetes half,
# or for a memory of when a thing was first seen (cost.orphaned-volumes, cost.idle-cluster).
AWS_HALVES = {
    "access.no-iam-users",
    "cost.off-peak-scaling",
    "encryption.node-volumes",
    "network.policy-engine",
    "network.subnet-free-ips",
    "network.subnet-size",
    "network.vpc-endpoints",
    "nodegroup.ami-family-supported",
    "nodegroup.asg-safe-termination",
    "nodegroup.auto-repair",
    "nodegroup.imds-hop-limit",
    "nodegroup.imdsv2",
    "nodegroup.multi-az",
    "nodegroup.node-age",
    "nodegroup.spot-diversity",
    "registry.scan-on-push",
    "storage.gp3-volumes",
}
# What only the Kubernetes API of the compliant cluster could tell.
NOT_KNOWN_WITHOUT_KUBERNETES = {
    "nodegroup.ami-family-supported": {"auto-scaling-group/workers"},
    "nodegroup.auto-repair": {"auto-scaling-group/workers"},
}
# Without it these have no violation to show, or nothing to say of a production cluster.
NEVER_VIOLATED, NOT_FOR_PRODUCTION = {"cost.off-peak-scaling"}, {"cost.off-peak-scaling"}
KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

# Defaults that say more than the specification's list of names, with what it says in words.
BEYOND: dict[str, dict[str, Any]] = {
    "registry.tag-immutability": {"pull-through-cache": []},
    "version.nodegroup-skew": {"two-minors-until": "1.27"},
}

# Sections that can turn the verdict in some case, but do not decide it on the compliant cluster.
NOT_DECISIVE = {
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
    assert defaults == SPECIFICATION[judged.id]["parameters"] | BEYOND.get(judged.id, {})


def test_the_specification_lists_every_control_once() -> None:
    entries = json.loads((TESTS / "specification.json").read_text())
    assert len(entries) == len(SPECIFICATION) == 141


def test_every_control_that_aws_answers_is_there() -> None:
    of_aws = {identifier for identifier, entry in SPECIFICATION.items() if entry["evidence_side"] == "aws"}
    assert set(IDS) == of_aws | AWS_HALVES
    assert {SPECIFICATION[identifier]["evidence_side"] for identifier in AWS_HALVES} == {"both"}


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
    empty = Snapshot(subject=baseline_of(judged).subject)
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
        found = set(evaluate(Snapshot(subject=subject), CONTROLS, ParameterSet(), NOW).controls)
        assert found == wider.get(level, set(IDS).difference(*wider.values()))
