import json
from pathlib import Path

import pytest

from plumbline import __version__
from plumbline.domain.catalogue import load_catalogue
from tests.adapters.aws.stub import ACCOUNT, REGION
from tests.cli.scanning import Scan, cells_of, rows_of

FIELDS = [
    "control",
    "status",
    "severity",
    "reason",
    "account",
    "region",
    "cluster",
    "resource_kind",
    "resource_name",
    "message",
    "observed",
]


def test_json_lines_hold_one_verdict_each_in_the_fields_promised(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl"))
    assert {tuple(row) for row in rows} == {tuple(FIELDS)}
    assert {row["severity"] for row in rows} <= {"critical", "high", "medium", "low", "info"}
    assert {row["status"] for row in rows} == {"PASS", "FAIL", "WARN", "NOT_APPLICABLE", "UNKNOWN"}


def test_a_region_comes_before_its_clusters_and_what_regions_share_comes_last(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl"))
    subjects = dict.fromkeys((row["account"], row["region"], row["cluster"]) for row in rows)
    assert [*subjects] == [
        (ACCOUNT, REGION, ""),
        (ACCOUNT, REGION, "cluster-0000"),
        (ACCOUNT, REGION, "cluster-0001"),
        (ACCOUNT, "", ""),
        ("", "", ""),
    ]
    assert {row["resource_kind"] for row in rows if not row["region"]} == {"account", "cluster"}


def test_a_verdict_is_told_as_it_was_judged(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl", "--control", "logging.audit-log", "--cluster", "cluster-0000"))
    assert rows == [
        {
            "control": "logging.audit-log",
            "status": "FAIL",
            "severity": "high",
            "reason": "log_types_disabled",
            "account": ACCOUNT,
            "region": REGION,
            "cluster": "cluster-0000",
            "resource_kind": "cluster",
            "resource_name": "cluster-0000",
            "message": "log types are off: authenticator",
            "observed": {"enabled": ["audit"]},
        }
    ]


def test_what_concerns_a_region_has_no_cluster(scan: Scan) -> None:
    rows = rows_of(scan("--format", "jsonl", "--control", "encryption.ebs-default"))
    assert [(row["cluster"], row["resource_kind"], row["resource_name"]) for row in rows] == [("", "region", REGION)]


def test_json_is_one_document_with_the_verdicts_and_a_summary(scan: Scan) -> None:
    document = json.loads(scan("--format", "json").stdout)
    rows = rows_of(scan("--format", "jsonl"))
    assert document["verdicts"] == rows
    assert (document["schema"], document["plumbline"]) == ("plumbline.scan/1", __version__)
    assert (document["account"], document["regions"]) == (ACCOUNT, [REGION])
    by_status = document["summary"]["by_status"]
    assert by_status == {status: sum(row["status"] == status for row in rows) for status in by_status}
    assert document["summary"]["clusters"] == 2


def test_csv_holds_the_same_rows(scan: Scan) -> None:
    cells, rows = cells_of(scan("--format", "csv")), rows_of(scan("--format", "jsonl"))
    assert [[*one] for one in cells] == [FIELDS] * len(rows)
    assert [one["control"] for one in cells] == [row["control"] for row in rows]
    assert [json.loads(one["observed"]) for one in cells] == [row["observed"] for row in rows]


def test_the_page_needs_nothing_but_itself(scan: Scan) -> None:
    page = scan("--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    for outside in ("src=", "href=", "@import", "url(", "<link"):
        assert outside not in page
    assert page.count('<details data-control="logging.audit-log" open>') == 1
    assert "cluster-0001" in page


def test_the_table_shows_clusters_by_area_and_findings_worst_first(scan: Scan) -> None:
    table = scan().stdout
    lines = table.splitlines()
    areas = sorted({control.area for control in load_catalogue() if not control.needs_kubernetes})
    assert lines[0].split() == ["cluster", "version", *areas]
    names = ["cluster-0000", "cluster-0001", "(region)", "(account)", "(fleet)"]
    assert [line.split()[0] for line in lines[1:6]] == names
    labels = [line.split()[0] for line in lines if line.startswith((" CRITICAL", " HIGH", " MEDIUM", " LOW", " WARN"))]
    order = ["CRITICAL", "HIGH", "MEDIUM", "LOW", "WARN"]
    assert labels == sorted(labels, key=order.index)
    assert " HIGH  Kubernetes audit log is delivered to CloudWatch Logs  logging.audit-log  2" in lines
    assert "\x1b" not in table


def test_one_finding_has_its_remediation_filled_in(scan: Scan) -> None:
    table = scan("--control", "logging.audit-log", "--cluster", "cluster-0000").stdout
    assert "fix  aws eks update-cluster-config --name cluster-0000 --logging" in table


def test_a_clean_posture_says_so(scan: Scan) -> None:
    result = scan("--control", "encryption.ebs-default")
    assert result.exit_code == 0
    assert "Nothing to report: every control that applies passes." in result.stdout


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "html"])
def test_a_report_in_a_file_is_the_report_on_standard_output(scan: Scan, tmp_path: Path, form: str) -> None:
    file = tmp_path / "report"
    arguments = ("--control", "logging.audit-log", "--format", form)
    to_file, to_stdout = scan(*arguments, "--output", str(file)), scan(*arguments)
    assert to_file.stdout == ""
    written, said = file.read_text(encoding="utf-8"), to_stdout.stdout
    assert written == said


def test_standard_error_holds_the_summary(scan: Scan) -> None:
    result = scan("--format", "jsonl", "--control", "logging.audit-log")
    lines = result.stderr.splitlines()
    assert lines[0] == f"{REGION}: reading 2 clusters"
    assert lines[1].startswith(f"Scanned 2 clusters in {REGION} of account {ACCOUNT} in ")
    assert lines[2:] == ["2 FAIL. Violations: 2 high."]
