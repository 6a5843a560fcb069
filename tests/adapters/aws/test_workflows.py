import json
import logging
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from plumbline.adapters.aws.workflows import Workflows
from plumbline.domain.errors import StoreError
from plumbline.domain.subject import Subject

SUBJECT = Subject("222233334444", "eu-west-1", "payments-prod")
MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.fixture
def arn() -> Iterator[str]:
    with mock_aws():
        role = "arn:aws:iam::111122223333:role/example"
        states = boto3.client("stepfunctions", region_name="eu-west-1")
        made = states.create_state_machine(name="assess", definition=json.dumps(MACHINE), roleArn=role)
        yield made["stateMachineArn"]


def test_a_workflow_is_started_under_its_owner_s_name(arn: str) -> None:
    states = boto3.client("stepfunctions", region_name="eu-west-1")
    Workflows(states, arn).start(SUBJECT, "payments-prod-1")
    assert [one["name"] for one in states.list_executions(stateMachineArn=arn)["executions"]] == ["payments-prod-1"]


def test_one_that_has_ended_is_not_started_again(arn: str, caplog: pytest.LogCaptureFixture) -> None:
    states = boto3.client("stepfunctions", region_name="eu-west-1")
    workflows = Workflows(states, arn)
    workflows.start(SUBJECT, "payments-prod-1")
    (running,) = states.list_executions(stateMachineArn=arn)["executions"]
    states.stop_execution(executionArn=running["executionArn"])
    with caplog.at_level(logging.WARNING):
        workflows.start(SUBJECT, "payments-prod-1")
    assert "payments-prod-1 has ended already" in caplog.text


def test_a_refusal_is_to_be_tried_again(arn: str) -> None:
    states = boto3.client("stepfunctions", region_name="eu-west-1")
    with pytest.raises(StoreError, match="starting the workflow payments-prod-1"):
        Workflows(states, f"{arn}-gone").start(SUBJECT, "payments-prod-1")
