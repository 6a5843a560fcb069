"""The log groups of the example clusters."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError, NotSimulated
from local.simulators.world import Row

_OF_CLUSTERS = "/aws/eks/"
_RETENTIONS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


@simulates("logs", "DescribeLogGroups")
def describe_log_groups(call: Call) -> dict[str, Any]:
    """Control-plane log groups by prefix; other groups are not the fleet's."""
    prefix = call.params.get("logGroupNamePrefix", "")
    if not prefix.startswith(_OF_CLUSTERS):
        raise NotSimulated
    rows = sorted(call.place.log_groups, key=lambda row: str(row["logGroupName"]))
    return {"logGroups": [row for row in rows if row["logGroupName"].startswith(prefix)]}


def _group(call: Call) -> Row:
    """The log group that a call names; one that is no cluster's is not the fleet's."""
    name = call.params["logGroupName"]
    if not name.startswith(_OF_CLUSTERS):
        raise NotSimulated
    for row in call.place.log_groups:
        if row["logGroupName"] == name:
            return row
    raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")


@simulates("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call) -> dict[str, Any]:
    """Keeps events for one of the numbers of days that the service knows."""
    group, days = _group(call), call.params["retentionInDays"]
    if days not in _RETENTIONS:
        raise AwsError("InvalidParameterException", f"Invalid retention value: {days}")
    group["retentionInDays"] = days
    return {}


@simulates("logs", "DeleteRetentionPolicy")
def delete_retention_policy(call: Call) -> dict[str, Any]:
    """Keeps events for ever."""
    _group(call).pop("retentionInDays", None)
    return {}


@simulates("logs", "DeleteLogGroup")
def delete_log_group(call: Call) -> dict[str, Any]:
    """Takes a log group away."""
    call.place.log_groups.remove(_group(call))
    return {}
