"""The fleet as clients of AWS see it: pages, errors, filters, and what is counted."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from benchmarks.fleet.options import Options
from benchmarks.fleet.process import FleetProcess
from tests.benchmarks.fleet.conftest import Clients


def code_of(error: ClientError) -> tuple[str, int]:
    return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]


def test_listings_come_in_pages(client: Clients, fleet: FleetProcess) -> None:
    pages = client("eks").get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["clusters"]) for page in pages] == [5, 5, 2]
    groups = client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
    assert [len(page["AutoScalingGroups"]) for page in groups] == [48]
    nodes = client("ec2").get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 50})
    assert [len(page["Reservations"]) for page in nodes] == [50, 46]
    roles = client("iam").get_paginator("get_account_authorization_details")
    pages = roles.paginate(Filter=["Role"], PaginationConfig={"PageSize": 20})
    assert [len(page["RoleDetailList"]) for page in pages] == [20, 4]
    assert fleet.stats().calls == {
        "autoscaling.DescribeAutoScalingGroups": 1,
        "ec2.DescribeInstances": 2,
        "eks.ListClusters": 3,
        "iam.GetAccountAuthorizationDetails": 2,
    }


def test_token_of_another_listing_is_refused(client: Clients) -> None:
    token = client("eks").list_clusters(maxResults=1)["nextToken"]
    with pytest.raises(ClientError) as refused:
        client("eks").describe_addon_versions(nextToken=token)
    assert code_of(refused.value) == ("InvalidParameterException", 400)


def test_what_is_not_there_is_not_found(client: Clients, fleet: FleetProcess) -> None:
    with pytest.raises(ClientError) as gone:
        client("eks").describe_cluster(name="nobody")
    assert code_of(gone.value) == ("ResourceNotFoundException", 404)
    with pytest.raises(ClientError) as no_template:
        client("ec2").describe_launch_template_versions(LaunchTemplateId="lt-0123456789abcdef0", Versions=["1"])
    assert code_of(no_template.value) == ("InvalidLaunchTemplateId.NotFound", 400)
    assert fleet.stats().errors == {"ec2.DescribeLaunchTemplateVersions": 1, "eks.DescribeCluster": 1}


def test_filters_are_obeyed(client: Clients) -> None:
    name = client("eks").list_clusters()["clusters"][3]
    tagged = {"Name": "tag-key", "Values": [f"kubernetes.io/cluster/{name}"]}
    groups = client("autoscaling").describe_auto_scaling_groups(Filters=[tagged])["AutoScalingGroups"]
    assert {tag["Value"] for group in groups for tag in group["Tags"] if tag["Key"] == "eks:cluster-name"} == {name}
    by_name = client("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[groups[0]["AutoScalingGroupName"], "eks-unknown-0000000-000"]
    )
    assert by_name["AutoScalingGroups"] == groups[:1]
    vpc = client("eks").describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]["vpcId"]
    subnets = client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    assert {subnet["VpcId"] for subnet in subnets} == {vpc}


def test_used_version_of_a_template_is_found_by_its_id(client: Clients) -> None:
    eks, ec2 = client("eks"), client("ec2")
    templates = [template for template in map(template_of, described_groups(eks)) if template]
    for template in templates:
        (found,) = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["id"], Versions=[template["version"]]
        )["LaunchTemplateVersions"]
        assert (found["LaunchTemplateId"], found["VersionNumber"]) == (template["id"], int(template["version"]))


def described_groups(eks: Any) -> list[dict[str, Any]]:
    name = eks.list_clusters()["clusters"][0]
    names = eks.list_nodegroups(clusterName=name)["nodegroups"]
    return [eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"] for group in names]


def template_of(group: dict[str, Any]) -> dict[str, str] | None:
    return group.get("launchTemplate")


def test_unknown_operation_is_answered_empty_and_counted(client: Clients, fleet: FleetProcess) -> None:
    assert client("eks").list_access_policies()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert client("ec2").describe_hosts()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert fleet.stats().unknown == {"ec2.DescribeHosts": 1, "eks.GET /access-policies": 1}


def test_assumed_role_sees_its_own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    with FleetProcess(Options(clusters=2, accounts=2)) as fleet:
        for name, value in fleet.environment().items():
            monkeypatch.setenv(name, value)
        role = "arn:aws:iam::111100000001:role/reader"
        given = boto3.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        member = boto3.client(
            "sts", aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"]
        )
        assert member.get_caller_identity()["Account"] == "111100000001"


def test_clusters_that_cannot_be_read_answer_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with FleetProcess(Options(clusters=40, ghost_rate=0.2, denied_rate=0.2)) as fleet:
        for name, value in fleet.environment().items():
            monkeypatch.setenv(name, value)
        eks = boto3.client("eks")
        codes = [read(eks, name) for name in eks.list_clusters()["clusters"]]
        truth = fleet.truth()
    assert codes.count("ResourceNotFoundException") == truth["clusters_ghost"] > 0
    assert codes.count("AccessDeniedException") == truth["clusters_denied"] > 0
    assert codes.count("") == truth["clusters"]


def read(eks: Any, name: str) -> str:
    try:
        eks.describe_cluster(name=name)
    except ClientError as error:
        return code_of(error)[0]
    return ""
