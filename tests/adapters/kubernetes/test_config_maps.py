"""The three ConfigMaps: principals, groups and switches, nothing else of them."""

import pytest

from plumbline.adapters.kubernetes.config_maps import ConfigMap, aws_auth, cni_settings, fargate_logging
from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap, AwsAuthMapping, CniSettings

ROLE, USER = "arn:aws:iam::111122223333:role/nodes", "arn:aws:iam::111122223333:user/ada"


def test_principals_are_parsed() -> None:
    roles = f"- rolearn: {ROLE}\n  username: system:node:{{{{EC2PrivateDNSName}}}}\n  groups:\n  - system:nodes\n"
    users = f"- userarn: {USER}\n  username: ada\n  groups: [system:masters]\n- userarn: {USER}x\n  groups: null\n"
    found = aws_auth(ConfigMap({"mapRoles": roles, "mapUsers": users, "mapAccounts": "- '111122223333'\n- 4\n"}))
    assert found == AwsAuthMap(
        roles=(AwsAuthMapping(ROLE, "system:node:{{EC2PrivateDNSName}}", ("system:nodes",)),),
        users=(AwsAuthMapping(USER, "ada", ("system:masters",)), AwsAuthMapping(f"{USER}x")),
        accounts=("111122223333", "4"),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- rolearn: [", "mapRoles: not YAML (line 1)"),
        ("rolearn: a", "mapRoles: not a list"),
        ("- a", "mapRoles: Expected `object`, got `str`"),
        ("- rolearn: a\n  groups: system:masters", "mapRoles: Expected `array`, got `str` - at `$.groups`"),
        ("- username: a", "mapRoles: an entry names no ARN"),
        ("- 2026-13-45", "mapRoles: not YAML"),
        ("[" * 5_000, "mapRoles: not YAML"),
        ("!!python/object/apply:os.system [a]", "mapRoles: not YAML (line 1)"),
    ],
)
def test_what_cannot_be_understood_is_told(text: str, problem: str) -> None:
    found = aws_auth(ConfigMap({"mapRoles": text, "mapUsers": f"- userarn: {USER}"}))
    assert found.problem == problem
    assert found.users == (AwsAuthMapping(USER),)


@pytest.mark.parametrize("text", ["", "null", "[]", "# nothing"])
def test_nobody(text: str) -> None:
    assert aws_auth(ConfigMap({"mapRoles": text})) == AwsAuthMap()


def test_switches() -> None:
    data = {"enable-network-policy-controller": "true", "enable-windows-prefix-delegation": "false", "other": "x"}
    assert cni_settings(ConfigMap(data)) == CniSettings(network_policy_controller=True, windows_prefix_delegation=False)
    assert cni_settings(ConfigMap()) == CniSettings()


@pytest.mark.parametrize(
    ("data", "has_output"),
    [
        ({"output.conf": "[OUTPUT]\n    Name cloudwatch_logs\n"}, True),
        ({"output.conf": "  [Output]"}, True),
        ({"output.conf": "# [OUTPUT]"}, False),
        ({"filters.conf": "[FILTER]"}, False),
        ({}, False),
    ],
)
def test_an_output(data: dict[str, str], *, has_output: bool) -> None:
    assert fargate_logging(ConfigMap(data)).has_output is has_output


def test_contents_are_not_printed() -> None:
    assert "hunter2" not in repr(ConfigMap({"a": "hunter2"}))
