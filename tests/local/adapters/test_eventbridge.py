"""Contract: events cross accounts and regions to a bus whose policy admits them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from local.control import LocalControl
from local.fleet.names import key_arn
from local.launcher import EmbeddedAws
from local.simulators.world import Place
from tests.local.conftest import Receive

FOREIGN_ACCOUNT = "999999999999"


def _entry(marker: str, bus: str) -> dict[str, str]:
    detail = json.dumps({"marker": marker})
    detail_type = "AWS API Call via CloudTrail"
    return {"Source": "aws.eks", "DetailType": detail_type, "Detail": detail, "EventBusName": bus}


def test_a_change_in_a_member_reaches_the_hub_with_its_actor(
    embedded: EmbeddedAws, stack: dict[str, str], receive: Receive
) -> None:
    receive(stack["ArrivedUrl"], 0)
    eks = embedded.deploy_client("eks", "333344445555", "us-east-1")
    eks.update_cluster_config(name="warehouse-prod", deletionProtection=False)

    [message] = receive(stack["ArrivedUrl"], 1)
    event = json.loads(message["Body"])
    assert (event["account"], event["region"], event["source"]) == ("333344445555", "us-east-1", "aws.eks")
    assert event["detail"]["eventName"] == "UpdateClusterConfig"
    assert event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "deploy"
    assert event["detail"]["userAgent"].startswith("Boto3/")
    [undelivered] = receive(stack["UndeliveredUrl"], 1)
    assert undelivered["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    assert json.loads(undelivered["Body"])["detail"]["eventID"] == event["detail"]["eventID"]


def test_an_account_outside_the_organization_is_not_admitted(
    embedded: EmbeddedAws, stack: dict[str, str], receive: Receive
) -> None:
    marker = str(uuid.uuid4())
    entry = {**_entry(marker, stack["HubBusArn"]), "Source": "custom.eks"}
    refused = embedded.client("events", FOREIGN_ACCOUNT).put_events(Entries=[entry])
    assert refused["FailedEntryCount"] == 1
    assert refused["Entries"][0]["ErrorCode"] == "AccessDeniedException"
    admitted = embedded.client("events", "222233334444").put_events(Entries=[entry])
    assert admitted["FailedEntryCount"] == 0


def test_a_service_event_can_be_put_by_hand(embedded: EmbeddedAws, stack: dict[str, str], receive: Receive) -> None:
    assert embedded.outputs is not None
    marker = str(uuid.uuid4())
    control = LocalControl(embedded.outputs.endpoint)
    control.put_event("222233334444", "us-east-1", _entry(marker, "default"))

    [message] = receive(stack["ArrivedUrl"], 1)
    assert json.loads(message["Body"])["detail"] == {"marker": marker}
    receive(stack["UndeliveredUrl"], 1)


Change = Callable[[Any], object]
_ROBOTS = {"AutoScalingGroupName": "warehouse-prod-robots"}
CHANGES: list[tuple[str, str, Change, str]] = [
    ("autoscaling", "us-east-1", lambda c: c.suspend_processes(**_ROBOTS), "SuspendProcesses"),
    ("cloudtrail", "eu-west-1", lambda c: c.stop_logging(Name="retail"), "StopLogging"),
    ("ec2", "eu-west-1", lambda c: c.disable_ebs_encryption_by_default(), "DisableEbsEncryptionByDefault"),
    ("ecr", "eu-west-1", lambda c: c.delete_lifecycle_policy(repositoryName="shop/cart"), "DeleteLifecyclePolicy"),
    (
        "guardduty",
        "eu-west-1",
        lambda c: c.update_detector(DetectorId=c.list_detectors()["DetectorIds"][0], Enable=False),
        "UpdateDetector",
    ),
    (
        "iam",
        "us-east-1",
        lambda c: c.detach_role_policy(
            RoleName="shop-prod-node", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
        ),
        "DetachRolePolicy",
    ),
    (
        "kms",
        "eu-west-1",
        lambda c: c.enable_key(KeyId=key_arn(Place("333344445555", "eu-west-1"), "retail")),
        "EnableKey",
    ),
    (
        "logs",
        "us-east-1",
        lambda c: c.put_retention_policy(logGroupName="/aws/eks/warehouse-prod/cluster", retentionInDays=7),
        "PutRetentionPolicy",
    ),
]


@pytest.mark.parametrize(("service", "region", "change", "name"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_change_of_what_clusters_use_reaches_the_hub(
    embedded: EmbeddedAws,
    stack: dict[str, str],
    receive: Receive,
    service: str,
    region: str,
    change: Change,
    name: str,
) -> None:
    change(embedded.deploy_client(service, "333344445555", region))

    [message] = receive(stack["ArrivedUrl"], 1)
    event = json.loads(message["Body"])
    assert (event["account"], event["region"], event["source"]) == ("333344445555", region, f"aws.{service}")
    assert (event["detail"]["eventName"], event["detail"]["eventSource"]) == (name, f"{service}.amazonaws.com")
    assert event["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "deploy"
    receive(stack["UndeliveredUrl"], 1)
