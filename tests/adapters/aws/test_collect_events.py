"""What an event on one node group reads: four calls at most, and nothing that is known is lost."""

from collections import Counter
from datetime import timedelta

import pytest

from local.simulators.world import World
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.need import known
from plumbline.domain.scopes import Scope, nodegroup_scope
from plumbline.domain.snapshot import RegionEvidence, Snapshot
from plumbline.domain.verdict import Reason
from tests.adapters.aws.cycle import Cycle
from tests.adapters.aws.stub import ACCOUNT, NOW, REGION, Refusal, SimulatedAws
from tests.adapters.aws.worlds import Shape, cluster_name, template_version, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

HOUR = timedelta(hours=1)
NAME, OTHER = cluster_name(0), cluster_name(1)
ONE_GROUP = nodegroup_scope("group-0")
THREE = Counter(
    {
        "eks:DescribeNodegroup": 1,
        "autoscaling:DescribeAutoScalingGroups": 1,
        "ec2:DescribeLaunchTemplateVersions": 1,
    }
)


@pytest.fixture
def world() -> World:
    return world_of(Shape(clusters=3, nodegroups=3, self_managed=1))


@pytest.fixture
def cycle(world: World) -> Cycle:
    swept = Cycle(SimulatedAws(world))
    swept.sweep()
    return swept


def groups_of(snapshot: Snapshot) -> dict[str, int]:
    """The desired capacity of each Auto Scaling group that is known."""
    groups = known(snapshot.region.auto_scaling_groups, ())
    return {group.auto_scaling_group_name: group.desired_capacity for group in groups}


def scale(world: World, group: str, desired: int) -> None:
    row = next(row for row in world.place(ACCOUNT, REGION).autoscaling_groups if row["AutoScalingGroupName"] == group)
    row["DesiredCapacity"] = desired


def renew_template(world: World, image: str = "ami-1", kind: str = "m7i.large") -> None:
    """Give the template of the first group a new version, which the group then uses."""
    place = world.place(ACCOUNT, REGION)
    version = template_version("lt-0-0", 2, default=False)
    version["LaunchTemplateData"] |= {"ImageId": image, "InstanceType": kind}
    place.launch_template_versions.append(version)
    place.autoscaling_groups[0]["LaunchTemplate"]["Version"] = "2"


def test_one_node_group_takes_three_calls_when_nothing_is_new(cycle: Cycle) -> None:
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP) == THREE


@pytest.mark.parametrize(
    ("change", "call"),
    [({"image": "ami-2"}, "ec2:DescribeImages"), ({"kind": "m8i.large"}, "ec2:DescribeInstanceTypes")],
)
def test_the_fourth_call_reads_what_is_not_known_yet(
    cycle: Cycle, world: World, change: dict[str, str], call: str
) -> None:
    renew_template(world, **change)
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP) == THREE + Counter([call])


def test_the_release_is_missed_first(cycle: Cycle, world: World) -> None:
    renew_template(world, image="ami-2", kind="m8i.large")
    world.place(ACCOUNT, REGION).clusters[NAME].nodegroups["group-0"]["amiType"] = "AL2023_ARM_64_STANDARD"
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP) == THREE + Counter(["ssm:GetParameters"])
    releases = known(cycle.snapshot(NAME).region.ami_releases, {})
    assert sorted(releases.values()) == ["1.33.1-20260201", "1.33.1-20260202"]
    missing = Counter({"ec2:DescribeImages": 1, "ec2:DescribeInstanceTypes": 1})
    assert missing <= cycle.sweep(NOW + 2 * HOUR)


def test_a_template_of_the_customer_takes_the_fourth_call(cycle: Cycle, world: World) -> None:
    place = world.place(ACCOUNT, REGION)
    place.launch_template_versions.append(template_version("lt-own", 1, default=True))
    place.clusters[NAME].nodegroups["group-0"]["launchTemplate"] = {"id": "lt-own", "version": "1"}
    renew_template(world, image="ami-2")
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP) == THREE + Counter(["ec2:DescribeLaunchTemplateVersions"])


def test_what_is_read_replaces_what_was_known_and_the_other_groups_stay(cycle: Cycle, world: World) -> None:
    before = cycle.snapshot(NAME)
    scale(world, f"eks-{NAME}-group-0", 7)
    scale(world, f"eks-{NAME}-group-1", 8)
    renew_template(world)
    cycle.event(NOW + HOUR, NAME, ONE_GROUP)
    after = cycle.snapshot(NAME)
    expected = {name: size for name, size in groups_of(before).items() if NAME in name}
    assert groups_of(after) == expected | {f"eks-{NAME}-group-0": 7}
    assert [item.at for item in after.cluster.nodegroups.items.values()] == [NOW + HOUR, NOW, NOW]
    assert after.cluster.nodegroups.names == before.cluster.nodegroups.names
    versions = known(after.region.launch_templates, ())
    assert sorted((one.launch_template_id, one.version_number) for one in versions) == [
        ("lt-0-0", 1),
        ("lt-0-0", 2),
        ("lt-0-1", 1),
        ("lt-0-2", 1),
    ]
    assert after.region.auto_scaling_groups.at == after.region.launch_templates.at == NOW


