"""What the clusters' own descriptions name: the VPCs, keys, groups, templates and types to read for them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from plumbline.domain.ami import release_parameter
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected
from plumbline.domain.snapshot import ClusterEvidence

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


def release_parameters(clusters: Clusters) -> frozenset[str]:
    """Return the SSM parameters that hold the recommended releases of the node groups' images."""
    names = (
        release_parameter(group.ami_type, group.version)
        for group in nodegroups(clusters)
        if group.ami_type and group.version
    )
    return frozenset(name for name in names if name)
