"""Whose credentials are used, and what happens when they are missing, expired, wrong or refused."""

import pytest

from plumbline.domain.errors import CredentialsError
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.scopes import INDEPENDENT_SECTIONS
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, pieces
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from tests.adapters.aws.stub import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    ROLE,
    Refusal,
    SimulatedAws,
    source_of,
)
from tests.adapters.aws.worlds import Shape, cluster_name, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

TARGET = Target(ACCOUNT, REGION)
SUBJECT = Subject(ACCOUNT, REGION, cluster_name(0))
EVERY_PART = frozenset(CLUSTER_SECTIONS)


def aws_of() -> SimulatedAws:
    return SimulatedAws(world_of(Shape()))


def log_groups(aws: SimulatedAws, **options: object) -> object:
    return source_of(aws, **options).collect_region(TARGET, frozenset({"log_groups"}), NOW).log_groups


def test_expired_credentials_stop_everything() -> None:
    aws = aws_of()
    aws.refuse("logs:DescribeLogGroups", Refusal("ExpiredTokenException"))
    with pytest.raises(CredentialsError, match="logs:DescribeLogGroups ExpiredTokenException: no"):
        log_groups(aws)


def test_absent_credentials_stop_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(CredentialsError, match="Unable to locate credentials"):
        log_groups(aws_of())


def test_an_unknown_profile_stops_everything() -> None:
    with pytest.raises(CredentialsError, match="nobody"):
        log_groups(aws_of(), profile="nobody")


def test_a_region_that_is_not_enabled_is_unsupported() -> None:
    aws = aws_of()
    aws.refuse("logs:DescribeLogGroups", Refusal("UnrecognizedClientException", region=OTHER_REGION))
    target = Target(ACCOUNT, OTHER_REGION)
    section = source_of(aws).collect_region(target, frozenset({"log_groups"}), NOW).log_groups
    detail = f"logs:DescribeLogGroups: {OTHER_REGION} is not enabled"
    assert section == NotCollected(Reason.REGION_UNSUPPORTED, detail, NOW)
    assert aws.calls["sts:GetCallerIdentity"] == 1


def test_a_key_that_no_region_knows_stops_everything() -> None:
    aws = aws_of()
    aws.refuse("logs:DescribeLogGroups", Refusal("UnrecognizedClientException"))
    aws.refuse("sts:GetCallerIdentity", Refusal("InvalidClientTokenId", 403))
    with pytest.raises(CredentialsError, match="InvalidClientTokenId"):
        log_groups(aws)


def test_the_role_is_assumed_once_with_its_external_id_and_tags() -> None:
    aws = aws_of()
    source = source_of(aws, role=ROLE)
    source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    source.collect_account(ACCOUNT, frozenset(ACCOUNT_SECTIONS), NOW)
    (asked,) = aws.roles
    assert asked["RoleArn"] == f"arn:aws:iam::{ACCOUNT}:role/plumbline-reader"
    assert asked["RoleSessionName"] == "plumbline"
    assert asked["ExternalId"] == "ext-1"
    assert (asked["Tags.member.1.Key"], asked["Tags.member.1.Value"]) == ("purpose", "compliance")


def test_each_account_is_read_with_its_own_credentials() -> None:
    aws = aws_of()
    source = source_of(aws, role=ROLE)
    for account in (ACCOUNT, OTHER_ACCOUNT):
        source.collect_region(Target(account, REGION), frozenset({"log_groups"}), NOW)
    asked = [account for account, _, operation, _ in aws.requests if operation == "logs:DescribeLogGroups"]
    assert asked == [ACCOUNT, OTHER_ACCOUNT]


def test_a_role_that_may_not_be_assumed_denies_every_section_and_asks_no_more() -> None:
    aws = aws_of()
    aws.refuse("sts:AssumeRole", Refusal("AccessDenied", 403))
    source = source_of(aws, role=ROLE)
    denied = NotCollected(Reason.ACCESS_DENIED, "sts:AssumeRole AccessDenied: no", NOW)
    region = source.collect_region(TARGET, INDEPENDENT_SECTIONS, NOW)
    account = source.collect_account(ACCOUNT, frozenset(ACCOUNT_SECTIONS), NOW)
    cluster = source.collect_cluster(SUBJECT, EVERY_PART, NOW)
    assert aws.calls == {"sts:AssumeRole": 3}
    for part, names in ((account, ACCOUNT_SECTIONS), (region, INDEPENDENT_SECTIONS)):
        for name in names:
            assert set(pieces(getattr(part, name))) <= {denied}, name
    assert region.detectors.names == region.repositories == denied
    assert (cluster.cluster, cluster.nodegroups.names, cluster.insights.names) == (denied, denied, denied)


def test_a_role_that_may_not_be_assumed_hides_no_other_account() -> None:
    aws = aws_of()
    aws.refuse("sts:AssumeRole", Refusal("AccessDenied", 403, holding=OTHER_ACCOUNT))
    source = source_of(aws, role=ROLE)
    wanted = frozenset({"log_groups"})
    assert isinstance(source.collect_region(Target(OTHER_ACCOUNT, REGION), wanted, NOW).log_groups, NotCollected)
    assert isinstance(source.collect_region(TARGET, wanted, NOW).log_groups, Collected)


def test_expired_own_credentials_stop_an_assuming_source_too() -> None:
    aws = aws_of()
    aws.refuse("sts:AssumeRole", Refusal("ExpiredToken", 403))
    with pytest.raises(CredentialsError, match="sts:AssumeRole ExpiredToken"):
        log_groups(aws, role=ROLE)


def test_without_a_role_only_the_own_account_is_read() -> None:
    aws = aws_of()
    source = source_of(aws, account="")
    wanted = frozenset({"log_groups"})
    foreign = source.collect_region(Target(OTHER_ACCOUNT, REGION), wanted, NOW).log_groups
    detail = f"no role is configured to read account {OTHER_ACCOUNT}"
    assert foreign == NotCollected(Reason.ACCESS_DENIED, detail, NOW)
    assert isinstance(source.collect_region(TARGET, wanted, NOW).log_groups, Collected)
    assert aws.calls == {"sts:GetCallerIdentity": 1, "logs:DescribeLogGroups": 1}
