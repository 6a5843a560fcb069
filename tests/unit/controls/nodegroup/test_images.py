from typing import Any

import pytest

from plumbline.domain.ami import release_parameter
from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import launch_templates, read, template_version
from tests.unit.changes import Change, all_of, each, nodegroup, one, section, undescribed, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

CURRENT, DRIFT = "nodegroup.ami-current", "nodegroup.launch-template-drift"
GENERAL, ROCKET, WORKERS = "nodegroup/general", "nodegroup/rocket", "auto-scaling-group/workers"
GENERAL_GROUP, WORKERS_GROUP = 0, 2


def al2023(release: str | None) -> Change:
    return nodegroup("general", release_version=release)


def bottlerocket(release: str) -> Change:
    return nodegroup("rocket", release_version=release)


def windows(release: str, recommended: str = "1.33-2026.02.26") -> Change:
    parameter = release_parameter("WINDOWS_CORE_2022_x86_64", "1.33")
    return all_of(
        nodegroup("general", ami_type="WINDOWS_CORE_2022_x86_64", release_version=release),
        section("ami_releases", read({parameter: recommended})),
    )


def made_from(*versions: str, template: str = "lt-workers") -> tuple[ec2.GroupInstance, ...]:
    return tuple(
        ec2.GroupInstance(
            instance_id=f"i-{number}",
            launch_template=ec2.TemplateSpecification(launch_template_id=template, version=version),
        )
        for number, version in enumerate(versions)
    )


def workers_use(version: str) -> Change:
    return one(
        "auto_scaling_groups",
        WORKERS_GROUP,
        launch_template=ec2.TemplateSpecification(launch_template_id="lt-workers", version=version),
    )


def customer_template(**members: Any) -> Change:
    return nodegroup("general", launch_template=eks.LaunchTemplateReference(**({"id": "lt-general"} | members)))


NEWER_DEFAULT = each(
    "launch_templates",
    *launch_templates()[1:],
    template_version("lt-general", 3, default_version=False),
    template_version("lt-general", 4),
    template_version("lt-general", 5, default_version=False),
)
MIXED = one("auto_scaling_groups", GENERAL_GROUP, instances=made_from("1", "2", template="lt-eks-general"))
OVERRIDES = ec2.MixedInstancesPolicy(
    launch_template=ec2.MixedTemplate(
        launch_template_specification=ec2.TemplateSpecification(launch_template_id="lt-workers", version="1"),
        overrides=(
            ec2.TemplateOverride(
                instance_type="m7g.large",
                launch_template_specification=ec2.TemplateSpecification(launch_template_id="lt-arm", version="7"),
            ),
        ),
    )
)

