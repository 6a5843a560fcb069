"""Least privilege, read off the templates."""

import re
from pathlib import Path
from typing import Any

import pytest

from plumbline.adapters.aws import plan
from plumbline_cli.evidence_page import with_statements
from tests.template.loading import HUB, MEMBER, as_list, of_type, referred, statements, written

# Actions for which AWS knows no resources.
WITHOUT_RESOURCES = {
    "dynamodb:ListStreams",
    "organizations:ListAccounts",
    # Lambda asks for these on everything when a function is placed in a VPC.
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
}


COLLECTORS = {"CollectRegionRole", "CollectClusterRole", "CollectKubernetesRole", "LeaseClusterRole"}
# The collectors inside VPCs, by the name that the hub invokes them by.
INSIDE = "role/plumbline-kubernetes-vpc-*"


def grants() -> list[tuple[str, dict[str, Any]]]:
    """Return (logical id, statement) of everything that is allowed or denied, in both templates."""
    found = []
    for path in (HUB, MEMBER):
        for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy"):
            for name, role in of_type(kind, path).items():
                found += [(name, statement) for statement in statements(role)]
    return found


def actions_of(role: str, path: Path = HUB) -> dict[str, list[Any]]:
    """Return action -> resources of a role."""
    found: dict[str, list[Any]] = {}
    for statement in statements(of_type("AWS::IAM::Role", path)[role]):
        for action in as_list(statement["Action"]):
            found.setdefault(action, []).extend(as_list(statement["Resource"]))
    return found


def reader_actions(path: Path) -> set[str]:
    return set(actions_of("ReaderRole", path))


def test_no_grant_uses_a_wildcard_action() -> None:
    wild = [(name, action) for name, grant in grants() for action in as_list(grant["Action"]) if "*" in action]
    assert wild == []


def test_only_actions_that_know_no_resources_are_granted_on_all() -> None:
    everywhere = {
        action
        for name, grant in grants()
        if name != "ReaderRole" and "*" in as_list(grant["Resource"])
        for action in as_list(grant["Action"])
    }
    assert everywhere == WITHOUT_RESOURCES


def test_nobody_may_change_or_delete_history() -> None:
    allowed: set[str] = set()
    for _, grant in grants():
        if "HistoryTable" in referred(grant["Resource"]):
            allowed |= set(as_list(grant["Action"]))
    reading = {"dynamodb:GetItem", "dynamodb:Query"}
    stream = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
    assert allowed == {"dynamodb:PutItem"} | reading | stream


def test_only_locks_are_changed_and_deleted() -> None:
    tables: set[str] = set()
    for _, grant in grants():
        if {"dynamodb:UpdateItem", "dynamodb:DeleteItem"} & set(as_list(grant["Action"])):
            tables |= referred(grant["Resource"])
    assert tables == {"IdempotencyTable"}


def test_roles_are_assumed_only_by_the_reader_role_s_name() -> None:
    assuming = {name: grant for name, grant in grants() if "sts:AssumeRole" in as_list(grant["Action"])}
    inside = assuming.pop("KubernetesCollectorRole")
    assert set(assuming) == COLLECTORS
    for grant in assuming.values():
        assert grant["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${ReaderRoleName}"}
    assert inside["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${ReaderRoleName}"}


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"][0] for function in of_type("AWS::Serverless::Function").values()]
    assert roles == [f"{name}Role" for name in of_type("AWS::Serverless::Function")]


def test_functions_write_only_to_their_own_log() -> None:
    for name in of_type("AWS::Serverless::Function"):
        logs = actions_of(f"{name}Role")
        assert referred(logs["logs:CreateLogStream"]) == referred(logs["logs:PutLogEvents"]) == {f"{name}Log"}


def test_the_key_is_used_only_through_the_services_that_hold_the_data() -> None:
    used = [grant for _, grant in grants() if any(action.startswith("kms:") for action in as_list(grant["Action"]))]
    key = [grant for grant in used if as_list(grant["Resource"]) != ["*"]]
    assert key
    for grant in key:
        assert referred(grant["Resource"]) == {"Key"}
        assert list(grant["Condition"]["StringEquals"]) == ["kms:ViaService"]


def test_functions_may_use_what_their_environment_names() -> None:
    """A variable that names a resource is worth nothing without a grant on that resource."""
    for name, function in of_type("AWS::Serverless::Function").items():
        granted = referred([grant["Resource"] for grant in statements(of_type("AWS::IAM::Role")[f"{name}Role"])])
        variables = function.get("Environment", {}).get("Variables", {})
        named = referred(variables) - {"PollSeconds", "ExternalId"}
        # These two live in settings that are shared by reading and writing: the other half is not needed.
        assert named - granted - {"HistoryTable"} == set(), name


def test_the_readers_of_hub_and_member_may_do_the_same() -> None:
    hub, member = (of_type("AWS::IAM::Role", path)["ReaderRole"] for path in (HUB, MEMBER))
    assert statements(hub) == statements(member)


