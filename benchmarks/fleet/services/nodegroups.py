"""Node groups as EKS describes them."""

from benchmarks.fleet.calls import Answer, Call
from benchmarks.fleet.names import node_role_name, role_arn
from benchmarks.fleet.services.owners import CUSTOMERS, Owner, scaling_group_name, subnets_of, template_id
from benchmarks.fleet.traits import Cluster, NodeGroup, Ssh


def described_group(call: Call, cluster: Cluster, group: NodeGroup) -> Answer:
    """Return a node group as `eks:DescribeNodegroup` does, without its tags."""
    name = scaling_group_name(cluster, group)
    health = {"code": "AsgInstanceLaunchFailures", "message": "Could not launch instances.", "resourceIds": [name]}
    described: Answer = {
        "nodegroupName": group.name,
        "nodegroupArn": call.names.eks_arn(call.place, "nodegroup", cluster.name, group.name),
        "clusterName": cluster.name,
        "createdAt": call.world.catalogue.at(-90),
        "modifiedAt": call.world.catalogue.at(-30),
        "status": group.status,
        "capacityType": "SPOT" if group.spot else "ON_DEMAND",
        "scalingConfig": {"minSize": group.smallest, "maxSize": group.largest, "desiredSize": group.desired},
        "subnets": subnets_of(call, cluster),
        "amiType": group.image.type,
        "nodeRole": role_arn(call.place.account, node_role_name(call.place, cluster.name)),
        "labels": {"pool": group.name},
        "resources": {"autoScalingGroups": [{"name": name}]},
        "health": {"issues": [health] if group.status == "DEGRADED" else []},
        "nodeRepairConfig": {"enabled": group.repairs},
        "updateConfig": _update_config(group),
        **_image_of(call, group),
    }
    if group.template:
        template = {"name": f"lt-{cluster.name}-{group.name}", "version": str(group.template.used)}
        described["launchTemplate"] = {**template, "id": template_id(call, Owner(cluster, group), CUSTOMERS)}
        return described
    described |= {"instanceTypes": [group.instance_type.name], "diskSize": 20}
    if group.ssh is not Ssh.NONE:
        sources = [call.names.id("sg", call.place, cluster.index, 2)] if group.ssh is Ssh.RESTRICTED else []
        described["remoteAccess"] = {"ec2SshKey": "ops-key", **({"sourceSecurityGroups": sources} if sources else {})}
    return described


def _image_of(call: Call, group: NodeGroup) -> Answer:
    if group.image.custom:
        return {"releaseVersion": call.names.id("ami", call.place, group.release)}
    release = call.world.catalogue.release(group.image, group.version, group.release)
    return {"version": group.version.minor, "releaseVersion": release}


def _update_config(group: NodeGroup) -> Answer:
    if group.update_percent is None:
        return {"maxUnavailable": 1}
    return {"maxUnavailablePercentage": group.update_percent}
