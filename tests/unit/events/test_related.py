import json
from typing import Any

import botocore.session
import pytest

from plumbline.domain.index import Dependency, Kind, Place
from plumbline.domain.scopes import Scope, sections_of
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, SECTIONS
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.related import RELATED_CALLS, RELATED_SERVICE_EVENTS
from plumbline.events.rule import Reach, RelatedRule
from tests.unit.events.records import ACCOUNT, DEPLOY, REGION, SERVICE_EVENT, call, read, reason
from tests.unit.events.test_table import AREAS

SESSION = botocore.session.get_session()
RULES = [
    pytest.param(service, name, rule, id=f"{service}:{name}")
    for table in (RELATED_CALLS, RELATED_SERVICE_EVENTS)
    for service, rules in table.items()
    for name, rule in rules.items()
]
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd"
HERE, ACCOUNT_ITSELF = Subject(ACCOUNT, REGION), Subject(ACCOUNT, "")


def of(kind: Kind, identifier: str, region: str = REGION, account: str = ACCOUNT) -> Dependency:
    return Dependency(Place(account, region, kind), identifier)


# --- the table


@pytest.mark.parametrize("service", RELATED_CALLS)
def test_every_call_exists(service: str) -> None:
    operations = set(SESSION.get_service_model(service).operation_names)
    assert set(RELATED_CALLS[service]) - operations == set()


@pytest.mark.parametrize("service", RELATED_SERVICE_EVENTS)
def test_service_events_are_no_calls(service: str) -> None:
    operations = set(SESSION.get_service_model(service).operation_names)
    assert set(RELATED_SERVICE_EVENTS[service]) & operations == set()


@pytest.mark.parametrize(("service", "name", "rule"), RULES)
def test_a_rule_is_complete(service: str, name: str, rule: RelatedRule) -> None:
    assert set(rule.areas) <= AREAS
    assert rule.scopes
    assert set(rule.sections) <= set(SECTIONS)
    assert rule.sections
    assert rule.names or rule.reach != (Reach.DEPENDENTS,)


@pytest.mark.parametrize(("service", "name", "rule"), RULES)
def test_what_a_call_changes_is_what_its_scopes_read(service: str, name: str, rule: RelatedRule) -> None:
    assert set(rule.sections) <= sections_of(rule.scopes)


@pytest.mark.parametrize(("service", "name", "rule"), RULES)
def test_what_concerns_an_account_reads_of_the_account(service: str, name: str, rule: RelatedRule) -> None:
    if Reach.ACCOUNT in rule.reach or rule.mentions:
        assert set(rule.sections) <= set(ACCOUNT_SECTIONS)


@pytest.mark.parametrize("name", ["SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup"])
def test_the_work_of_autoscalers_has_no_rule(name: str) -> None:
    event = call("autoscaling", name, {"autoScalingGroupName": "eks-blue"})
    assert reason(event) == f"{name} of autoscaling is not watched"


# --- whom an event concerns


SG, SUBNET, TEMPLATE = "sg-0a1", "subnet-0a1", "lt-0a1"


def nested(event: str, **request: Any) -> dict[str, Any]:
    return {f"{event}Request": request}


