import pytest

from plumbline.domain.addon_settings import switches_in


@pytest.mark.parametrize(
    ("configuration", "switches"),
    [
        (None, {}),
        ("", {}),
        ("{}", {}),
        ('{"env": {"ENABLE_PREFIX_DELEGATION": "true", "PASSWORD": "x"}}', {}),
        ('{"enableNetworkPolicy": "true"}', {"enableNetworkPolicy": True}),
        ('{"enableNetworkPolicy": true, "env": {}}', {"enableNetworkPolicy": True}),
        ('{"enableNetworkPolicy": "false"}', {"enableNetworkPolicy": False}),
        ('env:\n  A: b\nenableNetworkPolicy: "true"\n', {"enableNetworkPolicy": True}),
        ("enableNetworkPolicy: false # not yet", {"enableNetworkPolicy": False}),
        ("nodeAgent:\n  enableNetworkPolicy: true\n", {}),
        ("# enableNetworkPolicy: true", None),
        ('{"autoScaling": {"enabled": true}}', {"autoScaling.enabled": True}),
        ("autoScaling:\n  enabled: true\n", {"autoScaling.enabled": True}),
        ('{"autoScaling": true}', {}),
        ("[1, 2]", None),
        ("{", None),
    ],
)
def test_switches_are_read_from_json_and_yaml(configuration: str | None, switches: dict[str, bool] | None) -> None:
    assert switches_in(configuration) == switches
