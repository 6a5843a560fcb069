"""The log groups of the example clusters."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import NotSimulated

_OF_CLUSTERS = "/aws/eks/"


@simulates("logs", "DescribeLogGroups")
def describe_log_groups(call: Call) -> dict[str, Any]:
    """Control-plane log groups by prefix; other groups are not the fleet's."""
    prefix = call.params.get("logGroupNamePrefix", "")
    if not prefix.startswith(_OF_CLUSTERS):
        raise NotSimulated
    rows = sorted(call.place.log_groups, key=lambda row: str(row["logGroupName"]))
    return {"logGroups": [row for row in rows if row["logGroupName"].startswith(prefix)]}
