"""The contest is fair: the same calls, counts from what the tools themselves say, failures told."""

import json
from datetime import date
from pathlib import Path

from benchmarks.fleet.counters import Stats
from benchmarks.fleet.options import Options
from benchmarks.measuring import Usage
from benchmarks.scan.agreement import Agreement, compared, of_custodian, of_prowler
from benchmarks.scan.contenders import Contender, boto3_pool, plumbline
from benchmarks.scan.report import report
from benchmarks.scan.running import Run, Sized, race
from benchmarks.workspace import InstallError, prepared

STATS = Stats(
    calls={"eks.ListClusters": 2},
    throttled={},
    errors={},
    unknown={},
    connections=1,
    peak_concurrency=1,
    bytes_out=1,
    first_call_at=None,
    last_answer_at=None,
    server_cpu_s=0,
)


def ran(wall_s: float, *, agreement: Agreement | None = None, failure: str = "") -> Run:
    usage = Usage(began_at=0, wall_s=wall_s, cpu_s=wall_s / 2, peak_mb=100, code=0)
    return Run(usage=usage, stats=STATS, agreement=agreement, failure=failure)


def contender(name: str) -> Contender:
    return Contender(name=name, what=f"what {name} is", command=("true",))


def test_pool_makes_exactly_the_calls_of_plumbline() -> None:
    sized = race([plumbline(), boto3_pool()], Options(clusters=9), 1, lambda _: None)
    (ours,), (pool,) = sized.runs["plumbline"], sized.runs["boto3-pool"]
    assert (ours.failure, pool.failure) == ("", "")
    assert ours.stats.calls == pool.stats.calls
    assert (ours.stats.unknown, ours.stats.errors) == ({}, {})
    assert ours.agreement == Agreement(43, {})


def test_failure_is_told_and_not_counted() -> None:
    failing = Contender(name="failing", what="", command=("sh", "-c", "echo reason >&2; exit 5"))
    sized = race([failing], Options(clusters=1), 1, lambda _: None)
    assert [run.failure for run in sized.runs["failing"]] == ["exit code 5: reason"]


def test_peer_that_cannot_be_installed_is_told() -> None:
    def broken() -> Contender:
        raise InstallError("no such version")

    makers = {"a": lambda: contender("a"), "b": broken, "c": broken}
    found, absent = prepared(makers, ["c"], lambda _: None)
    assert [one.name for one in found] == ["a"]
    assert absent == {"b": "it could not be installed: no such version", "c": "left out on request"}


def test_report_has_ratios_budgets_and_whoever_is_absent() -> None:
    runs = {
        "plumbline": [ran(2, agreement=Agreement(3, {})), ran(4, agreement=Agreement(3, {"a": (1, 2)})), ran(3)],
        "boto3-pool": [ran(6), ran(9, failure="exit code 1: no")],
        "custodian": [ran(1, failure="exit code 2: broken")],
    }
    results = [Sized(options=Options(clusters=10, today=date(2026, 1, 5)), runs=runs)]
    text = report([contender(name) for name in runs], {"prowler": "left out on request"}, results)
    assert "- **prowler**: not measured: left out on request" in text
    assert "| 10 clusters faster than the thread pool | 3.0 s against 6.0 s, faster in 1 of 1 rounds | met |" in text
    assert "| boto3-pool | 2.00 | 2.00 | 1.00 | 6.00 (6.00 to 6.00) | 1, 1 failed |" in text
    assert "failed: exit code 2: broken" in text
    assert "| eks.ListClusters | 2 | 2 |" in text


def test_agreement_names_what_is_wrong() -> None:
    assert compared({"a": 1, "b": 2, "c": 0}, {"a": 1, "b": 3}) == Agreement(3, {"b": (2, 3)})


def test_resources_of_custodian_are_counted_by_policy(tmp_path: Path) -> None:
    for policy, found in (("ng_degraded", "[{}, {}]"), ("ng_ssh_open", "[]")):
        (tmp_path / policy).mkdir()
        (tmp_path / policy / "resources.json").write_text(found)
    assert of_custodian(tmp_path, tmp_path, {"ng_degraded": 2}) == Agreement(2, {})


def test_failed_checks_of_prowler_are_counted(tmp_path: Path) -> None:
    check = "eks_cluster_not_publicly_accessible"
    results = [
        {"metadata": {"event_code": check}, "status_code": "FAIL"},
        {"metadata": {"event_code": check}, "status_code": "PASS"},
        {"metadata": {"event_code": "eks_other"}, "status_code": "FAIL"},
    ]
    (tmp_path / "out.ocsf.json").write_text(json.dumps(results))
    assert of_prowler(tmp_path, tmp_path, {"cluster_endpoint_open_to_world": 1}) == Agreement(4, {})
