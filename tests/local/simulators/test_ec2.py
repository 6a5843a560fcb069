"""What the EC2 and Auto Scaling simulators answer, read with boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import InProcess

CLUSTER_TAGS = ["kubernetes.io/cluster/*", "eks:cluster-name", "eks:eks-cluster-name"]


def _network(aws: InProcess, name: str) -> dict[str, Any]:
    network: dict[str, Any] = aws.client("eks").describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]
    return network


def test_the_network_of_a_cluster_is_there(aws: InProcess) -> None:
    ec2, network = aws.client("ec2"), _network(aws, "payments-prod")
    own = [{"Name": "vpc-id", "Values": [network["vpcId"]]}]

    assert ec2.describe_vpcs(VpcIds=[network["vpcId"]])["Vpcs"][0]["OwnerId"] == "222233334444"
    subnets = ec2.describe_subnets(Filters=own)["Subnets"]
    assert {row["AvailabilityZone"] for row in subnets} == {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
    assert set(network["subnetIds"]) < {row["SubnetId"] for row in subnets}
    tables = ec2.describe_route_tables(Filters=own)["RouteTables"]
    ways_out = [
        (route.get("GatewayId") or route["NatGatewayId"])[:4]
        for table in tables
        for route in table["Routes"]
        if route["DestinationCidrBlock"] == "0.0.0.0/0"
    ]
    assert (len(tables), ways_out) == (5, ["igw-", "nat-", "nat-", "nat-"])


def test_flow_logs_are_found_by_their_vpc(aws: InProcess) -> None:
    ec2 = aws.client("ec2")
    found = {
        name: ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [_network(aws, name)["vpcId"]]}])[
            "FlowLogs"
        ]
        for name in ("payments-prod", "settlement-prod")
    }
    assert [row["TrafficType"] for row in found["payments-prod"]] == ["ALL"]
    assert found["settlement-prod"] == []


def test_nodes_are_found_by_wildcard_tag_keys(aws: InProcess) -> None:
    filters = [
        {"Name": "tag-key", "Values": CLUSTER_TAGS},
        {"Name": "instance-state-name", "Values": ["running", "pending"]},
    ]
    answer = aws.client("ec2", "333344445555").describe_instances(Filters=filters, IncludeManagedResources=True)
    instances = [one for row in answer["Reservations"] for one in row["Instances"]]

    assert len(instances) == 15
    web = [one for one in instances if {"Key": "eks:nodegroup-name", "Value": "web"} in one["Tags"]]
    assert [one["MetadataOptions"]["HttpTokens"] for one in web] == ["optional", "optional", "required", "required"]
    assert web[0]["State"] == {"Code": 16, "Name": "running"}


def test_an_unknown_filter_is_refused(aws: InProcess) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("ec2").describe_vpcs(Filters=[{"Name": "colour", "Values": ["blue"]}])
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("describe_vpcs", {"VpcIds": ["vpc-0"]}, "InvalidVpcID.NotFound"),
        ("describe_subnets", {"SubnetIds": ["subnet-0"]}, "InvalidSubnetID.NotFound"),
        ("describe_images", {"ImageIds": ["ami-0"]}, "InvalidAMIID.NotFound"),
        ("describe_instance_types", {"InstanceTypes": ["x99.huge"]}, "InvalidInstanceType"),
        ("describe_volumes", {"VolumeIds": ["vol-0"]}, "InvalidVolume.NotFound"),
        ("describe_launch_template_versions", {"LaunchTemplateId": "lt-0"}, "InvalidLaunchTemplateId.NotFound"),
        ("describe_launch_template_versions", {"Versions": ["1"]}, "MissingParameter"),
    ],
)
def test_the_errors_of_ec2(aws: InProcess, operation: str, arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(aws.client("ec2"), operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == code


def test_the_template_of_a_group_is_reached_through_its_auto_scaling_group(aws: InProcess) -> None:
    ec2, eks = aws.client("ec2"), aws.client("eks")
    group = eks.describe_nodegroup(clusterName="settlement-prod", nodegroupName="edge")["nodegroup"]
    name = group["resources"]["autoScalingGroups"][0]["name"]
    [scaling] = aws.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    used = scaling["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]
    [version] = ec2.describe_launch_template_versions(
        LaunchTemplateId=used["LaunchTemplateId"], Versions=[used["Version"]]
    )["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]

    assert data["MetadataOptions"]["HttpPutResponseHopLimit"] == 2
    assert data["KeyName"] == "settlement-admins"
    assert "Encrypted" not in data["BlockDeviceMappings"][0]["Ebs"]
    image = ec2.describe_images(ImageIds=[data["ImageId"]], IncludeDeprecated=True)["Images"][0]
    assert (image["ImdsSupport"], image["BlockDeviceMappings"][0]["Ebs"]["Encrypted"]) == ("v2.0", False)


def test_latest_and_default_of_all_templates(aws: InProcess) -> None:
    ec2 = aws.client("ec2", "222233334444", "us-east-1")
    rows = ec2.describe_launch_template_versions(Versions=["$Latest", "$Default"])["LaunchTemplateVersions"]
    open_nodes = {
        row["VersionNumber"]: row["DefaultVersion"] for row in rows if row["LaunchTemplateName"] == "open-nodes"
    }
    assert open_nodes == {3: True, 4: False}


def test_self_managed_groups_are_found_by_the_cluster_tag(aws: InProcess) -> None:
    scaling = aws.client("autoscaling", "333344445555", "us-east-1")
    filters = [{"Name": "tag-key", "Values": ["kubernetes.io/cluster/warehouse-prod"]}]
    groups = scaling.describe_auto_scaling_groups(Filters=filters)["AutoScalingGroups"]

    assert [row["AutoScalingGroupName"] for row in groups] == [
        "warehouse-prod-robots",
        "warehouse-prod-scanners",
        "warehouse-prod-conveyors",
        "warehouse-prod-sorters",
        "warehouse-prod-printers",
    ]
    assert [len(row["SuspendedProcesses"]) for row in groups] == [0, 1, 1, 0, 1]
    assert "LaunchConfigurationName" in groups[4]
    hooks = {row["AutoScalingGroupName"]: scaling.describe_lifecycle_hooks(
        AutoScalingGroupName=row["AutoScalingGroupName"])["LifecycleHooks"] for row in groups}  # fmt: skip
    assert [len(one) for one in hooks.values()] == [0, 1, 1, 1, 1]


def test_the_defaults_of_account_and_region(aws: InProcess) -> None:
    assert aws.client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is True
    assert aws.client("ec2", region="us-east-1").get_ebs_encryption_by_default()["EbsEncryptionByDefault"] is False
    defaults = aws.client("ec2", "333344445555").get_instance_metadata_defaults()["AccountLevel"]
    assert (defaults["HttpTokens"], defaults["HttpPutResponseHopLimit"]) == ("required", 1)
    assert aws.client("ec2").get_instance_metadata_defaults()["AccountLevel"] == {}


def test_volumes_and_instance_types(aws: InProcess) -> None:
    ec2 = aws.client("ec2", region="us-east-1")
    volumes = ec2.describe_volumes(Filters=[{"Name": "tag-key", "Values": ["KubernetesCluster"]}])["Volumes"]
    assert [row["Encrypted"] for row in volumes] == [True, False]
    [kind] = ec2.describe_instance_types(InstanceTypes=["m4.large"])["InstanceTypes"]
    assert (kind["CurrentGeneration"], kind["BurstablePerformanceSupported"]) == (False, False)
    filters = [{"Name": "instance-type", "Values": ["t3.medium", "x99.huge"]}]
    found = ec2.describe_instance_types(Filters=filters)["InstanceTypes"]
    assert [row["InstanceType"] for row in found] == ["t3.medium"]
