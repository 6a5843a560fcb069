"""Step Functions: the limits and the idempotency of StartExecution, and a machine's time-out."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

from local.adapters.internals import require

_LARGEST_INPUT = 262_144


def install() -> None:
    """Patches StartExecution."""
    machines = require(
        "services.stepfunctions",
        "_start_execution",
        "_resolve_state_machine_arn",
        "_state_machines",
        "_executions",
        "error_response_json",
        "json_response",
        "now_iso",
    )
    machines._start_execution = _Starter(machines, machines._start_execution).start


class _Starter:
    def __init__(self, machines: Any, original: Callable[[dict[str, Any]], Any]) -> None:
        self._machines = machines
        self._original = original

    def start(self, data: dict[str, Any]) -> Any:
        """StartExecution: refuses a large input, answers the running execution of the same name and input."""
        if len((data.get("input") or "").encode()) > _LARGEST_INPUT:
            return self._machines.error_response_json("InvalidExecutionInput", "Input is too large", 400)
        arn = self._machines._resolve_state_machine_arn(data.get("stateMachineArn", ""))
        running = self._running(arn, data)
        if running is not None:
            answer = {"executionArn": running["executionArn"], "startDate": running["startDate"]}
            return self._machines.json_response(answer)
        response = self._original(data)
        machine = self._machines._state_machines.get(arn) if arn else None
        if machine and response[0] == 200:
            self._time_out(machine, json.loads(response[2])["executionArn"])
        return response

    def _running(self, arn: str | None, data: dict[str, Any]) -> dict[str, Any] | None:
        if not arn or not data.get("name"):
            return None
        name = f"{arn.replace(':stateMachine:', ':execution:')}:{data['name']}"
        execution: dict[str, Any] | None = self._machines._executions.get(name)
        if not execution or execution["status"] != "RUNNING":
            return None
        is_same = json.loads(execution["input"]) == json.loads(data.get("input") or "{}")
        return execution if is_same else None

    def _time_out(self, machine: dict[str, Any], execution_arn: str) -> None:
        limit = json.loads(machine["definition"]).get("TimeoutSeconds")
        if not limit:
            return
        execution = self._machines._executions[execution_arn]

        def expire() -> None:
            if execution["status"] == "RUNNING":
                execution.update(status="TIMED_OUT", stopDate=self._machines.now_iso())

        timer = threading.Timer(limit, expire)
        timer.daemon = True
        timer.start()
