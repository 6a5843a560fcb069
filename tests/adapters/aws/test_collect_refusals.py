"""What AWS refuses becomes a section with its reason, and nothing else is lost."""

from datetime import timedelta

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError, SSLError

from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.scopes import INDEPENDENT_SECTIONS, RELATED_SECTIONS
from plumbline.domain.snapshot import (
    CLUSTER_SECTIONS,
    ClusterEvidence,
    RegionEvidence,
    Snapshot,
    pieces,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from tests.adapters.aws.stub import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    REGION,
    Refusal,
    SimulatedAws,
    source_of,
)
from tests.adapters.aws.worlds import PASSING, Shape, add_key, cluster_name, key_arn, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

TARGET = Target(ACCOUNT, REGION)
SUBJECT = Subject(ACCOUNT, REGION, cluster_name(0))
EVERY_PART = frozenset(CLUSTER_SECTIONS)


def aws_of(shape: Shape | None = None) -> SimulatedAws:
    return SimulatedAws(world_of(shape or Shape()))


def log_groups(aws: SimulatedAws, **options: object) -> object:
    return source_of(aws, **options).collect_region(TARGET, frozenset({"log_groups"}), NOW).log_groups


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("AccessDeniedException", 400, Reason.ACCESS_DENIED),
        ("AccessDenied", 403, Reason.ACCESS_DENIED),
        ("UnauthorizedOperation", 403, Reason.ACCESS_DENIED),
        ("AuthorizationError", 403, Reason.ACCESS_DENIED),
        ("SomethingNew", 403, Reason.ACCESS_DENIED),
        ("ThrottlingException", 400, Reason.THROTTLED),
        ("RequestLimitExceeded", 503, Reason.THROTTLED),
        ("TooManyRequestsException", 429, Reason.THROTTLED),
        ("OptInRequired", 403, Reason.REGION_UNSUPPORTED),
        ("ResourceNotFoundException", 404, Reason.NOT_FOUND_IN_LISTING),
        ("InternalServerError", 500, Reason.ENDPOINT_UNREACHABLE),
        ("ServiceUnavailableException", 503, Reason.ENDPOINT_UNREACHABLE),
        ("InvalidParameterException", 400, Reason.NOT_COLLECTED),
    ],
)
def test_an_error_code_names_the_reason(code: str, status: int, reason: Reason) -> None:
    aws = aws_of()
    aws.refuse("logs:DescribeLogGroups", Refusal(code, status))
    assert log_groups(aws) == NotCollected(reason, f"logs:DescribeLogGroups {code}: no", NOW)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://logs"),
        ConnectTimeoutError(endpoint_url="https://logs"),
        ReadTimeoutError(endpoint_url="https://logs"),
        SSLError(endpoint_url="https://logs", error=OSError("certificate")),
    ],
)
def test_a_network_that_does_not_answer_is_unreachable(error: Exception) -> None:
    aws = aws_of()
    aws.raises["logs:DescribeLogGroups"] = error
    section = log_groups(aws)
    assert isinstance(section, NotCollected)
    assert section.reason is Reason.ENDPOINT_UNREACHABLE
    assert section.detail.startswith(f"logs:DescribeLogGroups {type(error).__name__}")


def test_an_answer_of_another_shape_is_a_parse_error_that_names_the_member() -> None:
    aws = aws_of()
    aws.bodies["logs:DescribeLogGroups"] = b'{"logGroups": [{"retentionInDays": 3}]}'
    section = log_groups(aws)
    assert isinstance(section, NotCollected)
    assert section.reason is Reason.PARSE_ERROR
    assert "`logGroupName`" in section.detail


