"""Field and label selectors of list requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from local.kubernetes.statuses import bad_request

_POD_FIELDS = frozenset({"spec.nodeName", "status.phase", "spec.serviceAccountName"})


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an object by which lists may be narrowed."""

    namespace: str
    name: str
    labels: Mapping[str, str]
    others: Mapping[str, str]

    def get(self, field: str) -> str:
        """The value of a field, empty when it has none."""
        known = {"metadata.name": self.name, "metadata.namespace": self.namespace}
        return known.get(field) or self.others.get(field, "")


Test = Callable[[Fields], bool]


def field_test(selector: str, plural: str) -> Test | None:
    """The test that a field selector means; None when it is empty."""
    tests = []
    for term in filter(None, selector.split(",")):
        field, positive, value = _split(term)
        if field not in {"metadata.name", "metadata.namespace"} and not (plural == "pods" and field in _POD_FIELDS):
            raise bad_request(f'Unable to find "{plural}" that match label selector "", field selector "{selector}": '
                              f"field label not supported: {field}")  # fmt: skip
        tests.append((field, positive, value))
    if not tests:
        return None
    return lambda fields: all((fields.get(field) == value) is positive for field, positive, value in tests)


def label_test(selector: str) -> Test | None:
    """The test that an equality-based label selector means; None when it is empty."""
    tests: list[Test] = []
    for term in filter(None, (one.strip() for one in selector.split(","))):
        if "(" in term or ")" in term:
            raise bad_request(f'unable to parse requirement: set-based selectors are not simulated: "{selector}"')
        if "=" in term:
            key, positive, value = _split(term)
            tests.append(lambda fields, k=key, p=positive, v=value: (fields.labels.get(k) == v) is p)  # type: ignore[misc]
        else:
            wanted, key = not term.startswith("!"), term.removeprefix("!")
            tests.append(lambda fields, k=key, w=wanted: (k in fields.labels) is w)  # type: ignore[misc]
    return (lambda fields: all(test(fields) for test in tests)) if tests else None


def _split(term: str) -> tuple[str, bool, str]:
    for operator, positive in (("!=", False), ("==", True), ("=", True)):
        key, found, value = term.partition(operator)
        if found:
            return key.strip(), positive, value.strip()
    raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")
