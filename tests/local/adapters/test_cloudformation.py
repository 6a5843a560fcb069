"""Contracts: resource types ministack does not know, conditions on the place, failures with their reasons."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.deployer import Deployer, DeployError
from local.launcher import EmbeddedAws


def test_the_added_types_are_created(embedded: EmbeddedAws) -> None:
    rows = embedded.client("cloudformation").describe_stack_resources(StackName="plumbline")["StackResources"]
    kinds = {row["ResourceType"]: row["PhysicalResourceId"] for row in rows}

    assert kinds["AWS::CloudWatch::CompositeAlarm"] == "plumbline-sick"
    assert kinds["AWS::Events::EventBusPolicy"] == "organization"
    archives = embedded.client("events").list_archives()["Archives"]
    assert [row["ArchiveName"] for row in archives] == [kinds["AWS::Events::Archive"]]


def test_an_alarm_on_metric_math_stands_on_its_first_metric(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    alarms = embedded.client("cloudwatch").describe_alarms(AlarmNames=["plumbline-throttled"])["MetricAlarms"]
    assert [(row["Namespace"], row["MetricName"], row["Statistic"]) for row in alarms] == [
        ("AWS/DynamoDB", "ReadThrottleEvents", "Sum")
    ]
    assert alarms[0]["Dimensions"] == [{"Name": "TableName", "Value": stack["TableName"]}]


def test_a_condition_on_the_region_makes_the_role_once_in_each_account(embedded: EmbeddedAws) -> None:
    made = {
        region: [
            row["LogicalResourceId"]
            for row in embedded.client("cloudformation", "333344445555", region).describe_stack_resources(
                StackName="plumbline-member"
            )["StackResources"]
        ]
        for region in ("eu-west-1", "us-east-1")
    }
    assert {region: sorted(names) for region, names in made.items()} == {
        "eu-west-1": ["Forward", "Reader"],
        "us-east-1": ["Forward"],
    }


@pytest.mark.parametrize(
    ("resource", "complaint"),
    [
        ("{Type: AWS::No::Such}", r"Unrecognized resource types: \[AWS::No::Such\]"),
        (
            "{Type: AWS::Events::Archive, Properties: {}}",
            r"(?s)ROLLBACK_COMPLETE.*Odd \(AWS::Events::Archive\): .*SourceArn",
        ),
        ("{Type: AWS::Serverless::Function, Properties: {CodeUri: gone}}", "there is no .*gone"),
    ],
)
def test_a_failed_resource_is_named_with_its_reason(
    embedded: EmbeddedAws, tmp_path: Path, resource: str, complaint: str
) -> None:
    assert embedded.outputs is not None
    template = tmp_path / "template.yaml"
    template.write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n  Odd: {resource}\n")
    with pytest.raises(DeployError, match=complaint) as refused:
        Deployer(embedded.outputs.endpoint, "111122223333", "eu-west-1").deploy("broken", template, {})
    assert str(refused.value).startswith("broken in 111122223333 eu-west-1: ")


def test_a_second_deployment_without_changes_changes_nothing(embedded: EmbeddedAws, tmp_path: Path) -> None:
    assert embedded.outputs is not None
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n  Q: {Type: AWS::SQS::Queue}\nOutputs:\n  Url: {Value: !Ref Q}\n")
    deployer = Deployer(embedded.outputs.endpoint, "111122223333", "us-east-1")
    assert deployer.deploy("twice", template, {}) == deployer.deploy("twice", template, {})


def test_a_parameter_that_the_template_does_not_have(embedded: EmbeddedAws, tmp_path: Path) -> None:
    assert embedded.outputs is not None
    template = tmp_path / "template.yaml"
    template.write_text("Resources:\n  Q: {Type: AWS::SQS::Queue}\n")
    with pytest.raises(DeployError, match="has no parameters Colour"):
        Deployer(embedded.outputs.endpoint, "111122223333", "eu-west-1").deploy("odd", template, {"Colour": "blue"})