def test_two_events_on_two_groups_add_up(cycle: Cycle, world: World) -> None:
    scale(world, f"eks-{NAME}-group-0", 7)
    cycle.event(NOW + HOUR, NAME, ONE_GROUP)
    scale(world, f"eks-{NAME}-group-1", 8)
    cycle.event(NOW + HOUR, NAME, nodegroup_scope("group-1"))
    found = groups_of(cycle.snapshot(NAME))
    assert (found[f"eks-{NAME}-group-0"], found[f"eks-{NAME}-group-1"]) == (7, 8)


def test_two_groups_of_one_event_are_read_together(cycle: Cycle) -> None:
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP, nodegroup_scope("group-1")) == Counter(
        {
            "eks:DescribeNodegroup": 2,
            "autoscaling:DescribeAutoScalingGroups": 1,
            "ec2:DescribeLaunchTemplateVersions": 2,
        }
    )


def test_other_clusters_and_the_region_are_left_alone(cycle: Cycle, world: World) -> None:
    before = cycle.snapshot(OTHER)
    scale(world, f"eks-{NAME}-group-0", 7)
    cycle.event(NOW + HOUR, NAME, ONE_GROUP)
    assert cycle.snapshot(OTHER) == before


def test_the_next_sweep_counts_again(cycle: Cycle, world: World) -> None:
    cycle.event(NOW + HOUR, NAME, ONE_GROUP)
    scale(world, f"eks-{NAME}-group-0", 9)
    cycle.sweep(NOW + 2 * HOUR)
    snapshot = cycle.snapshot(NAME)
    assert groups_of(snapshot)[f"eks-{NAME}-group-0"] == 9
    assert snapshot.region.auto_scaling_groups.at == NOW + 2 * HOUR


def test_a_group_that_is_gone_is_left_out(cycle: Cycle, world: World) -> None:
    del world.place(ACCOUNT, REGION).clusters[NAME].nodegroups["group-0"]
    assert cycle.event(NOW + HOUR, NAME, ONE_GROUP) == Counter(["eks:DescribeNodegroup"])
    listed = cycle.snapshot(NAME).cluster.nodegroups
    assert known(listed.names, ()) == tuple(listed.items) == ("group-1", "group-2")
    assert f"eks-{NAME}-group-0" not in groups_of(cycle.snapshot(NAME))


def test_a_new_group_is_added(cycle: Cycle, world: World) -> None:
    groups = world.place(ACCOUNT, REGION).clusters[NAME].nodegroups
    groups["zoo"] = groups["group-0"] | {"nodegroupName": "zoo"}
    cycle.event(NOW + HOUR, NAME, nodegroup_scope("zoo"))
    assert known(cycle.snapshot(NAME).cluster.nodegroups.names, ()) == ("group-0", "group-1", "group-2", "zoo")


def test_a_refused_reading_of_groups_is_missing_evidence(cycle: Cycle) -> None:
    cycle.aws.refuse("autoscaling:DescribeAutoScalingGroups", Refusal("AccessDenied", 403))
    cycle.event(NOW + HOUR, NAME, ONE_GROUP)
    groups = cycle.snapshot(NAME).region.auto_scaling_groups
    assert isinstance(groups, NotCollected)
    assert (groups.reason, groups.at) == (Reason.ACCESS_DENIED, NOW + HOUR)


def test_before_any_sweep_all_groups_are_read(world: World) -> None:
    cycle = Cycle(SimulatedAws(world))
    calls = cycle.event(NOW, NAME, ONE_GROUP)
    assert (calls["eks:ListNodegroups"], calls["eks:DescribeNodegroup"]) == (1, 3)
    assert isinstance(cycle.snapshot(NAME).region.auto_scaling_groups, Collected)


def test_a_wider_scope_beside_it_reads_all_groups(cycle: Cycle) -> None:
    calls = cycle.event(NOW + HOUR, NAME, ONE_GROUP, Scope.NODEGROUP)
    assert calls["eks:DescribeNodegroup"] == 3


def test_another_scope_beside_it_is_read_too(cycle: Cycle) -> None:
    calls = cycle.event(NOW + HOUR, NAME, ONE_GROUP, Scope.KMS)
    more = Counter({"eks:DescribeCluster": 1, "kms:DescribeKey": 1, "kms:GetKeyRotationStatus": 1})
    assert calls == THREE + more


# --- what clusters share


def test_an_event_on_the_region_is_seen_by_all_its_clusters_and_survives_the_sweep(cycle: Cycle, world: World) -> None:
    world.place(ACCOUNT, REGION).detectors["detector-0"]["Status"] = "DISABLED"
    assert cycle.event(NOW + HOUR, "", Scope.DETECTOR) == Counter(["guardduty:ListDetectors", "guardduty:GetDetector"])
    assert detector_of(cycle.snapshot(OTHER).region) == ("DISABLED", NOW + HOUR)
    cycle.sweep(NOW + 2 * HOUR)
    assert detector_of(cycle.snapshot("").region) == ("DISABLED", NOW + HOUR)


def detector_of(region: RegionEvidence) -> tuple[str, object]:
    read = region.detectors.items["detector-0"]
    assert isinstance(read, Collected)
    return read.value.status, read.at


def test_an_event_on_the_account_reads_the_account_again(cycle: Cycle) -> None:
    calls = cycle.account_event(NOW + HOUR, Scope.ACCOUNT)
    assert calls.total() == 7
    assert cycle.snapshot(OTHER).account.summary.at == NOW + HOUR
