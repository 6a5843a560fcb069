from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.simulators.world import World
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.scopes import RELATED_SECTIONS
from plumbline_cli.main import app
from plumbline_cli.scanning.selection import sections_for
from tests.adapters.aws.stub import ACCOUNT, OTHER_REGION, REGION, SimulatedAws
from tests.adapters.aws.worlds import Shape, world_of
from tests.cli.scanning import Scan, rows_of, scan_of

READS = ("List", "Describe", "Get", "AssumeRole")


def test_clusters_are_chosen_by_pattern_and_regions_left_out(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl", "--cluster", "*-0001", "--cluster", "none-*"))
    assert {row["cluster"] for row in rows} == {"cluster-0001"}


def test_controls_are_chosen_by_pattern(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl", "--control", "logging.a*", "--control", "encryption.ebs-*"))
    assert {row["control"] for row in rows} == {"logging.audit-log", "encryption.ebs-default"}


def test_only_the_evidence_of_the_controls_chosen_is_read(scan: Scan, aws: SimulatedAws) -> None:
    scan("--control", "logging.audit-log", "--format", "jsonl")
    assert aws.calls == {"sts:GetCallerIdentity": 1, "eks:ListClusters": 1, "eks:DescribeCluster": 2}


def test_a_chosen_control_gets_the_verdicts_it_gets_among_all(scan: Scan) -> None:
    everything = rows_of(scan("--format", "jsonl"))
    for control in load_catalogue():
        alone = rows_of(scan("--format", "jsonl", "--control", control.id))
        assert alone == [row for row in everything if row["control"] == control.id], control.id


def test_what_is_read_from_others_answers_comes_with_them() -> None:
    for control in load_catalogue():
        sections = sections_for([control])
        assert {"cluster", "clusters"} <= sections
        if sections & RELATED_SECTIONS & {"launch_templates", "instance_types", "auto_scaling_groups"}:
            assert {"nodegroups", "auto_scaling_groups"} <= sections
    assert sections_for([]) == {"cluster", "clusters"}


def test_what_a_region_counts_of_its_clusters_is_read_of_them(scan: Scan, aws: SimulatedAws) -> None:
    rows = rows_of(scan("--control", "cluster.quota-headroom", "--format", "jsonl"))
    (associations,) = (row for row in rows if row["resource_name"] == "pod-identities-per-cluster")
    assert (associations["status"], associations["observed"]) == ("PASS", {"used": 1})
    assert {operation for operation in aws.calls if operation.startswith("eks:")} == {
        "eks:ListClusters",
        "eks:DescribeCluster",
        "eks:ListNodegroups",
        "eks:DescribeNodegroup",
        "eks:ListFargateProfiles",
        "eks:DescribeFargateProfile",
        "eks:ListPodIdentityAssociations",
        "eks:DescribePodIdentityAssociation",
    }


def test_a_scan_only_reads(scan: Scan, aws: SimulatedAws) -> None:
    scan("--format", "jsonl")
    assert aws.calls
    # The report is made anew at most every four hours, and changes nothing.
    for operation in aws.calls.keys() - {"iam:GenerateCredentialReport"}:
        assert operation.split(":")[1].startswith(READS), operation


def test_the_regions_and_clusters_of_the_configuration_are_scanned(scan: Scan, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(f"scope: {{regions: [{OTHER_REGION}], clusters: {{exclude: ['*-0001']}}}}\n")
    arguments = ("--control", "logging.audit-log", "--format", "jsonl", "--config", str(file))
    assert [row["cluster"] for row in rows_of(scan(*arguments))] == ["cluster-0000"]


def test_without_a_region_the_configurations_regions_count(
    scan: Scan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, aws: SimulatedAws
) -> None:
    monkeypatch.setenv("AWS_REGION", OTHER_REGION)
    arguments = ["scan", "--control", "logging.audit-log", "--format", "jsonl"]
    CliRunner().invoke(app, arguments)
    assert {region for _, region, operation, _ in aws.requests if operation == "eks:ListClusters"} == {OTHER_REGION}
    file = tmp_path / "p.yaml"
    file.write_text(f"scope: {{regions: [{REGION}]}}\n")
    result = CliRunner().invoke(app, [*arguments, "--config", str(file)])
    assert [row["region"] for row in rows_of(result)] == [REGION, REGION]


def test_parameters_of_the_configuration_decide(scan: Scan, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("parameters: {clusters: {'*-0001': {logging.audit-log: {required: [audit]}}}}\n")
    arguments = ("--control", "logging.audit-log", "--format", "jsonl", "--config", str(file))
    assert [row["status"] for row in rows_of(scan(*arguments))] == ["FAIL", "PASS"]


def test_a_role_is_assumed_and_its_account_scanned(scan: Scan, aws: SimulatedAws) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/audit/reader"
    result = scan("--role-arn", role, "--external-id", "ext-1", "--control", "logging.audit-log", "--format", "jsonl")
    assert result.exit_code == 0
    assert {row["account"] for row in rows_of(result)} == {ACCOUNT}
    assert [(one["RoleArn"], one["ExternalId"]) for one in aws.roles] == [(role, "ext-1")]


def test_what_is_in_transition_is_judged_as_it_was_read(scan: Scan, world: World) -> None:
    world.place(ACCOUNT, REGION).clusters["cluster-0000"].description["status"] = "UPDATING"
    rows = rows_of(scan("--control", "logging.audit-log", "--format", "jsonl"))
    assert [row["message"] for row in rows] == [
        "log types are off: authenticator (during transition)",
        "log types are off: authenticator",
    ]
    assert rows[0]["observed"] == rows[1]["observed"]


def test_a_fleet_without_clusters_is_scanned_without_a_word_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scan_of(SimulatedAws(world_of(Shape(clusters=0))), monkeypatch)
    result = scan("--control", "logging.audit-log")
    assert result.exit_code == 0
    assert result.stdout == "There is nothing here to judge.\n"
    assert "Scanned 0 clusters" in result.stderr
