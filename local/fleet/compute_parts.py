"""The parts that every pool of nodes is made of: images, templates, instances, Auto Scaling groups."""

from __future__ import annotations

import datetime as dt

from local.fleet.manifest import MetadataOptions
from local.fleet.names import cluster_group_id, node_profile_arn
from local.fleet.site import ClusterSite
from local.simulators.world import Row, identifier

_EKS_IMAGE_OWNER = "602401143452"


def own_id(site: ClusterSite, prefix: str, *names: str) -> str:
    """The id of something of the cluster that is the same for the same names."""
    return identifier(prefix, site.place.account, site.place.region, site.manifest.name, *names)


def device_names(ami_type: str) -> tuple[str, ...]:
    """The root and data devices of an image family."""
    if ami_type.startswith("BOTTLEROCKET"):
        return ("/dev/xvda", "/dev/xvdb")
    return ("/dev/sda1",) if ami_type.startswith("WINDOWS") else ("/dev/xvda",)


def add_image(site: ClusterSite, own: str, ami_type: str, age: int) -> None:
    """Adds an image, so many days old, unless it is there."""
    if own in [row["ImageId"] for row in site.place.images]:
        return
    is_custom = ami_type == "CUSTOM"
    created = site.days_ago(age)
    image: Row = {
        "ImageId": own,
        "Name": f"{ami_type.lower()}-{created:%Y%m%d}",
        "OwnerId": site.place.account if is_custom else _EKS_IMAGE_OWNER,
        "CreationDate": created.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "DeprecationTime": (created + dt.timedelta(days=730)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "State": "available",
        "Public": not is_custom,
        "Architecture": "arm64" if "ARM" in ami_type else "x86_64",
        "BlockDeviceMappings": [
            {"DeviceName": device, "Ebs": {"Encrypted": False, "VolumeType": "gp3"}}
            for device in device_names(ami_type)
        ],
    }
    if ami_type.startswith(("AL2023", "BOTTLEROCKET")):
        image["ImdsSupport"] = "v2.0"
    site.place.images.append(image)


def template_version(site: ClusterSite, own: str, name: str, number: int, default: int, data: Row) -> Row:
    """One version of a launch template."""
    return {
        "LaunchTemplateId": own,
        "LaunchTemplateName": name,
        "VersionNumber": number,
        "DefaultVersion": number == default,
        "CreateTime": site.days_ago(200 - number),
        "CreatedBy": f"arn:aws:iam::{site.place.account}:root",
        "LaunchTemplateData": data,
    }


def instance(
    site: ClusterSite,
    group: str,
    number: int,
    zones: tuple[str, ...],
    types: tuple[str, ...],
    tags: dict[str, str],
    metadata: MetadataOptions,
    age: int,
) -> Row:
    """A running node; `types` and `zones` are taken in turn."""
    own = {**tags, f"kubernetes.io/cluster/{site.manifest.name}": "owned", "Name": f"{site.manifest.name}-{group}"}
    return {
        "InstanceId": own_id(site, "i", group, str(number)),
        "InstanceType": types[number % len(types)],
        "LaunchTime": site.days_ago(age),
        "State": {"Code": 16, "Name": "running"},
        "SubnetId": site.subnets(zones)[number % len(zones)],
        "VpcId": site.vpc,
        "IamInstanceProfile": {"Arn": node_profile_arn(site.place.account, site.manifest.name)},
        "SecurityGroups": [{"GroupId": cluster_group_id(site.place, site.manifest.name)}],
        "Placement": {"AvailabilityZone": f"{site.place.region}{zones[number % len(zones)]}"},
        "PrivateIpAddress": f"10.0.{number}.10",
        "MetadataOptions": {
            "State": "applied",
            "HttpTokens": metadata.tokens,
            "HttpPutResponseHopLimit": metadata.hops,
            "HttpEndpoint": "enabled",
        },
        "Tags": [{"Key": key, "Value": value} for key, value in own.items()],
    }


def autoscaling_group(
    site: ClusterSite, name: str, sizes: tuple[int, int, int], zones: tuple[str, ...], nodes: list[Row]
) -> Row:
    """An Auto Scaling group of (smallest, desired, largest) with these nodes."""
    return {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": site.place.arn("autoscaling", f"autoScalingGroup:1:autoScalingGroupName/{name}"),
        "MinSize": sizes[0],
        "DesiredCapacity": sizes[1],
        "MaxSize": sizes[2],
        "DefaultCooldown": 300,
        "AvailabilityZones": [f"{site.place.region}{zone}" for zone in zones],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15,
        "CreatedTime": site.days_ago(200),
        "VPCZoneIdentifier": ",".join(site.subnets(zones)),
        "SuspendedProcesses": [],
        "Instances": [
            {
                "InstanceId": node["InstanceId"],
                "InstanceType": node["InstanceType"],
                "AvailabilityZone": node["Placement"]["AvailabilityZone"],
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
                "LaunchTemplate": node.get("_template"),
            }
            for node in nodes
        ],
    }


def group_tags(group: str, tags: dict[str, str]) -> list[Row]:
    """The tags of an Auto Scaling group."""
    return [
        {
            "ResourceId": group,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": True,
        }
        for key, value in tags.items()
    ]


def scheduled_action(site: ClusterSite, group: str, size: int) -> Row:
    """A scheduled action that brings a group to so many nodes on every evening of a working day."""
    return {
        "AutoScalingGroupName": group,
        "ScheduledActionName": "night",
        "ScheduledActionARN": site.place.arn("autoscaling", f"scheduledUpdateGroupAction:1:{group}/night"),
        "Recurrence": "0 20 * * 1-5",
        "StartTime": site.now + dt.timedelta(hours=12),
        "MinSize": size,
        "DesiredCapacity": size,
    }


def scaling_policy(site: ClusterSite, group: str) -> Row:
    """A policy that follows the processor load of a group."""
    return {
        "AutoScalingGroupName": group,
        "PolicyName": "cpu",
        "PolicyARN": site.place.arn("autoscaling", f"scalingPolicy:1:autoScalingGroupName/{group}:policyName/cpu"),
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingConfiguration": {
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 60.0,
        },
        "StepAdjustments": [],
        "Alarms": [],
        "Enabled": True,
    }
