"""Checking: everything that is wrong with a document, each problem at its line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plumbline.configuration.document import DocumentSection
from plumbline.configuration.problems import Problem, nearest
from plumbline.configuration.references import References
from plumbline.configuration.yaml_reading import Document, Path, Place, read
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.errors import ConfigurationError

_WORDS = {
    "extra_forbidden": "there is no such key",
    "missing": "this key is missing",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "dict_type": "must be keys and values",
    "model_type": "must be keys and values",
    "list_type": "must be a list",
}
_PATTERNS = {
    r"^\d{12}$": "must be an account id of 12 digits",
    r"^[a-z]{2,}(-[a-z]+)+-\d+$": "must be the name of a region, such as eu-west-1",
    r"^(https?://\S+)?$": "must be an address that begins with https://",
}
_LONGEST_SHOWN = 40


class Examined(msgspec.Struct, frozen=True):
    """What a document says, if it says it rightly, and what is wrong."""

    problems: list[Problem]
    model: BaseModel | None = None

    def deployable(self) -> bytes:
        """Return the JSON form.

        Raises:
            ConfigurationError: there are problems.

        """
        if self.model is None or self.problems:
            raise ConfigurationError("\n".join(str(problem) for problem in self.problems))
        content = self.model.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()


def examined(text: str, file: str) -> Examined:
    """Read and check a document; an empty one is valid."""
    document = read(text)
    model: BaseModel | None = None
    problems = [_problem(file, fault.place, fault.path, fault.reason, fault.hint) for fault in document.faults]
    readable = bool(document.values) or not document.faults
    if readable:
        try:
            model = DocumentSection.model_validate(document.value)
        except ValidationError as error:
            details = error.errors(include_url=False)
            problems += [_of_shape(document, file, detail) for detail in details]
        problems += _of_references(document, file)
    return Examined(sorted(problems, key=lambda found: (found.line, found.column, found.where)), model)


def _of_references(document: Document, file: str) -> Iterator[Problem]:
    for path, reason, hint, of_key in References(load_catalogue()).doubts(document.value):
        yield _problem(file, document.place(path, of_key=of_key), path, reason, hint)


def _of_shape(document: Document, file: str, detail: ErrorDetails) -> Problem:
    kind = detail["type"]
    path = _path_in(document.value, detail["loc"])
    of_key = kind == "extra_forbidden" or detail["loc"][-1:] == ("[key]",)
    reason = _PATTERNS.get(str(detail.get("ctx", {}).get("pattern", "")), "") or _WORDS.get(kind, "")
    reason = reason or detail["msg"].replace("Input should be", "must be")
    hint = ""
    if kind == "extra_forbidden":
        hint = nearest(str(path[-1]), _known_keys(detail["loc"][:-1]))
    elif kind == "missing":
        return _problem(file, document.place(path), (*path, str(detail["loc"][-1])), reason, "")
    else:
        reason = f"{reason}, not {_shown(detail['input'])}"
    return _problem(file, document.place(path, of_key=of_key), path, reason, hint)


def _path_in(value: Any, location: tuple[int | str, ...]) -> Path:
    """Return the steps of a location that lead through the document; pydantic names alternatives in between."""
    path: list[int | str] = []
    for step in location:
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if inside:
            value = value[step]
            path.append(step)
    return tuple(path)


def _known_keys(location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that are known at a location, following the models."""
    model: type[BaseModel] = DocumentSection
    for step in location:
        field = next((field for field in model.model_fields.values() if field.alias == step), None)
        found = _model_in(field.annotation) if field else None
        model = found or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if model), None)


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _problem(file: str, place: Place, path: Path, reason: str, hint: str) -> Problem:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return Problem(file=file, line=place.line, column=place.column, where=where, reason=reason, hint=hint)
