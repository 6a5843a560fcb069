"""Changes of routes, flow logs and VPCs."""

from __future__ import annotations

import uuid
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.filters import with_ids
from local.simulators.ec2.network import vpc_of
from local.simulators.errors import AwsError
from local.simulators.world import Row

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = ("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "EgressOnlyInternetGatewayId",
            "NetworkInterfaceId", "InstanceId")  # fmt: skip


def _routes(call: Call) -> list[Row]:
    asked = [call.params["RouteTableId"]]
    [table] = with_ids(call.place.route_tables, asked, "RouteTableId", "InvalidRouteTableID.NotFound")
    routes: list[Row] = table["Routes"]
    return routes


def _destination(call: Call) -> Row:
    found = {key: call.params[key] for key in _DESTINATIONS if key in call.params}
    if not found:
        raise AwsError("MissingParameter", "The request must contain a destination")
    return found


def _existing(call: Call) -> Row:
    destination = _destination(call)
    for route in _routes(call):
        if destination.items() <= route.items():
            return route
    raise AwsError("InvalidRoute.NotFound", f"no route with destination {destination} in the route table")


def _target(call: Call) -> Row:
    found = {key: call.params[key] for key in _TARGETS if key in call.params}
    if not found:
        raise AwsError("MissingParameter", "The request must contain a target")
    return found


@simulates("ec2", "CreateRoute")
def create_route(call: Call) -> dict[str, Any]:
    """A new route; an equal destination may exist once."""
    destination, routes = _destination(call), _routes(call)
    if any(destination.items() <= route.items() for route in routes):
        raise AwsError("RouteAlreadyExists", f"The route identified by {destination} already exists.")
    routes.append({**destination, **_target(call), "State": "active", "Origin": "CreateRoute"})
    return {"Return": True}


@simulates("ec2", "ReplaceRoute")
def replace_route(call: Call) -> dict[str, Any]:
    """Another target for a route."""
    route, target = _existing(call), _target(call)
    for key in _TARGETS:
        route.pop(key, None)
    route.update(target, State="active")
    return {}


@simulates("ec2", "DeleteRoute")
def delete_route(call: Call) -> dict[str, Any]:
    """Takes a route away."""
    gone, routes = _existing(call), _routes(call)
    routes.remove(gone)
    return {}


@simulates("ec2", "CreateFlowLogs")
def create_flow_logs(call: Call) -> dict[str, Any]:
    """A flow log for each resource, ACTIVE at once."""
    params, created = call.params, []
    for resource in params["ResourceIds"]:
        if params["ResourceType"] == "VPC":
            vpc_of(call, resource)
        row = {
            "FlowLogId": f"fl-{uuid.uuid4().hex[:17]}",
            "ResourceId": resource,
            "FlowLogStatus": "ACTIVE",
            "DeliverLogsStatus": "SUCCESS",
            "TrafficType": params.get("TrafficType", "ALL"),
            "LogDestinationType": params.get("LogDestinationType", "cloud-watch-logs"),
            "LogGroupName": params.get("LogGroupName"),
            "CreationTime": call.world.clock(),
        }
        call.place.flow_logs.append(row)
        created.append(row["FlowLogId"])
    return {"FlowLogIds": created, "Unsuccessful": []}


@simulates("ec2", "DeleteFlowLogs")
def delete_flow_logs(call: Call) -> dict[str, Any]:
    """Takes flow logs away."""
    for gone in with_ids(call.place.flow_logs, call.params["FlowLogIds"], "FlowLogId", "InvalidFlowLogId.NotFound"):
        call.place.flow_logs.remove(gone)
    return {"Unsuccessful": []}


@simulates("ec2", "ModifyVpcAttribute")
def modify_vpc_attribute(call: Call) -> dict[str, Any]:
    """Switches one attribute of a VPC; two in one request are refused."""
    kept = {"EnableDnsSupport": "_dns_support", "EnableDnsHostnames": "_dns_hostnames"}
    asked = [name for name in kept if name in call.params]
    if len(asked) != 1:
        raise AwsError("InvalidParameterCombination", "Exactly one attribute can be modified in a request")
    vpc_of(call, call.params["VpcId"])[kept[asked[0]]] = call.params[asked[0]]["Value"]
    return {}
