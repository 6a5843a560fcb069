"""Managed node groups: what EKS says of them and what they run on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local.fleet.build_catalogue import release_name
from local.fleet.build_cluster import issues
from local.fleet.build_security import add_open_group
from local.fleet.cluster_manifest import LaunchTemplate, Nodegroup
from local.fleet.compute_parts import (
    add_image,
    autoscaling_group,
    device_names,
    group_tags,
    instance,
    own_id,
    scheduled_action,
    template_version,
)
from local.fleet.manifest import Ingress, MetadataOptions
from local.fleet.names import cluster_group_id
from local.fleet.site import ClusterSite
from local.simulators.world import Row, identifier

# What EKS writes into a launch template of its own making.
_GENERATED_METADATA = MetadataOptions(tokens="required", hops=2)


def _group_name(site: ClusterSite, group: str) -> str:
    return f"eks-{group}-{own_id(site, 'asg', group).removeprefix('asg-')}"


def _is_custom(group: Nodegroup) -> bool:
    return group.ami_type == "CUSTOM"


def _image_id(site: ClusterSite, group: Nodegroup) -> str:
    if _is_custom(group):
        return own_id(site, "ami", group.name)
    return identifier("ami", site.place.region, group.ami_type, _release(site, group))


def _release(site: ClusterSite, group: Nodegroup) -> str:
    if group.release or _is_custom(group):
        return group.release or own_id(site, "ami", group.name)
    minor = group.version or site.manifest.version
    patch = next(row["kubernetesPatchVersion"] for row in site.catalogue.versions if row["clusterVersion"] == minor)
    return release_name(minor, patch, group.ami_type, group.release_age, site.now)


def managed_group(site: ClusterSite, group: Nodegroup) -> Row:
    """The description of a managed node group."""
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
        "labels": dict(group.labels),
        "taints": [{"key": key, "value": value, "effect": "NO_SCHEDULE"} for key, value in group.taints.items()],
        "resources": {"autoScalingGroups": [{"name": _group_name(site, group.name)}]},
        "health": issues(group.issues),
        "nodeRepairConfig": {"enabled": group.repair},
        "tags": dict(site.manifest.tags if group.tags is None else group.tags),
    }
    if not _is_custom(group):
        row["version"] = group.version or site.manifest.version
    if group.template:
        own = own_id(site, "lt", group.template.name)
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
        row["resources"]["remoteAccessSecurityGroup"] = _remote_access_group(site, group)
    return row


def _remote_access_group(site: ClusterSite, group: Nodegroup) -> str:
    return identifier("sg", site.place.account, site.place.region, _remote_access_name(site, group))


def _remote_access_name(site: ClusterSite, group: Nodegroup) -> str:
    return f"eks-remoteAccess-{site.manifest.name}-{group.name}"


def _add_groups(site: ClusterSite, group: Nodegroup) -> list[str]:
    """The security groups of the group's nodes; EKS opens SSH to the world unless source groups are named."""
    groups = [cluster_group_id(site.place, site.manifest.name)]
    if group.ingress:
        groups.append(add_open_group(site.place, f"{site.manifest.name}-{group.name}", site.vpc, group.ingress))
    if group.remote_access:
        rules = () if group.remote_access.source_groups else (Ingress(ports=(22, 22)),)
        groups.append(add_open_group(site.place, _remote_access_name(site, group), site.vpc, rules))
    return groups


def add_managed_nodes(site: ClusterSite, group: Nodegroup) -> None:
    """Adds what a managed group runs on: templates, image, instances, Auto Scaling group."""
    generated = _group_name(site, group.name)
    template_id = own_id(site, "lt", generated)
    metadata = group.metadata if group.template else _GENERATED_METADATA
    groups = _add_groups(site, group)
    data = {**_template_data(site, group, metadata), "SecurityGroupIds": groups}
    site.place.launch_template_versions.append(template_version(site, template_id, generated, 1, 1, data))
    if group.template:
        _add_customer_template(site, group.template, data)
    add_image(site, _image_id(site, group), group.ami_type, group.image_age if _is_custom(group) else group.release_age)
    nodes = list(_managed_nodes(site, group, data, template_id)) if group.status != "CREATING" else []
    site.place.instances += nodes
    smallest, desired, largest = group.sizes
    reference = {"LaunchTemplateId": template_id, "LaunchTemplateName": generated, "Version": "1"}
    site.place.autoscaling_groups.append(
        {
            **autoscaling_group(site, generated, (smallest, desired, largest), group.zones, nodes),
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
            "Tags": group_tags(generated, {"eks:cluster-name": site.manifest.name, "eks:nodegroup-name": group.name}),
        }
    )
    if group.night_size is not None:
        site.place.scheduled_actions.append(scheduled_action(site, generated, group.night_size))


def _key_pair(group: Nodegroup) -> str | None:
    if group.remote_access:
        return group.remote_access.key_pair
    return group.template.key_pair if group.template else None


def _template_data(site: ClusterSite, group: Nodegroup, metadata: MetadataOptions) -> Row:
    ebs: Row = {"VolumeSize": 20, "VolumeType": group.volume_type}
    if group.encrypted_volumes is not None and group.template:
        ebs["Encrypted"] = group.encrypted_volumes
    data: Row = {
        "ImageId": _image_id(site, group),
        "MetadataOptions": {"HttpTokens": metadata.tokens, "HttpPutResponseHopLimit": metadata.hops},
        "BlockDeviceMappings": [{"DeviceName": device, "Ebs": ebs} for device in device_names(group.ami_type)],
    }
    if key_pair := _key_pair(group):
        data["KeyName"] = key_pair
    if group.template and group.template.public_address:
        data["NetworkInterfaces"] = [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]
    return data


def _add_customer_template(site: ClusterSite, template: LaunchTemplate, data: Row) -> None:
    own = own_id(site, "lt", template.name)
    known = {row["LaunchTemplateId"] for row in site.place.launch_template_versions}
    if own not in known:
        site.place.launch_template_versions += [
            template_version(site, own, template.name, number, template.default, data)
            for number in range(1, template.latest + 1)
        ]


def _managed_nodes(site: ClusterSite, group: Nodegroup, data: Row, template_id: str) -> Iterator[Row]:
    tags = {"eks:cluster-name": site.manifest.name, "eks:nodegroup-name": group.name}
    metadata = MetadataOptions(
        tokens=data["MetadataOptions"]["HttpTokens"], hops=data["MetadataOptions"]["HttpPutResponseHopLimit"]
    )
    for number in range(group.sizes[1]):
        is_old = number < group.old_nodes
        options = MetadataOptions(tokens="optional", hops=2) if is_old else metadata
        node = instance(site, group.name, number, group.zones, group.instance_types, tags, options, group.node_age)
        node["SubnetId"] = site.subnets(group.zones, is_public=group.public)[number % len(group.zones)]
        node["ImageId"] = data["ImageId"]
        node["SecurityGroups"] = [{"GroupId": own} for own in data["SecurityGroupIds"]]
        if group.public:
            node["PublicIpAddress"] = f"203.0.113.{10 + number}"
        if "KeyName" in data:
            node["KeyName"] = data["KeyName"]
        node["_template"] = {"LaunchTemplateId": template_id, "Version": "0" if is_old else "1"}
        yield node
