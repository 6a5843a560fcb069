import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint  # type: ignore[import-untyped]

from tests.template.loading import HUB, MEMBER, REPOSITORY, transformed, written


def test_the_hub_as_written_has_no_findings() -> None:
    assert [str(match) for match in lint(HUB.read_text())] == []


def test_the_hub_as_deployed_has_no_findings() -> None:
    assert [str(match) for match in lint(json.dumps(transformed()))] == []


def test_the_member_has_no_findings() -> None:
    assert [str(match) for match in lint(MEMBER.read_text())] == []


@pytest.mark.parametrize("template", [HUB, MEMBER], ids=lambda path: path.name)
def test_every_parameter_says_what_it_is_for(template: Path) -> None:
    for name, parameter in written(template)["Parameters"].items():
        assert parameter["Description"], name


def test_the_hub_deploys_without_a_single_choice() -> None:
    without = [name for name, parameter in written(HUB)["Parameters"].items() if "Default" not in parameter]
    assert without == []


def test_every_parameter_is_used_and_grouped() -> None:
    template = written(HUB)
    groups = template.pop("Metadata")["AWS::CloudFormation::Interface"]["ParameterGroups"]
    names = list(template.pop("Parameters"))
    assert [name for group in groups for name in group["Parameters"]] == names
    text = json.dumps(template)
    assert [name for name in names if f'"{name}"' not in text and f"${{{name}}}" not in text] == []


def _environments() -> dict[str, dict[str, Any]]:
    environments = tomllib.loads((REPOSITORY / "samconfig.toml").read_text())
    return {name: commands for name, commands in environments.items() if name != "version"}


def test_there_is_an_environment_for_each_place() -> None:
    assert {"dev", "prod", "local"} <= _environments().keys()


def test_environments_set_only_parameters_that_exist() -> None:
    parameters = written(HUB)["Parameters"]
    for commands in _environments().values():
        overrides = commands.get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
        assert {pair.partition("=")[0] for pair in overrides} <= parameters.keys()


def test_what_the_member_asks_of_the_hub_is_an_output_of_the_hub() -> None:
    member, outputs = written(MEMBER)["Parameters"], written(HUB)["Outputs"]
    asked = {name for name, parameter in member.items() if parameter["Description"] == "Output of the hub stack"}
    assert asked == {"HubAccountId", "HubRegion", "HubBusArn", "CollectorRoleArns"}
    assert asked <= outputs.keys()


def test_the_two_templates_agree_on_the_role() -> None:
    hub, member = written(HUB)["Parameters"], written(MEMBER)["Parameters"]
    for name in ("ReaderRoleName", "ExternalId"):
        assert hub[name]["Default"] == member[name]["Default"]
        assert hub[name]["AllowedPattern"] == member[name]["AllowedPattern"]
