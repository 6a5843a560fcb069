"""`plumbline scan --kubeconfig`: the one cluster that a kubeconfig leads to, with and without its AWS side."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.errors import ConfigurationError
from plumbline.domain.reach import KUBERNETES_ACCESS
from plumbline.domain.subject import Subject
from plumbline.ports import KubernetesSource
from plumbline_cli.main import app
from plumbline_cli.scanning import leads, running
from plumbline_cli.scanning.alone import WITHOUT_AWS, judged_alone
from plumbline_cli.scanning.leads import subject_named
from tests.adapters.aws.stub import ACCOUNT, NOW, OTHER_ACCOUNT, OTHER_REGION, REGION, SimulatedAws
from tests.cli.clusters import Insides
from tests.cli.scanning import Scan, rows_of

ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/cluster-0000"


class Kubeconfig:
    """What a test has a kubeconfig lead to."""

    def __init__(self) -> None:
        self.inside = Insides()
        self.cluster = "kind-staging"
        self.opened_with: list[tuple[Path, str]] = []

    def opened(self, path: Path, context: str) -> tuple[KubernetesSource, str, str]:
        self.opened_with.append((path, context))
        if context == "gone":
            raise ConfigurationError(f"{path} has no context 'gone'; it has: staging")
        return self.inside, context or "staging", self.cluster


@pytest.fixture
def kubeconfig(monkeypatch: pytest.MonkeyPatch, aws: SimulatedAws) -> Kubeconfig:
    found = Kubeconfig()
    monkeypatch.setattr(leads, "opened_kubeconfig", found.opened)
    monkeypatch.setattr(running, "current_time", lambda: NOW)
    return found


def scan_alone(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["scan", "--kubeconfig", "kube.yaml", *arguments], catch_exceptions=False)


def test_a_cluster_is_judged_without_aws(kubeconfig: Kubeconfig, aws: SimulatedAws) -> None:
    result = scan_alone("--format", "jsonl", "--context", "staging")
    rows = rows_of(result)
    assert {(row["account"], row["region"], row["cluster"]) for row in rows} == {("", "", "kind-staging")}
    judged = {row["control"] for row in rows}
    assert {"workload.host-path", "rbac.no-wildcards", "namespace.psa-enforce", "policy.admission-engine"} <= judged
    assert {row["status"] for row in rows if row["control"] == KUBERNETES_ACCESS.id} == {"PASS"}
    assert kubeconfig.opened_with == [(Path("kube.yaml"), "staging")]
    assert aws.calls == {}
    assert result.exit_code == 0


def test_what_needs_aws_is_left_out_and_the_summary_says_so(kubeconfig: Kubeconfig) -> None:
    result = scan_alone("--format", "jsonl")
    judged = {control.id for control in judged_alone(load_catalogue())}
    assert not judged & {"logging.audit-log", "version.kubelet-skew", "fargate.resource-sizing", "access.aws-auth"}
    assert {row["control"] for row in rows_of(result)} <= judged | {KUBERNETES_ACCESS.id}
    lines = result.stderr.splitlines()
    assert lines[0] == "kind-staging: reading the Kubernetes API of 1 cluster"
    assert lines[1].startswith("Scanned 1 cluster by context staging in ")
    count = len(load_catalogue()) - len(judged)
    assert lines[-1] == f"{count} controls were left out for want of the AWS side (--profile or --region)."


def test_no_verdict_is_given_on_what_only_aws_knows(kubeconfig: Kubeconfig) -> None:
    rows = rows_of(scan_alone("--format", "jsonl"))
    kinds = {row["resource_kind"] for row in rows}
    assert {kind for kind in kinds if kind.islower()} == {"cluster", "component"}
    assert {row["control"] for row in rows if row["resource_kind"] == "cluster" and row["status"] != "UNKNOWN"} == {
        "capacity.performance-envelope",
        "cluster.kubernetes-access",
        "iam.controllers-use-workload-identity",
        "ingress.class-and-controller",
        "observability.metrics-pipeline",
        "policy.admission-engine",
        "scaling.metrics-server",
    }
    unknown = {(row["reason"], row["message"]) for row in rows if row["status"] == "UNKNOWN"}
    assert unknown == {
        ("not_collected", WITHOUT_AWS.detail),
        ("not_collected", "nothing says which account the cluster is in"),
    }


def test_a_control_of_aws_alone_needs_it(kubeconfig: Kubeconfig) -> None:
    result = scan_alone("--control", "logging.*-log")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: these controls need the AWS side of the cluster: add --profile or --region\n"


def test_only_the_lists_that_the_controls_need_are_read(kubeconfig: Kubeconfig) -> None:
    scan_alone("--control", "namespace.naming-convention")
    assert kubeconfig.inside.asked == [(Subject("", "", "kind-staging"), frozenset({"api_groups", "namespaces"}))]


def test_a_chosen_control_gets_the_verdicts_it_gets_among_all(kubeconfig: Kubeconfig) -> None:
    everything = rows_of(scan_alone("--format", "jsonl"))
    for control in (*judged_alone(load_catalogue()), KUBERNETES_ACCESS):
        alone = rows_of(scan_alone("--format", "jsonl", "--control", control.id))
        assert alone == [row for row in everything if row["control"] == control.id], control.id


def test_a_cluster_that_does_not_answer_is_unknown_and_ends_in_3(kubeconfig: Kubeconfig) -> None:
    kubeconfig.inside.unreachable["kind-staging"] = "unauthorized: HTTP 401"
    result = scan_alone("--format", "jsonl")
    told = {(row["status"], row["reason"]) for row in rows_of(result)}
    assert told == {("FAIL", "unauthorized"), ("UNKNOWN", "endpoint_unreachable")}
    assert result.exit_code == 3
    assert "The scan is partial: " in result.stderr


def test_the_cluster_is_named_by_its_arn_where_the_kubeconfig_does(kubeconfig: Kubeconfig, aws: SimulatedAws) -> None:
    kubeconfig.cluster = ARN
    rows = rows_of(scan_alone("--format", "jsonl", "--control", "workload.host-path"))
    assert {(row["account"], row["region"], row["cluster"]) for row in rows} == {(ACCOUNT, REGION, "cluster-0000")}
    assert aws.calls == {}


def test_with_a_region_the_aws_side_is_joined(kubeconfig: Kubeconfig, scan: Scan) -> None:
    kubeconfig.cluster = ARN
    result = scan("--kubeconfig", "kube.yaml", "--region", REGION, "--format", "jsonl")
    rows = rows_of(result)
    assert {row["cluster"] for row in rows} == {"cluster-0000"}
    assert {"logging.audit-log", "workload.host-path", "version.kubelet-skew"} <= {row["control"] for row in rows}
    assert [subject.cluster for subject, _ in kubeconfig.inside.asked] == ["cluster-0000"]
    assert f"Scanned 1 cluster in {REGION} of account {ACCOUNT} by context staging in " in result.stderr


def test_the_name_in_aws_may_be_said(kubeconfig: Kubeconfig, scan: Scan) -> None:
    arguments = ("--kubeconfig", "kube.yaml", "--cluster", "cluster-0001", "--format", "jsonl")
    rows = rows_of(scan(*arguments, "--control", "logging.audit-log"))
    assert [row["cluster"] for row in rows] == ["cluster-0001"]


@pytest.mark.parametrize(
    ("cluster", "arguments", "reason"),
    [
        (
            ARN,
            ("--region", OTHER_REGION),
            f"'staging' leads to a cluster of {REGION}: leave --region out or say {REGION}",
        ),
        (
            ARN.replace(ACCOUNT, OTHER_ACCOUNT),
            ("--region", REGION),
            f"'staging' leads to a cluster of account {OTHER_ACCOUNT}, not of {ACCOUNT}",
        ),
        (
            "kind",
            ("--region", REGION, "--region", OTHER_REGION),
            "'staging' leads to with --region",
        ),
        ("kind", ("--region", REGION), f"no cluster of {REGION} matches 'kind'"),
        (ARN, ("--cluster", "a*"), "with --kubeconfig, --cluster is its one name"),
        (ARN, ("--cluster", "a", "--cluster", "b"), "with --kubeconfig, --cluster is its one name"),
        (ARN, ("--context", "gone"), "kube.yaml has no context 'gone'; it has: staging"),
    ],
)
def test_a_wrong_lead_ends_in_2_with_its_reason(
    kubeconfig: Kubeconfig, scan: Scan, cluster: str, arguments: tuple[str, ...], reason: str
) -> None:
    kubeconfig.cluster = cluster
    result = scan("--kubeconfig", "kube.yaml", "--control", "logging.audit-log", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines()[-1].endswith(reason)


def test_a_context_belongs_to_a_kubeconfig(scan: Scan) -> None:
    result = scan("--context", "staging")
    assert result.exit_code == 2
    assert "--context belongs to --kubeconfig" in result.stderr


@pytest.mark.parametrize("form", ["table", "html", "csv", "json"])
def test_every_format_names_the_context_or_the_cluster(kubeconfig: Kubeconfig, form: str) -> None:
    result = scan_alone("--control", "namespace.*", "--format", form)
    assert result.exit_code == 0
    assert "kind-staging" in result.stdout
    if form == "html":
        assert "Context staging · 1 cluster" in result.stdout
    if form == "json":
        document = json.loads(result.stdout)
        assert (document["account"], document["regions"], document["context"]) == ("", [], "staging")


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (ARN, Subject(ACCOUNT, REGION, "cluster-0000")),
        ("payments.eu-west-1.eksctl.io", Subject("", "eu-west-1", "payments")),
        ("payments.cn-north-1.eksctl.io", Subject("", "cn-north-1", "payments", "aws-cn")),
        ("gke_project_zone_a/b:c", Subject("", "", "gke_project_zone_a/b:c")),
        ("arn:aws:eks:eu-west-1", Subject("", "", "arn:aws:eks:eu-west-1")),
    ],
)
def test_names_in_kubeconfigs_tell_which_cluster_it_is(name: str, subject: Subject) -> None:
    assert subject_named(name) == subject
