"""Facts: region and account evidence in the shape controls ask for, with look-ups built once for all clusters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import NewType

from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Section, not_collected
from plumbline.domain.need import joined
from plumbline.domain.snapshot import AccountEvidence, RegionEvidence

STANDARD_SUPPORT = "STANDARD_SUPPORT"
EXTENDED_SUPPORT = "EXTENDED_SUPPORT"
UNSUPPORTED = "UNSUPPORTED"
ANY_ADDRESS = frozenset({"0.0.0.0/0", "::/0"})


# The time of the assessment: passed in, never read from a clock.
Now = NewType("Now", datetime)


class VersionCalendar:
    """The support calendar of Kubernetes versions, as AWS publishes it."""

    def __init__(self, versions: Iterable[eks.ClusterVersion]) -> None:
        self._by_version = {(entry.cluster_type, entry.cluster_version): entry for entry in versions}

    def of(self, cluster: eks.Cluster) -> eks.ClusterVersion | None:
        """Return the calendar entry of the cluster's version, or None when the listing lacks it."""
        return self._by_version.get((cluster_type(cluster), cluster.version))

    def newest_in_standard_support(self, cluster: eks.Cluster) -> int | None:
        """Return the newest minor in standard support for the cluster's type, or None when there is none."""
        return max(
            (
                eks.minor_of(version)
                for (kind, version), entry in self._by_version.items()
                if kind == cluster_type(cluster) and entry.version_status == STANDARD_SUPPORT
            ),
            default=None,
        )


def cluster_type(cluster: eks.Cluster) -> str:
    """Return the `clusterType` under which the calendar lists the cluster: Outposts has a list of its own."""
    return "eks-local-outposts" if cluster.outpost_config else "eks"


class AddonCatalogue:
    """The add-on versions on offer in a region."""

    def __init__(self, addons: Iterable[eks.AddonInfo]) -> None:
        self._by_name = {addon.addon_name: addon for addon in addons}

    def of(self, addon_name: str) -> eks.AddonInfo | None:
        """Return what is on offer for the add-on, or None when the catalogue has no entry."""
        return self._by_name.get(addon_name)


class FlowLogs:
    """The flow logs of a region by the VPC, subnet or interface they watch."""

    def __init__(self, flow_logs: Iterable[ec2.FlowLog]) -> None:
        self._by_resource: dict[str, list[ec2.FlowLog]] = defaultdict(list)
        for flow_log in flow_logs:
            self._by_resource[flow_log.resource_id].append(flow_log)

    def of(self, resource_id: str) -> tuple[ec2.FlowLog, ...]:
        """Return the flow logs on one VPC or subnet."""
        return tuple(self._by_resource.get(resource_id, ()))


class Routes:
    """Which subnets route to the internet."""

    def __init__(self, tables: Iterable[ec2.RouteTable], subnets: Iterable[ec2.Subnet]) -> None:
        self._vpc_of = {subnet.subnet_id: subnet.vpc_id for subnet in subnets}
        self._explicit: dict[str, ec2.RouteTable] = {}
        self._main: dict[str, ec2.RouteTable] = {}
        for table in tables:
            for association in table.associations:
                if association.subnet_id:
                    self._explicit[association.subnet_id] = table
                elif association.main:
                    self._main[table.vpc_id] = table

    def table_of(self, subnet_id: str) -> ec2.RouteTable | None:
        """Return the subnet's own route table, else its VPC's main one, else None (not in the listing)."""
        return self._explicit.get(subnet_id) or self._main.get(self._vpc_of.get(subnet_id, ""))

    def internet_gateway_of(self, subnet_id: str) -> str | None:
        """Return the internet gateway that the subnet's default route leads to; black holes do not count."""
        table = self.table_of(subnet_id)
        for route in table.routes if table else ():
            to_anywhere = {route.destination_cidr_block, route.destination_ipv6_cidr_block} & ANY_ADDRESS
            gateway = route.gateway_id or ""
            if to_anywhere and gateway.startswith("igw-") and route.state != "blackhole":
                return gateway
        return None


