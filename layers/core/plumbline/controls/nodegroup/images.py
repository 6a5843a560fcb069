"""Images and templates: what nodes are made from is recent and the same everywhere."""

from collections.abc import Mapping
from typing import Literal

from plumbline.domain.ami import CUSTOM, Lag, comparison, days_behind, release_parameter, releases_behind
from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import LaunchTemplates
from plumbline.domain.evidence.ec2 import AutoScalingGroup, GroupInstance, TemplateSpecification
from plumbline.domain.evidence.eks import NodeGroup
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import AmiReleases
from plumbline.domain.judged import ScaledGroup, sorted_unique
from plumbline.domain.need import need, present
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)


class ImageAge(Parameters, frozen=True):
    """Days an image release may be behind the recommended one."""

    warn_days: int = 30
    fail_days: int = 60


@control(
    "nodegroup.ami-current",
    title="Managed node group runs a recent EKS image release",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "The release is compared with the one AWS recommends for the group's own version and image type. By date: "
        "FAIL more than fail-days behind, WARN more than warn-days. Bottlerocket: WARN when older, FAIL two or more "
        "minors older. NOT_APPLICABLE for custom images, UNKNOWN when AWS recommends none."
    ),
    remediation="aws eks update-nodegroup-version --cluster-name <cluster> --nodegroup-name <group>",
    references=("Prowler ec2_instance_with_outdated_ami (near)",),
)
def node_image_is_recent(group: NodeGroup, releases: AmiReleases, p: ImageAge) -> Verdict:
    """An old image has old holes in its kernel and container runtime, which EKS never patches in place.

    Nodes get fixes only when the group is moved to a newer release and every node is replaced.
    """
    ami_type = present(group.ami_type, "nodegroup.amiType")
    if ami_type == CUSTOM:
        return not_applicable("custom_ami", "the group runs a custom image; nodegroup.node-age judges it")
    version = present(group.version, "nodegroup.version")
    installed = present(group.release_version, "nodegroup.releaseVersion")
    observed = {"ami_type": ami_type, "version": version, "release_version": installed}
    parameter = release_parameter(ami_type, version)
    recommended = releases.recommended(parameter) if parameter else None
    if recommended is None:
        text = f"AWS recommends no release of {ami_type} for {version}"
        return unknown(Reason.CATALOGUE_GAP, text, observed=observed)
    by_version = comparison(ami_type) is Lag.BY_VERSION
    status, lag = (_lag_of_versions if by_version else _lag_of_dates)(installed, recommended, p)
    expected = {"recommended": recommended}
    if status == "current":
        return passed(f"release {installed} {lag}", observed=observed, expected=expected)
    judged = failed if status == "far behind" else warned
    return judged("release_behind", f"release {installed} {lag}", observed=observed, expected=expected)


_Status = Literal["current", "behind", "far behind"]


def _lag_of_dates(installed: str, recommended: str, p: ImageAge) -> tuple[_Status, str]:
    days = days_behind(installed, recommended)
    text = f"is {max(days, 0)} day(s) behind {recommended}"
    if days > p.fail_days:
        return "far behind", text
    return ("behind" if days > p.warn_days else "current"), text


def _lag_of_versions(installed: str, recommended: str, _: ImageAge) -> tuple[_Status, str]:
    behind = releases_behind(installed, recommended)
    major, minor, _patch = behind
    if behind <= (0, 0, 0):
        return "current", f"is not behind {recommended}"
    far = major > 0 or minor > 1
    return ("far behind" if far else "behind"), f"is older than {recommended}"


class Tracking(Parameters, frozen=True):
    """Which version of its launch template a group should use."""

    track: Literal["default", "latest", "none"] = "default"


@control(
    "nodegroup.launch-template-drift",
    title="Node group and its instances use the intended launch template version",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when instances of the group run more than one template version while it is not being updated, or the "
        "group still has a launch configuration. WARN when the group's version is not the tracked one. Without a "
        "template of the customer's only the instances are judged."
    ),
    remediation=(
        "aws eks update-nodegroup-version --cluster-name <cluster> --nodegroup-name <group> "
        "--launch-template id=<template>,version=<version>"
    ),
    references=("Security Hub AutoScaling.9", "Prowler autoscaling_group_using_ec2_launch_template"),
)
def launch_template_is_the_intended_one(
    scaled: ScaledGroup, templates: Section[LaunchTemplates], p: Tracking
) -> Verdict:
    """A corrected template protects nothing until every node is made from it.

    Nodes from several versions also behave differently, and nobody can say which of them runs a workload.
    """
    groups = need(scaled.pool.auto_scaling_groups)
    reference = _customer_template(scaled, groups)
    running = sorted_unique(_made_from(instance) for group in groups for instance in group.instances)
    configurations = sorted_unique(group.launch_configuration_name for group in groups)
    observed = {
        "template": reference.launch_template_id if reference else None,
        "version": reference.version if reference else None,
        "instance_versions": list(running),
        "launch_configurations": list(configurations),
    }
    if configurations:
        text = f"the group has a launch configuration: {', '.join(configurations)}"
        return failed("launch_configuration", text, observed=observed)
    if scaled.status != "UPDATING" and any(_is_mixed(group) for group in groups):
        text = f"instances were made from several template versions: {', '.join(running)}"
        return failed("mixed_versions", text, observed=observed)
    if reference is None or p.track == "none":
        return passed("all instances were made from one template version", observed=observed)
    return _judge_tracked(reference, need(templates), p, observed)


def _judge_tracked(
    reference: TemplateSpecification, templates: LaunchTemplates, p: Tracking, observed: Mapping[str, object]
) -> Verdict:
    name = reference.launch_template_id
    used = _number_of(reference, templates)
    tracked = templates.version(name, f"${p.track.capitalize()}")
    if used is None or tracked is None:
        text = f"versions of launch template {name} were not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    expected = {"tracked_version": tracked.version_number}
    if used != tracked.version_number:
        text = f"the group uses version {used} of {name}, the {p.track} is {tracked.version_number}"
        return warned("not_tracked_version", text, observed=observed, expected=expected)
    text = f"the group uses version {used} of {name}, its {p.track}"
    return passed(text, observed=observed, expected=expected)


def _number_of(reference: TemplateSpecification, templates: LaunchTemplates) -> int | None:
    """Return the version number a reference stands for: as written, or what `$Default` or `$Latest` is today."""
    if reference.version and reference.version.isdigit():
        return int(reference.version)
    listed = templates.version(reference.launch_template_id, reference.version)
    return listed.version_number if listed else None


def _customer_template(scaled: ScaledGroup, groups: tuple[AutoScalingGroup, ...]) -> TemplateSpecification | None:
    """Return the customer's template: of a managed group only EKS names it, its Auto Scaling group has a copy."""
    managed = scaled.pool.group
    if managed is None:
        return next((group.template for group in groups if group.template), None)
    named = managed.launch_template
    return TemplateSpecification(launch_template_id=named.id, version=named.version) if named and named.id else None


def _made_from(instance: GroupInstance) -> str | None:
    named = instance.launch_template
    return f"{named.launch_template_id}:{named.version}" if named else None


def _is_mixed(group: AutoScalingGroup) -> bool:
    """Whether a template has instances of several versions, or there are instances of a template no longer named."""
    named = [instance.launch_template for instance in group.instances if instance.launch_template]
    made_from = {(template.launch_template_id, template.version) for template in named}
    templates = {template for template, _ in made_from}
    return len(made_from) > len(templates) or not templates <= group.template_ids
