from pathlib import Path

import pytest

from local.simulators.world import World
from plumbline_cli.scanning import account
from tests.adapters.aws.stub import ACCOUNT, REGION, Refusal, SimulatedAws
from tests.cli.scanning import Scan, rows_of

AUDIT_LOG = ("--control", "logging.audit-log", "--format", "jsonl")


def test_a_scan_without_a_limit_ends_well_whatever_it_finds(scan: Scan) -> None:
    assert scan(*AUDIT_LOG).exit_code == 0


@pytest.mark.parametrize(("limit", "code"), [("critical", 0), ("high", 1), ("medium", 1), ("low", 1), ("info", 1)])
def test_violations_at_or_above_the_limit_end_in_1(scan: Scan, limit: str, code: int) -> None:
    assert scan(*AUDIT_LOG, "--fail-on", limit).exit_code == code


def test_warnings_are_no_violations(scan: Scan) -> None:
    result = scan("--control", "version.upgrade-insights", "--format", "jsonl", "--fail-on", "info")
    assert result.exit_code == 1
    result = scan("--control", "nodegroup.launch-template-drift", "--format", "jsonl", "--fail-on", "info")
    assert {row["status"] for row in rows_of(result)} <= {"PASS", "WARN", "NOT_APPLICABLE"}
    assert result.exit_code == 0


def test_a_refused_call_ends_in_unknown_a_summary_and_3(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeCluster", Refusal("AccessDeniedException", 403, holding="cluster-0001"))
    result = scan(*AUDIT_LOG)
    assert [(row["cluster"], row["status"], row["reason"]) for row in rows_of(result)] == [
        ("cluster-0000", "FAIL", "log_types_disabled"),
        ("cluster-0001", "UNKNOWN", "access_denied"),
    ]
    assert result.exit_code == 3
    assert "The scan is partial: 1 verdicts are UNKNOWN because evidence could not be read." in result.stderr
    assert "1  access_denied: eks:DescribeCluster AccessDeniedException: no" in result.stderr


def test_a_certain_violation_counts_for_more_than_what_could_not_be_read(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeCluster", Refusal("AccessDeniedException", 403, holding="cluster-0001"))
    assert scan(*AUDIT_LOG, "--fail-on", "high").exit_code == 1
    assert scan(*AUDIT_LOG, "--fail-on", "critical").exit_code == 3


def test_clusters_that_cannot_be_listed_are_unknown_as_one(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:ListClusters", Refusal("AccessDeniedException", 403))
    result = scan(*AUDIT_LOG)
    assert [(row["cluster"], row["status"], row["reason"]) for row in rows_of(result)] == [
        ("*", "UNKNOWN", "access_denied")
    ]
    assert result.exit_code == 3
    assert "(clusters not listed)" in scan().stdout


def test_one_region_that_refuses_does_not_hide_another(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:ListClusters", Refusal("AccessDeniedException", 403, region="us-east-1"))
    result = scan(*AUDIT_LOG, "--region", "us-east-1", "--region", REGION)
    assert [(row["region"], row["cluster"]) for row in rows_of(result)] == [
        ("us-east-1", "*"),
        (REGION, "cluster-0000"),
        (REGION, "cluster-0001"),
    ]
    assert result.exit_code == 3


def test_a_cluster_deleted_meanwhile_is_told_and_is_no_failure(scan: Scan, aws: SimulatedAws) -> None:
    aws.refuse("eks:DescribeCluster", Refusal("ResourceNotFoundException", 404, holding="cluster-0001"))
    result = scan(*AUDIT_LOG)
    assert [row["cluster"] for row in rows_of(result)] == ["cluster-0000"]
    assert "Deleted while the scan ran: cluster-0001" in result.stderr
    assert result.exit_code == 0


def test_an_environment_that_nothing_names_is_no_failure_of_the_scan(scan: Scan, world: World) -> None:
    for cluster in world.place(ACCOUNT, REGION).clusters.values():
        cluster.description["tags"] = {}
    result = scan("--control", "cluster.deletion-protection", "--format", "jsonl")
    assert {(row["status"], row["reason"]) for row in rows_of(result)} == {("UNKNOWN", "not_collected")}
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--region", "eu-wset-1"), "there is no region 'eu-wset-1' with Amazon EKS; did you mean eu-west-1?"),
        (("--control", "loging.*"), "no control matches 'loging.*'; did you mean logging.audit-log?"),
        (("--control", "zzz"), "no control matches 'zzz'; `plumbline controls` lists them"),
        (("--cluster", "nope-*"), f"no cluster of {REGION} matches 'nope-*'"),
        (("--role-arn", "x"), f"'x' is not the ARN of an IAM role, such as arn:aws:iam::{ACCOUNT}:role/reader"),
        (("--external-id", "x1"), "--external-id belongs to --role-arn"),
        (("--endpoint-url", "localhost"), "--endpoint-url 'localhost' is no address, such as http://127.0.0.1:4566"),
        (("--config", "/nowhere.yaml"), "/nowhere.yaml cannot be read: No such file or directory"),
        (("--output", "/nowhere/x"), "/nowhere/x cannot be written: No such file or directory"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_in_2_with_the_reason(scan: Scan, arguments: tuple[str, ...], reason: str) -> None:
    result = scan(*arguments)
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == f"Error: {reason}"
    assert result.stdout == ""


def test_regions_of_separate_partitions_are_not_mixed(scan: Scan) -> None:
    result = scan("--region", "eu-west-1", "--region", "cn-north-1")
    assert result.exit_code == 2
    assert result.stderr == (
        "Error: the regions eu-west-1, cn-north-1 belong to separate partitions: scan them one by one\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [("--format", "xml"), ("--fail-on", "severe"), ("--workers", "0"), ("--pace", "--workers", "2"), ("--nope",)],
)
def test_options_that_do_not_exist_end_in_2(scan: Scan, arguments: tuple[str, ...]) -> None:
    assert scan(*arguments).exit_code == 2


def test_a_wrong_configuration_ends_in_2_with_every_problem(scan: Scan, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("scpoe: {}\nroutes: [{to: pager}]\n")
    result = scan("--config", str(file))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {file}:1:1: scpoe: there is no such key (did you mean scope?)\n")
    assert f"{file}:2:" in result.stderr


def test_an_interrupt_ends_cleanly_and_leaves_an_earlier_report(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(account, "collect_clusters", interrupted)
    report = tmp_path / "report.csv"
    report.write_text("yesterday")
    result = scan("--format", "csv", "--output", str(report))
    assert result.exit_code == 130
    assert result.stderr.splitlines()[-1] == "Stopped. A scan only reads: nothing was changed."
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report.csv", "yesterday")]
