from typing import Any

import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import OTHER_ACCOUNT, SUBNETS, VPC, flow_log
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, undescribed, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label

FLOW, HERE = "logging.vpc-flow-logs", f"vpc/{VPC}"


def on_vpc(**members: Any) -> Change:
    return each("flow_logs", flow_log(VPC, **members))


def on_subnets(*subnets: str, **members: Any) -> Change:
    return each("flow_logs", *(flow_log(subnet, **members) for subnet in subnets))


FOREIGN = each("vpcs", ec2.Vpc(vpc_id=VPC, owner_id=OTHER_ACCOUNT))

CASES = [
    Case(FLOW, HERE, on_vpc(traffic_type="REJECT"), PASS, message="flow logs cover vpc-1"),
    Case(FLOW, HERE, on_vpc(deliver_logs_status=None), PASS),
    Case(
        FLOW,
        HERE,
        on_vpc(traffic_type="ACCEPT"),
        WARN,
        "traffic_type_missing",
        message="the flow logs of vpc-1 are not enough: they leave out rejected traffic",
    ),
    Case(FLOW, HERE, on_vpc(deliver_logs_status="FAILED"), WARN, "delivery_failed"),
    Case(
        FLOW,
        HERE,
        on_vpc(deliver_logs_status="FAILED", traffic_type="ACCEPT"),
        WARN,
        "delivery_failed traffic_type_missing",
    ),
    Case(
        FLOW,
        HERE,
        on_vpc(traffic_type="REJECT"),
        WARN,
        "traffic_type_missing",
        parameters={"accepted-traffic-types": ["ALL"]},
    ),
    Case(FLOW, HERE, on_vpc(flow_log_status="INACTIVE"), FAIL, "no_flow_log"),
    Case(
        FLOW,
        HERE,
        each("flow_logs"),
        FAIL,
        "no_flow_log",
        message="no active flow log covers subnet-a, subnet-b, subnet-c",
    ),
    Case(FLOW, HERE, each("flow_logs", flow_log("vpc-other")), FAIL, "no_flow_log"),
    Case(
        FLOW,
        HERE,
        on_subnets(*SUBNETS),
        PASS,
        message="flow logs cover every subnet of the cluster in vpc-1",
    ),
    Case(FLOW, HERE, on_subnets(*SUBNETS[:2]), FAIL, "no_flow_log", message="no active flow log covers subnet-c"),
    Case(FLOW, HERE, on_subnets(*SUBNETS, traffic_type="ACCEPT"), WARN, "traffic_type_missing"),
    # Subnets of the nodes count as well as those of the control plane.
    Case(
        FLOW,
        HERE,
        all_of(on_subnets(*SUBNETS), nodegroup("general", subnets=("subnet-d",))),
        FAIL,
        "no_flow_log",
        message="no active flow log covers subnet-d",
    ),
    Case(FLOW, HERE, all_of(on_subnets(*SUBNETS), without("nodegroups")), UNKNOWN, "access_denied"),
    Case(FLOW, HERE, all_of(on_subnets(*SUBNETS), undescribed("nodegroups", "general")), UNKNOWN, "access_denied"),
    Case(FLOW, HERE, all_of(on_subnets(*SUBNETS), undescribed("fargate_profiles", "batch")), UNKNOWN, "access_denied"),
    Case(FLOW, HERE, all_of(on_subnets(*SUBNETS[:2]), without("nodegroups")), FAIL, "no_flow_log"),
    Case(
        FLOW,
        HERE,
        all_of(FOREIGN, each("flow_logs")),
        UNKNOWN,
        "foreign_vpc",
        message="vpc-1 belongs to account 999988887777, which holds its flow logs",
    ),
    Case(FLOW, HERE, FOREIGN, PASS),
    Case(FLOW, HERE, all_of(each("vpcs"), each("flow_logs")), UNKNOWN, "not_found_in_listing"),
    Case(FLOW, HERE, all_of(without("vpcs"), each("flow_logs")), UNKNOWN, "access_denied"),
    Case(FLOW, HERE, without("vpcs"), PASS),
    Case(FLOW, HERE, without("flow_logs"), UNKNOWN, "access_denied"),
    Case(FLOW, "vpc/*", without("cluster"), UNKNOWN, "access_denied"),
    Case(FLOW, "vpc/*", cluster(resources_vpc_config=eks.VpcConfig()), UNKNOWN, "not_collected"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_flow_logs(case: Case) -> None:
    check(case)


def test_a_vpc_without_known_subnets_is_judged_by_itself() -> None:
    alone = all_of(
        cluster(resources_vpc_config=eks.VpcConfig(vpc_id=VPC)),
        each("auto_scaling_groups"),
        each("instances"),
        nodegroup("general", subnets=()),
        nodegroup("rocket", subnets=()),
        without("fargate_profiles"),
    )
    check(Case(FLOW, HERE, all_of(alone, each("flow_logs")), FAIL, "no_flow_log"))
    check(Case(FLOW, HERE, all_of(alone, on_vpc(flow_log_status="INACTIVE")), FAIL, "no_flow_log"))
    check(Case(FLOW, HERE, all_of(alone, on_vpc(traffic_type="ACCEPT")), WARN, "traffic_type_missing"))
