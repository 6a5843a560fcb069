"""The nodes of a cluster: node groups, Auto Scaling groups, launch templates, instances, images, volumes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from local.fleet.build_catalogue import release_name
from local.fleet.build_cluster import ClusterSite, issues
from local.fleet.cluster_manifest import LaunchTemplate, Nodegroup, SelfManagedGroup
from local.fleet.manifest import MetadataOptions
from local.simulators.world import Row, identifier

_EKS_IMAGE_OWNER = "602401143452"
# What EKS writes into a launch template of its own making.
_GENERATED_METADATA = MetadataOptions(tokens="required", hops=2)


def build_compute(site: ClusterSite) -> None:
    """Adds the cluster's node groups to the cluster and everything they run on to its place."""
    cluster = site.place.clusters[site.manifest.name]
    for group in site.manifest.nodegroups:
        cluster.nodegroups[group.name] = _managed_group(site, group)
        _add_managed_nodes(site, group)
    for self_managed in site.manifest.self_managed_groups:
        _add_self_managed(site, self_managed)
    for number, is_encrypted in enumerate(site.manifest.volumes):
        site.place.volumes.append(_volume(site, number, is_encrypted))


def _own_id(site: ClusterSite, prefix: str, *names: str) -> str:
    return identifier(prefix, site.place.account, site.place.region, site.manifest.name, *names)


def _group_name(site: ClusterSite, group: str) -> str:
    return f"eks-{group}-{_own_id(site, 'asg', group).removeprefix('asg-')}"


def _is_custom(group: Nodegroup) -> bool:
    return group.ami_type == "CUSTOM"


def _image_id(site: ClusterSite, group: Nodegroup) -> str:
    if _is_custom(group):
        return _own_id(site, "ami", group.name)
    return identifier("ami", site.place.region, group.ami_type, _release(site, group))


def _release(site: ClusterSite, group: Nodegroup) -> str:
    if group.release or _is_custom(group):
        return group.release or _own_id(site, "ami", group.name)
    minor = group.version or site.manifest.version
    patch = next(row["kubernetesPatchVersion"] for row in site.catalogue.versions if row["clusterVersion"] == minor)
    return release_name(minor, patch, group.ami_type, group.release_age, site.now)


def _managed_group(site: ClusterSite, group: Nodegroup) -> Row:
    smallest, desired, largest = group.sizes
    row: dict[str, Any] = {
        "nodegroupName": group.name,
        "nodegroupArn": site.arn("nodegroup", group.name),
        "clusterName": site.manifest.name,
        "releaseVersion": _release(site, group),
        "createdAt": site.days_ago(200),
        "modifiedAt": site.days_ago(group.node_age),
        "status": group.status,
        "capacityType": group.capacity,
        "scalingConfig": {"minSize": smallest, "desiredSize": desired, "maxSize": largest},
        "instanceTypes": list(group.instance_types),
        "subnets": site.subnets(group.zones, is_public=group.public),
        "amiType": group.ami_type,
        "nodeRole": site.role(f"{site.manifest.name}-node"),
        "labels": {},
        "taints": [],
        "resources": {"autoScalingGroups": [{"name": _group_name(site, group.name)}]},
        "health": issues(group.issues),
        "nodeRepairConfig": {"enabled": group.repair},
        "tags": dict(site.manifest.tags if group.tags is None else group.tags),
    }
    if not _is_custom(group):
        row["version"] = group.version or site.manifest.version
    if group.template:
        own = _own_id(site, "lt", group.template.name)
        row["launchTemplate"] = {"id": own, "name": group.template.name, "version": str(group.template.used)}
    else:
        row["diskSize"] = 20
    if group.max_unavailable_percentage is not None:
        row["updateConfig"] = {"maxUnavailablePercentage": group.max_unavailable_percentage}
    elif group.max_unavailable is not None:
        row["updateConfig"] = {"maxUnavailable": group.max_unavailable}
    if group.remote_access:
        row["remoteAccess"] = {
            "ec2SshKey": group.remote_access.key_pair,
            "sourceSecurityGroups": list(group.remote_access.source_groups),
        }
    return row


