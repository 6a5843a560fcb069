"""Writes an answer or an error onto the wire in the protocol of its service, by the service model."""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from local.simulators.errors import AwsError
from local.simulators.models import service_model


@dataclass(frozen=True)
class WireResponse:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(service: str, operation: str, result: dict[str, Any], request_id: str) -> WireResponse:
    """`result` (names as in the SDK; members the model does not know are left out) as the service sends it."""
    model = service_model(service).operation_model(operation)
    protocol = model.service_model.metadata["protocol"]
    if protocol in ("json", "rest-json"):
        body = to_json(model.output_shape, result) if model.output_shape else {}
        return WireResponse(200, _json_headers(model), json.dumps(body).encode())
    return WireResponse(200, {"Content-Type": "text/xml;charset=UTF-8"}, _xml_answer(model, result, request_id))


def error(service: str, failure: AwsError, request_id: str) -> WireResponse:
    """`failure` in the error form of the service."""
    protocol = service_model(service).metadata["protocol"]
    if protocol in ("json", "rest-json"):
        headers = {"Content-Type": "application/json", "x-amzn-errortype": failure.code}
        text = json.dumps({"__type": failure.code, "message": failure.message})
        return WireResponse(_status(service, failure.code), headers, text.encode())
    if protocol == "ec2":
        root = ET.Element("Response")
        parent = ET.SubElement(ET.SubElement(root, "Errors"), "Error")
        ET.SubElement(root, "RequestID").text = request_id
    elif protocol == "rest-xml":
        root = parent = ET.Element("Error")
        ET.SubElement(root, "RequestId").text = request_id
    else:
        root = ET.Element("ErrorResponse")
        parent = ET.SubElement(root, "Error")
        ET.SubElement(parent, "Type").text = "Sender"
        ET.SubElement(root, "RequestId").text = request_id
    ET.SubElement(parent, "Code").text = failure.code
    ET.SubElement(parent, "Message").text = failure.message
    headers = {"Content-Type": "text/xml;charset=UTF-8"}
    return WireResponse(_status(service, failure.code), headers, ET.tostring(root))


def _status(service: str, code: str) -> int:
    for shape in service_model(service).error_shapes:
        stated = shape.metadata.get("error") or {}
        if code in (shape.name, stated.get("code")):
            return int(stated.get("httpStatusCode", 400))
    return 400


def _json_headers(model: OperationModel) -> dict[str, str]:
    version = model.service_model.metadata.get("jsonVersion", "1.1")
    is_rest = model.service_model.metadata["protocol"] == "rest-json"
    return {"Content-Type": "application/json" if is_rest else f"application/x-amz-json-{version}"}


def to_json(shape: Shape, value: Any) -> Any:
    """`value` with the wire names and JSON types of `shape`; unknown members are left out."""
    if isinstance(shape, StructureShape):
        return {
            member.serialization.get("name", name): to_json(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [to_json(shape.member, item) for item in value]
    if isinstance(shape, MapShape):
        return {key: to_json(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return value.timestamp()
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value


def _xml_answer(model: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    root = ET.Element(f"{model.name}Response", xmlns=_namespace(model))
    if model.service_model.metadata["protocol"] == "ec2":
        ET.SubElement(root, "requestId").text = request_id
        parent = root
    else:
        wrapper = model.output_shape.serialization.get("resultWrapper") if model.output_shape else None
        parent = ET.SubElement(root, wrapper) if wrapper else root
        ET.SubElement(ET.SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    if model.output_shape:
        _write_structure(parent, model.output_shape, result)
    return ET.tostring(root)


def _namespace(model: OperationModel) -> str:
    return str(model.service_model.metadata.get("xmlNamespace", "http://ec2.amazonaws.com/doc/2016-11-15/"))


def _write_structure(parent: ET.Element, shape: StructureShape, value: dict[str, Any]) -> None:
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _write(parent, member.serialization.get("name", name), member, value[name])


def _write(parent: ET.Element, name: str, shape: Shape, value: Any) -> None:
    if isinstance(shape, ListShape):
        flattened = shape.serialization.get("flattened")
        target = parent if flattened else ET.SubElement(parent, name)
        item_name = shape.member.serialization.get("name", name if flattened else "member")
        for item in value:
            _write(target, item_name, shape.member, item)
        return
    element = ET.SubElement(parent, name)
    if isinstance(shape, StructureShape):
        _write_structure(element, shape, value)
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            entry = ET.SubElement(element, "entry")
            ET.SubElement(entry, shape.key.serialization.get("name", "key")).text = key
            _write(entry, shape.value.serialization.get("name", "value"), shape.value, item)
    else:
        element.text = _xml_text(value)


def _xml_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return str(value)