CASES = [
    Case(CURRENT, GENERAL, al2023("1.33.5-20260127"), PASS),
    Case(
        CURRENT,
        GENERAL,
        al2023("1.33.5-20260126"),
        WARN,
        "release_behind",
        message="release 1.33.5-20260126 is 31 day(s) behind 1.33.5-20260226",
    ),
    Case(CURRENT, GENERAL, al2023("1.33.4-20251228"), WARN, "release_behind"),
    Case(CURRENT, GENERAL, al2023("1.33.4-20251227"), FAIL, "release_behind"),
    Case(
        CURRENT,
        GENERAL,
        al2023("1.33.6-20260301"),
        PASS,
        message="release 1.33.6-20260301 is 0 day(s) behind 1.33.5-20260226",
    ),
    Case(CURRENT, GENERAL, al2023("1.33.5-20260126"), PASS, parameters={"warn-days": 31}),
    Case(CURRENT, GENERAL, al2023("1.33.5-20260126"), FAIL, "release_behind", parameters={"fail-days": 30}),
    Case(CURRENT, GENERAL, al2023("1.33.5-20260299"), UNKNOWN, "parse_error"),
    Case(CURRENT, GENERAL, al2023("newest"), UNKNOWN, "parse_error"),
    Case(CURRENT, GENERAL, al2023(None), UNKNOWN, "not_collected"),
    Case(CURRENT, GENERAL, windows("1.33-2026.01.27"), PASS),
    Case(CURRENT, GENERAL, windows("1.33-2026.01.26"), WARN, "release_behind"),
    Case(CURRENT, GENERAL, windows("1.33-2025.12.01"), FAIL, "release_behind"),
    Case(CURRENT, ROCKET, bottlerocket("1.52.0-feedbeef"), PASS),
    Case(CURRENT, ROCKET, bottlerocket("1.53.0-feedbeef"), PASS),
    Case(
        CURRENT,
        ROCKET,
        bottlerocket("1.51.9-feedbeef"),
        WARN,
        "release_behind",
        message="release 1.51.9-feedbeef is older than 1.52.0-0badcafe",
    ),
    Case(CURRENT, ROCKET, bottlerocket("1.50.0-feedbeef"), FAIL, "release_behind"),
    Case(CURRENT, ROCKET, bottlerocket("1.9.0-feedbeef"), FAIL, "release_behind"),
    Case(CURRENT, ROCKET, bottlerocket("0.60.0-feedbeef"), FAIL, "release_behind"),
    Case(CURRENT, ROCKET, bottlerocket("latest"), UNKNOWN, "parse_error"),
    Case(CURRENT, GENERAL, nodegroup("general", ami_type="CUSTOM", version=None), NA, "custom_ami"),
    Case(CURRENT, GENERAL, nodegroup("general", ami_type=None), UNKNOWN, "not_collected"),
    Case(CURRENT, GENERAL, nodegroup("general", version=None), UNKNOWN, "not_collected"),
    # The group's own version counts, and for another one nothing is recommended here.
    Case(CURRENT, GENERAL, nodegroup("general", version="1.32"), UNKNOWN, "catalogue_gap"),
    Case(CURRENT, GENERAL, nodegroup("general", ami_type="AL2030_x86_64_STANDARD"), UNKNOWN, "catalogue_gap"),
    Case(CURRENT, GENERAL, section("ami_releases", read({})), UNKNOWN, "catalogue_gap"),
    Case(CURRENT, GENERAL, without("ami_releases"), UNKNOWN, "access_denied"),
    Case(CURRENT, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(CURRENT, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    # --- launch-template-drift
    Case(
        DRIFT,
        GENERAL,
        MIXED,
        FAIL,
        "mixed_versions",
        message="instances were made from several template versions: lt-eks-general:1, lt-eks-general:2",
    ),
    Case(DRIFT, GENERAL, all_of(MIXED, nodegroup("general", status="UPDATING")), PASS, during_transition=True),
    Case(DRIFT, GENERAL, all_of(MIXED, without("launch_templates")), FAIL, "mixed_versions"),
    Case(DRIFT, WORKERS, one("auto_scaling_groups", WORKERS_GROUP, instances=made_from("1", "1")), PASS),
    Case(
        DRIFT,
        WORKERS,
        one("auto_scaling_groups", WORKERS_GROUP, instances=made_from("1", template="lt-former")),
        FAIL,
        "mixed_versions",
    ),
    Case(
        DRIFT,
        WORKERS,
        one(
            "auto_scaling_groups",
            WORKERS_GROUP,
            launch_template=None,
            mixed_instances_policy=OVERRIDES,
            instances=(*made_from("1"), *made_from("7", template="lt-arm")),
        ),
        PASS,
    ),
    Case(
        DRIFT,
        WORKERS,
        one(
            "auto_scaling_groups",
            WORKERS_GROUP,
            launch_template=None,
            launch_configuration_name="lc-old",
            instances=(ec2.GroupInstance(instance_id="i-1"),),
        ),
        FAIL,
        "launch_configuration",
        message="the group has a launch configuration: lc-old",
    ),
    Case(
        DRIFT,
        GENERAL,
        NEWER_DEFAULT,
        WARN,
        "not_tracked_version",
        message="the group uses version 3 of lt-general, the default is 4",
    ),
    Case(
        DRIFT,
        GENERAL,
        NEWER_DEFAULT,
        WARN,
        "not_tracked_version",
        parameters={"track": "latest"},
        message="the group uses version 3 of lt-general, the latest is 5",
    ),
    Case(DRIFT, GENERAL, NEWER_DEFAULT, PASS, parameters={"track": "none"}),
    Case(DRIFT, GENERAL, all_of(NEWER_DEFAULT, customer_template(version="$Default")), PASS),
    Case(DRIFT, GENERAL, all_of(NEWER_DEFAULT, customer_template(version="$Latest")), WARN, "not_tracked_version"),
    # A numbered version need not be listed itself.
    Case(DRIFT, GENERAL, customer_template(version="2"), WARN, "not_tracked_version"),
    Case(DRIFT, GENERAL, customer_template(id="lt-unlisted", version="$Default"), UNKNOWN, "not_found_in_listing"),
    Case(DRIFT, GENERAL, customer_template(id="lt-unlisted", version="1"), UNKNOWN, "not_found_in_listing"),
    Case(DRIFT, WORKERS, workers_use("$Latest"), PASS),
    Case(
        DRIFT,
        WORKERS,
        all_of(
            one("launch_templates", 3, default_version=False),
            section("launch_templates", read((*launch_templates()[:3], template_version("lt-workers", 2)))),
            workers_use("2"),
        ),
        PASS,
    ),
    # Without a template of the customer's only the instances are judged.
    Case(DRIFT, "nodegroup/rocket", without("launch_templates"), PASS),
    Case(DRIFT, GENERAL, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(DRIFT, GENERAL, without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(DRIFT, "auto-scaling-group/*", without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(DRIFT, GENERAL, each("auto_scaling_groups"), UNKNOWN, "not_found_in_listing"),
    Case(DRIFT, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(DRIFT, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_images(case: Case) -> None:
    check(case)
