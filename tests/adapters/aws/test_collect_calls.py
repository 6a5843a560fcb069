"""The evidence plan in numbers: a sweep makes exactly the calls of its formulas, whatever the shape of the fleet."""

from collections import Counter
from collections.abc import Iterator
from math import ceil

import pytest

from plumbline.domain.evidence.section import Collected
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    AccountEvidence,
    ClusterEvidence,
    RegionEvidence,
    pieces,
)
from plumbline.domain.subject import Subject
from plumbline.ports import Target
from tests.adapters.aws.stub import ACCOUNT, NOW, OTHER_REGION, REGION, SimulatedAws, source_of
from tests.adapters.aws.worlds import ERROR, PASSING, Shape, add_trail, cluster_name, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

TARGET = Target(ACCOUNT, REGION)

SHAPES = {
    "one bare cluster": Shape(clusters=1, nodegroups=0, profiles=0, addons=0, insights=(), keys=0, trails=0),
    "the usual": Shape(clusters=3, nodegroups=2, profiles=1, addons=3, keys=2, vpcs=2),
    "more clusters than a page": Shape(clusters=105, nodegroups=1, profiles=0, addons=1, insights=(), keys=3),
    "more parts than a page": Shape(clusters=1, nodegroups=104, profiles=101, addons=102, insights=(PASSING,) * 101),
    "nothing passes": Shape(clusters=2, insights=(ERROR,) * 5),
    "templates behind": Shape(clusters=4, nodegroups=2, stale_templates=3),
    "many keys and VPCs": Shape(clusters=210, nodegroups=0, profiles=0, addons=0, insights=(), keys=210, vpcs=210),
    "two image types": Shape(clusters=2, ami_types=("AL2023_x86_64_STANDARD", "AL2023_ARM_64_STANDARD")),
    "several trails": Shape(clusters=1, trails=3),
    "more roles than a page": Shape(clusters=1, roles=1001),
}


def pages(items: int, size: int) -> int:
    return max(1, ceil(items / size))


def expected(shape: Shape) -> Counter[str]:
    """The formulas of D.1 to D.4 for the sections that are read."""
    c, groups = shape.clusters, shape.clusters * shape.nodegroups
    images = len(set(shape.ami_types[: shape.nodegroups]))
    keys = min(shape.keys, c)
    vpcs = min(shape.vpcs, c)
    return +Counter(
        {
            "iam:GetAccountAuthorizationDetails": pages(shape.roles, 1000),
            "iam:GetAccountSummary": 1,
            "iam:ListOpenIDConnectProviders": 1,
            "eks:ListClusters": pages(c, 100),
            "eks:DescribeClusterVersions": 1,
            "eks:DescribeAddonVersions": pages(shape.addons, 100),
            "ec2:DescribeInstances": pages(groups, 1000),
            "ec2:GetEbsEncryptionByDefault": 1,
            "logs:DescribeLogGroups": pages(c, 50),
            "servicequotas:ListServiceQuotas": 1,
            "cloudtrail:DescribeTrails": 1,
            "cloudtrail:GetTrailStatus": shape.trails,
            "cloudtrail:GetEventSelectors": shape.trails,
            "ec2:DescribeVpcs": ceil(vpcs / 200),
            "ec2:DescribeSubnets": ceil(vpcs / 200),
            "ec2:DescribeRouteTables": sum(pages(min(200, vpcs - start), 100) for start in range(0, vpcs, 200)),
            "ec2:DescribeFlowLogs": ceil(2 * vpcs / 200),
            "autoscaling:DescribeAutoScalingGroups": sum(
                pages(min(200, c - start) * shape.nodegroups, 100) for start in range(0, c, 200)
            ),
            "ec2:DescribeLaunchTemplateVersions": pages(groups, 200) + shape.stale_templates if groups else 0,
            "ec2:DescribeInstanceTypes": 1 if groups else 0,
            "kms:DescribeKey": keys,
            "kms:GetKeyRotationStatus": keys,
            "ssm:GetParameters": ceil(images / 10) if groups else 0,
            "eks:DescribeCluster": c,
            "eks:ListNodegroups": c * pages(shape.nodegroups, 100),
            "eks:ListFargateProfiles": c * pages(shape.profiles, 100),
            "eks:ListAddons": c * pages(shape.addons, 100),
            "eks:ListInsights": c * pages(len(shape.insights), 100),
            "eks:DescribeNodegroup": groups,
            "eks:DescribeFargateProfile": c * shape.profiles,
            "eks:DescribeAddon": c * shape.addons,
            "eks:DescribeInsight": c * sum(status != PASSING for status in shape.insights),
        }
    )


def sweep(aws: SimulatedAws) -> tuple[AccountEvidence, RegionEvidence, dict[str, ClusterEvidence]]:
    source = source_of(aws)
    account = source.collect_account(ACCOUNT, frozenset(ACCOUNT_SECTIONS), NOW)
    region = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    assert isinstance(region.clusters, Collected)
    names = region.clusters.value
    sections = frozenset(CLUSTER_SECTIONS)
    clusters = dict(
        zip(
            names,
            source.map(lambda name: source.collect_cluster(Subject(ACCOUNT, REGION, name), sections, NOW), names),
            strict=True,
        )
    )
    region = source.collect_related(TARGET, clusters, region, RELATED_SECTIONS, NOW)
    source.close()
    return account, region, clusters


def all_pieces(*parts: object) -> Iterator[tuple[str, object]]:
    for part in parts:
        for name in part.__struct_fields__:  # type: ignore[attr-defined]
            for piece in pieces(getattr(part, name)):
                yield name, piece


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_a_sweep_makes_exactly_the_calls_of_the_formulas(shape: Shape) -> None:
    aws = SimulatedAws(world_of(shape))
    account, region, clusters = sweep(aws)
    assert aws.calls == expected(shape)
    assert [
        name for name, piece in all_pieces(account, region, *clusters.values()) if type(piece) is not Collected
    ] == []


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
    region = source.collect_related(TARGET, {name: cluster}, region, RELATED_SECTIONS, NOW)
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