def _add_managed_nodes(site: ClusterSite, group: Nodegroup) -> None:
    generated = _group_name(site, group.name)
    template_id = _own_id(site, "lt", generated)
    metadata = group.metadata if group.template else _GENERATED_METADATA
    data = _template_data(site, group, metadata)
    site.place.launch_template_versions.append(_template_version(site, template_id, generated, 1, 1, data))
    if group.template:
        _add_customer_template(site, group.template, data)
    _add_image(
        site, _image_id(site, group), group.ami_type, group.image_age if _is_custom(group) else group.release_age
    )
    nodes = list(_managed_nodes(site, group, template_id, metadata)) if group.status != "CREATING" else []
    site.place.instances += nodes
    smallest, desired, largest = group.sizes
    reference = {"LaunchTemplateId": template_id, "LaunchTemplateName": generated, "Version": "1"}
    site.place.autoscaling_groups.append(
        {
            **_autoscaling_group(site, generated, (smallest, desired, largest), group.zones, nodes),
            "MixedInstancesPolicy": {
                "LaunchTemplate": {
                    "LaunchTemplateSpecification": reference,
                    "Overrides": [{"InstanceType": kind} for kind in group.instance_types],
                },
                "InstancesDistribution": {
                    "OnDemandPercentageAboveBaseCapacity": 0 if group.capacity == "SPOT" else 100,
                    "SpotAllocationStrategy": "price-capacity-optimized",
                },
            },
            "CapacityRebalance": group.capacity == "SPOT",
            "Tags": _asg_tags(generated, {"eks:cluster-name": site.manifest.name, "eks:nodegroup-name": group.name}),
        }
    )


def _template_data(site: ClusterSite, group: Nodegroup, metadata: MetadataOptions) -> Row:
    ebs: Row = {"VolumeSize": 20, "VolumeType": "gp3"}
    if group.encrypted_volumes is not None and group.template:
        ebs["Encrypted"] = group.encrypted_volumes
    data: Row = {
        "ImageId": _image_id(site, group),
        "MetadataOptions": {"HttpTokens": metadata.tokens, "HttpPutResponseHopLimit": metadata.hops},
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": ebs} for device in _devices(group.ami_type)],
    }
    key_pair = group.remote_access.key_pair if group.remote_access else group.template and group.template.key_pair
    if key_pair:
        data["KeyName"] = key_pair
    if group.template and group.template.public_address:
        data["NetworkInterfaces"] = [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]
    return data


def _template_version(site: ClusterSite, own: str, name: str, number: int, default: int, data: Row) -> Row:
    return {
        "LaunchTemplateId": own,
        "LaunchTemplateName": name,
        "VersionNumber": number,
        "DefaultVersion": number == default,
        "CreateTime": site.days_ago(200 - number),
        "CreatedBy": f"arn:aws:iam::{site.place.account}:root",
        "LaunchTemplateData": data,
    }


def _add_customer_template(site: ClusterSite, template: LaunchTemplate, data: Row) -> None:
    own = _own_id(site, "lt", template.name)
    known = {row["LaunchTemplateId"] for row in site.place.launch_template_versions}
    if own not in known:
        site.place.launch_template_versions += [
            _template_version(site, own, template.name, number, template.default, data)
            for number in range(1, template.latest + 1)
        ]


def _devices(ami_type: str) -> tuple[str, ...]:
    if ami_type.startswith("BOTTLEROCKET"):
        return ("/dev/xvda", "/dev/xvdb")
    return ("/dev/sda1",) if ami_type.startswith("WINDOWS") else ("/dev/xvda",)


def _add_image(site: ClusterSite, own: str, ami_type: str, age: int) -> None:
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
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": {"Encrypted": False}} for device in _devices(ami_type)],
    }
    if ami_type.startswith(("AL2023", "BOTTLEROCKET")):
        image["ImdsSupport"] = "v2.0"
    site.place.images.append(image)


