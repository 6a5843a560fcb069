"""Instances of the node groups."""

from benchmarks.fleet.calls import EC2, Answer, Call, filters, page, tags
from benchmarks.fleet.services.owners import (
    CLUSTER_TAG,
    PRIVATE_SUBNETS,
    Owner,
    instance_id,
    metadata_options,
    owners,
    scaling_group_name,
    tagged,
)
from benchmarks.fleet.traits import Ssh
from benchmarks.fleet.world import CLUSTERS_PER_VPC


def describe_instances(call: Call) -> Answer:
    """`ec2:DescribeInstances`; other filters than tag-key are taken for met."""
    keys = filters(call.parameters).get("tag-key", [CLUSTER_TAG + "*"])
    chosen = owners(call, None if CLUSTER_TAG + "*" in keys else tagged(call, keys))
    numbered = [(owner, number) for owner in chosen for number in range(owner.group.desired)]
    found, token = page(call, numbered, EC2)
    return {"reservationSet": [_reservation(call, *one) for one in found], "nextToken": token}


def _reservation(call: Call, owner: Owner, number: int) -> Answer:
    cluster, group = owner
    place, instance = call.place, instance_id(call, owner, number)
    vpc = cluster.index // CLUSTERS_PER_VPC
    address = f"10.{vpc % 250}.{number % 3 * 16 + group.index}.{10 + cluster.index % 200}"
    security = {"groupId": call.names.id("sg", place, cluster.index), "groupName": f"eks-cluster-sg-{cluster.name}"}
    subnet = call.names.id("subnet", place, vpc, PRIVATE_SUBNETS[number % 3])
    described: Answer = {
        "instanceId": instance,
        "imageId": call.names.id("ami", place, group.release),
        "instanceState": {"code": 16, "name": "running"},
        "privateDnsName": f"ip-{address.replace('.', '-')}.ec2.internal",
        "instanceType": group.instance_type.name,
        "launchTime": call.world.catalogue.timestamp(-1 - call.world.draws.number("launch", instance) % 80),
        "placement": {"availabilityZone": place.region + "abc"[number % 3], "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "subnetId": subnet,
        "vpcId": call.names.id("vpc", place, vpc),
        "privateIpAddress": address,
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "virtualizationType": "hvm",
        "iamInstanceProfile": {"arn": f"arn:aws:iam::{place.account}:instance-profile/eks-{cluster.name}", "id": "A"},
        "networkInterfaceSet": [{"subnetId": subnet, "privateIpAddress": address, "groupSet": [security]}],
        "groupSet": [security],
        "metadataOptions": {"state": "applied", **metadata_options(group)},
        "tagSet": tags(
            {
                "eks:cluster-name": cluster.name,
                "eks:nodegroup-name": group.name,
                CLUSTER_TAG + cluster.name: "owned",
                "aws:autoscaling:groupName": scaling_group_name(cluster, group),
            }
        ),
    }
    if group.public_address:
        described["ipAddress"] = f"198.51.100.{cluster.index % 250}"
    if group.ssh is not Ssh.NONE:
        described["keyName"] = "ops-key"
    return {"reservationId": f"r-{instance[2:]}", "ownerId": place.account, "instancesSet": [described]}


def describe_images(call: Call) -> Answer:
    """`ec2:DescribeImages`: those that instances run, by id."""
    asked = filters(call.parameters).get("image-id", [])
    images = [
        {
            "imageId": image,
            "imageState": "available",
            "creationDate": call.world.catalogue.timestamp(-60),
            "imdsSupport": "v2.0",
            "blockDeviceMapping": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": False}}],
        }
        for image in asked
        if image.startswith("ami-")
    ]
    found, token = page(call, images, EC2)
    return {"imagesSet": list(found), "nextToken": token}


def describe_volumes(_: Call) -> Answer:
    """`ec2:DescribeVolumes`: pods of the fleet keep nothing."""
    return {"volumeSet": []}


def get_instance_metadata_defaults(_: Call) -> Answer:
    """`ec2:GetInstanceMetadataDefaults`: no preference."""
    return {"accountLevel": {}}
