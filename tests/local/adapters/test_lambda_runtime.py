"""Contracts: a handler's error keeps its name, its environment lives on, and layers are unpacked once."""

from __future__ import annotations

import json
from typing import Any

from local.launcher import EmbeddedAws
from local.process import scratch_directory


def _invoke(embedded: EmbeddedAws, name: str, event: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    answer = embedded.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return answer.get("FunctionError"), json.load(answer["Payload"])


def test_an_error_by_its_class_name(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    name = stack["EchoFunctionName"]
    _, before = _invoke(embedded, name, {"a": 1})
    kind, error = _invoke(embedded, name, {"error": "LeaseLostError"})
    _, after = _invoke(embedded, name, {"a": 2})

    assert kind == "Unhandled"
    assert error["errorType"] == "LeaseLostError"
    assert error["errorMessage"] == f"asked for by {name}"
    assert error["stackTrace"]
    assert after["event"] == {"a": 2}
    assert after["invocations"] == before["invocations"] + 2


def test_environments_share_the_unpacked_layers(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    _invoke(embedded, stack["EchoFunctionName"], {})
    scratch = scratch_directory(embedded._state)
    layers = [path for path in scratch.glob("ministack-lambda-*/layer_*") if path.is_dir()]

    assert layers
    assert all(path.is_symlink() for path in layers)
    assert {path.resolve().parent for path in layers} == {scratch.resolve() / "layers"}
