"""NAT gateways, security groups, network ACLs and endpoints: what they say and how they change."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import InProcess


def _own(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def _vpc(aws: InProcess, cluster: str, account: str = "222233334444", region: str = "eu-west-1") -> str:
    described = aws.client("eks", account, region).describe_cluster(name=cluster)["cluster"]
    return str(described["resourcesVpcConfig"]["vpcId"])


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


@pytest.mark.parametrize(
    ("account", "region", "cluster", "modes"),
    [
        ("222233334444", "eu-west-1", "payments-prod", ["zonal", "zonal", "zonal"]),
        ("222233334444", "us-east-1", "payments-us", ["zonal"]),
        ("333344445555", "eu-west-1", "shop-prod", ["regional"]),
        ("111122223333", "us-east-1", "observability", []),
    ],
)
def test_each_vpc_has_its_nat_gateways(
    aws: InProcess, account: str, region: str, cluster: str, modes: list[str]
) -> None:
    ec2 = aws.client("ec2", account, region)
    rows = ec2.describe_nat_gateways(Filter=_own(_vpc(aws, cluster, account, region)))["NatGateways"]
    assert [row["AvailabilityMode"] for row in rows] == modes


def test_each_private_subnet_goes_through_the_gateway_of_its_zone(aws: InProcess) -> None:
    ec2, own = aws.client("ec2"), _own(_vpc(aws, "payments-prod"))
    zones = {row["SubnetId"]: row["AvailabilityZone"] for row in ec2.describe_subnets(Filters=own)["Subnets"]}
    rows = ec2.describe_nat_gateways(Filter=own)["NatGateways"]
    gateways = {row["NatGatewayId"]: zones[row["SubnetId"]] for row in rows}
    pairs = [
        (zones[table["Associations"][0]["SubnetId"]], gateways[route["NatGatewayId"]])
        for table in ec2.describe_route_tables(Filters=own)["RouteTables"]
        for route in table["Routes"]
        if "NatGatewayId" in route
    ]
    assert len(pairs) == 3
    assert all(one == other for one, other in pairs)


def test_attributes_of_a_vpc_are_read_and_switched_one_by_one(aws: InProcess) -> None:
    ec2, vpc = aws.client("ec2"), _vpc(aws, "payments-prod")
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"] == {
        "Value": False
    }
    assert ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsSupport")["EnableDnsSupport"] == {"Value": True}
    assert aws.details()[0]["requestParameters"] == {"vpcId": vpc, "enableDnsHostnames": {"value": False}}


def test_a_rule_is_added_and_taken_away(aws: InProcess) -> None:
    ec2 = aws.client("ec2")
    [group] = ec2.describe_security_groups(
        Filters=[*_own(_vpc(aws, "payments-prod")), {"Name": "group-name", "Values": ["default"]}]
    )["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    ranges = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **ranges}
    who = {"GroupId": group["GroupId"]}

    ec2.authorize_security_group_ingress(**who, IpPermissions=[rule])
    with pytest.raises(ClientError) as twice:
        ec2.authorize_security_group_ingress(**who, IpPermissions=[rule])
    [added] = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]["IpPermissions"]
    half = {**rule, "Ipv6Ranges": []}
    ec2.revoke_security_group_ingress(**who, IpPermissions=[half])
    [left] = ec2.describe_security_groups(GroupIds=[group["GroupId"]])["SecurityGroups"][0]["IpPermissions"]
    with pytest.raises(ClientError) as gone:
        ec2.revoke_security_group_ingress(**who, CidrIp="0.0.0.0/0", IpProtocol="tcp", FromPort=22, ToPort=22)

    assert (_code(twice), _code(gone)) == ("InvalidPermission.Duplicate", "InvalidPermission.NotFound")
    assert (added["FromPort"], added["IpRanges"], added["Ipv6Ranges"]) == (22, *ranges.values())
    assert (left["IpRanges"], left["Ipv6Ranges"]) == ([], ranges["Ipv6Ranges"])
    names = [(detail["eventName"], detail.get("errorCode")) for detail in aws.details()]
    assert names == [
        ("AuthorizeSecurityGroupIngress", None),
        ("AuthorizeSecurityGroupIngress", "InvalidPermission.Duplicate"),
        ("RevokeSecurityGroupIngress", None),
        ("RevokeSecurityGroupIngress", "InvalidPermission.NotFound"),
    ]


def test_ssh_that_eks_opens_is_a_group_of_its_own(aws: InProcess) -> None:
    group = aws.client("eks").describe_nodegroup(clusterName="settlement-prod", nodegroupName="edge")["nodegroup"]
    opened = group["resources"]["remoteAccessSecurityGroup"]
    [row] = aws.client("ec2").describe_security_groups(GroupIds=[opened])["SecurityGroups"]
    assert [(one["FromPort"], one["IpRanges"]) for one in row["IpPermissions"]] == [(22, [{"CidrIp": "0.0.0.0/0"}])]


def test_private_subnets_are_guarded_before_everything_is_allowed(aws: InProcess) -> None:
    vpc = _vpc(aws, "payments-prod")
    rows = aws.client("ec2").describe_network_acls(Filters=_own(vpc))["NetworkAcls"]
    by_kind = {row["IsDefault"]: row for row in rows}
    inbound = [entry for entry in by_kind[False]["Entries"] if not entry["Egress"] and "CidrBlock" in entry]
    decisions = [(one["RuleNumber"], one["RuleAction"], one.get("PortRange", {}).get("From")) for one in inbound]

    assert decisions == [(50, "deny", 22), (51, "deny", 3389), (100, "allow", None), (32767, "deny", None)]
    network = aws.client("eks").describe_cluster(name="payments-prod")["cluster"]["resourcesVpcConfig"]
    assert {one["SubnetId"] for one in by_kind[False]["Associations"]} == set(network["subnetIds"])


def test_endpoints_with_their_policies(aws: InProcess) -> None:
    ec2 = aws.client("ec2")
    rows = ec2.describe_vpc_endpoints(Filters=_own(_vpc(aws, "payments-prod")))["VpcEndpoints"]
    kinds = {row["ServiceName"].rpartition("eu-west-1.")[2]: row["VpcEndpointType"] for row in rows}
    assert (kinds["s3"], kinds["ecr.dkr"], len(kinds)) == ("Gateway", "Interface", 8)
    policies = {row["ServiceName"]: row["PolicyDocument"] for row in rows}
    assert '"ecr:GetAuthorizationToken"' in policies["com.amazonaws.eu-west-1.ecr.api"]
    assert ec2.describe_vpc_endpoints(Filters=_own(_vpc(aws, "settlement-prod")))["VpcEndpoints"] == []


def test_a_route_changes(aws: InProcess) -> None:
    ec2 = aws.client("ec2")
    table = ec2.describe_route_tables(Filters=_own(_vpc(aws, "payments-prod")))["RouteTables"][2]
    route = {"RouteTableId": table["RouteTableId"], "DestinationCidrBlock": "0.0.0.0/0"}

    def gateways() -> list[str]:
        [found] = ec2.describe_route_tables(RouteTableIds=[table["RouteTableId"]])["RouteTables"]
        return [one.get("GatewayId", "none") for one in found["Routes"]]

    ec2.replace_route(**route, GatewayId="igw-1")
    assert gateways() == ["local", "igw-1"]
    ec2.delete_route(**route)
    assert gateways() == ["local"]
    with pytest.raises(ClientError) as missing:
        ec2.delete_route(**route)
    ec2.create_route(**route, NatGatewayId="nat-1")
    with pytest.raises(ClientError) as twice:
        ec2.create_route(**route, NatGatewayId="nat-1")

    assert (_code(missing), _code(twice)) == ("InvalidRoute.NotFound", "RouteAlreadyExists")
    parameters = aws.details()[0]["requestParameters"]
    expected = {"routeTableId": table["RouteTableId"], "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}
    assert parameters == expected


def test_a_flow_log_is_made_and_taken_away(aws: InProcess) -> None:
    ec2, vpc = aws.client("ec2"), _vpc(aws, "settlement-prod")
    [made] = ec2.create_flow_logs(ResourceIds=[vpc], ResourceType="VPC", TrafficType="ALL", LogGroupName="/x")[
        "FlowLogIds"
    ]
    [row] = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    assert (row["FlowLogId"], row["FlowLogStatus"]) == (made, "ACTIVE")
    ec2.delete_flow_logs(FlowLogIds=[made])
    assert ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"] == []

    created, deleted = (detail["requestParameters"] for detail in aws.details())
    assert created["CreateFlowLogsRequest"]["ResourceId"] == {"content": vpc, "tag": 1}
    assert deleted == {"DeleteFlowLogsRequest": {"FlowLogId": {"content": made, "tag": 1}}}


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("describe_nat_gateways", {"NatGatewayIds": ["nat-0"]}, "NatGatewayNotFound"),
        ("describe_security_groups", {"GroupIds": ["sg-0"]}, "InvalidGroup.NotFound"),
        ("describe_network_acls", {"NetworkAclIds": ["acl-0"]}, "InvalidNetworkAclID.NotFound"),
        ("describe_vpc_endpoints", {"VpcEndpointIds": ["vpce-0"]}, "InvalidVpcEndpointId.NotFound"),
        ("describe_vpc_attribute", {"VpcId": "vpc-0", "Attribute": "enableDnsSupport"}, "InvalidVpcID.NotFound"),
        ("delete_flow_logs", {"FlowLogIds": ["fl-0"]}, "InvalidFlowLogId.NotFound"),
        ("modify_vpc_attribute", {"VpcId": "vpc-0"}, "InvalidParameterCombination"),
        (
            "create_route",
            {"RouteTableId": "rtb-0", "DestinationCidrBlock": "0.0.0.0/0"},
            "InvalidRouteTableID.NotFound",
        ),
        ("authorize_security_group_ingress", {"GroupId": "sg-0"}, "InvalidGroup.NotFound"),
    ],
)
def test_the_errors_of_the_network(aws: InProcess, operation: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client("ec2"), operation)(**arguments)
    assert _code(refused) == code
