"""Auto Scaling groups of the node groups."""

import re
from collections.abc import Iterator

from benchmarks.fleet.calls import Answer, Call, Paging, filters, listed, page
from benchmarks.fleet.services.owners import (
    CLUSTER_TAG,
    GENERATED,
    Owner,
    instance_id,
    owners,
    scaling_group_name,
    subnets_of,
    tagged,
    template_id,
)

_PAGING = Paging("NextToken", "MaxRecords", 50, 100, "InvalidNextToken")
_GROUP_NAME = re.compile(r"eks-.+-([0-9a-f]{7})-([0-9a-f]{3})")


def describe_auto_scaling_groups(call: Call) -> Answer:
    """`autoscaling:DescribeAutoScalingGroups`, by name or by tag; names that are unknown are left out, as AWS does."""
    names = listed(call.parameters, "AutoScalingGroupNames.member")
    keys = filters(call.parameters, "Filters.member", "Values.member").get("tag-key")
    if names:
        chosen = [owner for name in names for owner in _owner_by_name(call, name)]
    else:
        chosen = owners(call, None if keys is None else tagged(call, keys))
    found, token = page(call, chosen, _PAGING)
    return {"AutoScalingGroups": [_scaling_group(call, owner) for owner in found], "NextToken": token}


def _owner_by_name(call: Call, name: str) -> Iterator[Owner]:
    found = _GROUP_NAME.fullmatch(name)
    cluster, number = (int(found[1], 16), int(found[2], 16)) if found else (-1, -1)
    if 0 <= cluster < call.world.cluster_count(call.place) and 0 <= number < call.world.options.nodegroups:
        owner = Owner(call.world.cluster(call.place, cluster), call.world.group(call.place, cluster, number))
        if scaling_group_name(*owner) == name:
            yield owner


def _scaling_group(call: Call, owner: Owner) -> Answer:
    cluster, group = owner
    place, name = call.place, scaling_group_name(cluster, group)
    template = {"LaunchTemplateId": template_id(call, owner, GENERATED), "Version": "1"}
    kind = group.instance_type.name
    instances = [
        {
            "InstanceId": instance_id(call, owner, number),
            "InstanceType": kind,
            "AvailabilityZone": place.region + "abc"[number % 3],
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "LaunchTemplate": template,
            "ProtectedFromScaleIn": False,
        }
        for number in range(group.desired)
    ]
    marks = {
        "eks:cluster-name": cluster.name,
        "eks:nodegroup-name": group.name,
        CLUSTER_TAG + cluster.name: "owned",
    }
    return {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": f"arn:aws:autoscaling:{place.region}:{place.account}:autoScalingGroup:x:{name}",
        "MixedInstancesPolicy": {
            "LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": [{"InstanceType": kind}]},
            "InstancesDistribution": {"SpotAllocationStrategy": "price-capacity-optimized"},
        },
        "MinSize": group.smallest,
        "MaxSize": group.largest,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": [place.region + zone for zone in "abc"],
        "HealthCheckType": "EC2",
        "Instances": instances,
        "CreatedTime": call.world.catalogue.timestamp(-200),
        "SuspendedProcesses": [],
        "VPCZoneIdentifier": ",".join(subnets_of(call, cluster)),
        "Tags": [
            {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": k, "Value": v, "PropagateAtLaunch": True}
            for k, v in marks.items()
        ],
        "CapacityRebalance": True,
    }


def describe_policies(_: Call) -> Answer:
    """`autoscaling:DescribePolicies`: the groups of the fleet are scaled by nothing of their own."""
    return {"ScalingPolicies": []}


def describe_scheduled_actions(_: Call) -> Answer:
    """`autoscaling:DescribeScheduledActions`."""
    return {"ScheduledUpdateGroupActions": []}


def describe_lifecycle_hooks(_: Call) -> Answer:
    """`autoscaling:DescribeLifecycleHooks`."""
    return {"LifecycleHooks": []}