class AmiReleases:
    """The releases that AWS recommends, by public SSM parameter name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def recommended(self, parameter_name: str) -> str | None:
        """Return the recommended release, or None when the parameter does not exist."""
        return self._values.get(parameter_name)


class InstanceTypes:
    """Facts about EC2 instance types."""

    def __init__(self, types: Iterable[ec2.InstanceType]) -> None:
        self._by_name = {entry.instance_type: entry for entry in types}

    def of(self, name: str) -> ec2.InstanceType | None:
        """Return what EC2 says of the type, or None when it was not in the answer."""
        return self._by_name.get(name)


class IamCatalogue:
    """The roles and customer-managed policies of an account, by whole ARN."""

    def __init__(self, authorization: aws.Authorization) -> None:
        self._roles = {role.arn: role for role in authorization.roles}
        self._policies = {policy.arn: policy for policy in authorization.policies}
        self._by_profile = {profile.arn: role for role in authorization.roles for profile in role.instance_profile_list}

    def role(self, arn: str) -> aws.Role | None:
        """Return the role, or None when the listing lacks it."""
        return self._roles.get(arn)

    def role_of_profile(self, arn: str) -> aws.Role | None:
        """Return the role behind an instance profile, or None when the listing lacks it."""
        return self._by_profile.get(arn)

    def policy(self, arn: str) -> aws.ManagedPolicy | None:
        """Return a customer-managed policy, or None for AWS's own."""
        return self._policies.get(arn)


class Trails:
    """The trails that CloudTrail lists for a region, with the state and selectors of each."""

    def __init__(
        self,
        region: str,
        trails: Iterable[aws.TrailDescription],
        status: Mapping[str, Section[aws.TrailStatus]],
        selectors: Mapping[str, Section[aws.TrailSelectors]],
    ) -> None:
        self._candidates = tuple(
            trail for trail in trails if trail.is_multi_region_trail or trail.home_region == region
        )
        self.status = status
        self.selectors = selectors

    def status_of(self, trail: aws.TrailDescription) -> Section[aws.TrailStatus]:
        """Return the state of a trail, or why it is missing."""
        return self.status.get(trail.trail_arn, not_collected(f"the state of {trail.trail_arn} was not read"))

    def selectors_of(self, trail: aws.TrailDescription) -> Section[aws.TrailSelectors]:
        """Return what a trail selects, or why that is missing."""
        return self.selectors.get(trail.trail_arn, not_collected(f"the selectors of {trail.trail_arn} were not read"))

    @property
    def candidates(self) -> tuple[aws.TrailDescription, ...]:
        """The trails that could cover the region: multi-region ones and those homed here."""
        return self._candidates


class LaunchTemplates:
    """Launch template versions by id and version, number or `$Default` or `$Latest`."""

    def __init__(self, versions: Iterable[ec2.LaunchTemplateVersion]) -> None:
        self._by_number: dict[tuple[str, int], ec2.LaunchTemplateVersion] = {}
        self._default: dict[str, ec2.LaunchTemplateVersion] = {}
        self._latest: dict[str, ec2.LaunchTemplateVersion] = {}
        for version in versions:
            template = version.launch_template_id
            self._by_number[template, version.version_number] = version
            if version.default_version:
                self._default[template] = version
            newest = self._latest.get(template)
            if newest is None or version.version_number > newest.version_number:
                self._latest[template] = version

    def version(self, template_id: str | None, version: str | None) -> ec2.LaunchTemplateVersion | None:
        """Return the version asked for (none named means the default), or None when it was not listed."""
        if template_id is None:
            return None
        if version in (None, "", "$Default"):
            return self._default.get(template_id)
        if version == "$Latest":
            return self._latest.get(template_id)
        return self._by_number.get((template_id, int(version))) if version and version.isdigit() else None


