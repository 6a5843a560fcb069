"""Reads a request off the wire: which operation, with which parameters, by the service model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.simulators.errors import AwsError
from local.simulators.models import SERVICES, routes, service_model


@dataclass(frozen=True)
class WireRequest:
    """An HTTP request to an AWS service; `path` is still percent-encoded, header names are lower case."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Sequence[str]]

    def operation_name(self) -> str | None:
        """The operation the request names, or None when the service model knows none such."""
        if self.service not in SERVICES:
            return None
        model = service_model(self.service)
        if model.metadata["protocol"] == "rest-json":
            return next((op.name for m, p, op in routes(self.service) if m == self.method and p.match(self.path)), None)
        if model.metadata["protocol"] == "json":
            name = self.headers.get("x-amz-target", "").rpartition(".")[2]
        else:
            name = dict(self._form()).get("Action", "")
        return name if name in model.operation_names else None

    def parameters(self, operation: str) -> dict[str, Any]:
        """The parameters of `operation`, named as in the SDK; a missing required one is the service's error."""
        model = service_model(self.service).operation_model(operation)
        if model.service_model.metadata["protocol"] == "rest-json":
            params = self._rest_parameters(model)
        elif model.service_model.metadata["protocol"] == "json":
            params = json.loads(self.body or b"{}")
        else:
            is_ec2 = model.service_model.metadata["protocol"] == "ec2"
            params = _QueryReader(dict(self._form()), is_ec2=is_ec2).structure(model.input_shape)
        for name in model.input_shape.required_members if model.input_shape else ():
            if name not in params:
                raise AwsError("InvalidParameterException", f"{name} is required")
        return params

    def _form(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode(), keep_blank_values=True)

    def _rest_parameters(self, model: OperationModel) -> dict[str, Any]:
        if model.input_shape is None:
            return {}
        params: dict[str, Any] = _from_json(model.input_shape, json.loads(self.body or b"{}"))
        _, pattern, _ = next(route for route in routes(self.service) if route[2].name == model.name)
        in_path = pattern.match(self.path)
        for name, shape in model.input_shape.members.items():
            place, key = shape.serialization.get("location"), shape.serialization.get("name", name)
            if place == "uri" and in_path:
                params[name] = unquote(in_path.group(key))
            elif place == "querystring" and key in self.query:
                params[name] = _from_query_string(shape, self.query[key])
        return params


def _from_json(shape: Shape, value: Any) -> Any:
    """`value` with the names of the SDK for those on the wire."""
    if isinstance(shape, StructureShape):
        names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
        known = {names[key]: item for key, item in value.items() if key in names}
        return {name: _from_json(shape.members[name], item) for name, item in known.items()}
    if isinstance(shape, ListShape):
        return [_from_json(shape.member, item) for item in value]
    return value


def _from_query_string(shape: Shape, values: Sequence[str]) -> Any:
    if shape.type_name == "list":
        return list(values)
    if shape.type_name == "integer":
        return int(values[0])
    if shape.type_name == "boolean":
        return values[0] == "true"
    return values[0]


class _QueryReader:
    """Rebuilds nested parameters from the flat names of the query protocols (`Filter.1.Value.2`)."""

    def __init__(self, fields: Mapping[str, str], *, is_ec2: bool) -> None:
        self.fields = fields
        self.is_ec2 = is_ec2

    def structure(self, shape: StructureShape | None, prefix: str = "") -> dict[str, Any]:
        values = {}
        for name, member in (shape.members if shape else {}).items():
            key = f"{prefix}{self._name(name, member)}"
            if key in self.fields or any(field.startswith(f"{key}.") for field in self.fields):
                values[name] = self._value(member, key)
        return values

    def _name(self, name: str, shape: Shape) -> str:
        given = shape.serialization.get("name")
        if not self.is_ec2:
            return str(given or name)
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        return given[0].upper() + given[1:] if given else name

    def _value(self, shape: Shape, key: str) -> Any:
        if isinstance(shape, ListShape):
            return self._list(shape, key)
        if isinstance(shape, MapShape):
            raise AwsError("InvalidParameterValue", f"{key}: maps are not read by the simulators")
        if isinstance(shape, StructureShape):
            return self.structure(shape, f"{key}.")
        text = self.fields[key]
        if shape.type_name in ("integer", "long"):
            return int(text)
        return text == "true" if shape.type_name == "boolean" else text

    def _list(self, shape: ListShape, key: str) -> list[Any]:
        if not self.is_ec2 and not shape.serialization.get("flattened"):
            key = f"{key}.{shape.member.serialization.get('name', 'member')}"
        values: list[Any] = []
        while f"{key}.{len(values) + 1}" in self.fields or any(
            field.startswith(f"{key}.{len(values) + 1}.") for field in self.fields
        ):
            values.append(self._value(shape.member, f"{key}.{len(values) + 1}"))
        return values
