"""Networks: VPCs with three private and three public subnets, their routes and flow logs."""

from collections.abc import Callable
from typing import TypeVar

from benchmarks.fleet.calls import EC2, Answer, Call, filters, listed, page, tags
from benchmarks.fleet.services.owners import PRIVATE_SUBNETS
from benchmarks.fleet.world import CLUSTERS_PER_VPC

T = TypeVar("T")

_SUBNETS = range(6)
_ANYWHERE = "0.0.0.0/0"
# The part of a VPC's number in the id of its default group, and those of a cluster's number in the ids of its own.
_DEFAULT_GROUP = 0xFFF
_CLUSTER_GROUPS = range(3)


def _vpcs(call: Call) -> list[int]:
    """Return the numbers of the VPCs that a call asks for: by id or filter, or all."""
    asked = listed(call.parameters, "VpcId") or _filtered(call, "vpc-id")
    if asked is None:
        return list(range(call.world.vpc_count(call.place)))
    return [call.names.opened(vpc, call.place, "VpcID")[0] for vpc in asked]


def _filtered(call: Call, name: str) -> list[str] | None:
    return filters(call.parameters).get(name)


def _answer(call: Call, member: str, items: list[T], describe: Callable[[T], Answer]) -> Answer:
    found, token = page(call, items, EC2)
    return {member: [describe(item) for item in found], "nextToken": token}


def describe_vpcs(call: Call) -> Answer:
    """`ec2:DescribeVpcs`."""

    def described(vpc: int) -> Answer:
        return {
            "vpcId": call.names.id("vpc", call.place, vpc),
            "ownerId": call.place.account,
            "state": "available",
            "cidrBlock": f"10.{vpc % 250}.0.0/16",
            "isDefault": False,
            "tagSet": tags({"Name": f"eks-vpc-{vpc}"}),
        }

    return _answer(call, "vpcSet", _vpcs(call), described)


def describe_subnets(call: Call) -> Answer:
    """`ec2:DescribeSubnets`."""
    subnets = [(vpc, number) for vpc in _vpcs(call) for number in _SUBNETS]
    return _answer(call, "subnetSet", subnets, lambda subnet: _subnet(call, *subnet))


def _subnet(call: Call, vpc: int, number: int) -> Answer:
    zone = "abc"[number % 3]
    return {
        "subnetId": call.names.id("subnet", call.place, vpc, number),
        "state": "available",
        "ownerId": call.place.account,
        "vpcId": call.names.id("vpc", call.place, vpc),
        "cidrBlock": f"10.{vpc % 250}.{number * 16}.0/20",
        "availableIpAddressCount": 100 + call.world.draws.number("addresses", *call.place, vpc, number) % 3900,
        "availabilityZone": call.place.region + zone,
        "availabilityZoneId": f"az{1 + number % 3}",
        "mapPublicIpOnLaunch": number not in PRIVATE_SUBNETS,
        "tagSet": tags({"Name": f"vpc{vpc}-{number}-{zone}"}),
    }


def describe_route_tables(call: Call) -> Answer:
    """`ec2:DescribeRouteTables`: the main table serves the private subnets, the other one the public ones."""
    tables = [(vpc, main) for vpc in _vpcs(call) for main in (True, False)]
    return _answer(call, "routeTableSet", tables, lambda table: _route_table(call, *table))


def _route_table(call: Call, vpc: int, main: bool) -> Answer:  # noqa: FBT001 (told apart by nothing else)
    place, names = call.place, call.names
    table = names.id("rtb", place, vpc, int(main))
    public = not main or call.world.vpc(place, vpc).public
    gateway = {"gatewayId": names.id("igw", place, vpc)} if public else {"natGatewayId": names.id("nat", place, vpc)}
    served = (
        [{"main": True}]
        if main
        else [
            {"subnetId": names.id("subnet", place, vpc, number), "main": False}
            for number in _SUBNETS
            if number not in PRIVATE_SUBNETS
        ]
    )
    return {
        "routeTableId": table,
        "vpcId": names.id("vpc", place, vpc),
        "ownerId": place.account,
        "routeSet": [
            {"destinationCidrBlock": f"10.{vpc % 250}.0.0/16", "gatewayId": "local", "state": "active"},
            {"destinationCidrBlock": _ANYWHERE, **gateway, "state": "active"},
        ],
        "associationSet": [{"routeTableId": table, **one} for one in served],
    }


