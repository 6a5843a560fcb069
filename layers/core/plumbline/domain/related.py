"""What the clusters' own descriptions name: the VPCs, keys, groups, templates and types to read for them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from plumbline.domain.ami import release_parameter
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected
from plumbline.domain.facts import CLUSTER_TAG, NODEGROUP_TAG
from plumbline.domain.need import known
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence

Clusters = Mapping[str, ClusterEvidence]


def described(clusters: Clusters) -> Iterator[eks.Cluster]:
    """Yield the clusters that could be described."""
    for part in clusters.values():
        if isinstance(part.cluster, Collected):
            yield part.cluster.value


def nodegroups(clusters: Clusters) -> Iterator[eks.NodeGroup]:
    """Yield the node groups that could be described."""
    for part in clusters.values():
        yield from part.nodegroups.collected()


def vpc_ids(clusters: Clusters) -> frozenset[str]:
    """Return the VPCs that hold the clusters."""
    return frozenset(cluster.resources_vpc_config.vpc_id or "" for cluster in described(clusters)) - {""}


def key_arns(clusters: Clusters) -> frozenset[str]:
    """Return the KMS keys that wrap the clusters' secrets."""
    return frozenset(cluster.secrets_key_arn or "" for cluster in described(clusters)) - {""}


def subnet_ids(
    clusters: Clusters,
    groups: Iterable[ec2.AutoScalingGroup],
    instances: Iterable[ec2.Instance],
) -> frozenset[str]:
    """Return every subnet that a control plane, a pool or a running node of the clusters is in."""
    found: set[str] = set()
    for cluster in described(clusters):
        found.update(cluster.resources_vpc_config.subnet_ids)
    for part in clusters.values():
        for group in part.nodegroups.collected():
            found.update(group.subnets)
        for profile in part.fargate_profiles.collected():
            found.update(profile.subnets)
    for scaled in groups:
        found.update(scaled.subnets)
    found.update(instance.subnet_id or "" for instance in instances)
    return frozenset(found) - {""}


def group_names(clusters: Clusters) -> frozenset[str]:
    """Return the Auto Scaling groups that EKS runs for the clusters' node groups."""
    return frozenset(name for group in nodegroups(clusters) for name in group.auto_scaling_group_names)


def template_versions(clusters: Clusters, groups: Iterable[ec2.AutoScalingGroup]) -> dict[str, frozenset[int]]:
    """Return the launch templates in use, by id, with the numbered versions that Auto Scaling groups use of each."""
    found: dict[str, set[int]] = defaultdict(set)
    for group in nodegroups(clusters):
        if group.launch_template is not None and group.launch_template.id:
            found[group.launch_template.id].update(())
    for scaled in groups:
        for named in _specifications(scaled):
            if named.launch_template_id:
                found[named.launch_template_id].update(_number(named.version))
    return {template: frozenset(numbers) for template, numbers in sorted(found.items())}


def _specifications(group: ec2.AutoScalingGroup) -> Iterator[ec2.TemplateSpecification]:
    if group.template is not None:
        yield group.template
    mixed = group.mixed_instances_policy
    for override in mixed.launch_template.overrides if mixed and mixed.launch_template else ():
        if override.launch_template_specification is not None:
            yield override.launch_template_specification


def _number(version: str | None) -> tuple[int, ...]:
    return (int(version),) if version and version.isdigit() else ()


def instance_types(
    clusters: Clusters,
    groups: Iterable[ec2.AutoScalingGroup],
    templates: Iterable[ec2.LaunchTemplateVersion],
    instances: Iterable[ec2.Instance],
) -> frozenset[str]:
    """Return the instance types that pools of the clusters use or may use."""
    found = {instance.instance_type for instance in instances}
    found.update(kind for group in nodegroups(clusters) for kind in group.instance_types)
    found.update(version.launch_template_data.instance_type or "" for version in templates)
    for scaled in groups:
        mixed = scaled.mixed_instances_policy
        for override in mixed.launch_template.overrides if mixed and mixed.launch_template else ():
            found.add(override.instance_type or "")
    return frozenset(found) - {""}


