from typing import Any

import msgspec
import pytest

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes import scaling
from plumbline.domain.evidence.kubernetes.cluster import NodeStatus
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import listed, read
from tests.unit.changes import Change, all_of, each, item, nodegroup, nothing, one, section, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.controls.nodegroup.pools import (
    AUTO,
    AUTO_MODE,
    BATCH,
    GENERAL,
    LOST_NODE,
    NO_NODES,
    OTHERS,
    WORKERS,
    templates,
)
from tests.unit.kubernetes_baseline import node
from tests.unit.names import IMAGE
from tests.unit.node_changes import POOL, auto_mode, aws_alone, karpenter, node_pool, requirement, unreachable

ZONES, SPOT = "nodegroup.multi-az", "nodegroup.spot-diversity"
CLUSTER, ROCKET = "cluster/payments", "nodegroup/rocket"
WORKERS_INDEX = 2


def sized(desired: int | None) -> eks.ScalingConfig:
    return eks.ScalingConfig(min_size=0, max_size=6, desired_size=desired)


def everything_in(*subnets: str) -> Change:
    return aws_alone(
        nodegroup("general", subnets=subnets),
        nodegroup("rocket", subnets=subnets),
        item("fargate_profiles", "batch", subnets=subnets),
        one("auto_scaling_groups", WORKERS_INDEX, vpc_zone_identifier=",".join(subnets)),
    )


ONLY_GENERAL = aws_alone(
    section("fargate_profiles", Listed(names=read(()))),
    nodegroup("rocket", scaling_config=sized(0)),
    one("auto_scaling_groups", WORKERS_INDEX, desired_capacity=0),
)
NO_COMPUTE = aws_alone(
    section("nodegroups", listed()),
    section("fargate_profiles", Listed(names=read(()))),
    each("auto_scaling_groups"),
    NO_NODES,
)


def mixed(
    *types: str | None, share: int | None = 0, strategy: str = "price-capacity-optimized", rebalance: bool = True
) -> Change:
    specification = ec2.TemplateSpecification(launch_template_id="lt-workers", version="1")
    policy = ec2.MixedInstancesPolicy(
        launch_template=ec2.MixedTemplate(
            launch_template_specification=specification,
            overrides=tuple(ec2.TemplateOverride(instance_type=name) for name in types),
        ),
        instances_distribution=ec2.InstancesDistribution(
            spot_allocation_strategy=strategy, on_demand_percentage_above_base_capacity=share
        ),
    )
    return one(
        "auto_scaling_groups",
        WORKERS_INDEX,
        launch_template=None,
        mixed_instances_policy=policy,
        capacity_rebalance=rebalance,
    )


def rocket(**members: Any) -> Change:
    return nodegroup("rocket", **members)


THREE = ("a.large", "b.large", "c.large")
SPOT_TEMPLATE = ec2.LaunchTemplateData(
    instance_market_options=ec2.MarketOptions(market_type="spot"), instance_type="m7i.large", image_id=IMAGE
)

CAPACITY, TYPES = "karpenter.sh/capacity-type", "node.kubernetes.io/instance-type"
ZONE = "topology.kubernetes.io/zone"


def spot(*requirements: scaling.PoolRequirement) -> scaling.NodePool:
    return node_pool(requirements=(requirement(CAPACITY, "spot", "on-demand"), *requirements))


def in_zones(*zones: str) -> Change:
    return each("nodes", *(node(f"n-{number}", ("role", "worker"), zone) for number, zone in enumerate(zones)))


def unready(index: int) -> Change:
    return one("nodes", index, status=NodeStatus())


