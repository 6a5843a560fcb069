"""Trimming: request parameters as they are kept. A record is for reading, and holds no secret."""

import re
from typing import Any

# `HttpTokens` says whether instance metadata asks for tokens, and is none.
_SECRET = re.compile(
    r"secret|password|(?<!http)token|userdata|certificate|configurationvalues|privatekey|plaintext", re.IGNORECASE
)
_LONGEST_VALUE = 1024
_LONGEST_LIST = 50
REMOVED = "(removed)"


def trimmed(value: Any) -> Any:
    """Return request parameters without secrets and with long values and lists cut."""
    if isinstance(value, dict):
        return {key: REMOVED if _SECRET.search(key) else trimmed(item) for key, item in value.items()}
    if isinstance(value, list):
        more = [f"… ({len(value)} entries)"] if len(value) > _LONGEST_LIST else []
        return [trimmed(item) for item in value[:_LONGEST_LIST]] + more
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    return value
