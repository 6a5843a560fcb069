"""CloudFormation: resource types that the templates use and ministack does not know.

Handlers run on ministack's event loop, so they call its internal functions, never its endpoint.
"""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local.adapters.internals import require

_Properties = dict[str, Any]
# Accepted and remembered, with nothing behind them: they carry no behaviour that the run depends on.
_RECORDED_ONLY = (
    "AWS::ApplicationInsights::Application",
    "AWS::CodeDeploy::Application",
    "AWS::Logs::Destination",
    "AWS::Logs::QueryDefinition",
    "AWS::ResourceGroups::Group",
    "AWS::XRay::Group",
    "AWS::XRay::SamplingRule",
)


def install() -> None:
    """Registers the handlers."""
    provisioners = require("services.cloudformation.provisioners", "_RESOURCE_HANDLERS")
    buses = require(
        "services.eventbridge",
        "_event_bus_policies",
        "_put_permission",
        "_remove_permission",
        "_create_archive",
        "_delete_archive",
    )
    alarms = require("services.cloudwatch", "_put_composite_alarm")
    register = _Register(provisioners._RESOURCE_HANDLERS)

    def add_statement(name: str, properties: _Properties) -> None:
        _add_statement(buses, name, properties)

    def remove_statement(name: str, properties: _Properties) -> None:
        bus = properties.get("EventBusName", "default")
        buses._remove_permission({"EventBusName": bus, "StatementId": name})

    def create_archive(name: str, properties: _Properties) -> None:
        pattern = json.dumps(properties["EventPattern"]) if properties.get("EventPattern") else ""
        request = {"ArchiveName": name, "EventSourceArn": properties["SourceArn"], "EventPattern": pattern}
        buses._create_archive(request)

    register.add("AWS::Events::EventBusPolicy", add_statement, remove_statement, name_in="StatementId")
    register.add(
        "AWS::Events::Archive",
        create_archive,
        lambda name, _: buses._delete_archive({"ArchiveName": name}),
        name_in="ArchiveName",
    )
    register.add(
        "AWS::CloudWatch::CompositeAlarm",
        lambda name, properties: alarms._put_composite_alarm({}, {**properties, "AlarmName": name}, False, True),  # noqa: FBT003
        name_in="AlarmName",
    )
    for kind in _RECORDED_ONLY:
        register.add(kind, lambda _, __: None)


def _add_statement(buses: Any, name: str, properties: _Properties) -> None:
    statement = properties.get("Statement")
    if not statement:
        members = ("EventBusName", "StatementId", "Action", "Principal", "Condition")
        buses._put_permission({key: properties[key] for key in members if key in properties})
        return
    empty = {"Version": "2012-10-17", "Statement": []}
    policy = buses._event_bus_policies.setdefault(properties.get("EventBusName", "default"), empty)
    others = [one for one in policy["Statement"] if one.get("Sid") != name]
    policy["Statement"] = [*others, {**statement, "Sid": name}]


class _Register:
    def __init__(self, handlers: dict[str, Any]) -> None:
        self._handlers = handlers
        self._scope = require("core.responses", "get_account_id", "get_region")

    def add(
        self,
        kind: str,
        create: Callable[[str, _Properties], object],
        delete: Callable[[str, _Properties], object] = lambda _, __: None,
        name_in: str = "",
    ) -> None:
        """Handles `kind`, whose physical id is the property `name_in` or made of stack and logical id."""

        def create_resource(logical_id: str, properties: _Properties, stack: str) -> tuple[str, dict[str, str]]:
            name = properties.get(name_in) or f"{stack}-{logical_id}"
            create(name, properties)
            place = f"{self._scope.get_region()}:{self._scope.get_account_id()}"
            return name, {"Arn": f"arn:aws:local:{place}:{name}"}

        handler = {"create": create_resource, "delete": delete}
        self._handlers.setdefault(kind, handler)
