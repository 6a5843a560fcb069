"""Step Functions: `aws-sdk` tasks of any service that botocore knows, and Output of Succeed states."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.adapters.internals import require
from local.adapters.sdk import call


def install() -> None:
    """Patches the SDK integration and the input of terminal states."""
    machines = require(
        "services.stepfunctions",
        "_invoke_aws_sdk_integration",
        "_apply_input_path",
        "_apply_jsonata_output",
        "_ExecutionError",
    )
    scope = require("core.responses", "get_account_id", "get_region")

    def invoke(resource: str, data: dict[str, Any]) -> dict[str, Any]:
        service, operation = resource.removesuffix(".waitForTaskToken").split(":")[6:8]
        try:
            return call(service, operation, data, scope.get_account_id(), scope.get_region())
        except ClientError as error:
            raise machines._ExecutionError(*_as_states_says(service, error)) from error
        except (BotoCoreError, AttributeError, KeyError) as error:
            raise machines._ExecutionError("States.Runtime", str(error)) from error

    machines._invoke_aws_sdk_integration = invoke
    input_path = machines._apply_input_path

    def input_or_output(state: dict[str, Any], data: Any, context: Any = None) -> Any:
        if state.get("Type") == "Succeed" and "Output" in state:
            return machines._apply_jsonata_output(state, data, context, default=data)
        return input_path(state, data, context)

    machines._apply_input_path = input_or_output


def _as_states_says(service: str, error: ClientError) -> tuple[str, str]:
    """(Error, Cause) such as `Eks.ResourceNotFoundException`."""
    code = error.response["Error"].get("Code", "SdkException")
    name = code if code.endswith("Exception") else f"{code}Exception"
    status = error.response["ResponseMetadata"].get("HTTPStatusCode")
    message = error.response["Error"].get("Message")
    return f"{service[0].upper()}{service[1:]}.{name}", f"{message} (Service: {service}, Status Code: {status})"
