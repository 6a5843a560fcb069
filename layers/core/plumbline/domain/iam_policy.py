"""IAM policy documents: what they grant far too widely. Conditions and denials are not weighed against a grant."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# A service and nothing but stars after it, or stars alone.
_WHOLE_SERVICE = re.compile(r"\*+|[^:]+:\*+")


def broad_grants(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the grants of everything, or of a whole service, on all resources: the actions as written, sorted.

    `NotAction` on all resources is a grant of everything else, and is reported as `NotAction`.

    Args:
        document: the decoded policy document.

    """
    found: set[str] = set()
    for statement in _dicts(document.get("Statement")):
        if statement.get("Effect") == "Allow" and _on_all_resources(statement):
            found |= {action for action in _texts(statement.get("Action")) if _WHOLE_SERVICE.fullmatch(action)}
            found |= {"NotAction"} if "NotAction" in statement else set()
    return tuple(sorted(found))


def _on_all_resources(statement: Mapping[str, Any]) -> bool:
    return "NotResource" in statement or any(_is_everything(text) for text in _texts(statement.get("Resource")))


def _is_everything(resource: str) -> bool:
    """Whether a resource pattern is `*`, or an ARN that names every resource of its service."""
    return resource.split(":", 5)[-1].strip("*") == "" if resource else False


def _texts(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield entry