@pytest.mark.parametrize("path", [HUB, MEMBER], ids=lambda path: path.name)
def test_the_reader_only_reads(path: Path) -> None:
    others = {action for action in reader_actions(path) if not re.match(r"[a-z0-9]+:(Describe|Get|List)", action)}
    # Has IAM write down who has which credentials, and changes nothing; and Plumbline's own collectors.
    assert others == {"iam:GenerateCredentialReport", "lambda:InvokeFunction"}


@pytest.mark.parametrize("path", [HUB, MEMBER], ids=lambda path: path.name)
def test_the_reader_may_do_exactly_what_the_evidence_plan_calls(path: Path) -> None:
    """Run `python -m plumbline_cli.evidence_page` when this fails."""
    assert reader_actions(path) == {call.action for call in plan.calls()} | {plan.INVOKE}
    assert path.read_text() == with_statements(path.read_text())


def test_the_reader_reads_no_parameters_but_aws_s_own() -> None:
    assert actions_of("ReaderRole", MEMBER)["ssm:GetParameters"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:ssm:*::parameter/aws/service/*"}
    ]


def test_only_the_collectors_may_assume_the_reader() -> None:
    trust = written(MEMBER)["Resources"]["ReaderRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    named, inside = trust
    assert named == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "CollectorRoleArns"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }
    assert referred(written(HUB)["Outputs"]["CollectorRoleArns"]["Value"]) == COLLECTORS
    hub = of_type("AWS::IAM::Role")["ReaderRole"]["AssumeRolePolicyDocument"]["Statement"]
    assert referred(hub[0]["Principal"]) == COLLECTORS
    assert hub[0]["Condition"] == named["Condition"]
    assert hub[1] == inside


def test_of_the_account_itself_only_the_collectors_inside_vpcs_may_assume_the_reader() -> None:
    inside = of_type("AWS::IAM::Role")["ReaderRole"]["AssumeRolePolicyDocument"]["Statement"][1]
    account = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"
    assert inside["Principal"] == {"AWS": {"Fn::Sub": f"{account}root"}}
    assert inside["Condition"] == {
        "StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}},
        "ArnLike": {"aws:PrincipalArn": {"Fn::Sub": account + INSIDE}},
    }
    assert of_type("AWS::IAM::Role", MEMBER)["KubernetesCollectorRole"]["RoleName"] == {
        "Fn::Sub": f"{plan.COLLECTOR}${{CollectorVpcId}}"
    }


def test_the_reader_invokes_the_collectors_inside_vpcs_and_nothing_else() -> None:
    resource = "arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:plumbline-kubernetes-vpc-*"
    assert actions_of("ReaderRole", MEMBER)[plan.INVOKE] == [{"Fn::Sub": resource}]
    (function,) = of_type("AWS::Lambda::Function", MEMBER).values()
    assert function["FunctionName"] == {"Fn::Sub": f"{plan.COLLECTOR}${{CollectorVpcId}}"}
    assert written(MEMBER)["Parameters"]["CollectorVpcId"]["AllowedPattern"] == "^$|^vpc-[0-9a-f]+$"


def test_the_code_inside_a_vpc_may_not_touch_the_network_itself() -> None:
    allow, deny = (
        grant
        for grant in statements(of_type("AWS::IAM::Role", MEMBER)["KubernetesCollectorRole"])
        if grant["Resource"] == "*"
    )
    assert (allow["Effect"], deny["Effect"]) == ("Allow", "Deny")
    assert allow["Action"] == deny["Action"]
    name = "function:plumbline-kubernetes-${CollectorVpcId}"
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:" + name
    assert deny["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": {"Fn::Sub": arn}}}


def test_only_the_organization_or_listed_accounts_may_send_events() -> None:
    policies = of_type("AWS::Events::EventBusPolicy")
    organization, members = policies["OrganizationMaySend"]["Statement"], policies["MembersMaySend"]["Statement"]
    assert organization["Principal"] == "*"
    assert organization["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}
    assert members["Principal"] == {"AWS": {"Ref": "MemberAccounts"}}
    assert {statement["Action"] for statement in (organization, members)} == {"events:PutEvents"}


def who_may(action: str, ending: str) -> set[str]:
    """Return the roles that may do something on the resources whose ARN ends so."""
    found = set()
    for name, grant in grants():
        texts = [one.get("Fn::Sub", "") if isinstance(one, dict) else one for one in as_list(grant["Resource"])]
        if action in as_list(grant["Action"]) and any(str(text).endswith(ending) for text in texts):
            found.add(name)
    return found


def test_who_judges_what_clusters_share_may_list_them() -> None:
    listing = {"CollectRegionRole", "RouteEventRole", "RouteAuditLogRole", "AssessClusterRole"}
    assert who_may("dynamodb:Query", "${PostureTable.Arn}/index/heads") == listing


def test_lists_of_a_sweep_are_read_by_the_sweep_and_by_who_judges_accounts() -> None:
    assert who_may("s3:GetObject", "/manifests/*") == {"SweepFleetRole", "AssessClusterRole"}
    assert who_may("s3:PutObject", "/manifests/*") == {"DiscoverClustersRole", "CollectRegionRole"}