def _managed_nodes(site: ClusterSite, group: Nodegroup, template_id: str, metadata: MetadataOptions) -> Iterator[Row]:
    tags = {"eks:cluster-name": site.manifest.name, "eks:nodegroup-name": group.name}
    for number in range(group.sizes[1]):
        is_old = number < group.old_nodes
        options = MetadataOptions(tokens="optional", hops=2) if is_old else metadata
        node = _instance(site, group.name, number, group.zones, group.instance_types, tags, options, group.node_age)
        node["SubnetId"] = site.subnets(group.zones, is_public=group.public)[number % len(group.zones)]
        node["ImageId"] = _image_id(site, group)
        if group.public:
            node["PublicIpAddress"] = f"203.0.113.{10 + number}"
        if group.remote_access or (group.template and group.template.key_pair):
            node["KeyName"] = group.remote_access.key_pair if group.remote_access else group.template.key_pair  # type: ignore[union-attr]
        node["_template"] = {"LaunchTemplateId": template_id, "Version": "0" if is_old else "1"}
        yield node


def _instance(
    site: ClusterSite,
    group: str,
    number: int,
    zones: tuple[str, ...],
    types: tuple[str, ...],
    tags: dict[str, str],
    metadata: MetadataOptions,
    age: int,
) -> Row:
    own = {**tags, f"kubernetes.io/cluster/{site.manifest.name}": "owned", "Name": f"{site.manifest.name}-{group}"}
    return {
        "InstanceId": _own_id(site, "i", group, str(number)),
        "InstanceType": types[number % len(types)],
        "LaunchTime": site.days_ago(age),
        "State": {"Code": 16, "Name": "running"},
        "SubnetId": site.subnets(zones)[number % len(zones)],
        "VpcId": site.place.clusters[site.manifest.name].description["resourcesVpcConfig"]["vpcId"],
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


def _autoscaling_group(
    site: ClusterSite, name: str, sizes: tuple[int, int, int], zones: tuple[str, ...], nodes: list[Row]
) -> Row:
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


def _asg_tags(group: str, tags: dict[str, str]) -> list[Row]:
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


def _add_self_managed(site: ClusterSite, group: SelfManagedGroup) -> None:
    name = f"{site.manifest.name}-{group.name}"
    image, template_id = _own_id(site, "ami", group.name), _own_id(site, "lt", name)
    _add_image(site, image, "CUSTOM", group.image_age)
    nodes = [
        {
            **_instance(site, group.name, n, group.zones, group.instance_types, {}, group.metadata, group.node_age),
            "ImageId": image,
            "_template": None if group.launch_configuration else {"LaunchTemplateId": template_id, "Version": "1"},
        }
        for n in range(group.size)
    ]
    site.place.instances += nodes
    row = _autoscaling_group(site, name, (1, group.size, group.size * 2), group.zones, nodes)
    row["SuspendedProcesses"] = [{"ProcessName": one, "SuspensionReason": "User suspended"} for one in group.suspended]
    row["Tags"] = _asg_tags(name, {f"kubernetes.io/cluster/{site.manifest.name}": "owned"})
    if group.launch_configuration:
        row["LaunchConfigurationName"] = name
    else:
        row["LaunchTemplate"] = {"LaunchTemplateId": template_id, "LaunchTemplateName": name, "Version": "1"}
        ebs = {} if group.encrypted_volumes is None else {"Encrypted": group.encrypted_volumes}
        data = {
            "ImageId": image,
            "MetadataOptions": {
                "HttpTokens": group.metadata.tokens,
                "HttpPutResponseHopLimit": group.metadata.hops,
            },
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 20, **ebs}}],
        }
        site.place.launch_template_versions.append(_template_version(site, template_id, name, 1, 1, data))
    site.place.autoscaling_groups.append(row)
    if group.lifecycle_hook:
        site.place.lifecycle_hooks.append(
            {
                "LifecycleHookName": "drain",
                "AutoScalingGroupName": name,
                "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
                "HeartbeatTimeout": 300,
                "DefaultResult": "CONTINUE",
            }
        )


def _volume(site: ClusterSite, number: int, is_encrypted: bool) -> Row:  # noqa: FBT001
    tags = {
        "kubernetes.io/created-for/pvc/name": f"data-{number}",
        "kubernetes.io/created-for/pvc/namespace": "default",
        "KubernetesCluster": site.manifest.name,
    }
    return {
        "VolumeId": _own_id(site, "vol", str(number)),
        "AvailabilityZone": f"{site.place.region}a",
        "CreateTime": site.days_ago(80),
        "Encrypted": is_encrypted,
        "Size": 50,
        "State": "in-use",
        "VolumeType": "gp3",
        "Attachments": [],
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
