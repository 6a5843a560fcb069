import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from plumbline.domain.errors import EventError
from plumbline.domain.records import Actor, PendingChange
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events import Ignored, Routed, read_event

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "AWS API Call via CloudTrail",
    "source": "aws.eks",
    "account": "222233334444",
    "region": "eu-west-1",
    "time": "2026-03-01T14:02:30Z",
    "resources": [],
    "detail": {
        "eventVersion": "1.11",
        "eventID": "c1b5e0b6-1111-4a4a-9c9c-000000000001",
        "eventName": "UpdateClusterConfig",
        "eventSource": "eks.amazonaws.com",
        "eventTime": "2026-03-01T14:02:11Z",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "222233334444",
        "readOnly": False,
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "Terraform/1.9",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::222233334444:assumed-role/deploy/ci",
            "accountId": "222233334444",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::222233334444:role/deploy"}},
        },
        "requestParameters": {
            "name": "payments-prod",
            "logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]},
        },
        "responseElements": {"update": {"id": "upd-1", "status": "InProgress", "type": "LoggingUpdate"}},
    },
}


ROLE = "arn:aws:iam::1:role/x"


def event(**detail: Any) -> dict[str, Any]:
    made = copy.deepcopy(EVENT)
    made["detail"].update(detail)
    return made


def routed(made: dict[str, Any]) -> Routed:
    got = read_event(json.dumps(made))
    assert isinstance(got, Routed), got
    return got


def subject_of(made: dict[str, Any]) -> Subject:
    (subject,) = routed(made).subjects
    return subject


def test_an_update_is_read_whole() -> None:
    got = routed(EVENT)
    assert got.subjects == (Subject("222233334444", "eu-west-1", "payments-prod"),)
    assert got.change.name == "UpdateClusterConfig"
    assert got.change.event_id == "c1b5e0b6-1111-4a4a-9c9c-000000000001"
    assert got.change.at == datetime(2026, 3, 1, 14, 2, 11, tzinfo=UTC)
    assert got.change.areas == ("logging",)
    assert got.change.scopes == ("cluster-config", "logs")
    assert got.change.resource == NO_RESOURCE
    assert (got.change.update_id, got.wait) == ("upd-1", PendingChange(update_id="upd-1"))
    assert got.notice == ""
    assert got.change.actor == Actor(
        arn="arn:aws:sts::222233334444:assumed-role/deploy/ci",
        type="AssumedRole",
        session_issuer="arn:aws:iam::222233334444:role/deploy",
        source_ip="203.0.113.9",
        user_agent="Terraform/1.9",
    )


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ({"errorCode": "AccessDenied"}, "the call failed with AccessDenied"),
        ({"readOnly": True}, "the call only reads"),
        ({"eventName": "DescribeCluster"}, "the call only reads"),
        ({"eventName": "AccessKubernetesApi"}, "the call only reads"),
        ({"eventSource": "eks-auth.amazonaws.com"}, "event source eks-auth.amazonaws.com is not watched"),
        (
            {"eventName": "CreateEksAnywhereSubscription"},
            "CreateEksAnywhereSubscription changes no cluster that Plumbline watches",
        ),
    ],
)
def test_what_changes_nothing_is_ignored_with_its_reason(detail: dict[str, Any], reason: str) -> None:
    assert read_event(json.dumps(event(**detail))) == Ignored(reason)


def test_another_detail_type_is_ignored() -> None:
    made = {**EVENT, "detail-type": "EC2 Spot Instance Interruption Warning"}
    assert read_event(json.dumps(made)) == Ignored(
        "detail-type 'EC2 Spot Instance Interruption Warning' is not watched"
    )


ARN = "arn:aws:eks:eu-west-1:222233334444:"


@pytest.mark.parametrize(
    "detail",
    [
        {"requestParameters": {"name": "payments-prod"}},
        {"requestParameters": {"clusterName": "payments-prod"}},
        {"requestParameters": None, "responseElements": {"cluster": {"name": "payments-prod"}}},
        {"requestParameters": {}, "responseElements": {"nodegroup": {"clusterName": "payments-prod"}}},
        {"requestParameters": {}, "responseElements": {"association": {"clusterName": "payments-prod"}}},
        {"requestParameters": {"resourceArn": ARN + "cluster/payments-prod"}},
        {"requestParameters": {"resourceArn": ARN + "nodegroup/payments-prod/blue/1234"}},
        {"requestParameters": {"resourceArn": "arn%3Aaws%3Aeks%3Aeu-west-1%3A222233334444%3Acluster%2Fpayments-prod"}},
        {
            "requestParameters": {},
            "responseElements": None,
            "resources": [{"ARN": ARN + "fargateprofile/payments-prod/fp/1"}],
        },
    ],
)
def test_the_cluster_is_found_wherever_it_is_named(detail: dict[str, Any]) -> None:
    assert subject_of(event(**detail)).cluster == "payments-prod"