NAMED = [
    ("ec2", "AuthorizeSecurityGroupIngress", {"groupId": SG, "ipPermissions": {}}, [of(Kind.SECURITY_GROUP, SG)]),
    (
        "ec2",
        "ModifySecurityGroupRules",
        nested("ModifySecurityGroupRules", GroupId=SG, SecurityGroupRule={"tag": 1}),
        [of(Kind.SECURITY_GROUP, SG)],
    ),
    ("ec2", "DeleteNetworkAclEntry", {"networkAclId": "acl-1"}, [of(Kind.NETWORK_ACL, "acl-1")]),
    (
        "ec2",
        "ReplaceNetworkAclAssociation",
        {"associationId": "aclassoc-1", "networkAclId": "acl-1"},
        [of(Kind.NETWORK_ACL, "aclassoc-1"), of(Kind.NETWORK_ACL, "acl-1")],
    ),
    ("ec2", "DisassociateRouteTable", {"associationId": "rtbassoc-1"}, [of(Kind.ROUTE_TABLE, "rtbassoc-1")]),
    (
        "ec2",
        "AssociateRouteTable",
        {"routeTableId": "rtb-1", "subnetId": SUBNET},
        [of(Kind.SUBNET, SUBNET), of(Kind.ROUTE_TABLE, "rtb-1")],
    ),
    ("ec2", "CreateNatGateway", nested("CreateNatGateway", SubnetId=SUBNET), [of(Kind.SUBNET, SUBNET)]),
    (
        "ec2",
        "DeleteVpcEndpoints",
        nested("DeleteVpcEndpoints", VpcEndpointId=[{"tag": 1, "content": "vpce-1"}, {"tag": 2, "content": "vpce-2"}]),
        [of(Kind.VPC_ENDPOINT, "vpce-1"), of(Kind.VPC_ENDPOINT, "vpce-2")],
    ),
    (
        "ec2",
        "CreateFlowLogs",
        nested("CreateFlowLogs", ResourceId={"tag": 1, "content": "vpc-1"}, ResourceType="VPC"),
        [of(Kind.VPC, "vpc-1")],
    ),
    (
        "ec2",
        "DeleteFlowLogs",
        nested("DeleteFlowLogs", FlowLogId={"tag": 1, "content": "fl-1"}),
        [of(Kind.FLOW_LOG, "fl-1")],
    ),
    (
        "ec2",
        "CreateTags",
        {"resourcesSet": {"items": [{"resourceId": SUBNET}, {"resourceId": "i-1"}]}, "tagSet": {"items": []}},
        [of(Kind.SUBNET, SUBNET)],
    ),
    (
        "ec2",
        "CreateLaunchTemplateVersion",
        nested("CreateLaunchTemplateVersion", LaunchTemplateId=TEMPLATE, LaunchTemplateData={"UserData": "s3cr3t"}),
        [of(Kind.LAUNCH_TEMPLATE, TEMPLATE)],
    ),
    (
        "ec2",
        "ModifyLaunchTemplate",
        nested("ModifyLaunchTemplate", LaunchTemplateName="blue"),
        [of(Kind.LAUNCH_TEMPLATE, "blue")],
    ),
    (
        "ec2",
        "ModifyInstanceMetadataOptions",
        nested("ModifyInstanceMetadataOptions", InstanceId="i-1"),
        [of(Kind.INSTANCE, "i-1")],
    ),
    (
        "autoscaling",
        "SuspendProcesses",
        {"autoScalingGroupName": "eks-blue", "scalingProcesses": ["AZRebalance"]},
        [of(Kind.AUTO_SCALING_GROUP, "eks-blue")],
    ),
    (
        "autoscaling",
        "DeleteTags",
        {"tags": [{"resourceId": "eks-blue", "key": "team"}]},
        [of(Kind.AUTO_SCALING_GROUP, "eks-blue")],
    ),
    ("iam", "AttachRolePolicy", {"roleName": "node", "policyArn": "arn:aws:x"}, [of(Kind.ROLE, "node", "")]),
    (
        "iam",
        "SetDefaultPolicyVersion",
        {"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/nodes"},
        [of(Kind.POLICY, f"arn:aws:iam::{ACCOUNT}:policy/nodes", "")],
    ),
    (
        "iam",
        "CreateOpenIDConnectProvider",
        {"url": "https://oidc.eks.eu-west-1.amazonaws.com/id/AB"},
        [of(Kind.ISSUER, "oidc.eks.eu-west-1.amazonaws.com/id/AB", "")],
    ),
    (
        "iam",
        "DeleteOpenIDConnectProvider",
        {"openIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/AB"},
        [of(Kind.ISSUER, "oidc.eks.eu-west-1.amazonaws.com/id/AB", "")],
    ),
    ("iam", "DeleteUser", {"userName": "jane"}, [of(Kind.USER, "jane", "")]),
    ("kms", "DisableKey", {"keyId": "1234abcd"}, [of(Kind.KEY, "1234abcd")]),
    ("kms", "DisableKey", {"keyId": KEY}, [of(Kind.KEY, "1234abcd")]),
    (
        "logs",
        "PutRetentionPolicy",
        {"logGroupName": "/aws/eks/payments/cluster", "retentionInDays": 7},
        [of(Kind.LOG_GROUP, "/aws/eks/payments/cluster")],
    ),
    (
        "logs",
        "AssociateKmsKey",
        {"resourceIdentifier": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/eks/payments/cluster:*"},
        [of(Kind.LOG_GROUP, "/aws/eks/payments/cluster")],
    ),
    ("cloudtrail", "StopLogging", {"name": "main"}, [of(Kind.TRAIL, "main")]),
    (
        "cloudtrail",
        "PutEventSelectors",
        {"trailName": f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main"},
        [of(Kind.TRAIL, "main", "us-east-1")],
    ),
]


@pytest.mark.parametrize(("service", "name", "request_", "found"), NAMED)
def test_the_resource_is_found_wherever_it_is_named(
    service: str, name: str, request_: dict[str, Any], found: list[Dependency]
) -> None:
    got = read(call(service, name, request_))
    assert sorted(got.resources) == sorted(found)
    assert got.wait is None
    assert got.clusters_of == ()


def test_a_change_says_what_it_changed_and_who_did_it() -> None:
    change = read(call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": SG})).change
    assert (change.event_id, change.name, change.actor.arn) == (
        "related-1",
        "AuthorizeSecurityGroupIngress",
        DEPLOY["arn"],
    )
    assert (change.scopes, change.areas, change.sections) == (("network",), ("network",), ("security_groups",))
    assert change.resource == Resource("security-group", SG)
    assert change.request == {"groupId": SG}


def test_a_change_of_several_resources_names_none() -> None:
    items = [{"resourceId": "subnet-1"}, {"resourceId": "subnet-2"}]
    assert read(call("ec2", "CreateTags", {"resourcesSet": {"items": items}})).change.resource == NO_RESOURCE


def test_user_data_is_not_kept() -> None:
    request = nested(
        "CreateLaunchTemplateVersion", LaunchTemplateId=TEMPLATE, LaunchTemplateData={"UserData": "s3cr3t"}
    )
    kept = read(call("ec2", "CreateLaunchTemplateVersion", request)).change.request
    assert kept["CreateLaunchTemplateVersionRequest"]["LaunchTemplateData"] == {"UserData": "(removed)"}


def test_a_key_is_named_by_the_arn_of_the_record() -> None:
    event = call("kms", "DisableKey", {"keyId": "alias/payments"}, resources=[{"ARN": KEY, "type": "AWS::KMS::Key"}])
    got = read(event)
    assert of(Kind.KEY, "1234abcd") in got.resources
    assert got.change.scopes == ("kms", "cluster-config")


def test_a_key_of_another_account_is_looked_up_there() -> None:
    foreign = "arn:aws:kms:us-east-1:555566667777:key/1234abcd"
    got = read(call("kms", "DisableKey", {"keyId": foreign}))
    assert got.resources == (of(Kind.KEY, "1234abcd", "us-east-1", "555566667777"),)
    assert got.change.resource == Resource("kms-key", foreign)


def test_what_names_nothing_that_clusters_depend_on_is_ignored() -> None:
    event = call("ec2", "CreateTags", {"resourcesSet": {"items": [{"resourceId": "i-1"}]}})
    assert reason(event) == "CreateTags names no resource that a cluster can depend on"


def test_defaults_of_a_region_concern_it_and_all_its_clusters() -> None:
    got = read(call("ec2", "DisableEbsEncryptionByDefault", {"DisableEbsEncryptionByDefaultRequest": {}}))
    assert (got.subjects, got.clusters_of, got.resources) == ((HERE,), (HERE,), ())
    assert got.change.scopes == (Scope.COMPUTE_DEFAULTS,)


@pytest.mark.parametrize(
    ("service", "name"),
    [
        ("guardduty", "UpdateDetector"),
        ("ecr", "PutImageTagMutability"),
        ("ecr", "PutRegistryScanningConfiguration"),
    ],
)
def test_what_is_judged_for_a_region_concerns_the_region_alone(service: str, name: str) -> None:
    got = read(call(service, name, {"repositoryName": "app"}))
    assert (got.subjects, got.resources, got.clusters_of) == ((HERE,), (), ())


def test_members_of_an_administrator_are_concerned_in_their_own_accounts() -> None:
    got = read(call("guardduty", "UpdateMemberDetectors", {"accountIds": ["111111111111", "333333333333"]}))
    assert got.subjects == (Subject("111111111111", REGION), Subject("333333333333", REGION))


def test_a_new_trail_concerns_every_region() -> None:
    got = read(call("cloudtrail", "CreateTrail", {"name": "main", "isMultiRegionTrail": True}))
    assert got.regions_of == (ACCOUNT,)


@pytest.mark.parametrize("name", ["StopLogging", "DeleteTrail", "PutEventSelectors"])
def test_operators_hear_of_a_trail_that_may_record_no_more(name: str) -> None:
    assert "a trail" in read(call("cloudtrail", name, {"name": "main"})).notice


def test_credentials_concern_the_account() -> None:
    got = read(call("iam", "CreateAccessKey", {"userName": "jane"}, awsRegion="us-east-1"))
    assert (got.subjects, got.change.scopes) == ((ACCOUNT_ITSELF,), ("account",))


@pytest.mark.parametrize("name", ["CreateRole", "UpdateAssumeRolePolicy"])
def test_a_trust_in_a_cluster_concerns_the_account(name: str) -> None:
    trust = {"Statement": [{"Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks/id/AB"}}]}
    document = json.dumps(trust).replace("/", "%2F")
    concerned = read(call("iam", name, {"roleName": "app", "policyDocument": document}))
    other = read(call("iam", name, {"roleName": "app", "policyDocument": "{}"}))
    assert (concerned.subjects, other.subjects) == ((ACCOUNT_ITSELF,), ())


def test_a_root_sign_in_concerns_the_account() -> None:
    root = {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    kind: dict[str, Any] = {"detail_type": "AWS Console Sign In via CloudTrail", "awsRegion": "us-east-1"}
    answer: dict[str, Any] = {"responseElements": {"ConsoleLogin": "Success"}}
    got = read(call("signin", "ConsoleLogin", None, userIdentity=root, **kind, **answer))
    assert (got.subjects, got.change.areas) == ((ACCOUNT_ITSELF,), ("iam",))
    failed = call("signin", "ConsoleLogin", userIdentity=root, responseElements={"ConsoleLogin": "Failure"}, **kind)
    assert reason(failed) == "the sign-in failed"
    user = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/jane"}
    assert reason(call("signin", "ConsoleLogin", userIdentity=user, **kind, **answer)) == (
        "only the root user's sign-in is watched"
    )


@pytest.mark.parametrize(
    ("name", "request_", "account"),
    [
        ("MoveAccount", {"accountId": "111111111111", "sourceParentId": "r-1"}, "111111111111"),
        ("InviteAccountToOrganization", {"target": {"type": "ACCOUNT", "id": "111111111111"}}, "111111111111"),
        ("TagResource", {"resourceId": "111111111111", "tags": []}, "111111111111"),
        ("LeaveOrganization", None, ACCOUNT),
    ],
)
def test_who_belongs_to_the_organization_concerns_that_account(
    name: str, request_: dict[str, Any] | None, account: str
) -> None:
    got = read(call("organizations", name, request_, awsRegion="us-east-1"))
    assert got.subjects == (Subject(account, ""),)


def test_a_tagged_unit_of_the_organization_concerns_nobody() -> None:
    got = read(call("organizations", "TagResource", {"resourceId": "ou-1234"}))
    assert (got.subjects, got.resources, got.candidates) == ((), (), ())


def test_tags_of_a_group_may_name_a_cluster_it_did_not_belong_to() -> None:
    tags = [{"resourceId": "workers", "key": "kubernetes.io/cluster/payments", "value": "owned"}]
    got = read(call("autoscaling", "CreateOrUpdateTags", {"tags": tags}))
    assert got.candidates == (Subject(ACCOUNT, REGION, "payments"),)
    assert got.resources == (of(Kind.AUTO_SCALING_GROUP, "workers"),)


def test_an_autoscalers_own_calls_are_told_by_its_role() -> None:
    got = read(call("autoscaling", "UpdateAutoScalingGroup", {"autoScalingGroupName": "eks-blue"}))
    assert got.made_by == (of(Kind.AUTOSCALER, "deploy", ""),)
    assert read(call("ec2", "DeleteSecurityGroup", {"groupId": SG})).made_by == ()


@pytest.mark.parametrize("name", ["RotateKey", "DeleteKey"])
def test_what_kms_does_of_its_own_accord_is_a_change(name: str) -> None:
    service = {"type": "AWSService", "invokedBy": "kms.amazonaws.com"}
    event = call("kms", name, None, detail_type=SERVICE_EVENT, userIdentity=service, resources=[{"ARN": KEY}])
    got = read(event)
    assert got.resources == (of(Kind.KEY, "1234abcd"),)
    assert got.change.actor.arn == "kms.amazonaws.com"


def test_an_account_that_was_made_is_concerned() -> None:
    details = {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "111111111111"}}
    event = call("organizations", "CreateAccountResult", detail_type=SERVICE_EVENT, serviceEventDetails=details)
    assert read(event).subjects == (Subject("111111111111", ""),)


# --- noise


@pytest.mark.parametrize(
    "role",
    [
        "AWSServiceRoleForAmazonEKS",
        "AWSServiceRoleForAmazonEKSNodegroup",
        "AWSServiceRoleForAmazonEKSForFargate",
        "AWSServiceRoleForAutoScaling",
    ],
)
@pytest.mark.parametrize(
    ("service", "name"),
    [("ec2", "CreateLaunchTemplateVersion"), ("autoscaling", "SuspendProcesses"), ("iam", "CreateRole")],
)
def test_what_services_carry_out_is_noise(service: str, name: str, role: str) -> None:
    identity = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": role, "arn": "arn:x"}}}
    assert reason(call(service, name, {}, userIdentity=identity)) == f"{role} carries out what was asked of EKS"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (call("kms", "DisableKey", {}, errorCode="AccessDenied"), "the call failed with AccessDenied"),
        (call("kms", "DescribeKey", {}, readOnly=True), "the call only reads"),
        (call("s3", "PutBucketPolicy", {}), "event source s3.amazonaws.com is not watched"),
        (call("kms", "CreateAlias", {}), "CreateAlias of kms is not watched"),
        (call("eks-auth", "AssumeRoleForPodIdentity", {}), "event source eks-auth.amazonaws.com is not watched"),
        (call("s3", "X", detail_type=SERVICE_EVENT), "X of s3 is not watched"),
    ],
)
def test_what_changes_nothing_is_ignored_with_its_reason(event: dict[str, Any], why: str) -> None:
    assert reason(event) == why
