"""EventBridge Scheduler: prompt ticks, time zones, context attributes, universal and bus targets."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import contextvars
import datetime as dt
import json
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from local.adapters.internals import require
from local.adapters.sdk import call, in_a_thread

_TICK_SECONDS = 1
_zone: contextvars.ContextVar[str | None] = contextvars.ContextVar("schedule_time_zone", default=None)


def install() -> None:
    """Patches the tick, the cron arithmetic and the invocation of targets."""
    schedules = require("services.scheduler", "_SCHEDULE_TICK_INTERVAL", "_tick_schedules", "_schedules")
    buses = require("services.eventbridge", "_invoke_target", "_cron_next_fire", "_put_events")
    schedules._SCHEDULE_TICK_INTERVAL = _TICK_SECONDS
    _install_targets(buses)
    _install_time_zones(buses)
    _install_ticks(schedules)


def _install_targets(buses: Any) -> None:
    invoke = buses._invoke_target
    scope = require("core.responses", "get_account_id", "get_region")

    def invoke_target(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        if event.get("Source") != "aws.scheduler" or "ScheduleExpression" not in rule or "Target" not in rule:
            return invoke(target, event, rule, view)
        text = _with_context(target.get("Input") or "{}", rule, event)
        if ":aws-sdk:" in target["Arn"]:
            service, operation = target["Arn"].split(":aws-sdk:", 1)[1].split(":")
            account, region = scope.get_account_id(), scope.get_region()
            in_a_thread(lambda: call(service, operation, json.loads(text), account, region))
            return None
        if ":event-bus/" in target["Arn"]:
            given = target.get("EventBridgeParameters", {})
            entry = {"Source": given.get("Source"), "DetailType": given.get("DetailType"), "Detail": text}
            return buses._put_events({"Entries": [{**entry, "EventBusName": target["Arn"]}]})
        return invoke({**target, "Input": text}, event, rule, view)

    buses._invoke_target = invoke_target


def _with_context(text: str, rule: dict[str, Any], event: dict[str, Any]) -> str:
    when = dt.datetime.fromtimestamp(event["Time"], dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    context = {
        "schedule-arn": rule.get("Arn", ""),
        "scheduled-time": when,
        "execution-id": str(uuid.uuid4()),
        "attempt-number": "1",
    }
    for name, value in context.items():
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def _install_time_zones(buses: Any) -> None:
    next_fire = buses._cron_next_fire

    def next_fire_in_zone(fields: Any, after: dt.datetime) -> dt.datetime | None:
        zone = _zone.get()
        if zone is None:
            found: dt.datetime | None = next_fire(fields, after)
            return found
        wall_clock = after.astimezone(ZoneInfo(zone)).replace(tzinfo=dt.UTC)
        found = next_fire(fields, wall_clock)
        return found.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC) if found else None

    buses._cron_next_fire = next_fire_in_zone


class _OneSchedule:
    """Stands in for the table of schedules while one of them is ticked in its own time zone."""

    def __init__(self, key: Any, schedule: dict[str, Any]) -> None:
        self._data = {key: schedule}


def _install_ticks(schedules: Any) -> None:
    tick, table = schedules._tick_schedules, schedules._schedules

    def tick_each() -> None:
        for key, schedule in list(table._data.items()):
            zone = schedule.get("ScheduleExpressionTimezone")
            token = _zone.set(zone if zone != "UTC" else None)
            schedules._schedules = one = _OneSchedule(key, schedule)
            try:
                tick()
            finally:
                schedules._schedules = table
                _zone.reset(token)
            if key not in one._data:
                table._data.pop(key, None)

    schedules._tick_schedules = tick_each
