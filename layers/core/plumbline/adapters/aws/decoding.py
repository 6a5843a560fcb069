"""Answers decoded without botocore's own parsers, which take most of what a large answer costs.

EKS's members have the same names on the wire as in the model: its JSON is taken as it is. The XML of EC2 and Auto
Scaling is read with the model's names. All values stay what the wire has, numbers and times as text or number, until
they are converted to evidence. Errors are parsed by botocore as ever.
"""

import threading
from collections.abc import Callable, Mapping
from functools import cache
from sys import intern
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
from botocore.client import BaseClient
from botocore.model import ListShape, OperationModel, Shape, StructureShape

_decoder = msgspec.json.Decoder(dict[str, Any])
# How to read an element: None for text, a list of one for a list, else members and how to read them, by tag.
_Reading = Any


def decode_directly(client: BaseClient, service: str) -> None:
    """Make a client answer with what is on the wire, if its service is one of those that are read so."""
    if service in _TAKE_OVER:
        client.meta.events.register("before-parse", _TAKE_OVER[service])


def _json(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Decode the body and leave botocore an empty one.

    Raises:
        DecodeError: the body is no JSON object.

    """
    if response_dict["status_code"] < 300:
        customized_response_dict.update(_decoder.decode(response_dict["body"]))
        response_dict["body"] = b"{}"


def _xml(
    response_dict: dict[str, Any],
    customized_response_dict: dict[str, Any],
    operation_model: OperationModel,
    **_: object,
) -> None:
    """Read the body and leave botocore an empty one; what cannot be read is left to botocore, errors and all."""
    shape = operation_model.output_shape
    if response_dict["status_code"] >= 300 or shape is None:
        return
    try:
        root = ET.fromstring(response_dict["body"])  # noqa: S314 - as botocore does; AWS answers, over TLS
    except ET.ParseError:
        return
    namespace = len(root.tag) - len(root.tag.rpartition("}")[2])
    wrapper = shape.serialization.get("resultWrapper", "")
    answer = root.find(root.tag[:namespace] + wrapper) if wrapper else root
    if answer is not None:
        customized_response_dict.update(_read(answer, _reading_of_answer(shape), namespace))
        response_dict["body"] = f"<r><{wrapper}/></r>".encode() if wrapper else b"<r/>"


_TAKE_OVER: Mapping[str, Callable[..., None]] = {"eks": _json, "ec2": _xml, "autoscaling": _xml}


@cache
def _reading_of_answer(shape: Shape) -> _Reading:
    return _reading(shape)


def _reading(shape: Shape) -> _Reading:
    if isinstance(shape, ListShape):
        return [_reading(shape.member)]
    if isinstance(shape, StructureShape):
        members = shape.members.items()
        return {member.serialization.get("name", name): (name, _reading(member)) for name, member in members}
    return None


def _read(element: ET.Element, reading: _Reading, namespace: int) -> Any:
    if reading is None:
        # Names of tags, types and networks come back with every instance: each is kept once.
        return intern(element.text or "")
    if isinstance(reading, list):
        return [_read(item, reading[0], namespace) for item in element]
    found: dict[str, Any] = {}
    for child in element:
        known = reading.get(child.tag[namespace:])
        if known is not None:
            name, inner = known
            found[name] = _read(child, inner, namespace)
    return found


_prepared: set[Any] = set()
_preparing = threading.Lock()


def prepare(kind: Any) -> None:
    """Let msgspec find out about a type before it is used. Any thread may ask.

    It does so on first use, and puts down what it knows of a struct before it knows all of it: a thread that came
    upon the struct meanwhile would crash the process.
    """
    if kind not in _prepared:
        with _preparing:
            msgspec.json.Decoder(kind)
            _prepared.add(kind)