class RegionFacts:
    """The facts of one region, each built on first use and then shared by all clusters of the region."""

    def __init__(self, region: RegionEvidence, account: AccountEvidence) -> None:
        self._region = region
        self._account = account

    @cached_property
    def versions(self) -> Section[VersionCalendar]:
        """The support calendar."""
        return joined(VersionCalendar, self._region.versions)

    @cached_property
    def addon_catalogue(self) -> Section[AddonCatalogue]:
        """The add-on versions on offer."""
        return joined(AddonCatalogue, self._region.addon_catalogue)

    @cached_property
    def flow_logs(self) -> Section[FlowLogs]:
        """The flow logs."""
        return joined(FlowLogs, self._region.flow_logs)

    @cached_property
    def routes(self) -> Section[Routes]:
        """Where subnets route to."""
        return joined(Routes, self._region.route_tables, self._region.subnets)

    @cached_property
    def ami_releases(self) -> Section[AmiReleases]:
        """The recommended releases."""
        return joined(AmiReleases, self._region.ami_releases)

    @cached_property
    def instance_types(self) -> Section[InstanceTypes]:
        """Instance type facts."""
        return joined(InstanceTypes, self._region.instance_types)

    @cached_property
    def launch_templates(self) -> Section[LaunchTemplates]:
        """Launch template versions."""
        return joined(LaunchTemplates, self._region.launch_templates)

    @cached_property
    def iam(self) -> Section[IamCatalogue]:
        """Roles and customer-managed policies."""
        return joined(IamCatalogue, self._account.authorization)

    @cached_property
    def log_group_by_name(self) -> Section[dict[str, aws.LogGroup]]:
        """Log groups by name."""
        return joined(lambda groups: {group.log_group_name: group for group in groups}, self._region.log_groups)

    @cached_property
    def group_by_name(self) -> Section[dict[str, ec2.AutoScalingGroup]]:
        """Auto Scaling groups by name."""
        return joined(
            lambda groups: {group.auto_scaling_group_name: group for group in groups},
            self._region.auto_scaling_groups,
        )

    @cached_property
    def self_managed_by_cluster(self) -> Section[dict[str, tuple[ec2.AutoScalingGroup, ...]]]:
        """Auto Scaling groups that carry a cluster's tag and belong to no managed node group."""
        return joined(_self_managed, self._region.auto_scaling_groups)

    @cached_property
    def instances_by_cluster(self) -> Section[dict[str, tuple[ec2.Instance, ...]]]:
        """Running instances by the cluster named in their tags."""
        return joined(_instances_by_cluster, self._region.instances)

    @cached_property
    def subnet_by_id(self) -> Section[dict[str, ec2.Subnet]]:
        """Subnets by id."""
        return joined(lambda subnets: {subnet.subnet_id: subnet for subnet in subnets}, self._region.subnets)


CLUSTER_TAG = "kubernetes.io/cluster/"
NODEGROUP_TAG = "eks:nodegroup-name"
AUTO_MODE_TAG = "eks:eks-cluster-name"


def _self_managed(
    groups: Iterable[ec2.AutoScalingGroup],
) -> dict[str, tuple[ec2.AutoScalingGroup, ...]]:
    found: dict[str, list[ec2.AutoScalingGroup]] = defaultdict(list)
    for group in groups:
        if NODEGROUP_TAG not in group.tag:
            for key in group.tag:
                if key.startswith(CLUSTER_TAG):
                    found[key.removeprefix(CLUSTER_TAG)].append(group)
    return {cluster: tuple(listed) for cluster, listed in found.items()}


def _instances_by_cluster(instances: Iterable[ec2.Instance]) -> dict[str, tuple[ec2.Instance, ...]]:
    found: dict[str, list[ec2.Instance]] = defaultdict(list)
    for instance in instances:
        for cluster in _clusters_of(instance.tag):
            found[cluster].append(instance)
    return {cluster: tuple(listed) for cluster, listed in found.items()}


def _clusters_of(tags: Mapping[str, str]) -> set[str]:
    named = {tags[key] for key in ("eks:cluster-name", AUTO_MODE_TAG) if tags.get(key)}
    return named | {key.removeprefix(CLUSTER_TAG) for key in tags if key.startswith(CLUSTER_TAG)}
