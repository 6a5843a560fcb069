from typing import Any

import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import OTHER_ACCOUNT, TAGS, VPC, route_table
from tests.unit.changes import Change, all_of, cluster, each, one, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.names import NAT, SUBNETS
from tests.unit.surroundings import nat_gateway, subnet

COVERAGE, GATEWAYS = "network.subnet-az-coverage", "network.nat-per-az"
CLUSTER, HOME = "cluster/payments", f"vpc/{VPC}"
TEST = cluster(tags=TAGS | {"environment": "test"})
FOREIGN = each("vpcs", ec2.Vpc(vpc_id=VPC, owner_id=OTHER_ACCOUNT))


def in_subnets(*names: str) -> Change:
    return cluster(resources_vpc_config=eks.VpcConfig(vpc_id=VPC, subnet_ids=names))


def zonal(*subnets: str) -> Change:
    """Give each of these subnets a gateway in its own place, and a route table of its own to it."""
    return all_of(
        each(
            "nat_gateways", *(nat_gateway(f"nat-{name}", subnet_id=name, availability_mode="zonal") for name in subnets)
        ),
        each("route_tables", *(route_table(f"rtb-{name}", subnets=(name,), gateway=f"nat-{name}") for name in subnets)),
    )


def gateway(**members: Any) -> Change:
    return each("nat_gateways", nat_gateway(**members))


ONE_ZONAL = gateway(subnet_id="subnet-a", availability_mode="zonal")
PUBLIC = each("route_tables", route_table("rtb-main", main=True, gateway="igw-1"))
LOCAL_ZONE = all_of(
    in_subnets("subnet-a", "subnet-b", "subnet-l"),
    each(
        "subnets",
        *(subnet(name, "10.0.0.0/20") for name in SUBNETS),
        subnet("subnet-l", "10.0.64.0/20", availability_zone="eu-west-1-dub-1a"),
    ),
)

CASES = [
    Case(
        COVERAGE,
        CLUSTER,
        in_subnets("subnet-a"),
        FAIL,
        "too_few_zones",
        message="the cluster's subnets cover 1 zone(s): eu-west-1a",
    ),
    Case(
        COVERAGE,
        CLUSTER,
        in_subnets("subnet-a", "subnet-b"),
        WARN,
        "few_zones",
        message="the cluster's subnets cover 2 zone(s): eu-west-1a, eu-west-1b; 3 are recommended",
    ),
    Case(COVERAGE, CLUSTER, in_subnets("subnet-a", "subnet-b"), PASS, parameters={"recommended-zones": 2}),
    Case(COVERAGE, CLUSTER, in_subnets("subnet-a"), WARN, "few_zones", parameters={"min-zones": 1}),
    Case(COVERAGE, CLUSTER, LOCAL_ZONE, WARN, "few_zones"),
    Case(
        COVERAGE,
        CLUSTER,
        one("subnets", 2, outpost_arn="arn:aws:outposts:eu-west-1:111122223333:outpost/op-1"),
        WARN,
        "few_zones",
    ),
    Case(COVERAGE, CLUSTER, PUBLIC, FAIL, "no_private_subnet"),
    Case(COVERAGE, CLUSTER, all_of(PUBLIC, in_subnets("subnet-a")), FAIL, "no_private_subnet too_few_zones"),
    Case(
        COVERAGE,
        CLUSTER,
        each(
            "route_tables",
            route_table("rtb-main", main=True, gateway="igw-1"),
            route_table("rtb-a", subnets=("subnet-a",)),
        ),
        PASS,
    ),
    Case(COVERAGE, CLUSTER, in_subnets("subnet-a", "subnet-x"), UNKNOWN, "not_found_in_listing"),
    Case(COVERAGE, CLUSTER, in_subnets(*SUBNETS, "subnet-x"), PASS),
    Case(COVERAGE, CLUSTER, each("route_tables"), UNKNOWN, "not_found_in_listing"),
    Case(COVERAGE, CLUSTER, without("route_tables"), UNKNOWN, "access_denied"),
    Case(COVERAGE, CLUSTER, without("subnets"), UNKNOWN, "access_denied"),
    Case(COVERAGE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- nat-per-az
    Case(
        GATEWAYS,
        HOME,
        ONE_ZONAL,
        FAIL,
        "nat_other_zone",
        message="subnet-b, subnet-c use a NAT gateway of another zone",
    ),
    Case(GATEWAYS, HOME, all_of(ONE_ZONAL, TEST), WARN, "nat_other_zone"),
    Case(GATEWAYS, HOME, all_of(ONE_ZONAL, TEST), FAIL, "nat_other_zone", parameters={"environments": []}),
    Case(GATEWAYS, HOME, all_of(ONE_ZONAL, cluster(tags={})), UNKNOWN, "not_collected"),
    Case(GATEWAYS, HOME, zonal(*SUBNETS), PASS),
    Case(GATEWAYS, HOME, all_of(zonal(*SUBNETS), cluster(tags={})), PASS),
    Case(
        GATEWAYS,
        HOME,
        gateway(state="deleted"),
        FAIL,
        "nat_not_available",
        message="subnet-a, subnet-b, subnet-c use a NAT gateway that is gone",
    ),
    Case(GATEWAYS, HOME, gateway(state="pending"), PASS),
    Case(
        GATEWAYS,
        HOME,
        each(
            "route_tables",
            ec2.RouteTable(
                route_table_id="rtb-main",
                vpc_id=VPC,
                associations=(ec2.RouteTableAssociation(main=True),),
                routes=(ec2.Route(destination_cidr_block="0.0.0.0/0", nat_gateway_id="nat-x", state="blackhole"),),
            ),
        ),
        FAIL,
        "nat_not_available",
    ),
    Case(GATEWAYS, HOME, PUBLIC, NA, "no_nat_route"),
    Case(GATEWAYS, HOME, each("nat_gateways"), UNKNOWN, "not_found_in_listing"),
    Case(
        GATEWAYS,
        HOME,
        all_of(each("nat_gateways"), FOREIGN),
        UNKNOWN,
        "foreign_account",
        message=f"{NAT} was not in the listing: {VPC} belongs to account {OTHER_ACCOUNT}",
    ),
    Case(GATEWAYS, HOME, each("route_tables"), UNKNOWN, "not_found_in_listing"),
    Case(GATEWAYS, HOME, gateway(subnet_id="subnet-x", availability_mode="zonal"), UNKNOWN, "not_found_in_listing"),
    # A violation seen in a part of the evidence is one.
    Case(GATEWAYS, HOME, all_of(ONE_ZONAL, undescribed("nodegroups", "rocket")), FAIL, "nat_other_zone"),
    Case(GATEWAYS, HOME, undescribed("nodegroups", "rocket"), UNKNOWN, "access_denied"),
    Case(GATEWAYS, HOME, without("instances"), UNKNOWN, "access_denied"),
    Case(GATEWAYS, HOME, without("nat_gateways"), UNKNOWN, "access_denied"),
    Case(GATEWAYS, HOME, without("route_tables"), UNKNOWN, "access_denied"),
    Case(GATEWAYS, HOME, without("subnets"), UNKNOWN, "access_denied"),
    Case(GATEWAYS, "vpc/*", without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_zones(case: Case) -> None:
    check(case)
