"""Answers requests to AWS APIs out of the world: parse, call the operation, page, record, serialise."""

from __future__ import annotations

import importlib
import pkgutil
import uuid
from collections.abc import Callable
from typing import Any

import local.simulators
from local.simulators import responses
from local.simulators.calls import Call, Caller, handler_of
from local.simulators.errors import AwsError
from local.simulators.paging import page
from local.simulators.requests import WireRequest
from local.simulators.responses import WireResponse
from local.simulators.trail import cloudtrail_event, is_recorded
from local.simulators.world import World

# (account, region, PutEvents entry) -> nothing; called for each recorded call.
Emit = Callable[[str, str, dict[str, str]], None]

# Services that call a refusal by another name.
_DENIED = {"autoscaling": "AccessDenied", "ec2": "UnauthorizedOperation", "iam": "AccessDenied"}

for _module in pkgutil.walk_packages(local.simulators.__path__, "local.simulators."):
    importlib.import_module(_module.name)


class Engine:
    """The simulated AWS APIs over one world."""

    def __init__(self, world: World, emit: Emit) -> None:
        self.world = world
        self._emit = emit

    def simulates(self, request: WireRequest) -> bool:
        """Whether the operation of `request` is simulated (its resource may still not be)."""
        return handler_of(request.service, request.operation_name()) is not None

    def answer(self, request: WireRequest, account: str, region: str, caller: Caller) -> WireResponse:
        """The wire answer to `request`.

        Raises `NotSimulated` when the resource is none of the world's.
        """
        operation = request.operation_name() or ""
        request_id = str(uuid.uuid4())
        params: dict[str, Any] = {}
        try:
            params = request.parameters(operation)
            self._refuse_denied(request.service, operation, account)
            call = Call(request.service, operation, params, self.world.place(account, region), self.world, caller)
            result = self._result(call)
        except AwsError as failure:
            self._record(request.service, operation, params, None, failure, account, region, caller)
            return responses.error(request.service, failure, request_id)
        self._record(request.service, operation, params, result, None, account, region, caller)
        return responses.answer(request.service, operation, result, request_id)

    def _refuse_denied(self, service: str, operation: str, account: str) -> None:
        action = f"{service}:{operation}"
        if action in self.world.account(account).denied_actions:
            message = f"User is not authorized to perform: {action} with an explicit deny in a service control policy"
            raise AwsError(_DENIED.get(service, "AccessDeniedException"), message)

    @staticmethod
    def _result(call: Call) -> dict[str, Any]:
        handler = handler_of(call.service, call.operation)
        if handler is None:
            raise AwsError("InvalidAction", f"{call.operation} is not simulated")
        return page(call.service, call.operation, handler(call), call.params)

    def _record(
        self,
        service: str,
        operation: str,
        params: dict[str, Any],
        result: dict[str, Any] | None,
        failure: AwsError | None,
        account: str,
        region: str,
        caller: Caller,
    ) -> None:
        if is_recorded(operation):
            place = self.world.place(account, region)
            call = Call(service, operation, params, place, self.world, caller)
            self._emit(account, region, cloudtrail_event(call, result, failure))
