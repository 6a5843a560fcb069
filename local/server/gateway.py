"""Stands before ministack's dispatch: counts calls, injects faults, hands calls to the simulators.

IAM is enforced here for simulated operations by ministack's own evaluator, as ministack does for its own.
"""

# ruff: noqa: SLF001 (the gateway's subject is private)
from __future__ import annotations

import asyncio
import contextvars
import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local.adapters.internals import require
from local.server.call_log import CallLog
from local.server.faults import Fault, FaultPlan
from local.simulators import responses
from local.simulators.calls import Caller
from local.simulators.engine import Engine
from local.simulators.errors import AwsError, NotSimulated
from local.simulators.requests import WireRequest
from local.simulators.ssm import PUBLIC_PARAMETERS
from local.simulators.world import World

_Response = tuple[int, dict[str, str], Any]
# The path as it came over the wire: ids may hold "/" and ":", which ministack has decoded.
raw_path: contextvars.ContextVar[str] = contextvars.ContextVar("raw_path")
_SCOPE = re.compile(r"Credential=[^/,]+/\d+/[^/]+/([^/]+)/")


class Gateway:
    """One per process; takes the place of `ministack.app._dispatch_service_request`."""

    def __init__(self, world: World) -> None:
        self.calls = CallLog()
        self.faults = FaultPlan()
        self._app = require("app", "_dispatch_service_request", "_credential_failure", "_routing_params")
        self._actions = require(
            "core.iam_actions", "extract_iam_action", "extract_resource_arn", "access_denied_response"
        )
        self._iam = require("core.iam_evaluator", "AuthError", "enforce", "pin_request_caller", "request_caller_arn")
        self._scope = require("core.responses", "get_account_id", "get_region", "request_scope")
        self._router = require("core.router", "extract_access_key_id")
        self._buses = require("services.eventbridge", "_put_events")
        # One thread, so that events leave in the order of their calls and never on ministack's loop.
        self._trail = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cloudtrail")
        self.engine = Engine(world, self._deliver_later)
        self._dispatch = self._app._dispatch_service_request
        self._app._dispatch_service_request = self.dispatch

    async def dispatch(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, list[str]],
        request_id: str,
    ) -> _Response:
        """Answers one AWS request."""
        request = WireRequest(_signing_name(headers), method, raw_path.get(path), headers, body, query)
        operation = self._operation(request, path)
        account, region = self._scope.get_account_id(), self._scope.get_region()
        self.calls.add(account, region, operation)
        fault = self.faults.next_for(operation, account, region, path + body.decode("utf-8", "replace"))
        if fault is not None:
            await asyncio.sleep(fault.delay_seconds)
            if fault.code is not None:
                return _as_failure(request, fault, request_id)
        if self.engine.simulates(request):
            try:
                return self._simulate(request, operation, path, request_id)
            except NotSimulated:
                pass
        response: _Response = await self._dispatch(method, path, headers, body, query, request_id)
        return response

    def _operation(self, request: WireRequest, path: str) -> str:
        name = request.operation_name()
        if name:
            return f"{request.service}:{name}"
        params = self._app._routing_params(request.method, path, request.headers, request.body, request.query)
        action: str | None = self._actions.extract_iam_action(
            request.service, request.method, path, request.headers, request.body, params
        )
        return action or f"{request.service or 'unsigned'}:Unknown"

    def _simulate(self, request: WireRequest, action: str, path: str, request_id: str) -> _Response:
        denied = self._denied(request, action, path, request_id)
        if denied is not None:
            return denied
        account, region = self._scope.get_account_id(), self._scope.get_region()
        found = self.engine.answer(request, account, region, self._caller(request))
        return found.status, {**found.headers, "x-amzn-requestid": request_id}, found.body

    def _denied(self, request: WireRequest, action: str, path: str, request_id: str) -> _Response | None:
        self._iam.pin_request_caller(request.headers, request.query)
        key = self._router.extract_access_key_id(request.headers, request.query)
        region = self._scope.get_region()
        for resource in self._resources(request, path):
            found = self._iam.enforce(key, action, request.service, region, resource_arn=resource, service_context={})
            if found is not None:
                return self._refusal(request, action, resource, found, request_id)
        return None

    def _resources(self, request: WireRequest, path: str) -> list[str]:
        """The ARNs that a call is authorized on, one by one."""
        region, account = self._scope.get_region(), self._scope.get_account_id()
        if request.service == "ssm":
            names = json.loads(request.body or b"{}").get("Names", [])
            public = [name for name in names if name.startswith(PUBLIC_PARAMETERS)]
            if public:
                return [f"arn:aws:ssm:{region}::parameter{name}" for name in public]
        params = self._app._routing_params(request.method, path, request.headers, request.body, request.query)
        found: str = self._actions.extract_resource_arn(
            request.service, request.method, path, request.headers, request.body, params, region, account
        )
        return [found]

    def _refusal(self, request: WireRequest, action: str, resource: str, found: Any, request_id: str) -> _Response:
        if isinstance(found, self._iam.AuthError):
            failure: _Response = self._app._credential_failure(
                request.service, action, request_id, found, request.headers
            )
            return failure
        denial: _Response = self._actions.access_denied_response(
            request.service,
            action,
            found.principal_arn,
            request_id,
            headers=request.headers,
            resource_arn=resource,
            explicit_deny=found.decision == "Deny",
        )
        return denial

    def _caller(self, request: WireRequest) -> Caller:
        arn = self._iam.request_caller_arn(request.headers, request.query)
        return Caller(
            arn=arn,
            account=arn.split(":")[4],
            user_agent=request.headers.get("user-agent", ""),
            access_key_id=self._router.extract_access_key_id(request.headers, request.query) or "",
        )

    def _deliver_later(self, account: str, region: str, entry: dict[str, str]) -> None:
        self._trail.submit(self.put_event, account, region, entry)

    def put_event(self, account: str, region: str, entry: dict[str, str]) -> None:
        """PutEvents as AWS services do it: sources `aws.*` are allowed. Never call it on the event loop."""
        with self._scope.request_scope(account, region):
            self._buses._put_events({"Entries": [entry]}, allow_aws_source=True)


def _signing_name(headers: Mapping[str, str]) -> str:
    found = _SCOPE.search(headers.get("authorization", ""))
    return found[1] if found else ""


def _as_failure(request: WireRequest, fault: Fault, request_id: str) -> _Response:
    failure = AwsError(fault.code or "", fault.message)
    found = responses.error(request.service, failure, request_id)
    return found.status, found.headers, found.body
