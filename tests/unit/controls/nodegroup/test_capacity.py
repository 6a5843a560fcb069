from typing import Any

import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import NAME, TAGS, instance, instances
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, one, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

UPDATE, HEADROOM, GENERATION = (
    "nodegroup.update-config",
    "nodegroup.scaling-headroom",
    "nodegroup.instance-generation",
)
GENERAL, ROCKET, WORKERS = "nodegroup/general", "nodegroup/rocket", "auto-scaling-group/workers"
GENERAL_NODE, GENERATED_TEMPLATE = 0, 1
NO_GENERAL_NODE = each("instances", *instances()[1:])


def updates(desired: int = 100, **members: Any) -> Change:
    sizes = eks.ScalingConfig(min_size=0, max_size=200, desired_size=desired)
    return nodegroup("general", update_config=eks.UpdateConfig(**members), scaling_config=sizes)


def sizes(smallest: int | None, largest: int | None, desired: int | None) -> Change:
    return nodegroup(
        "general", scaling_config=eks.ScalingConfig(min_size=smallest, max_size=largest, desired_size=desired)
    )


def runs_on(instance_type: str) -> Change:
    return one("instances", GENERAL_NODE, instance_type=instance_type)


def template_asks_for(instance_type: str) -> Change:
    data = ec2.LaunchTemplateData(instance_type=instance_type)
    return all_of(NO_GENERAL_NODE, one("launch_templates", GENERATED_TEMPLATE, launch_template_data=data))


def environment(name: str | None) -> Change:
    return cluster(tags={key: value for key, value in (TAGS | {"environment": name}).items() if value is not None})


CASES = [
    Case(UPDATE, GENERAL, nodegroup("general", update_config=None), PASS),
    Case(UPDATE, GENERAL, updates(max_unavailable_percentage=33), PASS),
    Case(
        UPDATE,
        GENERAL,
        updates(max_unavailable_percentage=34),
        WARN,
        "share_large",
        message="an update takes away 34% of the nodes at once",
    ),
    Case(UPDATE, GENERAL, updates(max_unavailable_percentage=50), WARN, "share_large"),
    Case(UPDATE, GENERAL, updates(max_unavailable_percentage=51), FAIL, "share_too_large"),
    Case(UPDATE, GENERAL, updates(max_unavailable=33), PASS),
    Case(UPDATE, GENERAL, updates(max_unavailable=34), WARN, "share_large"),
    Case(UPDATE, GENERAL, updates(max_unavailable=51), FAIL, "share_too_large"),
    Case(UPDATE, GENERAL, updates(desired=2, max_unavailable=2), FAIL, "share_too_large"),
    Case(UPDATE, GENERAL, updates(desired=1, max_unavailable=1), PASS),
    Case(UPDATE, GENERAL, updates(max_unavailable=34), PASS, parameters={"warn-percent": 34}),
    Case(UPDATE, GENERAL, updates(max_unavailable=34), FAIL, "share_too_large", parameters={"fail-percent": 33}),
    Case(UPDATE, GENERAL, updates(max_unavailable=1, update_strategy="MINIMAL"), WARN, "minimal_strategy"),
    Case(
        UPDATE,
        GENERAL,
        updates(max_unavailable=40, update_strategy="MINIMAL"),
        WARN,
        "share_large minimal_strategy",
    ),
    Case(
        UPDATE,
        GENERAL,
        all_of(
            updates(max_unavailable=1, update_strategy="MINIMAL"), nodegroup("general", ami_type="AL2023_x86_64_NVIDIA")
        ),
        PASS,
    ),
    Case(UPDATE, GENERAL, updates(desired=0, max_unavailable=2), NA, "no_nodes"),
    Case(UPDATE, GENERAL, nodegroup("general", scaling_config=eks.ScalingConfig()), UNKNOWN, "not_collected"),
    Case(UPDATE, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(UPDATE, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    # --- scaling-headroom
    Case(HEADROOM, GENERAL, sizes(1, 12, 10), PASS),
    Case(
        HEADROOM,
        GENERAL,
        sizes(1, 11, 10),
        WARN,
        "little_headroom",
        message="the group has 10 of at most 11 node(s)",
    ),
    Case(HEADROOM, GENERAL, sizes(1, 10, 10), FAIL, "at_maximum", message="the group is at its maximum of 10 node(s)"),
    Case(HEADROOM, GENERAL, sizes(3, 3, 3), WARN, "fixed_size", message="the size is fixed at 3 node(s)"),
    Case(HEADROOM, GENERAL, sizes(0, 3, 0), PASS),
    Case(HEADROOM, GENERAL, sizes(1, 12, 10), WARN, "little_headroom", parameters={"headroom-factor": 1.5}),
    Case(
        HEADROOM,
        GENERAL,
        all_of(sizes(3, 3, 3), nodegroup("general", tags={"wa-fixed-size": "True"})),
        NA,
        "fixed_size_wanted",
    ),
    Case(HEADROOM, GENERAL, nodegroup("general", tags={"wa-fixed-size": "false"}), PASS),
    Case(HEADROOM, GENERAL, sizes(None, 3, 3), UNKNOWN, "not_collected"),
    Case(HEADROOM, GENERAL, sizes(1, None, 3), UNKNOWN, "not_collected"),
    Case(HEADROOM, GENERAL, sizes(1, 3, None), UNKNOWN, "not_collected"),
    Case(HEADROOM, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(HEADROOM, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    # --- instance-generation
    Case(
        GENERATION,
        GENERAL,
        runs_on("m4.large"),
        WARN,
        "previous_generation",
        message="nodes run on instance types of a previous generation: m4.large",
    ),
    Case(GENERATION, ROCKET, nodegroup("rocket", instance_types=("m4.large",)), WARN, "previous_generation"),
    Case(GENERATION, GENERAL, template_asks_for("m4.large"), WARN, "previous_generation"),
    Case(GENERATION, GENERAL, runs_on("t3.large"), WARN, "burstable"),
    Case(GENERATION, GENERAL, all_of(runs_on("t3.large"), environment(None)), WARN, "burstable"),
    Case(GENERATION, GENERAL, all_of(runs_on("t3.large"), environment("dev")), PASS),
    Case(GENERATION, GENERAL, runs_on("t3.large"), PASS, parameters={"warn-burstable": False}),
    Case(
        GENERATION,
        ROCKET,
        nodegroup("rocket", instance_types=("m4.large", "t3.large")),
        WARN,
        "previous_generation burstable",
    ),
    Case(GENERATION, GENERAL, runs_on("x99.large"), UNKNOWN, "not_found_in_listing"),
    Case(GENERATION, GENERAL, NO_GENERAL_NODE, NA, "no_nodes"),
    Case(
        GENERATION,
        "compute-pool/auto-mode",
        all_of(
            cluster(compute_config=eks.ComputeConfig(enabled=True)),
            each("instances", *instances(), instance("i-auto", "eks:eks-cluster-name", NAME, instance_type="m4.large")),
        ),
        WARN,
        "previous_generation",
    ),
    Case(
        GENERATION,
        ROCKET,
        all_of(nodegroup("rocket", instance_types=("m4.large",)), without("instances")),
        WARN,
        "previous_generation",
    ),
    Case(GENERATION, ROCKET, without("instances"), UNKNOWN, "access_denied"),
    Case(GENERATION, GENERAL, without("instance_types"), UNKNOWN, "access_denied"),
    Case(GENERATION, WORKERS, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(GENERATION, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_capacity(case: Case) -> None:
    check(case)
