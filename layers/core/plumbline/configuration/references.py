"""References: the names in a document that must exist in the catalogue, and the values that must fit them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from plumbline.configuration.problems import nearest
from plumbline.configuration.yaml_reading import Path
from plumbline.domain.control import Control
from plumbline.domain.errors import ParameterError
from plumbline.domain.parameters import parse

# Where the value is wrong, why, what would be right, and whether the key is meant rather than the value.
Doubt = tuple[Path, str, str, bool]

_WHERE_IN_VALUE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_INDEX = re.compile(r"\[(\d+)\]")
_BY_NAME = ("environments", "clusters", "namespaces")


class References:
    """Checks a document against the catalogue.

    Args:
        controls: the catalogue.

    """

    def __init__(self, controls: Sequence[Control]) -> None:
        self._controls = {control.id: control for control in controls}
        self._areas = {control.area for control in controls}

    def doubts(self, document: Any) -> Iterator[Doubt]:
        """Yield what names or values do not fit. What has the wrong shape altogether is passed over."""
        parameters = _mapping(document, "parameters")
        yield from self._overrides(parameters.get("fleet"), ("parameters", "fleet"))
        for section in _BY_NAME:
            for name, overrides in _mapping(parameters, section).items():
                yield from self._overrides(overrides, ("parameters", section, name))
        yield from _same_but_for_case(_mapping(parameters, "environments"), ("parameters", "environments"))
        for index, resource in enumerate(_sequence(parameters, "resources")):
            inner = ("parameters", "resources", index, "parameters")
            yield from self._overrides(_mapping(resource, "parameters"), inner)
        for area in _mapping(_mapping(document, "schedules"), "area-hours"):
            yield from self._area(area, ("schedules", "area-hours", area), of_key=True)
        for index, route in enumerate(_sequence(document, "routes")):
            for position, area in enumerate(_sequence(route, "areas")):
                yield from self._area(area, ("routes", index, "areas", position), of_key=False)

    def _area(self, area: Any, path: Path, *, of_key: bool) -> Iterator[Doubt]:
        if isinstance(area, str) and area not in self._areas:
            yield path, f"there is no area {area!r}", nearest(area, self._areas), of_key

    def _overrides(self, overrides: Any, path: Path) -> Iterator[Doubt]:
        if not isinstance(overrides, Mapping):
            return
        for identifier, values in overrides.items():
            inner = (*path, identifier)
            control = self._controls.get(identifier)
            if control is None:
                yield inner, f"there is no control {identifier!r}", nearest(identifier, self._controls), True
            elif isinstance(values, Mapping):
                yield from _values(control, values, inner)


def _values(control: Control, values: Mapping[str, Any], path: Path) -> Iterator[Doubt]:
    fields = {field.encode_name for field in msgspec.structs.fields(control.parameters)}
    sound = True
    for name, value in values.items():
        if name not in fields:
            sound = False
            hint = nearest(name, fields) if fields else "this control has no parameters"
            yield (*path, name), f"{control.id} has no parameter {name!r}", hint, True
            continue
        for doubt in _converted(control, {name: value}, (*path, name)):
            sound = False
            yield doubt
    if sound:
        # Values that fit one by one may still contradict each other.
        yield from _converted(control, values, path)


def _converted(control: Control, values: Mapping[str, Any], path: Path) -> Iterator[Doubt]:
    try:
        parse(control, values)
    except ParameterError as error:
        reason = str(error).removeprefix(f"{control.id}: ")
        found = _WHERE_IN_VALUE.search(reason)
        inner = (*path, *(int(index) for index in _INDEX.findall(found["path"]))) if found else path
        text = _WHERE_IN_VALUE.sub("", reason).replace("`", "").replace("Expected", "expected")
        quotes = "expected str" in text and "got" in text and _is_number(values)
        yield inner, text, "write it in quotes" if quotes else "", False


def _is_number(values: Mapping[str, Any]) -> bool:
    return any(isinstance(value, int | float) for value in values.values())


def _same_but_for_case(names: Iterable[str], path: Path) -> Iterator[Doubt]:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            yield (*path, name), f"this is the same environment as {other!r}", "case does not matter here", True


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _sequence(value: Any, key: str) -> Sequence[Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else ()
