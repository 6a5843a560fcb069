"""The Auto Scaling reads of the evidence plan."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2_filters import matching


@simulates("autoscaling", "DescribeAutoScalingGroups")
def describe_auto_scaling_groups(call: Call) -> dict[str, Any]:
    """Groups by name or tag filter; a name that does not exist is left out, as the service does."""
    names = call.params.get("AutoScalingGroupNames")
    rows = call.place.autoscaling_groups
    if names:
        rows = [row for row in rows if row["AutoScalingGroupName"] in names]
    return {"AutoScalingGroups": matching(rows, call.params.get("Filters", ()), {})}


@simulates("autoscaling", "DescribeLifecycleHooks")
def describe_lifecycle_hooks(call: Call) -> dict[str, Any]:
    """The lifecycle hooks of one group."""
    name = call.params["AutoScalingGroupName"]
    rows = call.place.lifecycle_hooks
    return {"LifecycleHooks": [row for row in rows if row["AutoScalingGroupName"] == name]}
