"""Contract: schedules fire promptly, with context attributes, at templated and universal targets."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from local.launcher import EmbeddedAws
from tests.local.conftest import Receive


def _schedule(embedded: EmbeddedAws, name: str, target: dict[str, Any]) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    embedded.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={"RoleArn": "arn:aws:iam::111122223333:role/scheduler", **target},
    )


def test_a_schedule_sends_its_input_with_the_context(
    embedded: EmbeddedAws, stack: dict[str, str], receive: Receive
) -> None:
    queue = embedded.client("sqs").create_queue(QueueName="scheduled")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:111122223333:scheduled"
    _schedule(embedded, "to-queue", {"Arn": arn, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'})

    [message] = receive(queue, 1)

    assert dt.datetime.fromisoformat(json.loads(message["Body"])["at"]).tzinfo == dt.UTC


@pytest.mark.parametrize("universal", [True, False])
def test_a_schedule_starts_an_execution(embedded: EmbeddedAws, stack: dict[str, str], universal: bool) -> None:
    machine = stack["PatienceArn"]
    request = {"StateMachineArn": machine, "Input": '{"by": "schedule"}'}
    sdk = {"Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution", "Input": json.dumps(request)}
    before = _executions(embedded, machine)
    _schedule(embedded, f"machine-{universal}", sdk if universal else {"Arn": machine, "Input": '{"by": "schedule"}'})

    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=8)
    while _executions(embedded, machine) == before and dt.datetime.now(dt.UTC) < deadline:
        continue
    assert len(_executions(embedded, machine) - before) == 1


def _executions(embedded: EmbeddedAws, machine: str) -> set[str]:
    listed = embedded.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    return {row["executionArn"] for row in listed}
