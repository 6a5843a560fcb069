"""A VPC: subnets, routes, NAT gateways, endpoints, flow log."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator

from local.fleet.build_security import add_default_group, add_network_acls
from local.fleet.manifest import Vpc
from local.fleet.names import subnet_id, vpc_id
from local.simulators.world import Place, Row, identifier

# Addresses that EC2 keeps of each subnet.
_RESERVED = 5


def build_vpc(place: Place, vpc: Vpc, now: dt.datetime) -> None:
    """Adds a VPC with all that lies in it to `place`."""
    own = vpc_id(place, vpc.name)
    place.vpcs.append(
        {
            "VpcId": own,
            "OwnerId": place.account,
            "CidrBlock": "10.0.0.0/16",
            "State": "available",
            "IsDefault": False,
            "Tags": _named(vpc.name),
            "_dns_support": vpc.dns_support,
            "_dns_hostnames": vpc.dns_hostnames,
        }
    )
    private, public = (
        [_subnet(place, vpc, zone, number, is_public) for number, zone in enumerate(vpc.zones)]
        for is_public in (False, True)
    )
    place.subnets += [*private, *public]
    place.nat_gateways += _nat_gateways(place, vpc, public, now)
    place.route_tables += _route_tables(place, vpc, private, public)
    place.vpc_endpoints += [_endpoint(place, vpc, service, private, now) for service in vpc.endpoints]
    add_default_group(place, vpc)
    add_network_acls(place, vpc, private, public)
    if vpc.flow_log:
        place.flow_logs.append(
            {
                "FlowLogId": identifier("fl", own),
                "ResourceId": own,
                "FlowLogStatus": "ACTIVE",
                "DeliverLogsStatus": vpc.flow_log.delivery,
                "TrafficType": vpc.flow_log.traffic,
                "LogDestinationType": "cloud-watch-logs",
                "LogGroupName": f"/vpc/{vpc.name}",
                "CreationTime": now - dt.timedelta(days=300),
            }
        )


def _named(name: str) -> list[Row]:
    return [{"Key": "Name", "Value": name}]


def _subnet(place: Place, vpc: Vpc, zone: str, number: int, is_public: bool) -> Row:  # noqa: FBT001
    prefix = 20 if is_public else vpc.private_prefix
    usable = 2 ** (32 - prefix) - _RESERVED
    role = "elb" if is_public else "internal-elb"
    name = f"{vpc.name}-{'public' if is_public else 'private'}-{zone}"
    return {
        "SubnetId": subnet_id(place, vpc.name, zone, is_public=is_public),
        "VpcId": vpc_id(place, vpc.name),
        "OwnerId": place.account,
        "AvailabilityZone": f"{place.region}{zone}",
        "AvailabilityZoneId": f"{place.region}-az{number + 1}",
        "AvailableIpAddressCount": usable if is_public else vpc.free_addresses.get(zone, usable * 95 // 100),
        "CidrBlock": f"10.0.{number * 16 + (128 if is_public else 0)}.0/{prefix}",
        "MapPublicIpOnLaunch": is_public,
        "State": "available",
        "Tags": [*_named(name), *([{"Key": f"kubernetes.io/role/{role}", "Value": "1"}] if vpc.role_tags else ())],
    }


def _nat_gateways(place: Place, vpc: Vpc, public: list[Row], now: dt.datetime) -> list[Row]:
    if vpc.nat is None:
        return []
    hosts = public if vpc.nat == "zonal" else public[:1]
    return [
        {
            "NatGatewayId": _nat_id(place, vpc, number),
            "VpcId": vpc_id(place, vpc.name),
            "SubnetId": None if vpc.nat == "regional" else subnet["SubnetId"],
            "AvailabilityMode": "regional" if vpc.nat == "regional" else "zonal",
            "ConnectivityType": "public",
            "State": "available",
            "CreateTime": now - dt.timedelta(days=300),
            "Tags": _named(f"{vpc.name}-{number}"),
        }
        for number, subnet in enumerate(hosts)
    ]


def _nat_id(place: Place, vpc: Vpc, number: int) -> str:
    return identifier("nat", place.account, place.region, vpc.name, str(number))


def _route_tables(place: Place, vpc: Vpc, private: list[Row], public: list[Row]) -> Iterator[Row]:
    """The main table, which no subnet uses, one for the public subnets and those of the private ones."""
    yield _route_table(place, vpc, "main", [], {})
    yield _route_table(place, vpc, "public", public, {"GatewayId": identifier("igw", vpc_id(place, vpc.name))})
    if vpc.nat == "zonal":
        for number, subnet in enumerate(private):
            way_out = {"NatGatewayId": _nat_id(place, vpc, number)}
            yield _route_table(place, vpc, f"private-{vpc.zones[number]}", [subnet], way_out)
    else:
        way_out = {"NatGatewayId": _nat_id(place, vpc, 0)} if vpc.nat else {}
        yield _route_table(place, vpc, "private", private, way_out)


def _route_table(place: Place, vpc: Vpc, name: str, subnets: list[Row], way_out: dict[str, str]) -> Row:
    own = identifier("rtb", place.account, place.region, vpc.name, name)
    routes = [{"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}]
    if way_out:
        routes.append({"DestinationCidrBlock": "0.0.0.0/0", **way_out, "State": "active"})
    main = {"RouteTableAssociationId": identifier("rtbassoc", own), "RouteTableId": own, "Main": True}
    explicit = [
        {
            "RouteTableAssociationId": identifier("rtbassoc", subnet["SubnetId"]),
            "RouteTableId": own,
            "SubnetId": subnet["SubnetId"],
            "Main": False,
        }
        for subnet in subnets
    ]
    return {
        "RouteTableId": own,
        "VpcId": vpc_id(place, vpc.name),
        "OwnerId": place.account,
        "Associations": [main] if name == "main" else explicit,
        "Routes": routes,
        "Tags": _named(f"{vpc.name}-{name}"),
    }


def _endpoint(place: Place, vpc: Vpc, service: str, private: list[Row], now: dt.datetime) -> Row:
    is_gateway = service == "s3"
    return {
        "VpcEndpointId": identifier("vpce", place.account, place.region, vpc.name, service),
        "VpcEndpointType": "Gateway" if is_gateway else "Interface",
        "VpcId": vpc_id(place, vpc.name),
        "ServiceName": f"com.amazonaws.{place.region}.{service}",
        "State": "available",
        "PolicyDocument": json.dumps(_endpoint_policy(place, vpc, service)),
        "PrivateDnsEnabled": not is_gateway,
        "SubnetIds": [] if is_gateway else [subnet["SubnetId"] for subnet in private],
        "OwnerId": place.account,
        "CreationTimestamp": now - dt.timedelta(days=300),
        "Tags": [],
    }


def _endpoint_policy(place: Place, vpc: Vpc, service: str) -> Row:
    """The service's default, which allows everything, or for ECR one that names the registry."""
    everything: Row = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    if vpc.open_endpoint_policy or not service.startswith("ecr."):
        return {"Statement": [everything]}
    token = {**everything, "Action": "ecr:GetAuthorizationToken"}
    pull = {
        **everything,
        "Action": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
        "Resource": place.arn("ecr", "repository/*"),
    }
    return {"Version": "2012-10-17", "Statement": [token, pull]}