def test_an_answer_that_is_not_json_is_a_parse_error() -> None:
    aws = aws_of()
    aws.bodies["logs:DescribeLogGroups"] = b"<html>proxy</html>"
    section = log_groups(aws)
    assert isinstance(section, NotCollected)
    assert section.reason is Reason.PARSE_ERROR


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[]", b"", b'{"cluster": {"name": "x"}}'])
def test_an_answer_of_eks_that_is_none_is_a_parse_error(body: bytes) -> None:
    aws = aws_of()
    aws.bodies["eks:DescribeCluster"] = body
    section = source_of(aws).collect_cluster(SUBJECT, EVERY_PART, NOW).cluster
    assert isinstance(section, NotCollected)
    assert section.reason is Reason.PARSE_ERROR


def test_times_of_eks_are_times() -> None:
    section = source_of(aws_of()).collect_cluster(SUBJECT, EVERY_PART, NOW).cluster
    assert isinstance(section, Collected)
    assert section.value.created_at == NOW


def test_unknown_members_and_values_are_ignored() -> None:
    aws = aws_of()
    aws.bodies["logs:DescribeLogGroups"] = (
        b'{"logGroups": [{"logGroupName": "a", "somethingNew": {"x": 1}}], "more": 1}'
    )
    section = log_groups(aws)
    assert isinstance(section, Collected)
    assert [group.log_group_name for group in section.value] == ["a"]


def test_a_page_that_fails_leaves_nothing_of_a_listing() -> None:
    aws = aws_of(Shape(clusters=120, nodegroups=0, profiles=0, addons=0, insights=()))
    aws.refuse("logs:DescribeLogGroups", Refusal("AccessDeniedException", after=1))
    assert log_groups(aws) == NotCollected(
        Reason.ACCESS_DENIED, "logs:DescribeLogGroups AccessDeniedException: no", NOW
    )


def test_a_page_that_fails_keeps_the_parts_that_were_listed() -> None:
    aws = aws_of(Shape(clusters=1, addons=150))
    aws.refuse("eks:ListAddons", Refusal("AccessDeniedException", after=1))
    part = source_of(aws).collect_cluster(SUBJECT, frozenset({"addons"}), NOW)
    assert part.addons.names == NotCollected(Reason.ACCESS_DENIED, "eks:ListAddons AccessDeniedException: no", NOW)
    assert len(list(part.addons.collected())) == 100


def test_a_denied_description_leaves_the_others_standing() -> None:
    aws = aws_of(Shape(nodegroups=3))
    aws.refuse("eks:DescribeNodegroup", Refusal("AccessDeniedException", 403, holding="group-1"))
    part = source_of(aws).collect_cluster(SUBJECT, EVERY_PART, NOW)
    denied = NotCollected(Reason.ACCESS_DENIED, "eks:DescribeNodegroup AccessDeniedException: no", NOW)
    assert part.nodegroups.items["group-1"] == denied
    assert sorted(group.nodegroup_name for group in part.nodegroups.collected()) == ["group-0", "group-2"]
    assert part.nodegroups.names == Collected(("group-0", "group-1", "group-2"), NOW)


def test_a_part_deleted_in_between_is_not_found() -> None:
    aws = aws_of()
    aws.refuse("eks:DescribeAddon", Refusal("ResourceNotFoundException", 404, holding="addon-1"))
    part = source_of(aws).collect_cluster(SUBJECT, EVERY_PART, NOW)
    missing = part.addons.items["addon-1"]
    assert isinstance(missing, NotCollected)
    assert missing.reason is Reason.NOT_FOUND_IN_LISTING


def test_a_cluster_that_is_gone_is_asked_nothing_more() -> None:
    aws = aws_of()
    part = source_of(aws).collect_cluster(Subject(ACCOUNT, REGION, "gone"), EVERY_PART, NOW)
    assert aws.calls == {"eks:DescribeCluster": 1}
    for section in (part.cluster, part.nodegroups.names, part.addons.names, part.insights.names):
        assert isinstance(section, NotCollected)
        assert section.reason is Reason.NOT_FOUND_IN_LISTING


