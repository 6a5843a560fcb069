"""Auto Scaling groups of nodes that EKS does not manage."""

from __future__ import annotations

from local.fleet.cluster_manifest import SelfManagedGroup
from local.fleet.compute_parts import (
    add_image,
    autoscaling_group,
    group_tags,
    instance,
    own_id,
    scaling_policy,
    template_version,
)
from local.fleet.names import cluster_group_id
from local.fleet.site import ClusterSite
from local.simulators.world import Row


def add_self_managed(site: ClusterSite, group: SelfManagedGroup) -> None:
    """Adds an Auto Scaling group that EKS does not manage, with all it runs on."""
    name = f"{site.manifest.name}-{group.name}"
    image, template_id = own_id(site, "ami", group.name), own_id(site, "lt", name)
    add_image(site, image, "CUSTOM", group.image_age)
    nodes = [
        {
            **instance(site, group.name, n, group.zones, group.instance_types, {}, group.metadata, group.node_age),
            "ImageId": image,
            "_template": None if group.launch_configuration else {"LaunchTemplateId": template_id, "Version": "1"},
        }
        for n in range(group.size)
    ]
    site.place.instances += nodes
    row = autoscaling_group(site, name, (1, group.size, group.size * 2), group.zones, nodes)
    row["SuspendedProcesses"] = [{"ProcessName": one, "SuspensionReason": "User suspended"} for one in group.suspended]
    row["Tags"] = group_tags(name, _tags(site.manifest.name, group))
    if group.launch_configuration:
        row["LaunchConfigurationName"] = name
    else:
        row["LaunchTemplate"] = {"LaunchTemplateId": template_id, "LaunchTemplateName": name, "Version": "1"}
        data = _template_data(site, group, image)
        site.place.launch_template_versions.append(template_version(site, template_id, name, 1, 1, data))
    site.place.autoscaling_groups.append(row)
    if group.scaling_policy:
        site.place.scaling_policies.append(scaling_policy(site, name))
    if group.lifecycle_hook:
        site.place.lifecycle_hooks.append(_drain_hook(name))


def _tags(cluster: str, group: SelfManagedGroup) -> dict[str, str]:
    owned = {f"kubernetes.io/cluster/{cluster}": "owned"}
    return {**owned, f"k8s.io/cluster-autoscaler/{cluster}": "owned"} if group.autoscaled else owned


def _template_data(site: ClusterSite, group: SelfManagedGroup, image: str) -> Row:
    ebs: Row = {"VolumeSize": 20}
    if group.encrypted_volumes is not None:
        ebs["Encrypted"] = group.encrypted_volumes
    return {
        "ImageId": image,
        "SecurityGroupIds": [cluster_group_id(site.place, site.manifest.name)],
        "MetadataOptions": {"HttpTokens": group.metadata.tokens, "HttpPutResponseHopLimit": group.metadata.hops},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}],
    }


def _drain_hook(group: str) -> Row:
    return {
        "LifecycleHookName": "drain",
        "AutoScalingGroupName": group,
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "HeartbeatTimeout": 300,
        "DefaultResult": "CONTINUE",
    }
