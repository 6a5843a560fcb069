"""IAM policy documents: what they grant far too widely. Conditions and denials are not weighed against a grant."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

# A service and nothing but stars after it, or stars alone.
_WHOLE_SERVICE = re.compile(r"\*+|[^:]+:\*+")


def broad_grants(document: Mapping[str, Any], *, conditional: bool = True) -> tuple[str, ...]:
    """Return the grants of everything, or of a whole service, on all resources: the actions as written, sorted.

    `NotAction` on all resources is a grant of everything else, and is reported as `NotAction`.

    Args:
        document: the decoded policy document.
        conditional: whether grants under a condition count too.

    """
    found: set[str] = set()
    for statement in allowing(document):
        if _on_all_resources(statement) and (conditional or not statement.get("Condition")):
            found |= {action for action in texts(statement.get("Action")) if _WHOLE_SERVICE.fullmatch(action)}
            found |= {"NotAction"} if "NotAction" in statement else set()
    return tuple(sorted(found))


# The session tag by which Pod Identity tells AWS the namespace of a pod.
NAMESPACE_TAG = "aws:principaltag/kubernetes-namespace"


def names_namespace(document: Mapping[str, Any]) -> bool:
    """Whether a statement names the pod's namespace: in a condition, or as a variable of a resource."""
    return any(NAMESPACE_TAG in str(one).lower() for one in _dicts(document.get("Statement")))


def allowing(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the statements of a document that allow something."""
    for statement in _dicts(document.get("Statement")):
        if statement.get("Effect") == "Allow":
            yield statement


def covers(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement speaks of an action: by name or pattern, or by leaving it out of its `NotAction`."""
    if "NotAction" in statement:
        return not _names(statement["NotAction"], action)
    return _names(statement.get("Action"), action)


def _names(patterns: Any, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in texts(patterns))


def _on_all_resources(statement: Mapping[str, Any]) -> bool:
    return "NotResource" in statement or any(_is_everything(text) for text in texts(statement.get("Resource")))


def _is_everything(resource: str) -> bool:
    """Whether a resource pattern is `*`, or an ARN that names every resource of its service."""
    return resource.split(":", 5)[-1].strip("*") == "" if resource else False


def texts(value: Any) -> Iterator[str]:
    """Yield the texts of a member that may hold one text or a list of them."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry


def _dicts(value: Any) -> Iterator[Mapping[str, Any]]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            yield entry