def image_ids(
    clusters: Clusters,
    groups: Iterable[ec2.AutoScalingGroup],
    templates: Iterable[ec2.LaunchTemplateVersion],
    instances: Iterable[ec2.Instance],
) -> frozenset[str]:
    """Return the images that nodes of the clusters run, or that templates in use name."""
    used = template_versions(clusters, groups).keys()
    found = {instance.image_id for instance in instances}
    found.update(
        version.launch_template_data.image_id or "" for version in templates if version.launch_template_id in used
    )
    # A template may name an SSM parameter in place of an image.
    return frozenset(image for image in found if image.startswith("ami-"))


def self_managed_groups(clusters: Clusters, groups: Iterable[ec2.AutoScalingGroup]) -> frozenset[str]:
    """Return the Auto Scaling groups that carry a cluster's tag and that EKS does not run."""
    keys = {CLUSTER_TAG + name for name in clusters}
    return frozenset(
        group.auto_scaling_group_name
        for group in groups
        if NODEGROUP_TAG not in group.tag and not keys.isdisjoint(group.tag)
    )


def role_arns(clusters: Clusters) -> frozenset[str]:
    """Return the roles that clusters, their node groups and their Fargate profiles name."""
    found: set[str | None] = set()
    for cluster in described(clusters):
        found.add(cluster.role_arn)
        found.add(cluster.compute_config.node_role_arn if cluster.compute_config else None)
    found.update(group.node_role for group in nodegroups(clusters))
    for part in clusters.values():
        found.update(profile.pod_execution_role_arn for profile in part.fargate_profiles.collected())
    return frozenset(arn for arn in found if arn)


def release_parameters(clusters: Clusters) -> frozenset[str]:
    """Return the SSM parameters that hold the recommended releases of the node groups' images."""
    names = (
        release_parameter(group.ami_type, group.version)
        for group in nodegroups(clusters)
        if group.ami_type and group.version
    )
    return frozenset(name for name in names if name)


def _types(clusters: Clusters, region: RegionEvidence) -> frozenset[str]:
    return instance_types(
        clusters,
        known(region.auto_scaling_groups, ()),
        known(region.launch_templates, ()),
        known(region.instances, ()),
    )


def _images(clusters: Clusters, region: RegionEvidence) -> frozenset[str]:
    return image_ids(
        clusters,
        known(region.auto_scaling_groups, ()),
        known(region.launch_templates, ()),
        known(region.instances, ()),
    )


# Sections that are read thing by thing: what the clusters, and what was read for them, name by now.
NAMED: Mapping[str, Callable[[Clusters, RegionEvidence], frozenset[str]]] = {
    "keys": lambda clusters, _: key_arns(clusters),
    "key_rotations": lambda clusters, _: key_arns(clusters),
    "vpc_attributes": lambda clusters, _: vpc_ids(clusters),
    "lifecycle_hooks": lambda clusters, region: self_managed_groups(clusters, known(region.auto_scaling_groups, ())),
    "named_roles": lambda clusters, _: role_arns(clusters),
    "ami_releases": lambda clusters, _: release_parameters(clusters),
    "instance_types": _types,
    "images": _images,
}


def held(region: RegionEvidence, section: str) -> dict[str, Any]:
    """Return what is known of each thing in one of the sections in `NAMED`, by its name."""
    if section == "ami_releases":
        return dict(known(region.ami_releases, {}))
    if section == "instance_types":
        return {one.instance_type: one for one in known(region.instance_types, ())}
    if section == "images":
        return {one.image_id: one for one in known(region.images, ())}
    pieces: dict[str, Any] = getattr(region, section)
    return pieces


def lacking(region: RegionEvidence, clusters: Clusters, section: str) -> frozenset[str]:
    """Return what the clusters name and a section in `NAMED` does not hold."""
    return NAMED[section](clusters, region) - held(region, section).keys()
