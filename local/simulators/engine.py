"""Answers requests to AWS APIs out of the world: parse, call the operation, page, record, serialise."""

from __future__ import annotations

import importlib
import pkgutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import local.simulators
from local.simulators import responses
from local.simulators.calls import Call, Caller, handler_of
from local.simulators.errors import AwsError
from local.simulators.paging import page
from local.simulators.requests import WireRequest
from local.simulators.responses import WireResponse
from local.simulators.trail import cloudtrail_event, is_recorded, recorded_region
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
        place = self.world.place(account, region)
        call = Call(request.service, request.operation_name() or "", {}, place, self.world, caller)
        request_id = str(uuid.uuid4())
        try:
            call = replace(call, params=request.parameters(call.operation))
            _refuse_denied(call)
            result = _result(call)
        except AwsError as failure:
            self._record(call, None, failure)
            return responses.error(call.service, failure, request_id)
        self._record(call, result, None)
        return responses.answer(call.service, call.operation, result, request_id)

    def _record(self, call: Call, result: dict[str, Any] | None, failure: AwsError | None) -> None:
        if is_recorded(call.operation):
            self._emit(call.place.account, recorded_region(call), cloudtrail_event(call, result, failure))


def _refuse_denied(call: Call) -> None:
    action = f"{call.service}:{call.operation}"
    if action in call.account.denied_actions:
        message = f"User is not authorized to perform: {action} with an explicit deny in a service control policy"
        raise AwsError(_DENIED.get(call.service, "AccessDeniedException"), message)


def _result(call: Call) -> dict[str, Any]:
    handler = handler_of(call.service, call.operation)
    if handler is None:
        raise AwsError("InvalidAction", f"{call.operation} is not simulated")
    return page(call.service, call.operation, handler(call), call.params)
