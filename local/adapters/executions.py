"""Step Functions: the limits and the idempotency of StartExecution, and a machine's time-out."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import heapq
import json
import threading
import time
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
        self._scope = require("core.responses", "request_scope", "get_account_id", "get_region")
        self._deadlines = _Deadlines(self._expire)

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
        self._deadlines.add(time.monotonic() + limit, execution_arn)

    def _expire(self, execution_arn: str) -> None:
        _, _, _, region, account, _ = execution_arn.split(":", 5)
        with self._scope.request_scope(account, region):
            execution = self._machines._executions.get(execution_arn)
        if execution and execution["status"] == "RUNNING":
            execution.update(status="TIMED_OUT", stopDate=self._machines.now_iso())


class _Deadlines:
    """Tells when times are over, in one thread however many there are: time-outs may be days away."""

    def __init__(self, expire: Callable[[str], None]) -> None:
        self._expire = expire
        self._waiting: list[tuple[float, str]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._watch, daemon=True, name="execution-deadlines").start()

    def add(self, deadline: float, name: str) -> None:
        """Expires `name` at `deadline` on the monotonic clock."""
        with self._changed:
            heapq.heappush(self._waiting, (deadline, name))
            self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._waiting or self._waiting[0][0] > time.monotonic():
                    self._changed.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
                _, name = heapq.heappop(self._waiting)
            self._expire(name)
