"""Each tool's results are counted from what it wrote."""

import json
from pathlib import Path

from benchmarks.kubernetes.contenders import (
    Contender,
    _lines,
    _of_hardeneks,
    _of_prowler,
    plumbline,
    plumbline_with_aws,
)


def test_plumbline_reads_the_kubeconfig_of_the_run() -> None:
    alone, with_aws = (make().command_in(Path("/run")) for make in (plumbline, plumbline_with_aws))
    assert alone[1:] == ["scan", "--kubeconfig", "/run/.kube/config", "--format", "jsonl"]
    assert with_aws[: len(alone)] == alone
    assert with_aws[len(alone) :: 2] == ["--region", "--cluster"]


def test_lines_are_verdicts(tmp_path: Path) -> None:
    (tmp_path / "printed").write_text("{}\n{}\n")
    assert _lines(tmp_path, tmp_path / "printed") == 2


def test_results_of_hardeneks_are_those_of_all_rules(tmp_path: Path) -> None:
    reported = {
        "cluster_wide": {"security": {"iam": {"a rule": [{"status": True}]}}},
        "namespace_based": {"reliability": {"applications": {"b": [{}, {}], "c": [{}]}}},
    }
    (tmp_path / "reported.json").write_text(json.dumps(reported))
    assert _of_hardeneks(tmp_path, tmp_path) == 4


def test_results_of_prowler_are_its_findings(tmp_path: Path) -> None:
    (tmp_path / "reported.ocsf.json").write_text(json.dumps([{}, {}, {}]))
    assert _of_prowler(tmp_path, tmp_path) == 3


def test_directory_of_a_run_is_filled_in() -> None:
    contender = Contender(name="a", what="", command=("tool", "{directory}/out"), results=_lines)
    assert contender.command_in(Path("/run")) == ["tool", "/run/out"]
