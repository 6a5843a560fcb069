"""The CloudTrail event of each change."""

from __future__ import annotations

import pytest

from local.simulators.calls import Caller
from local.simulators.trail import user_identity
from tests.local.conftest import InProcess


def test_a_change_is_recorded_where_it_was_made(aws: InProcess) -> None:
    change = {"clusterLogging": [{"types": ["audit"], "enabled": False}]}
    answer = aws.client("eks").update_cluster_config(name="payments-prod", logging=change)

    [(account, region, entry)] = aws.events
    assert (account, region) == ("222233334444", "eu-west-1")
    assert (entry["Source"], entry["DetailType"]) == ("aws.eks", "AWS API Call via CloudTrail")
    detail = entry["Detail"]
    assert detail["eventSource"] == "eks.amazonaws.com"
    assert detail["eventName"] == "UpdateClusterConfig"
    assert detail["eventTime"] == "2026-11-20T12:00:00Z"
    assert (detail["readOnly"], detail["managementEvent"]) == (False, True)
    assert detail["requestParameters"]["name"] == "payments-prod"
    assert detail["requestParameters"]["logging"] == change
    assert detail["responseElements"]["update"]["id"] == answer["update"]["id"]
    assert detail["responseElements"]["update"]["status"] == "InProgress"
    assert "errorCode" not in detail


def test_the_actor_is_the_caller(aws: InProcess) -> None:
    aws.client("eks").update_cluster_config(name="payments-prod", deletionProtection=False)

    [detail] = aws.details()
    assert (detail["sourceIPAddress"], detail["userAgent"]) == ("203.0.113.9", "test")
    identity = detail["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == "arn:aws:sts::222233334444:assumed-role/deploy/anna"
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == "arn:aws:iam::222233334444:role/deploy"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "deploy"


def test_a_failed_change_carries_its_error(aws: InProcess) -> None:
    eks = aws.client("eks")
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.delete_nodegroup(clusterName="payments-prod", nodegroupName="gone")

    [detail] = aws.details()
    assert detail["errorCode"] == "ResourceNotFoundException"
    assert detail["responseElements"] is None
    assert detail["requestParameters"] == {"name": "payments-prod", "nodegroupName": "gone"}


def test_a_read_is_not_recorded(aws: InProcess) -> None:
    eks = aws.client("eks")
    eks.list_insights(clusterName="payments-prod")
    eks.describe_cluster(name="payments-prod")
    assert aws.events == []


def test_event_ids_differ(aws: InProcess) -> None:
    eks = aws.client("eks")
    for value in (False, True):
        eks.update_cluster_config(name="payments-prod", deletionProtection=value)
    assert len({detail["eventID"] for detail in aws.details()}) == 2


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:iam::222233334444:root", "Root"),
        ("arn:aws:iam::222233334444:user/team/anna", "IAMUser"),
        ("arn:aws:sts::222233334444:assumed-role/deploy/anna", "AssumedRole"),
    ],
)
def test_each_kind_of_identity(arn: str, kind: str) -> None:
    identity = user_identity(Caller(arn, "222233334444"))
    assert (identity["type"], identity["arn"]) == (kind, arn)
