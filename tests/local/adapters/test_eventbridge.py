"""Contract: events cross accounts and regions to a bus whose policy admits them."""

from __future__ import annotations

import json
import uuid

from local.control import LocalControl
from local.launcher import EmbeddedAws
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
