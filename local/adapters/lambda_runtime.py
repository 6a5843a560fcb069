"""Lambda: a handler's error keeps its class name and its environment lives on; parallelism is bounded.

Without this every error is called `Runtime.HandlerError`, so a Retry or Catch by name never matches,
and a burst of events starts one interpreter each.
"""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import json
import os
import threading
from typing import Any

from local.adapters.internals import InternalsDifferError, require

_LARGEST_ANSWER = 6_291_556
_ERROR_LINE = (
    '_real_stdout.write(json.dumps({"status": "error", "error": str(e), "trace": traceback.format_exc()}) + "\\n")'
)
_KEPT_ERROR_LINE = (
    '_real_stdout.write(json.dumps({"status": "ok", "result": {"__handler_error__": '
    '{"errorMessage": str(e), "errorType": type(e).__name__, "requestId": context.aws_request_id, '
    '"stackTrace": traceback.format_tb(e.__traceback__)}}}) + "\\n")'
)
# Seconds to wait for standard error of a silent invocation: (first, between, at most).
_QUICK_DRAIN = (0.010, 0.005, 0.250)


def install() -> None:
    """Patches the worker script and the warm invocation."""
    runtime = require("core.lambda_runtime", "_PYTHON_WORKER_SCRIPT", "Worker")
    functions = require("services.lambda_svc", "_execute_function_warm")
    if runtime._PYTHON_WORKER_SCRIPT.count(_ERROR_LINE) != 1 or not hasattr(runtime.Worker, "_drain_stderr_bounded"):
        raise InternalsDifferError("ministack's Lambda worker reports errors in another way")
    runtime._PYTHON_WORKER_SCRIPT = runtime._PYTHON_WORKER_SCRIPT.replace(_ERROR_LINE, _KEPT_ERROR_LINE)
    runtime.Worker._drain_stderr_bounded.__defaults__ = _QUICK_DRAIN
    invoke = functions._execute_function_warm
    width = int(os.environ.get("LOCAL_LAMBDA_PARALLEL", "4"))
    gates: dict[str, threading.BoundedSemaphore] = {}

    def execute(function: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        arn = (function.get("config") or function).get("FunctionArn", "")
        with gates.setdefault(arn, threading.BoundedSemaphore(width)):
            result: dict[str, Any] = invoke(function, event, request_id)
        return _as_lambda_answers(result)

    functions._execute_function_warm = execute


def _as_lambda_answers(result: dict[str, Any]) -> dict[str, Any]:
    body, log = result.get("body"), result.get("log", "")
    if isinstance(body, dict) and "__handler_error__" in body:
        error = body["__handler_error__"]
        trace = "".join(error["stackTrace"])
        log = f"{log}\n[ERROR] {error['errorType']}: {error['errorMessage']}\n{trace}"
        return {"body": error, "error": True, "log": log}
    if len(json.dumps(body)) > _LARGEST_ANSWER:
        message = f"Response payload size exceeded maximum allowed payload size ({_LARGEST_ANSWER} bytes)."
        too_large = {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": message}
        return {"body": too_large, "error": True, "log": log}
    return result
