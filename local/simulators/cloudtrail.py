"""Trails: the reads of the evidence plan, and stopping and starting them."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError
from local.simulators.world import Row


def _visible(call: Call) -> list[Row]:
    """Trails homed here, and the shadows of the account's multi-Region trails."""
    found = []
    for (account, region), place in call.world.places.items():
        if account == call.place.account:
            found += [row for row in place.trails if region == call.place.region or row["trail"]["IsMultiRegionTrail"]]
    return found


def _trail(call: Call, name: str) -> Row:
    for row in _visible(call):
        if name in (row["trail"]["Name"], row["trail"]["TrailARN"]):
            return row
    raise AwsError("TrailNotFoundException", f"Unknown trail: {name}")


@simulates("cloudtrail", "DescribeTrails")
def describe_trails(call: Call) -> dict[str, Any]:
    """The trails, with shadow trails unless they are refused."""
    rows = _visible(call)
    if call.params.get("includeShadowTrails") is False:
        rows = [row for row in rows if row["trail"]["HomeRegion"] == call.place.region]
    return {"trailList": [row["trail"] for row in rows]}


@simulates("cloudtrail", "GetTrailStatus")
def get_trail_status(call: Call) -> dict[str, Any]:
    """Whether a trail records."""
    status: dict[str, Any] = _trail(call, call.params["Name"])["status"]
    return status


@simulates("cloudtrail", "GetEventSelectors")
def get_event_selectors(call: Call) -> dict[str, Any]:
    """What a trail records."""
    row = _trail(call, call.params["TrailName"])
    return {"TrailARN": row["trail"]["TrailARN"], "EventSelectors": row["selectors"]}


@simulates("cloudtrail", "StopLogging", "StartLogging")
def switch_logging(call: Call) -> dict[str, Any]:
    """Stops or starts a trail, in its home region only."""
    row = _trail(call, call.params["Name"])
    if row["trail"]["HomeRegion"] != call.place.region:
        message = f"The trail is homed in {row['trail']['HomeRegion']}"
        raise AwsError("InvalidHomeRegionException", message)
    row["status"]["IsLogging"] = call.operation == "StartLogging"
    return {}
