"""Calls back into the embedded AWS through its own endpoint, as an SDK integration does."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.model import ListShape, MapShape, Shape, StructureShape

# Service names of Step Functions and Scheduler ARNs that boto3 knows by another name.
_ALIASES = {"cloudwatchlogs": "logs", "eventbridge": "events", "sfn": "stepfunctions"}


def endpoint() -> str:
    """The address of this process."""
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}"


def client(service: str, account: str, region: str) -> Any:
    """A client with the rights of the account's root: services act with rights of their own."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoint(),
        aws_access_key_id=account,
        aws_secret_access_key="local",  # noqa: S106 (ministack's root needs no secret)
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )


def in_a_thread(work: Callable[[], object]) -> None:
    """Runs `work` off ministack's event loop: a call back from the loop would wait for itself."""
    threading.Thread(target=work, daemon=True).start()


def call(service: str, operation: str, params: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Calls `operation` (any capitalisation of its first letter); parameters and answer as the ARNs use them."""
    boto = client(_ALIASES.get(service.lower(), service.lower()), account, region)
    model = boto.meta.service_model.operation_model(operation[0].upper() + operation[1:])
    arguments = _to_sdk(params, model.input_shape) if model.input_shape else {}
    result = getattr(boto, xform_name(model.name))(**arguments)
    result.pop("ResponseMetadata", None)
    return dict(_to_state(result, model.output_shape))


def _to_sdk(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        names = {name.lower(): name for name in shape.members}
        known = {names.get(key.lower(), key): item for key, item in value.items()}
        return {key: _to_sdk(item, shape.members[key]) if key in shape.members else item for key, item in known.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_to_sdk(item, shape.member) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _to_sdk(item, shape.value) for key, item in value.items()}
    if shape.type_name == "string" and isinstance(value, (dict, list)):
        return json.dumps(value)
    return value


def _to_state(value: Any, shape: Shape | None) -> Any:
    if hasattr(value, "read"):
        return value.read().decode("utf-8", "replace")
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {key[0].upper() + key[1:]: _to_state(item, shape.members.get(key)) for key, item in value.items()}
    if isinstance(shape, ListShape):
        return [_to_state(item, shape.member) for item in value]
    if isinstance(shape, MapShape):
        return {key: _to_state(item, shape.value) for key, item in value.items()}
    return value
