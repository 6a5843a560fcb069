"""VPCs and what lies in them: the EC2 reads of the evidence plan."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.filters import matching, with_ids
from local.simulators.errors import AwsError
from local.simulators.world import Row

# Attribute of a VPC -> (member of the answer, where the row keeps it).
_VPC_ATTRIBUTES = {
    "enableDnsSupport": ("EnableDnsSupport", "_dns_support"),
    "enableDnsHostnames": ("EnableDnsHostnames", "_dns_hostnames"),
}


@simulates("ec2", "DescribeVpcs")
def describe_vpcs(call: Call) -> dict[str, Any]:
    """VPCs by id or filter."""
    rows = with_ids(call.place.vpcs, call.params.get("VpcIds"), "VpcId", "InvalidVpcID.NotFound")
    return {"Vpcs": matching(rows, call.params.get("Filters", ()), {"vpc-id": "VpcId"})}


@simulates("ec2", "DescribeVpcAttribute")
def describe_vpc_attribute(call: Call) -> dict[str, Any]:
    """One attribute of one VPC."""
    attribute = call.params["Attribute"]
    if attribute not in _VPC_ATTRIBUTES:
        raise AwsError("InvalidParameterValue", f"Value ({attribute}) for parameter attribute is invalid.")
    member, kept = _VPC_ATTRIBUTES[attribute]
    row = vpc_of(call, call.params["VpcId"])
    return {"VpcId": row["VpcId"], member: {"Value": row[kept]}}


def vpc_of(call: Call, vpc_id: str) -> Row:
    """The VPC of this id."""
    return with_ids(call.place.vpcs, [vpc_id], "VpcId", "InvalidVpcID.NotFound")[0]


@simulates("ec2", "DescribeSubnets")
def describe_subnets(call: Call) -> dict[str, Any]:
    """Subnets by id or filter."""
    rows = with_ids(call.place.subnets, call.params.get("SubnetIds"), "SubnetId", "InvalidSubnetID.NotFound")
    fields = {"vpc-id": "VpcId", "subnet-id": "SubnetId", "availability-zone": "AvailabilityZone"}
    return {"Subnets": matching(rows, call.params.get("Filters", ()), fields)}


@simulates("ec2", "DescribeRouteTables")
def describe_route_tables(call: Call) -> dict[str, Any]:
    """Route tables by id or filter."""
    asked = call.params.get("RouteTableIds")
    rows = with_ids(call.place.route_tables, asked, "RouteTableId", "InvalidRouteTableID.NotFound")
    return {"RouteTables": matching(rows, call.params.get("Filters", ()), {"vpc-id": "VpcId"})}


@simulates("ec2", "DescribeNatGateways")
def describe_nat_gateways(call: Call) -> dict[str, Any]:
    """NAT gateways by id or filter, which EC2 calls `Filter` here."""
    rows = with_ids(call.place.nat_gateways, call.params.get("NatGatewayIds"), "NatGatewayId", "NatGatewayNotFound")
    fields = {"vpc-id": "VpcId", "subnet-id": "SubnetId", "state": "State", "nat-gateway-id": "NatGatewayId"}
    return {"NatGateways": matching(rows, call.params.get("Filter", ()), fields)}


@simulates("ec2", "DescribeVpcEndpoints")
def describe_vpc_endpoints(call: Call) -> dict[str, Any]:
    """VPC endpoints by id or filter."""
    asked = call.params.get("VpcEndpointIds")
    rows = with_ids(call.place.vpc_endpoints, asked, "VpcEndpointId", "InvalidVpcEndpointId.NotFound")
    fields = {"vpc-id": "VpcId", "service-name": "ServiceName", "vpc-endpoint-type": "VpcEndpointType"}
    return {"VpcEndpoints": matching(rows, call.params.get("Filters", ()), fields)}


@simulates("ec2", "DescribeFlowLogs")
def describe_flow_logs(call: Call) -> dict[str, Any]:
    """Flow logs by id or by the resource they watch."""
    rows = with_ids(call.place.flow_logs, call.params.get("FlowLogIds"), "FlowLogId", "InvalidFlowLogId.NotFound")
    fields = {"resource-id": "ResourceId", "traffic-type": "TrafficType", "flow-log-id": "FlowLogId"}
    return {"FlowLogs": matching(rows, call.params.get("Filter", ()), fields)}
