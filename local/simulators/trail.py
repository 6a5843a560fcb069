"""The CloudTrail record of a call, in the envelope in which EventBridge delivers it.

Source: CloudTrail record contents (event version 1.11) and "AWS API Call via CloudTrail" events.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from local.simulators.calls import Call, Caller
from local.simulators.errors import AwsError
from local.simulators.models import service_model
from local.simulators.responses import to_json

_READ_ONLY = ("Describe", "List", "Get")


def is_recorded(operation: str) -> bool:
    """Whether an operation is a write management event: EventBridge delivers no others by default."""
    return bool(operation) and not operation.startswith(_READ_ONLY)


def cloudtrail_event(call: Call, result: dict[str, Any] | None, failure: AwsError | None) -> dict[str, str]:
    """The PutEvents entry (Source, DetailType, Detail) of one call; `result` is None when it failed."""
    model = service_model(call.service).operation_model(call.operation)
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": user_identity(call.caller),
        "eventTime": call.world.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": call.place.region,
        "sourceIPAddress": call.caller.source_ip,
        "userAgent": call.caller.user_agent,
        "requestParameters": to_json(model.input_shape, call.params) if model.input_shape else None,
        "responseElements": to_json(model.output_shape, result) if model.output_shape and result else None,
        "requestID": str(uuid.uuid4()),
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.place.account,
        "eventCategory": "Management",
    }
    if failure is not None:
        detail.update(errorCode=failure.code, errorMessage=failure.message)
    return {
        "Source": f"aws.{call.service}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(detail),
    }


def user_identity(caller: Caller) -> dict[str, Any]:
    """The `userIdentity` of a caller: an assumed role, an IAM user or the root."""
    common = {"arn": caller.arn, "accountId": caller.account, "accessKeyId": caller.access_key_id}
    kind, _, rest = caller.arn.split(":", 5)[5].partition("/")
    if kind == "assumed-role":
        role = rest.split("/")[0]
        issuer = {
            "type": "Role",
            "principalId": "AROAEXAMPLE",
            "arn": f"arn:aws:iam::{caller.account}:role/{role}",
            "accountId": caller.account,
            "userName": role,
        }
        session = {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}
        return {"type": "AssumedRole", "principalId": f"AROAEXAMPLE:{rest}", **common, "sessionContext": session}
    if kind == "user":
        return {"type": "IAMUser", "principalId": "AIDAEXAMPLE", **common, "userName": rest.split("/")[-1]}
    return {"type": "Root", "principalId": caller.account, **common}
