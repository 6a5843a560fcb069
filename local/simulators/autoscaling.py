"""Auto Scaling groups: the reads of the evidence plan, and changes of groups."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.filters import matching
from local.simulators.errors import AwsError
from local.simulators.world import Row

_PROCESSES = (
    "Launch",
    "Terminate",
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "ReplaceUnhealthy",
    "ScheduledActions",
)


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


@simulates("autoscaling", "DescribePolicies")
def describe_policies(call: Call) -> dict[str, Any]:
    """The scaling policies of one group, or of all."""
    return {"ScalingPolicies": _of_group(call, call.place.scaling_policies)}


@simulates("autoscaling", "DescribeScheduledActions")
def describe_scheduled_actions(call: Call) -> dict[str, Any]:
    """The scheduled actions of one group, or of all."""
    return {"ScheduledUpdateGroupActions": _of_group(call, call.place.scheduled_actions)}


def _of_group(call: Call, rows: list[Row]) -> list[Row]:
    name = call.params.get("AutoScalingGroupName")
    return [row for row in rows if name in (None, row["AutoScalingGroupName"])]


def _group(call: Call) -> Row:
    name = call.params["AutoScalingGroupName"]
    for row in call.place.autoscaling_groups:
        if row["AutoScalingGroupName"] == name:
            return row
    raise AwsError("ValidationError", f"AutoScalingGroup name not found - {name}")


@simulates("autoscaling", "SuspendProcesses")
def suspend_processes(call: Call) -> dict[str, Any]:
    """Suspends the scaling processes that are named, or all."""
    group, asked = _group(call), call.params.get("ScalingProcesses") or _PROCESSES
    unknown = set(asked) - set(_PROCESSES)
    if unknown:
        raise AwsError("ValidationError", f"Invalid scaling processes: {', '.join(sorted(unknown))}")
    already = {row["ProcessName"] for row in group["SuspendedProcesses"]}
    reason = f"User suspended at {call.world.clock():%Y-%m-%dT%H:%M:%SZ}"
    group["SuspendedProcesses"] += [
        {"ProcessName": name, "SuspensionReason": reason} for name in asked if name not in already
    ]
    return {}


@simulates("autoscaling", "ResumeProcesses")
def resume_processes(call: Call) -> dict[str, Any]:
    """Resumes the scaling processes that are named, or all."""
    group, asked = _group(call), call.params.get("ScalingProcesses") or _PROCESSES
    group["SuspendedProcesses"] = [row for row in group["SuspendedProcesses"] if row["ProcessName"] not in asked]
    return {}


@simulates("autoscaling", "UpdateAutoScalingGroup")
def update_auto_scaling_group(call: Call) -> dict[str, Any]:
    """Changes the settings of a group that are named."""
    group = _group(call)
    changes = {key: value for key, value in call.params.items() if key != "AutoScalingGroupName"}
    sizes = {**group, **changes}
    if not sizes["MinSize"] <= sizes["DesiredCapacity"] <= sizes["MaxSize"]:
        raise AwsError("ValidationError", "Desired capacity must be between the specified min size and max size")
    if "LaunchTemplate" in changes:
        group.pop("LaunchConfigurationName", None)
    group.update(changes)
    return {}
