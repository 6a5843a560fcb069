"""The evidence plan in numbers: a sweep makes exactly the calls of its formulas, whatever the shape of the fleet."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from math import ceil

import pytest

from plumbline.domain.evidence.section import Collected
from plumbline.domain.need import known
from plumbline.domain.scopes import DAILY, RELATED_SECTIONS, WEEKLY
from plumbline.domain.snapshot import (
    CLUSTER_SECTIONS,
    AccountEvidence,
    ClusterEvidence,
    RegionEvidence,
    pieces,
)
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from plumbline.usecases.collect import load_region
from tests.adapters.aws.cycle import TARGET, Cycle
from tests.adapters.aws.stub import ACCOUNT, NOW, OTHER_REGION, REGION, SimulatedAws, source_of
from tests.adapters.aws.worlds import ERROR, PASSING, Shape, add_trail, cluster_name, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

HOUR = timedelta(hours=1)
WITHOUT_ROLES = RELATED_SECTIONS - {"named_roles"}

BARE = Shape(nodegroups=0, profiles=0, addons=0, insights=(), entries=0, administrators=0, associations=0)
SHAPES = {
    "one bare cluster": replace(BARE, clusters=1, keys=0, trails=0, repositories=0, detectors=0, volumes=0),
    "the usual": Shape(clusters=3, nodegroups=2, profiles=1, addons=3, keys=2, vpcs=2),
    "more clusters than a page": Shape(clusters=105, nodegroups=1, profiles=0, addons=1, insights=(), keys=3),
    "more parts than a page": Shape(
        clusters=1,
        nodegroups=104,
        profiles=101,
        addons=102,
        insights=(PASSING,) * 101,
        entries=103,
        administrators=102,
        associations=101,
    ),
    "nothing passes": Shape(clusters=2, insights=(ERROR,) * 5),
    "templates behind": Shape(clusters=4, nodegroups=2, stale_templates=3),
    "many keys and VPCs": replace(BARE, clusters=210, keys=210, vpcs=210),
    "two image types": Shape(clusters=2, ami_types=("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD")),
    "several trails": Shape(clusters=1, trails=3),
    "more roles than a page": Shape(clusters=1, roles=1001),
    "groups of their own": Shape(clusters=2, nodegroups=1, self_managed=3),
    "a large registry": Shape(clusters=1, repositories=1001),
    "many volumes": Shape(clusters=1, volumes=501),
    "many administrators": Shape(clusters=2, entries=5, administrators=4, associations=3),
}


def pages(items: int, size: int) -> int:
    return max(1, ceil(items / size))


def expected(shape: Shape) -> Counter[str]:
    """The formulas of D.1 to D.4."""
    c, groups = shape.clusters, shape.clusters * shape.nodegroups
    keys, vpcs = min(shape.keys, c), min(shape.vpcs, c)
    own = c * shape.self_managed
    return +Counter(
        {
            "iam:GetAccountAuthorizationDetails": pages(shape.roles + 1, 1000),
            "iam:GetAccountSummary": 1,
            "iam:GenerateCredentialReport": 1,
            "iam:GetCredentialReport": 1,
            "iam:ListOpenIDConnectProviders": 1,
            "iam:ListSAMLProviders": 1,
            "organizations:DescribeOrganization": 1,
            **hourly_of_region(shape),
            "eks:DescribeClusterVersions": 1,
            "eks:DescribeAddonVersions": pages(shape.addons, 100),
            "ec2:DescribeVpcAttribute": 2 * vpcs,
            "autoscaling:DescribePolicies": 1,
            "autoscaling:DescribeScheduledActions": 1,
            "autoscaling:DescribeLifecycleHooks": own,
            "ec2:DescribeInstanceTypes": 1 if groups else 0,
            "ec2:DescribeImages": 1 if groups else 0,
            "kms:DescribeKey": keys,
            "kms:GetKeyRotationStatus": keys,
            "cloudtrail:DescribeTrails": 1,
            "cloudtrail:GetTrailStatus": shape.trails,
            "cloudtrail:GetEventSelectors": shape.trails,
            "guardduty:ListDetectors": 1,
            "guardduty:GetDetector": shape.detectors,
            "ecr:DescribeRepositories": pages(shape.repositories, 1000),
            "ecr:GetRegistryScanningConfiguration": 1,
            "ecr:GetRepositoryPolicy": shape.repositories,
            "ecr:GetLifecyclePolicy": shape.repositories,
            "ssm:GetParameters": 1 if groups else 0,
            "servicequotas:ListServiceQuotas": 1,
            **of_clusters(shape),
        }
    )


def hourly_of_region(shape: Shape) -> Counter[str]:
    """What D.6 reads of a region in an hour in which nothing daily is due: 16 calls and M, and further pages."""
    c, groups, vpcs = shape.clusters, shape.clusters * shape.nodegroups, min(shape.vpcs, shape.clusters)
    per_cluster = shape.nodegroups + shape.self_managed
    by_vpc = ("Vpcs", "Subnets", "NatGateways", "SecurityGroups", "NetworkAcls", "VpcEndpoints")
    return +Counter(
        {
            "eks:ListClusters": pages(c, 100),
            **{f"ec2:Describe{what}": ceil(vpcs / 200) for what in by_vpc},
            "ec2:DescribeRouteTables": sum(pages(min(200, vpcs - start), 100) for start in range(0, vpcs, 200)),
            "ec2:DescribeFlowLogs": ceil(2 * vpcs / 200),
            "ec2:DescribeInstances": pages(groups, 1000),
            "autoscaling:DescribeAutoScalingGroups": sum(
                pages(min(200, c - start) * per_cluster, 100) for start in range(0, c, 200)
            ),
            "ec2:DescribeLaunchTemplateVersions": pages(groups, 200) + shape.stale_templates if groups else 0,
            "ec2:DescribeVolumes": pages(shape.volumes, 500),
            "ec2:GetEbsEncryptionByDefault": 1,
            "ec2:GetInstanceMetadataDefaults": 1,
            "logs:DescribeLogGroups": pages(c, 50),
        }
    )


def of_clusters(shape: Shape) -> Counter[str]:
    """What D.3 and D.4 read of all clusters, in every cycle."""
    c = shape.clusters
    return +Counter(
        {
            "eks:DescribeCluster": c,
            "eks:ListNodegroups": c * pages(shape.nodegroups, 100),
            "eks:ListFargateProfiles": c * pages(shape.profiles, 100),
            "eks:ListAddons": c * pages(shape.addons, 100),
            "eks:ListInsights": c * pages(len(shape.insights), 100),
            "eks:ListAccessEntries": c * (pages(shape.entries, 100) + pages(shape.administrators, 100)),
            "eks:ListPodIdentityAssociations": c * pages(shape.associations, 100),
            "eks:ListIdentityProviderConfigs": c,
            "eks:ListCapabilities": c,
            "eks:DescribeNodegroup": c * shape.nodegroups,
            "eks:DescribeFargateProfile": c * shape.profiles,
            "eks:DescribeAddon": c * shape.addons,
            "eks:ListAssociatedAccessPolicies": c * shape.administrators,
            "eks:DescribePodIdentityAssociation": c * shape.associations,
            "eks:DescribeInsight": c * sum(status != PASSING for status in shape.insights),
        }
    )


def sweep(aws: SimulatedAws) -> tuple[AccountEvidence, RegionEvidence, dict[str, ClusterEvidence]]:
    cycle = Cycle(aws)
    cycle.sweep()
    shared = load_region(cycle.store, TARGET)
    clusters = {name: cycle.snapshot(name).cluster for name in known(shared.region.clusters, ())}
    return shared.account, shared.region, clusters


def all_pieces(*parts: object) -> Iterator[tuple[str, object]]:
    for part in parts:
        for name in part.__struct_fields__:  # type: ignore[attr-defined]
            for piece in pieces(getattr(part, name)):
                yield name, piece


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_sweep_makes_exactly_the_calls_of_the_formulas_and_an_hour_later_only_those_that_are_due(
    shape: Shape,
) -> None:
    cycle = Cycle(SimulatedAws(world_of(shape)))
    assert cycle.sweep() == expected(shape)
    shared = load_region(cycle.store, TARGET)
    parts = [cycle.snapshot(name).cluster for name in known(shared.region.clusters, ())]
    assert [
        name for name, piece in all_pieces(shared.account, shared.region, *parts) if type(piece) is not Collected
    ] == []
    assert cycle.sweep(NOW + HOUR) == hourly_of_region(shape) + of_clusters(shape)


def test_the_worked_totals_of_the_plan() -> None:
    shape = Shape(
        clusters=10,
        nodegroups=4,
        profiles=1,
        addons=5,
        administrators=3,
        entries=5,
        associations=10,
        insights=(ERROR, ERROR, PASSING),
        vpcs=3,
        keys=10,
        repositories=20,
        stale_templates=2,
    )
    cycle = Cycle(SimulatedAws(world_of(shape)))
    assert cycle.sweep().total() == 7 + 99 + 350
    assert cycle.sweep(NOW + HOUR).total() == 16 + 2 + 350


def test_a_day_later_what_is_read_once_a_week_is_not_read() -> None:
    shape = SHAPES["the usual"]
    cycle = Cycle(SimulatedAws(world_of(shape)))
    cycle.sweep()
    weekly = Counter({"ec2:DescribeInstanceTypes": 1, "ec2:DescribeImages": 1})
    assert cycle.sweep(NOW + DAILY) == expected(shape) - weekly
    assert cycle.sweep(NOW + WEEKLY) == expected(shape)


def test_every_page_is_read() -> None:
    shape = SHAPES["more parts than a page"]
    _, region, clusters = sweep(SimulatedAws(world_of(shape)))
    (cluster,) = clusters.values()
    assert len(cluster.nodegroups.items) == 104
    assert len(cluster.fargate_profiles.items) == 101
    assert len(cluster.addons.items) == 102
    assert len(cluster.insights.items) == 101
    assert isinstance(region.auto_scaling_groups, Collected)
    assert len(region.auto_scaling_groups.value) == 104
    assert isinstance(region.launch_templates, Collected)
    assert len(region.launch_templates.value) == 104


def test_the_version_in_use_is_read_when_it_is_neither_newest_nor_default() -> None:
    _, region, _ = sweep(SimulatedAws(world_of(Shape(clusters=1, nodegroups=1, stale_templates=1))))
    assert isinstance(region.launch_templates, Collected)
    assert sorted(version.version_number for version in region.launch_templates.value) == [1, 2, 3]


def test_a_group_without_the_tag_is_read_by_name() -> None:
    world = world_of(Shape(clusters=1, nodegroups=2))
    world.place(ACCOUNT, REGION).autoscaling_groups[0]["Tags"] = []
    aws = SimulatedAws(world)
    _, region, _ = sweep(aws)
    assert aws.calls["autoscaling:DescribeAutoScalingGroups"] == 2
    assert isinstance(region.auto_scaling_groups, Collected)
    assert len(region.auto_scaling_groups.value) == 2


def test_one_cluster_of_many_reads_its_templates_by_id() -> None:
    aws = SimulatedAws(world_of(Shape(clusters=5, nodegroups=2)))
    source = source_of(aws)
    name = cluster_name(3)
    cluster = source.collect_cluster(Subject(ACCOUNT, REGION, name), frozenset(CLUSTER_SECTIONS), NOW)
    region = source.collect_region(TARGET, frozenset({"clusters"}), NOW)
    region = source.collect_related(TARGET, {name: cluster}, region, WITHOUT_ROLES, NOW)
    assert aws.calls["ec2:DescribeLaunchTemplateVersions"] == 2
    assert isinstance(region.launch_templates, Collected)
    assert {version.launch_template_id for version in region.launch_templates.value} == {"lt-3-0", "lt-3-1"}


def test_only_the_sections_asked_for_are_read() -> None:
    aws = SimulatedAws(world_of(Shape()))
    source = source_of(aws)
    source.collect_region(TARGET, frozenset({"log_groups"}), NOW)
    source.collect_cluster(Subject(ACCOUNT, REGION, cluster_name(0)), frozenset({"addons"}), NOW)
    source.collect_account(ACCOUNT, frozenset({"summary"}), NOW)
    assert aws.calls == {
        "logs:DescribeLogGroups": 1,
        "eks:ListAddons": 1,
        "eks:DescribeAddon": 2,
        "iam:GetAccountSummary": 1,
    }


def test_a_trail_of_many_regions_is_read_once_in_its_home() -> None:
    world = world_of(Shape(clusters=0, trails=0))
    add_trail(world.place(ACCOUNT, REGION), "everywhere")
    add_trail(world.place(ACCOUNT, OTHER_REGION), "local", multi_region=False)
    aws = SimulatedAws(world)
    source = source_of(aws)
    sections = frozenset({"trails", "trail_status", "trail_selectors"})
    at_home = source.collect_region(TARGET, sections, NOW)
    elsewhere = source.collect_region(Target(ACCOUNT, OTHER_REGION), sections, NOW)
    assert len(at_home.trail_status) == 1
    assert len(elsewhere.trail_status) == 2
    asked = [
        (region, operation) for _, region, operation, _ in aws.requests if operation != "cloudtrail:DescribeTrails"
    ]
    assert sorted(asked) == [
        (REGION, "cloudtrail:GetEventSelectors"),
        (REGION, "cloudtrail:GetTrailStatus"),
        (OTHER_REGION, "cloudtrail:GetEventSelectors"),
        (OTHER_REGION, "cloudtrail:GetTrailStatus"),
    ]


def test_secrets_are_never_kept() -> None:
    account, region, clusters = sweep(SimulatedAws(world_of(Shape())))
    assert "c2VjcmV0" not in repr((account, region, clusters))


def test_policy_documents_arrive_decoded() -> None:
    account, _, _ = sweep(SimulatedAws(world_of(Shape(roles=1))))
    assert isinstance(account.authorization, Collected)
    (role,) = account.authorization.value.roles
    assert role.role_policy_list[0].policy_document["Statement"] == [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    ]
