"""Contract: a handler's error keeps its name, and its environment lives on."""

from __future__ import annotations

import json
from typing import Any

from local.launcher import EmbeddedAws


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