def test_a_denied_insight_is_not_taken_from_the_listing() -> None:
    aws = aws_of()
    aws.refuse("eks:DescribeInsight", Refusal("AccessDeniedException"))
    part = source_of(aws).collect_cluster(SUBJECT, EVERY_PART, NOW)
    assert [one.insight_status.status for one in part.insights.collected()] == [PASSING]
    assert isinstance(part.insights.items["insight-1"], NotCollected)


def related(aws: SimulatedAws, *sections: str) -> RegionEvidence:
    source = source_of(aws)
    region = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    clusters = {SUBJECT.cluster: source.collect_cluster(SUBJECT, EVERY_PART, NOW)}
    return source.collect_related(TARGET, clusters, region, frozenset(sections) or RELATED_SECTIONS, NOW)


@pytest.mark.parametrize("code", ["AccessDeniedException", "NotFoundException"])
def test_a_key_of_another_account_is_foreign(code: str) -> None:
    world = world_of(Shape(clusters=1))
    foreign = key_arn(0, OTHER_ACCOUNT)
    description = world.place(ACCOUNT, REGION).clusters[SUBJECT.cluster].description
    description["encryptionConfig"][0]["provider"]["keyArn"] = foreign
    aws = SimulatedAws(world)
    aws.refuse("kms:DescribeKey", Refusal(code))
    missing = related(aws, "keys").keys[foreign]
    assert missing == NotCollected(Reason.FOREIGN_ACCOUNT, f"kms:DescribeKey {code}: no", NOW)


def test_a_denied_key_of_the_own_account_is_denied_and_the_other_key_is_read() -> None:
    world = world_of(Shape(clusters=1))
    add_key(world.place(ACCOUNT, REGION), key_arn(1))
    aws = SimulatedAws(world)
    aws.refuse("kms:DescribeKey", Refusal("AccessDeniedException"))
    region = related(aws, "keys", "key_rotations")
    denied = region.keys[key_arn(0)]
    assert isinstance(denied, NotCollected)
    assert denied.reason is Reason.ACCESS_DENIED
    assert isinstance(region.key_rotations[key_arn(0)], Collected)


def test_templates_are_missing_for_the_reason_that_the_groups_are() -> None:
    aws = aws_of()
    aws.refuse("autoscaling:DescribeAutoScalingGroups", Refusal("AccessDenied", 403))
    region = related(aws, "auto_scaling_groups", "launch_templates")
    assert isinstance(region.auto_scaling_groups, NotCollected)
    assert region.launch_templates == region.auto_scaling_groups
    assert aws.calls["ec2:DescribeLaunchTemplateVersions"] == 0


def test_a_deleted_template_hides_no_other() -> None:
    world = world_of(Shape(clusters=1, nodegroups=2))
    world.place(ACCOUNT, REGION).autoscaling_groups[0]["LaunchTemplate"]["LaunchTemplateId"] = "lt-gone"
    region = related(SimulatedAws(world), "auto_scaling_groups", "launch_templates")
    assert isinstance(region.launch_templates, Collected)
    assert [version.launch_template_id for version in region.launch_templates.value] == ["lt-0-1"]


def test_one_refused_service_leaves_the_rest_of_the_region() -> None:
    aws = aws_of()
    aws.refuse("cloudtrail:DescribeTrails", Refusal("AccessDeniedException"))
    region = source_of(aws).collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    assert isinstance(region.trails, NotCollected)
    assert region.trail_status == {}
    for name in INDEPENDENT_SECTIONS - {"trails", "trail_status", "trail_selectors"}:
        for piece in pieces(getattr(region, name)):
            assert isinstance(piece, Collected)


def test_missing_evidence_has_the_time_of_the_refusal() -> None:
    aws = aws_of()
    aws.refuse("eks:DescribeCluster", Refusal("AccessDeniedException"))
    later = NOW + timedelta(hours=1)
    part: ClusterEvidence = source_of(aws).collect_cluster(SUBJECT, EVERY_PART, later)
    assert Snapshot(subject=SUBJECT, cluster=part).times("cluster") == (later,)
