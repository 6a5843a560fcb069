"""Contracts: SDK tasks, retries by name, Distributed Map in JSONata, limits of StartExecution."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from local.launcher import EmbeddedAws


def _run(embedded: EmbeddedAws, machine: str, event: dict[str, Any]) -> dict[str, Any]:
    states = embedded.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(event))["executionArn"]
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        execution: dict[str, Any] = states.describe_execution(executionArn=arn)
        if execution["status"] != "RUNNING":
            return execution
        time.sleep(0.05)
    raise AssertionError("the execution did not end")


@pytest.mark.parametrize(
    ("event", "output"),
    [
        ({"a": 1}, {"a": 1}),
        ({"error": "LeaseLostError"}, "caught LeaseLostError"),
        ({"error": "NotStableError"}, "gave up on NotStableError"),
    ],
)
def test_errors_are_caught_and_retried_by_name(
    embedded: EmbeddedAws, stack: dict[str, str], event: dict[str, Any], output: object
) -> None:
    execution = _run(embedded, stack["PatienceArn"], event)
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", output)


def test_a_distributed_map_reads_selects_batches_and_tolerates(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    rows = [{"kind": "good"}] * 4 + [{"kind": "bad"}]
    embedded.client("s3").put_object(Bucket=stack["ManifestsBucket"], Key="rows.json", Body=json.dumps(rows))
    event = {"cluster": "platform-tools", "bucket": stack["ManifestsBucket"], "key": "rows.json"}

    execution = _run(embedded, stack["FanOutArn"], event)

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"batches": [2, 2], "version": "1.34", "done": True}


def test_more_failures_than_tolerated_fail_the_map(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    rows = [{"kind": "bad"}] * 3 + [{"kind": "good"}]
    embedded.client("s3").put_object(Bucket=stack["ManifestsBucket"], Key="bad.json", Body=json.dumps(rows))
    event = {"cluster": "platform-tools", "bucket": stack["ManifestsBucket"], "key": "bad.json"}

    execution = _run(embedded, stack["FanOutArn"], event)

    assert (execution["status"], execution["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")


def test_an_sdk_task_fails_by_the_name_of_service_and_error(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    execution = _run(embedded, stack["FanOutArn"], {"cluster": "gone"})
    assert json.loads(execution["output"]) == {"unknown": True, "done": True}


def test_a_large_input_is_refused(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    states = embedded.client("stepfunctions")
    with pytest.raises(states.exceptions.InvalidExecutionInput):
        states.start_execution(stateMachineArn=stack["PatienceArn"], input=json.dumps({"a": "x" * 262_144}))


def test_the_same_name_and_input_are_one_execution(embedded: EmbeddedAws, stack: dict[str, str]) -> None:
    states = embedded.client("stepfunctions")
    request = {"stateMachineArn": stack["PatienceArn"], "name": "once", "input": '{"error": "NotStableError"}'}
    first, second = states.start_execution(**request), states.start_execution(**request)
    assert first["executionArn"] == second["executionArn"]


def test_a_machine_times_out(embedded: EmbeddedAws) -> None:
    states = embedded.client("stepfunctions")
    wait = {"Type": "Wait", "Seconds": 30, "End": True}
    definition = json.dumps({"StartAt": "Wait", "TimeoutSeconds": 1, "States": {"Wait": wait}})
    role = "arn:aws:iam::111122223333:role/deploy"
    machine = states.create_state_machine(name="slow", definition=definition, roleArn=role)["stateMachineArn"]

    assert _run(embedded, machine, {})["status"] == "TIMED_OUT"
