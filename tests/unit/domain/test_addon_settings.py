import pytest

from plumbline.domain.addon_settings import network_policy_in


@pytest.mark.parametrize(
    ("configuration", "enabled"),
    [
        ("", None),
        ("{}", None),
        ('{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}', None),
        ('{"enableNetworkPolicy": "true"}', True),
        ('{"enableNetworkPolicy": true, "env": {}}', True),
        ('{"enableNetworkPolicy": "false"}', False),
        ('env:\n  A: b\nenableNetworkPolicy: "true"\n', True),
        ("enableNetworkPolicy: false # not yet", False),
        ("nodeAgent:\n  enableNetworkPolicy: true\n", None),
        ("# enableNetworkPolicy: true", None),
        ("[1, 2]", None),
    ],
)
def test_json_and_yaml_are_read_as_far_as_it_matters(configuration: str, enabled: bool | None) -> None:
    assert network_policy_in(configuration) is enabled
