"""Request and response of a call as CloudTrail writes them, which differs by service and operation.

REST services keep their wire names; the others begin names with a small letter. EC2 wraps lists as
`{"items": [...]}`; its newer operations nest everything below `<EventName>Request` and
`<EventName>Response` with the names of the query protocol, where a list is one or more tagged entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from local.simulators.calls import Call
from local.simulators.models import service_model
from local.simulators.responses import to_json

_NESTED = frozenset(
    {
        "CreateFlowLogs",
        "CreateLaunchTemplateVersion",
        "DeleteFlowLogs",
        "DisableEbsEncryptionByDefault",
        "EnableEbsEncryptionByDefault",
        "ModifyInstanceMetadataDefaults",
        "ModifyLaunchTemplate",
    }
)
_Write = Callable[[Shape | None, Any], Any]


def request_parameters(call: Call) -> dict[str, Any] | None:
    """`requestParameters` of a call."""
    shape = service_model(call.service).operation_model(call.operation).input_shape
    if call.service == "ec2" and call.operation in _NESTED:
        return {f"{call.operation}Request": _tagged(shape, call.params)}
    written: dict[str, Any] | None = _writer(call)(shape, call.params)
    return written or None


def response_elements(call: Call, result: dict[str, Any] | None, request_id: str) -> dict[str, Any] | None:
    """`responseElements` of a call; None when it failed or answers nothing."""
    if result is None:
        return None
    shape = service_model(call.service).operation_model(call.operation).output_shape
    if call.service != "ec2":
        return _writer(call)(shape, result) or None
    if call.operation in _NESTED:
        return {f"{call.operation}Response": {"requestId": request_id, **(_itemised(shape, result) or {})}}
    return {"requestId": request_id, "_return": True}


def _writer(call: Call) -> _Write:
    if call.service == "ec2":
        return _itemised
    is_rest = service_model(call.service).metadata["protocol"] == "rest-json"
    return _on_the_wire if is_rest else _camel


def _on_the_wire(shape: Shape | None, value: Any) -> Any:
    """`value` with its wire names; models may begin the names of path parameters large."""
    written = to_json(shape, value) if shape else {}
    return {_begun_small(name): item for name, item in written.items()}


def _begun_small(name: str) -> str:
    return name[0].lower() + name[1:]


def _camel(shape: Shape | None, value: Any) -> Any:
    """`value` with names that begin small: `roleName`, `openIDConnectProviderArn`."""
    return _small(shape, value, list)


def _itemised(shape: Shape | None, value: Any) -> Any:
    """`value` as the older operations of EC2 write it."""
    return _small(shape, value, lambda items: {"items": items})


def _small(shape: Shape | None, value: Any, listed: Callable[[list[Any]], Any]) -> Any:
    if isinstance(shape, StructureShape):
        return {
            _begun_small(name): _small(member, value[name], listed)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return listed([_small(shape.member, item, listed) for item in value])
    return to_json(shape, value) if shape else None


def _tagged(shape: Shape | None, value: Any) -> Any:
    """`value` as the newer operations of EC2 write it."""
    if isinstance(shape, StructureShape):
        return {
            _query_name(name, member): _tagged(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        entries = [_entry(_tagged(shape.member, item), number) for number, item in enumerate(value, start=1)]
        return entries[0] if len(entries) == 1 else entries
    return to_json(shape, value) if shape else None


def _query_name(name: str, shape: Shape) -> str:
    given = str(shape.serialization.get("name", name))
    return given[0].upper() + given[1:]


def _entry(item: Any, number: int) -> dict[str, Any]:
    return {**item, "tag": number} if isinstance(item, dict) else {"content": item, "tag": number}
