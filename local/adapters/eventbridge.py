"""EventBridge: buses of other accounts and regions, bus policies, dead-letter queues of targets."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import json
import time
import uuid
from typing import Any

from local.adapters.internals import require
from local.adapters.sdk import client, endpoint, in_a_thread


def install() -> None:
    """Patches dispatch, targets, PutEvents and PutPermission."""
    buses = require(
        "services.eventbridge",
        "_put_events",
        "_put_permission",
        "_dispatch_to_event_bus",
        "_invoke_target",
        "_dispatch_event",
        "_pattern_event_view",
        "_ensure_default_bus",
        "_event_buses",
        "_event_bus_policies",
        "json_response",
        "parse_arn",
    )
    adapter = _EventBridge(buses)
    buses._dispatch_to_event_bus = adapter.dispatch_to_bus
    buses._invoke_target = adapter.invoke_target
    buses._put_events = adapter.put_events
    buses._put_permission = adapter.put_permission


class _EventBridge:
    def __init__(self, buses: Any) -> None:
        self._buses = buses
        self._scope = require("core.responses", "request_scope", "get_account_id", "get_region")
        self._organizations = require("core.iam_evaluator", "_principal_org_id")
        self._functions = require("services.lambda_svc", "_get_func_record_for_ref")
        self._machines = require("services.stepfunctions", "_state_machines")
        self._queues = require("services.sqs", "_queue_by_arn")
        self._to_own_bus = buses._dispatch_to_event_bus
        self._invoke = buses._invoke_target
        self._put = buses._put_events
        self._permit = buses._put_permission

    def put_permission(self, data: dict[str, Any]) -> Any:
        """The form of PutPermission that carries a whole policy document."""
        if not data.get("Policy"):
            return self._permit(data)
        self._buses._event_bus_policies[data.get("EventBusName", "default")] = json.loads(data["Policy"])
        return self._buses.json_response({})

    def dispatch_to_bus(self, spec: Any, event: dict[str, Any], rule: Any, path: Any, payload: Any = None) -> Any:
        """Delivers to a bus wherever it is; raises PermissionError when its policy does not admit the sender."""
        here = (self._scope.get_account_id(), self._scope.get_region())
        if (spec.account_id, spec.region) == here:
            return self._to_own_bus(spec, event, rule, path, payload)
        self._deliver(spec, event, sender=here[0])
        return None

    def _deliver(self, spec: Any, event: dict[str, Any], sender: str) -> None:
        name = spec.resource.split("/", 1)[1]
        with self._scope.request_scope(spec.account_id, spec.region):
            self._buses._ensure_default_bus()
            is_known = self._buses._event_buses.get(name) is not None
            if not is_known or (spec.account_id != sender and not self._admits(name, sender)):
                raise PermissionError(f"no permission on {spec.resource} of {spec.account_id}")
            self._buses._dispatch_event({**event, "EventBusName": name, "_DispatchPath": []})

    def _admits(self, bus: str, sender: str) -> bool:
        policy = self._buses._event_bus_policies.get(bus) or {}
        return any(self._statement_admits(statement, sender) for statement in policy.get("Statement", []))

    def _statement_admits(self, statement: dict[str, Any], sender: str) -> bool:
        principal = statement.get("Principal")
        principal = principal.get("AWS") if isinstance(principal, dict) else principal
        named = principal if isinstance(principal, list) else [principal]
        wanted = (statement.get("Condition") or {}).get("StringEquals", {}).get("aws:PrincipalOrgID")
        if wanted and self._organizations._principal_org_id(sender) not in (wanted, *wanted):
            return False
        return statement.get("Effect") == "Allow" and any(one == "*" or sender in str(one) for one in named)

    def put_events(self, data: dict[str, Any], allow_aws_source: bool = False) -> Any:  # noqa: FBT001, FBT002
        """PutEvents whose entries may name a bus of another account or region by its ARN."""
        here = (self._scope.get_region(), self._scope.get_account_id())
        foreign = [entry for entry in data.get("Entries", []) if _place_of(entry) not in (None, here)]
        if not foreign or len(foreign) != len(data["Entries"]):
            return self._put(data, allow_aws_source)
        answers = [self._put_foreign(entry) for entry in foreign]
        failed = sum("ErrorCode" in answer for answer in answers)
        return self._buses.json_response({"FailedEntryCount": failed, "Entries": answers})

    def _put_foreign(self, entry: dict[str, Any]) -> dict[str, str]:
        account, region = self._scope.get_account_id(), self._scope.get_region()
        event = {
            "EventId": str(uuid.uuid4()),
            "Source": entry.get("Source", ""),
            "DetailType": entry.get("DetailType", ""),
            "Detail": entry.get("Detail", "{}"),
            "Time": int(time.time()),
            "Resources": entry.get("Resources", []),
            "Account": account,
            "Region": region,
        }
        try:
            self._deliver(self._buses.parse_arn(entry["EventBusName"]), event, sender=account)
        except PermissionError as refused:
            return {"ErrorCode": "AccessDeniedException", "ErrorMessage": str(refused)}
        return {"EventId": str(event["EventId"])}

    def invoke_target(self, target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        """Invokes a target; what cannot be delivered goes to the target's dead-letter queue."""
        reason = "NO_RESOURCE"
        if self._exists(target.get("Arn", "")):
            try:
                return self._invoke(target, event, rule, view)
            except PermissionError:
                reason = "NO_PERMISSIONS"
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if queue:
            body = (view or self._buses._pattern_event_view(event)).event_with_detail()
            self._bury(queue, json.dumps(body), target, rule, reason)
        return None

    def _bury(self, queue: str, body: str, target: dict[str, Any], rule: dict[str, Any], reason: str) -> None:
        spec = self._buses.parse_arn(queue)
        texts = {
            "ERROR_CODE": reason,
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
            "RULE_ARN": rule.get("Arn", ""),
            "TARGET_ARN": target.get("Arn", ""),
        }
        attributes = {key: {"DataType": "String", "StringValue": text} for key, text in texts.items() if text}
        url = f"{endpoint()}/{spec.account_id}/{spec.resource}"
        sqs = client("sqs", spec.account_id, spec.region)
        in_a_thread(lambda: sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes))

    def _exists(self, arn: str) -> bool:
        spec = self._buses.parse_arn(arn)
        account = spec.account_id or self._scope.get_account_id()
        with self._scope.request_scope(account, spec.region or self._scope.get_region()):
            if spec.service == "lambda":
                return self._functions._get_func_record_for_ref(arn)[0] is not None
            if spec.service == "states":
                return arn in self._machines._state_machines
            if spec.service == "sqs":
                return self._queues._queue_by_arn(arn) is not None
        return True


def _place_of(entry: dict[str, Any]) -> tuple[str, str] | None:
    """(region, account) of the bus that an entry names by ARN."""
    name = str(entry.get("EventBusName", ""))
    if not name.startswith("arn:"):
        return None
    _, _, _, region, account, _ = name.split(":", 5)
    return region, account