def test_the_request_wins_over_the_response() -> None:
    made = event(requestParameters={"name": "first"}, responseElements={"cluster": {"name": "second"}})
    assert subject_of(made).cluster == "first"


def test_a_node_group_call_names_the_group_and_waits_for_it() -> None:
    made = event(
        eventName="UpdateNodegroupVersion",
        requestParameters={"name": "payments-prod", "nodegroupName": "blue"},
    )
    got = routed(made)
    assert got.change.resource == Resource("nodegroup", "blue")
    assert got.change.scopes == ("nodegroup:blue",)
    assert got.wait == PendingChange(update_id="upd-1", nodegroup="blue")


@pytest.mark.parametrize(
    ("name", "request_", "resource", "wait"),
    [
        ("CreateAddon", {"addonName": "coredns"}, Resource("addon", "coredns"), PendingChange(addon="coredns")),
        (
            "CreateFargateProfile",
            {"fargateProfileName": "jobs"},
            Resource("fargate-profile", "jobs"),
            PendingChange(fargate_profile="jobs"),
        ),
        (
            "CreateCapability",
            {"capabilityName": "argo"},
            Resource("capability", "argo"),
            PendingChange(capability="argo"),
        ),
        ("DeleteCluster", {}, NO_RESOURCE, PendingChange()),
        ("CancelUpdate", {"updateId": "upd-7"}, NO_RESOURCE, PendingChange(update_id="upd-7")),
        ("CreateAccessEntry", {"principalArn": "arn:aws:iam::1:role/x"}, Resource("access-entry", ROLE), None),
        ("CreatePodIdentityAssociation", {"namespace": "a"}, NO_RESOURCE, None),
        (
            "StartInsightsRefresh",
            {},
            NO_RESOURCE,
            PendingChange(not_before=datetime(2026, 3, 1, 14, 12, 11, tzinfo=UTC)),
        ),
    ],
)
def test_what_is_waited_for(
    name: str, request_: dict[str, Any], resource: Resource, wait: PendingChange | None
) -> None:
    got = routed(event(eventName=name, requestParameters={"name": "payments-prod", **request_}, responseElements=None))
    assert (got.change.resource, got.wait) == (resource, wait)


def test_a_tagged_group_is_known_by_its_arn() -> None:
    arn = "arn:aws:eks:eu-west-1:222233334444:nodegroup/payments-prod/blue/1234"
    got = routed(event(eventName="TagResource", requestParameters={"resourceArn": arn}, responseElements=None))
    assert (got.change.resource, got.change.scopes) == (Resource("nodegroup", "blue"), ("nodegroup:blue",))


def test_a_call_that_the_table_does_not_know_looks_at_everything() -> None:
    got = routed(event(eventName="UpdateSomethingNew"))
    assert (got.change.scopes, got.change.areas) == (("cluster",), ())
    assert got.notice == "the event table does not know UpdateSomethingNew of EKS"


def test_secrets_are_removed_and_large_values_cut() -> None:
    made = event(
        requestParameters={
            "name": "payments-prod",
            "addonName": "vpc-cni",
            "configurationValues": "{...}",
            "nested": [{"clientSecret": "s3cr3t", "note": "x" * 2000, "UserData": "IyEv", "HttpTokens": "required"}],
        }
    )
    request = routed(made).change.request
    assert request["configurationValues"] == "(removed)"
    assert request["nested"][0]["clientSecret"] == "(removed)"
    assert request["nested"][0]["UserData"] == "(removed)"
    assert request["nested"][0]["HttpTokens"] == "required"
    assert request["nested"][0]["note"] == "x" * 1024 + "… (2000 characters)"


def test_a_long_list_is_cut() -> None:
    made = event(requestParameters={"name": "payments-prod", "items": list(range(60))})
    assert routed(made).change.request["items"] == [*range(50), "… (60 entries)"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON: Input data was truncated"),
        ("[]", "malformed event: Expected `object`, got `array`"),
        ("{}", "malformed event: Object missing required field `detail-type`"),
    ],
)
def test_a_malformed_event_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(EventError) as caught:
        read_event(text)
    assert caught.value.reason == reason


def test_a_malformed_detail_says_where() -> None:
    made = event(eventTime="yesterday")
    with pytest.raises(EventError, match=r"malformed event: Invalid RFC3339 .* `\$\.eventTime`"):
        read_event(json.dumps(made))


def test_an_event_without_a_cluster_is_refused() -> None:
    made = event(requestParameters={}, responseElements={}, resources=[])
    with pytest.raises(EventError, match="UpdateClusterConfig: no cluster is named"):
        read_event(json.dumps(made))


def test_unknown_members_are_ignored() -> None:
    assert subject_of(event(somethingNew={"a": 1})).cluster == "payments-prod"


def test_another_partition_is_kept() -> None:
    identity = {"type": "AssumedRole", "arn": "arn:aws-us-gov:sts::222233334444:assumed-role/deploy/ci"}
    assert subject_of(event(userIdentity=identity)).partition == "aws-us-gov"
