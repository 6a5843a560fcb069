import json

from typer.testing import CliRunner

from plumbline.domain.catalogue import load_catalogue
from plumbline_cli.main import app


def test_the_catalogue_is_listed_for_machines() -> None:
    listed = json.loads(CliRunner().invoke(app, ["controls", "--format", "json"]).stdout)
    assert [one["id"] for one in listed] == [control.id for control in load_catalogue()]
    lag = next(one for one in listed if one["id"] == "version.minor-lag")
    assert list(lag) == [
        "id",
        "title",
        "area",
        "pillar",
        "severity",
        "resource",
        "flags",
        "rule",
        "rationale",
        "parameters",
        "evidence",
        "remediation",
        "references",
    ]
    assert (lag["area"], lag["pillar"], lag["severity"], lag["resource"]) == ("version", "OPS", "medium", "cluster")
    assert lag["parameters"] == {"max-lag": 2}
    assert lag["evidence"] == ["cluster", "versions"]


def test_the_catalogue_is_listed_for_people() -> None:
    lines = CliRunner().invoke(app, ["controls", "version.minor-*"]).stdout.splitlines()
    assert [line.split()[:3] for line in lines if line.startswith("version")] == [
        ["version.minor-lag", "medium", "OPS"]
    ]
    assert lines[1].endswith("max-lag=2") or "max-lag=2" in "".join(lines)


def test_a_pattern_without_a_match_ends_in_2() -> None:
    result = CliRunner().invoke(app, ["controls", "loging.*"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: no control matches 'loging.*'; did you mean logging.audit-log?\n"
