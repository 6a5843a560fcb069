"""Add-on settings: the switches that managed add-ons were configured with. Nothing else of a configuration is kept."""

from collections.abc import Mapping

import msgspec

from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Listed, Section
from plumbline.domain.need import need

NETWORK_POLICY = "enableNetworkPolicy"
AUTO_SCALING = "autoScaling.enabled"
_SWITCHES = (NETWORK_POLICY, AUTO_SCALING)


def switches_in(configuration: str | None) -> dict[str, bool] | None:
    """Return the switches that an add-on's configuration sets; None when it is neither JSON nor YAML.

    They are written as booleans and as text.
    """
    if not configuration or not configuration.strip():
        return {}
    try:
        found = _parsed(configuration)
    except msgspec.DecodeError:
        return None
    if not isinstance(found, Mapping):
        return None
    values = {path: _at(found, path) for path in _SWITCHES}
    return {path: str(value).lower() == "true" for path, value in values.items() if value is not None}


def _parsed(configuration: str) -> object:
    try:
        return msgspec.json.decode(configuration)
    except msgspec.DecodeError:
        return msgspec.yaml.decode(configuration)


def _at(found: Mapping[str, object], path: str) -> object:
    value: object = found
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


class AddonSettings:
    """The settings of the managed add-ons of a cluster."""

    def __init__(self, addons: Listed[eks.Addon]) -> None:
        self._addons = addons

    def on(self, addon: str, switch: str) -> bool:
        """Whether a switch of an add-on is on; not so when the add-on is not installed or was not told.

        Raises:
            EvidenceMissing: the add-ons were not read, or the settings are neither JSON nor YAML.

        """
        described: Section[eks.Addon] | None = self._addons.items.get(addon)
        if described is None:
            need(self._addons.names)
            return False
        switches = need(described).switches
        if switches is None:
            raise EvidenceUnreadable(f"the configuration of add-on {addon} is neither JSON nor YAML")
        return switches.get(switch, False)
