"""Every operation that pages on AWS pages here, and gives each row once."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import InProcess

PAGED = [
    ("eks", "list_clusters", {}, "clusters", 2),
    ("eks", "list_nodegroups", {"clusterName": "ledger-prod"}, "nodegroups", 1),
    ("eks", "list_addons", {"clusterName": "payments-prod"}, "addons", 2),
    ("eks", "list_access_entries", {"clusterName": "payments-prod"}, "accessEntries", 1),
    ("eks", "list_pod_identity_associations", {"clusterName": "payments-prod"}, "associations", 1),
    ("eks", "list_insights", {"clusterName": "ledger-prod"}, "insights", 1),
    ("eks", "describe_cluster_versions", {"includeAll": True}, "clusterVersions", 3),
    ("eks", "describe_addon_versions", {}, "addons", 2),
    ("ec2", "describe_instances", {}, "Reservations", 5),
    ("ec2", "describe_subnets", {}, "Subnets", 5),
    ("ec2", "describe_launch_template_versions", {"Versions": ["$Latest", "$Default"]}, "LaunchTemplateVersions", 3),
    ("ec2", "describe_nat_gateways", {}, "NatGateways", 5),
    ("ec2", "describe_security_groups", {}, "SecurityGroups", 5),
    ("ec2", "describe_network_acls", {}, "NetworkAcls", 5),
    ("ec2", "describe_vpc_endpoints", {}, "VpcEndpoints", 5),
    ("autoscaling", "describe_auto_scaling_groups", {}, "AutoScalingGroups", 3),
    ("autoscaling", "describe_scheduled_actions", {}, "ScheduledUpdateGroupActions", 1),
    ("guardduty", "list_detectors", {}, "DetectorIds", 1),
    ("ecr", "describe_repositories", {}, "repositories", 1),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "/aws/eks/"}, "logGroups", 2),
    ("service-quotas", "list_service_quotas", {"ServiceCode": "eks"}, "Quotas", 3),
    ("iam", "get_account_authorization_details", {}, "RoleDetailList", 4),
]


@pytest.mark.parametrize(("service", "operation", "arguments", "key", "size"), PAGED)
def test_pages_hold_every_row_once(
    aws: InProcess, service: str, operation: str, arguments: dict[str, Any], key: str, size: int
) -> None:
    client = aws.client(service)
    whole = getattr(client, operation)(**arguments)[key]
    assert len(whole) > 0

    pages = list(client.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": size}))

    assert [row for page in pages for row in page[key]] == whole
    assert len(pages) >= -(-len(whole) // size)
    assert all(len(page[key]) <= size for page in pages)


def test_accounts_come_twenty_at_a_time_at_most(aws: InProcess) -> None:
    organizations = aws.client("organizations", "111122223333")
    pages = list(organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Accounts"]) for page in pages] == [2, 1]


def test_a_hundred_and_one_clusters_are_two_pages(aws: InProcess) -> None:
    eks = aws.client("eks", "999999999999")
    for number in range(101):
        network = {"subnetIds": ["subnet-1", "subnet-2"]}
        eks.create_cluster(name=f"c{number:03}", roleArn="arn:aws:iam::9:role/x", resourcesVpcConfig=network)

    pages = list(eks.get_paginator("list_clusters").paginate())

    assert [len(page["clusters"]) for page in pages] == [100, 1]


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("eks", "list_clusters", {"nextToken": "nonsense"}, "InvalidParameterException"),
        ("ec2", "describe_instances", {"NextToken": "nonsense"}, "InvalidNextToken"),
        ("autoscaling", "describe_auto_scaling_groups", {"NextToken": "nonsense"}, "InvalidNextToken"),
        ("iam", "get_account_authorization_details", {"Marker": "nonsense"}, "InvalidInput"),
    ],
)
def test_a_token_that_was_never_given_is_refused(
    aws: InProcess, service: str, operation: str, arguments: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client(service), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_a_token_belongs_to_its_operation(aws: InProcess) -> None:
    eks = aws.client("eks")
    token = eks.list_clusters(maxResults=1)["nextToken"]
    with pytest.raises(eks.exceptions.InvalidParameterException):
        eks.list_nodegroups(clusterName="ledger-prod", nextToken=token)
