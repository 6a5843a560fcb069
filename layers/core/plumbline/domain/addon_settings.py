"""Settings: what a managed add-on's configuration says, of which nothing else is kept."""

import re

import msgspec

# EKS takes configuration as JSON or YAML; of YAML only the line that matters is read.
_LINE = re.compile(r"""^["']?enableNetworkPolicy["']?\s*:\s*["']?(true|false)\b""", re.MULTILINE | re.IGNORECASE)


class _Settings(msgspec.Struct, frozen=True, rename="camel"):
    enable_network_policy: str | bool | None = None


def network_policy_in(configuration: str) -> bool | None:
    """Return whether a configuration of the add-on vpc-cni turns network policy on; None when it does not say."""
    try:
        said = msgspec.json.decode(configuration, type=_Settings).enable_network_policy
    except msgspec.DecodeError:
        found = _LINE.search(configuration)
        said = found[1] if found else None
    return None if said is None else str(said).lower() == "true"
