from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import OTHER_ACCOUNT, VPC, listed, read, route_table
from tests.unit.changes import Change, all_of, each, section, undescribed, without
from tests.unit.controls.cases import FAIL, HIGH, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.kubernetes_baseline import component
from tests.unit.node_changes import aws_alone, deploys
from tests.unit.surroundings import endpoint

ENDPOINTS, HOME = "network.vpc-endpoints", f"vpc/{VPC}"
REQUIRED = ("ec2", "ecr.api", "ecr.dkr", "s3", "sts", "eks", "eks-auth")
IF_USED = ("logs", "elasticloadbalancing", "autoscaling")
FULL_ACCESS = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
LIMITED = {"Statement": [FULL_ACCESS["Statement"][0] | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}]}
FOREIGN = each("vpcs", ec2.Vpc(vpc_id=VPC, owner_id=OTHER_ACCOUNT))
NO_ROUTE = ec2.RouteTable(
    route_table_id="rtb-main",
    vpc_id=VPC,
    associations=(ec2.RouteTableAssociation(main=True),),
    routes=(ec2.Route(destination_cidr_block="10.0.0.0/16", gateway_id="local"),),
)
NO_ROUTES = each("route_tables", NO_ROUTE)
LOAD_BALANCER_CONTROLLER = component(
    "Deployment", "aws-load-balancer-controller", "public.ecr.aws/eks/aws-load-balancer-controller:v2.13.0"
)
NO_ASSOCIATIONS = section("pod_identities", listed())


def offers(*services: str, policy: dict[str, Any] | None = None, **members: Any) -> Change:
    return each("vpc_endpoints", *(endpoint(service, policy, **members) for service in services))


def through_transit_gateway(state: str) -> Change:
    route = ec2.Route(destination_cidr_block="10.0.0.0/8", transit_gateway_id="tgw-1", state=state)
    return each("route_tables", msgspec.structs.replace(NO_ROUTE, routes=(*NO_ROUTE.routes, route)))


def isolated(*services: str) -> Change:
    return all_of(NO_ROUTES, offers(*services))


CASES = [
    Case(
        ENDPOINTS,
        HOME,
        offers("ecr.api", "ecr.dkr"),
        WARN,
        "endpoint_recommended",
        message="vpc-1 has no endpoint for s3",
    ),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", state="pending"), WARN, "endpoint_recommended"),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", state="Available"), PASS),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", vpc_id="vpc-2"), WARN, "endpoint_recommended"),
    Case(
        ENDPOINTS,
        HOME,
        offers("ecr.api", "ecr.dkr", "s3", policy=FULL_ACCESS),
        WARN,
        "ecr_policy_open",
        message="the policy of ecr.api, ecr.dkr allows everything",
    ),
    Case(ENDPOINTS, HOME, offers("ecr.api", policy=FULL_ACCESS), WARN, "ecr_policy_open endpoint_recommended"),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", policy=LIMITED), PASS),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", policy_document="no json"), UNKNOWN, "parse_error"),
    Case(ENDPOINTS, HOME, offers("ecr.api", "ecr.dkr", "s3", policy_document=None), UNKNOWN, "not_collected"),
    # --- isolated
    Case(
        ENDPOINTS,
        HOME,
        isolated("ecr.api", "ecr.dkr", "s3", "sts"),
        FAIL,
        "endpoint_missing",
        HIGH,
        message=(
            "vpc-1 has no endpoint for autoscaling, ec2, eks, eks-auth, logs, and its nodes have no other way out"
        ),
    ),
    Case(ENDPOINTS, HOME, isolated(*REQUIRED[:-1]), FAIL, "endpoint_missing", HIGH),
    Case(ENDPOINTS, HOME, isolated(*REQUIRED, *IF_USED), PASS),
    Case(
        ENDPOINTS,
        HOME,
        aws_alone(isolated(*REQUIRED)),
        UNKNOWN,
        "not_collected",
        message=(
            "whether anything in vpc-1 uses autoscaling, elasticloadbalancing, logs: only the Kubernetes API of the "
            "cluster knows, and it was not read"
        ),
    ),
    Case(ENDPOINTS, HOME, isolated(*REQUIRED), PASS, parameters={"add-if-used": []}),
    # What runs in the cluster says which of the others are used.
    Case(
        ENDPOINTS,
        HOME,
        isolated(*REQUIRED),
        FAIL,
        "endpoint_missing",
        HIGH,
        message="vpc-1 has no endpoint for autoscaling, logs, and its nodes have no other way out",
    ),
    Case(ENDPOINTS, HOME, isolated(*REQUIRED, "logs", "autoscaling"), PASS),
    Case(
        ENDPOINTS,
        HOME,
        all_of(isolated(*REQUIRED, "logs", "autoscaling"), without("deployments")),
        UNKNOWN,
        "access_denied",
    ),
    Case(ENDPOINTS, HOME, all_of(isolated(*REQUIRED), without("daemon_sets")), FAIL, "endpoint_missing", HIGH),
    Case(
        ENDPOINTS,
        HOME,
        all_of(isolated(*REQUIRED, "logs", "autoscaling"), deploys(LOAD_BALANCER_CONTROLLER)),
        FAIL,
        "endpoint_missing",
        HIGH,
    ),
    Case(ENDPOINTS, HOME, all_of(isolated(*REQUIRED[:-1], *IF_USED), NO_ASSOCIATIONS), PASS),
    Case(
        ENDPOINTS, HOME, all_of(isolated(*REQUIRED[:-1], *IF_USED), without("pod_identities")), UNKNOWN, "access_denied"
    ),
    Case(ENDPOINTS, HOME, isolated("ec2"), FAIL, "endpoint_missing", HIGH, parameters={"required-isolated": ["s3"]}),
    Case(
        ENDPOINTS,
        HOME,
        all_of(NO_ROUTES, offers(*REQUIRED, *IF_USED, policy=FULL_ACCESS)),
        WARN,
        "ecr_policy_open",
    ),
    # Endpoints of another VPC may lie behind a transit gateway.
    Case(ENDPOINTS, HOME, all_of(isolated(), through_transit_gateway("active")), WARN, "endpoint_recommended"),
    Case(ENDPOINTS, HOME, all_of(isolated(), through_transit_gateway("blackhole")), FAIL, "endpoint_missing", HIGH),
    # One subnet with a way out is enough not to be isolated.
    Case(
        ENDPOINTS,
        HOME,
        each("route_tables", NO_ROUTE, route_table("rtb-a", subnets=("subnet-a",))),
        PASS,
    ),
    Case(ENDPOINTS, HOME, all_of(offers(), FOREIGN), UNKNOWN, "foreign_account"),
    Case(ENDPOINTS, HOME, FOREIGN, PASS),
    Case(
        ENDPOINTS,
        HOME,
        all_of(
            section("nodegroups", listed()),
            section("fargate_profiles", Listed(names=read(()))),
            each("auto_scaling_groups"),
            each("instances"),
        ),
        NA,
        "no_nodes",
    ),
    Case(ENDPOINTS, HOME, all_of(offers(), without("vpcs")), UNKNOWN, "access_denied"),
    Case(ENDPOINTS, HOME, each("route_tables"), UNKNOWN, "not_found_in_listing"),
    Case(ENDPOINTS, HOME, without("vpc_endpoints"), UNKNOWN, "access_denied"),
    Case(ENDPOINTS, HOME, without("route_tables"), UNKNOWN, "access_denied"),
    Case(ENDPOINTS, HOME, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(ENDPOINTS, "vpc/*", without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_endpoints(case: Case) -> None:
    check(case)
