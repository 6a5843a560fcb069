"""Facts: region and account evidence in the shape controls ask for, with look-ups built once for all clusters."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import NewType

from plumbline.domain.ec2_facts import (
    FlowLogs,
    Images,
    InstanceTypes,
    LaunchTemplates,
    NatGateways,
    Routes,
    ScheduledActions,
    VpcEndpoints,
)
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Section, not_collected
from plumbline.domain.need import joined
from plumbline.domain.snapshot import REGION_SECTIONS, AccountEvidence, RegionEvidence, oldest_of
from plumbline.domain.trust import web_identity_trusts
from plumbline.domain.zones import Subnets

STANDARD_SUPPORT = "STANDARD_SUPPORT"
EXTENDED_SUPPORT = "EXTENDED_SUPPORT"
UNSUPPORTED = "UNSUPPORTED"


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


class AmiReleases:
    """The releases that AWS recommends, by public SSM parameter name."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def recommended(self, parameter_name: str) -> str | None:
        """Return the recommended release, or None when the parameter does not exist."""
        return self._values.get(parameter_name)


class IamCatalogue:
    """The roles and customer-managed policies of an account, by whole ARN."""

    def __init__(self, authorization: aws.Authorization) -> None:
        self._roles = {role.arn: role for role in authorization.roles}
        self._policies = {policy.arn: policy for policy in authorization.policies}
        self._by_profile = {profile.arn: role for role in authorization.roles for profile in role.instance_profile_list}
        self._principals = {*self._roles, *authorization.users}
        self.complete = authorization.complete

    def knows(self, arn: str) -> bool:
        """Whether the role or user is in the listing."""
        return arn in self._principals

    def role(self, arn: str) -> aws.Role | None:
        """Return the role, or None when the listing lacks it."""
        return self._roles.get(arn)

    def role_of_profile(self, arn: str) -> aws.Role | None:
        """Return the role behind an instance profile, or None when the listing lacks it."""
        return self._by_profile.get(arn)

    @cached_property
    def _by_issuer(self) -> dict[str, tuple[aws.Role, ...]]:
        found: dict[str, dict[str, aws.Role]] = defaultdict(dict)
        for arn, role in self._roles.items():
            for trust in web_identity_trusts(role.assume_role_policy_document):
                found[trust.provider][arn] = role
        return {issuer: tuple(roles.values()) for issuer, roles in found.items()}

    def roles_trusting(self, issuer: str) -> tuple[aws.Role, ...]:
        """Return the roles that tokens of a cluster's OIDC issuer (without `https://`) may take."""
        return self._by_issuer.get(issuer, ())

    def roles_trusting_clusters(self) -> tuple[aws.Role, ...]:
        """Return the roles that tokens of any cluster may take."""
        return tuple({role.arn: role for roles in self._by_issuer.values() for role in roles}.values())

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


class RegionFacts:
    """The facts of one region, each built on first use and then shared by all clusters of the region."""

    def __init__(self, region: RegionEvidence, account: AccountEvidence) -> None:
        self._region = region
        self._account = account
        self._oldest: dict[str, datetime | None] = {}

    def oldest(self, section: str) -> datetime | None:
        """Return the oldest time of a section of the region or its account; None when nobody asked for it.

        A section may have a piece for each of thousands of resources.
        """
        if section not in self._oldest:
            part = self._region if section in REGION_SECTIONS else self._account
            self._oldest[section] = oldest_of(getattr(part, section))
        return self._oldest[section]

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
    def images(self) -> Section[Images]:
        """Images."""
        return joined(Images, self._region.images)

    @cached_property
    def vpc_endpoints(self) -> Section[VpcEndpoints]:
        """VPC endpoints."""
        return joined(VpcEndpoints, self._region.vpc_endpoints)

    @cached_property
    def scheduled_actions(self) -> Section[ScheduledActions]:
        """Scheduled actions."""
        return joined(ScheduledActions, self._region.scheduled_actions)

    @cached_property
    def nat_gateways(self) -> Section[NatGateways]:
        """NAT gateways."""
        return joined(NatGateways, self._region.nat_gateways)

    @cached_property
    def security_groups(self) -> Section[dict[str, ec2.SecurityGroup]]:
        """Security groups by id."""
        return joined(lambda groups: {group.group_id: group for group in groups}, self._region.security_groups)

    @cached_property
    def default_group_by_vpc(self) -> Section[dict[str, ec2.SecurityGroup]]:
        """The default security group of each VPC."""
        return joined(
            lambda groups: {group.vpc_id: group for group in groups if group.group_name == "default"},
            self._region.security_groups,
        )

    @cached_property
    def network_acl_by_subnet(self) -> Section[dict[str, ec2.NetworkAcl]]:
        """The network ACL that guards each subnet."""
        return joined(
            lambda acls: {one.subnet_id: acl for acl in acls for one in acl.associations if one.subnet_id},
            self._region.network_acls,
        )

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
    def subnets(self) -> Section[Subnets]:
        """Subnets."""
        return joined(Subnets, self._region.subnets)


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