CASES = [
    Case(
        ZONES,
        CLUSTER,
        everything_in("subnet-a"),
        FAIL,
        "too_few_zones",
        message="the compute of payments spans 1 zone(s): eu-west-1a",
    ),
    Case(
        ZONES,
        CLUSTER,
        everything_in("subnet-a", "subnet-b"),
        WARN,
        "few_zones",
        message="the compute of payments spans 2 zone(s): eu-west-1a, eu-west-1b; 3 are recommended",
    ),
    Case(ZONES, CLUSTER, everything_in("subnet-a", "subnet-b"), PASS, parameters={"recommended-zones": 2}),
    Case(ZONES, CLUSTER, everything_in("subnet-a"), WARN, "few_zones", parameters={"min-zones": 1}),
    # The set of groups counts, not each group.
    Case(
        ZONES, CLUSTER, all_of(everything_in("subnet-a"), nodegroup("rocket", subnets=("subnet-b",))), WARN, "few_zones"
    ),
    # Groups that want no node do not count.
    Case(ZONES, CLUSTER, all_of(ONLY_GENERAL, nodegroup("general", subnets=("subnet-a",))), FAIL, "too_few_zones"),
    Case(ZONES, CLUSTER, ONLY_GENERAL, PASS),
    Case(ZONES, CLUSTER, NO_COMPUTE, NA, "no_compute"),
    Case(ZONES, CLUSTER, all_of(ONLY_GENERAL, nodegroup("general", scaling_config=sized(0))), NA, "no_compute"),
    Case(ZONES, CLUSTER, nodegroup("general", scaling_config=sized(None)), PASS),
    Case(
        ZONES,
        CLUSTER,
        all_of(everything_in("subnet-a"), nodegroup("general", scaling_config=sized(None))),
        UNKNOWN,
        "not_collected",
    ),
    Case(ZONES, CLUSTER, everything_in("subnet-a", "subnet-x"), UNKNOWN, "not_found_in_listing"),
    # Zones that were seen are there, whatever else could not be read.
    Case(ZONES, CLUSTER, undescribed("nodegroups", "general"), PASS),
    Case(
        ZONES,
        CLUSTER,
        all_of(everything_in("subnet-a"), undescribed("nodegroups", "general")),
        UNKNOWN,
        "access_denied",
    ),
    Case(ZONES, CLUSTER, aws_alone(without("subnets")), UNKNOWN, "access_denied"),
    Case(ZONES, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- spot-diversity
    Case(
        SPOT,
        ROCKET,
        rocket(instance_types=("m7g.large", "m6g.large")),
        FAIL,
        "few_types",
        message="rocket draws Spot from 2 instance type(s): m6g.large, m7g.large",
    ),
    Case(SPOT, ROCKET, rocket(instance_types=("m7g.large", "m6g.large")), PASS, parameters={"min-types": 2}),
    Case(SPOT, ROCKET, rocket(subnets=("subnet-a",)), FAIL, "few_zones"),
    Case(SPOT, ROCKET, rocket(subnets=("subnet-a", "subnet-b")), PASS),
    Case(SPOT, ROCKET, rocket(subnets=("subnet-a",), instance_types=("m7g.large",)), FAIL, "few_types few_zones"),
    Case(SPOT, ROCKET, rocket(instance_types=()), FAIL, "few_types"),
    Case(SPOT, GENERAL, rocket(instance_types=()), NA, "no_spot"),
    Case(SPOT, WORKERS, mixed(*THREE), PASS),
    Case(SPOT, WORKERS, mixed(*THREE, share=99), PASS),
    Case(SPOT, WORKERS, mixed(*THREE, share=100), NA, "no_spot"),
    Case(SPOT, WORKERS, mixed(*THREE, share=None), NA, "no_spot"),
    Case(SPOT, WORKERS, mixed("a.large"), FAIL, "few_types"),
    Case(SPOT, WORKERS, mixed(), FAIL, "few_types"),
    # By attributes: as diverse as it gets.
    Case(SPOT, WORKERS, mixed(None), PASS),
    Case(SPOT, WORKERS, mixed(*THREE, strategy="lowest-price"), WARN, "lowest_price"),
    Case(
        SPOT,
        WORKERS,
        mixed(*THREE, strategy="lowest-price", rebalance=False),
        WARN,
        "lowest_price no_capacity_rebalance",
        message=("workers allocates Spot by lowest price and does not replace Spot instances before they are taken"),
    ),
    Case(SPOT, WORKERS, templates(SPOT_TEMPLATE), FAIL, "few_types"),
    Case(SPOT, WORKERS, templates(msgspec.structs.replace(SPOT_TEMPLATE, instance_market_options=None)), NA, "no_spot"),
    Case(SPOT, BATCH, NO_NODES, NA, "no_spot"),
    Case(SPOT, AUTO, aws_alone(AUTO_MODE), UNKNOWN, "not_collected"),
    Case(SPOT, OTHERS, aws_alone(LOST_NODE), UNKNOWN, "not_collected"),
    Case(SPOT, ROCKET, rocket(subnets=("subnet-a", "subnet-x")), UNKNOWN, "not_found_in_listing"),
    Case(
        SPOT,
        ROCKET,
        rocket(subnets=("subnet-a", "subnet-x"), instance_types=("m7g.large",)),
        FAIL,
        "few_types",
    ),
    Case(SPOT, WORKERS, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(SPOT, ROCKET, without("subnets"), UNKNOWN, "access_denied"),
    Case(SPOT, ROCKET, undescribed("nodegroups", "rocket"), UNKNOWN, "access_denied"),
    # --- where nodes are
    Case(
        ZONES,
        CLUSTER,
        nothing,
        PASS,
        message="the ready nodes of payments span 3 zone(s): eu-west-1a, eu-west-1b, eu-west-1c",
    ),
    Case(ZONES, CLUSTER, in_zones("eu-west-1a", "eu-west-1a", "eu-west-1a"), FAIL, "too_few_zones"),
    Case(ZONES, CLUSTER, in_zones("eu-west-1a", "eu-west-1b", "eu-west-1b"), WARN, "few_zones"),
    # A Local Zone is none, and a node that is not ready is nowhere.
    Case(ZONES, CLUSTER, in_zones("eu-west-1a", "eu-west-1b", "eu-west-1-lhr-1a"), WARN, "few_zones"),
    Case(ZONES, CLUSTER, all_of(in_zones("eu-west-1a", "eu-west-1b", "eu-west-1c"), unready(2)), WARN, "few_zones"),
    # Two nodes are where chance put them: their subnets count.
    Case(ZONES, CLUSTER, in_zones("eu-west-1a", "eu-west-1a"), PASS),
    # Without the nodes subnets show a violation, and prove nothing.
    Case(ZONES, CLUSTER, unreachable, UNKNOWN, "endpoint_unreachable"),
    Case(ZONES, CLUSTER, all_of(everything_in("subnet-a"), unreachable), FAIL, "too_few_zones"),
    Case(ZONES, CLUSTER, all_of(everything_in("subnet-a", "subnet-b"), unreachable), UNKNOWN, "endpoint_unreachable"),
    # --- NodePools
    Case(SPOT, POOL, karpenter(), NA, "no_spot"),
    Case(SPOT, POOL, karpenter(spot()), PASS),
    Case(SPOT, POOL, karpenter(spot(requirement(TYPES, *THREE))), PASS),
    Case(
        SPOT,
        POOL,
        karpenter(spot(requirement(TYPES, "m7i.large"))),
        FAIL,
        "few_types",
        message="NodePool default draws Spot from 1 instance type(s): m7i.large",
    ),
    Case(SPOT, POOL, karpenter(spot(requirement(TYPES, "m7i.large", operator="NotIn"))), PASS),
    Case(SPOT, POOL, karpenter(spot(requirement(ZONE, "eu-west-1a"))), FAIL, "few_zones"),
    Case(SPOT, POOL, karpenter(node_pool(requirements=(requirement(CAPACITY, "on-demand"),))), NA, "no_spot"),
    Case(SPOT, POOL, karpenter(node_pool(requirements=(requirement(CAPACITY, operator="Exists"),))), PASS),
    Case(SPOT, POOL, all_of(karpenter(spot()), without("node_pools")), UNKNOWN, "access_denied"),
    Case(SPOT, POOL, all_of(karpenter(spot()), each("node_pools")), UNKNOWN, "not_found_in_listing"),
    Case(SPOT, "compute-pool/general-purpose", auto_mode(), NA, "no_spot"),
    Case(SPOT, OTHERS, LOST_NODE, NA, "no_spot"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_spread(case: Case) -> None:
    check(case)