def describe_flow_logs(call: Call) -> Answer:
    """`ec2:DescribeFlowLogs`."""
    asked = filters(call.parameters).get("resource-id")
    numbers = (
        range(call.world.vpc_count(call.place))
        if asked is None
        else [call.names.opened(vpc, call.place, "VpcID")[0] for vpc in asked if vpc.startswith("vpc-")]
    )

    def described(vpc: int) -> Answer:
        return {
            "flowLogId": call.names.id("fl", call.place, vpc),
            "flowLogStatus": "ACTIVE",
            "deliverLogsStatus": "SUCCESS",
            "resourceId": call.names.id("vpc", call.place, vpc),
            "trafficType": "ALL",
            "logDestinationType": "s3",
        }

    return _answer(call, "flowLogSet", [vpc for vpc in numbers if call.world.vpc(call.place, vpc).logged], described)


def get_ebs_encryption_by_default(call: Call) -> Answer:
    """`ec2:GetEbsEncryptionByDefault`."""
    return {"ebsEncryptionByDefault": call.world.settings(call.place).volumes_encrypted}


def describe_vpc_attribute(call: Call) -> Answer:
    """`ec2:DescribeVpcAttribute`: names are resolved and given out everywhere."""
    attribute = str(call.parameters["Attribute"])
    vpc = call.parameters["VpcId"]
    call.names.opened(vpc, call.place, "VpcID")
    return {"vpcId": vpc, attribute: {"value": True}}


def describe_nat_gateways(call: Call) -> Answer:
    """`ec2:DescribeNatGateways`: one for the private subnets of each VPC."""

    def described(vpc: int) -> Answer:
        return {
            "natGatewayId": call.names.id("nat", call.place, vpc),
            "vpcId": call.names.id("vpc", call.place, vpc),
            "subnetId": call.names.id("subnet", call.place, vpc, _SUBNETS[-1]),
            "state": "available",
        }

    return _answer(call, "natGatewaySet", _vpcs(call), described)


def describe_security_groups(call: Call) -> Answer:
    """`ec2:DescribeSecurityGroups`: the default group of each VPC and the groups of its clusters, all closed."""
    vpcs = set(_vpcs(call))
    clusters = [
        (number, part)
        for number in range(call.world.cluster_count(call.place))
        if number // CLUSTERS_PER_VPC in vpcs
        for part in _CLUSTER_GROUPS
    ]
    groups = [
        *((call.names.id("sg", call.place, vpc, _DEFAULT_GROUP), "default", vpc) for vpc in sorted(vpcs)),
        *(
            (call.names.id("sg", call.place, number, part), f"cluster-{number}-{part}", number // CLUSTERS_PER_VPC)
            for number, part in clusters
        ),
    ]
    return _answer(call, "securityGroupInfo", groups, lambda group: _security_group(call, *group))


def _security_group(call: Call, identifier: str, name: str, vpc: int) -> Answer:
    return {
        "groupId": identifier,
        "groupName": name,
        "ownerId": call.place.account,
        "vpcId": call.names.id("vpc", call.place, vpc),
        "ipPermissions": [],
        "ipPermissionsEgress": [],
    }


def describe_network_acls(call: Call) -> Answer:
    """`ec2:DescribeNetworkAcls`: the default one of each VPC."""

    def described(vpc: int) -> Answer:
        everything = {"protocol": "-1", "cidrBlock": _ANYWHERE}
        rules = [{"ruleNumber": 100, "ruleAction": "allow", "egress": egress, **everything} for egress in (False, True)]
        return {
            "networkAclId": call.names.id("acl", call.place, vpc),
            "vpcId": call.names.id("vpc", call.place, vpc),
            "default": True,
            "entrySet": rules,
            "associationSet": [{"subnetId": call.names.id("subnet", call.place, vpc, n)} for n in _SUBNETS],
        }

    return _answer(call, "networkAclSet", _vpcs(call), described)


def describe_vpc_endpoints(call: Call) -> Answer:
    """`ec2:DescribeVpcEndpoints`: one for S3 in each VPC."""

    def described(vpc: int) -> Answer:
        return {
            "vpcEndpointId": call.names.id("vpce", call.place, vpc),
            "vpcId": call.names.id("vpc", call.place, vpc),
            "serviceName": f"com.amazonaws.{call.place.region}.s3",
            "vpcEndpointType": "Gateway",
            "state": "Available",
        }

    return _answer(call, "vpcEndpointSet", _vpcs(call), described)
