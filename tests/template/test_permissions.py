"""Least privilege, read off the templates."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.template.loading import HUB, MEMBER, REPOSITORY, as_list, of_type, referred, statements, written

# Actions for which AWS knows no resources.
WITHOUT_RESOURCES = {
    "dynamodb:ListStreams",
    "organizations:ListAccounts",
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
# Method of a client -> action, where it is not service:Method.
_SERVICES = {"service-quotas": "servicequotas"}
_ADAPTERS = REPOSITORY / "layers" / "core" / "plumbline" / "adapters" / "aws"


def grants() -> list[tuple[str, dict[str, Any]]]:
    """Return (logical id, statement) of everything that is allowed, in both templates."""
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
    assert set(assuming) == {"CollectRegionRole", "CollectClusterRole", "LeaseClusterRole"}
    for grant in assuming.values():
        assert grant["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${ReaderRoleName}"}


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
    verbs = {re.match(r"[a-z0-9]+:(Describe|Get|List)", action) is not None for action in reader_actions(path)}
    assert verbs == {True}


def test_the_reader_may_do_exactly_what_the_collectors_call() -> None:
    assert reader_actions(MEMBER) == _called()


def test_the_reader_reads_no_parameters_but_aws_s_own() -> None:
    assert actions_of("ReaderRole", MEMBER)["ssm:GetParameters"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:ssm:*::parameter/aws/service/*"}
    ]


def test_only_the_collectors_may_assume_the_reader() -> None:
    trust = written(MEMBER)["Resources"]["ReaderRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Ref": "CollectorRoleArns"}},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
        }
    ]
    collectors = {"CollectRegionRole", "CollectClusterRole", "LeaseClusterRole"}
    assert referred(written(HUB)["Outputs"]["CollectorRoleArns"]["Value"]) == collectors
    hub = of_type("AWS::IAM::Role")["ReaderRole"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert referred(hub["Principal"]) == collectors
    assert hub["Condition"] == trust[0]["Condition"]


def test_only_the_organization_or_listed_accounts_may_send_events() -> None:
    policies = of_type("AWS::Events::EventBusPolicy")
    organization, members = policies["OrganizationMaySend"]["Statement"], policies["MembersMaySend"]["Statement"]
    assert organization["Principal"] == "*"
    assert organization["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}
    assert members["Principal"] == {"AWS": {"Ref": "MemberAccounts"}}
    assert {statement["Action"] for statement in (organization, members)} == {"events:PutEvents"}


def _called() -> set[str]:
    """Return the actions behind every `Call(service, method)` of the adapters."""
    found = set()
    for path in _ADAPTERS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Call":
                service, method = (argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant))
                found.add(_action(str(service), str(method)))
    return found


def _action(service: str, method: str) -> str:
    from botocore import xform_name
    from botocore.session import Session

    operations = Session().get_service_model(service).operation_names
    operation = next(name for name in operations if xform_name(name) == method)
    return f"{_SERVICES.get(service, service)}:{operation}"
