"""The CloudTrail record of a call, in the envelope in which EventBridge delivers it.

Source: CloudTrail record contents (event version 1.11) and "AWS API Call via CloudTrail" events.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from local.simulators.calls import Call, Caller
from local.simulators.errors import AwsError
from local.simulators.trail_parameters import request_parameters, response_elements

_READ_ONLY = ("Describe", "List", "Get", "GenerateCredentialReport")
# Services without regions record in one.
_GLOBAL = ("iam", "organizations")
_GLOBAL_REGION = "us-east-1"


def is_recorded(operation: str) -> bool:
    """Whether an operation is a write management event: EventBridge delivers no others by default."""
    return bool(operation) and not operation.startswith(_READ_ONLY)


def cloudtrail_event(call: Call, result: dict[str, Any] | None, failure: AwsError | None) -> dict[str, str]:
    """The PutEvents entry (Source, DetailType, Detail) of one call; `result` is None when it failed."""
    request_id = str(uuid.uuid4())
    detail: dict[str, Any] = {
        "eventVersion": "1.11",
        "userIdentity": user_identity(call.caller),
        "eventTime": call.world.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{call.service}.amazonaws.com",
        "eventName": call.operation,
        "awsRegion": recorded_region(call),
        "sourceIPAddress": call.caller.source_ip,
        "userAgent": call.caller.user_agent,
        "requestParameters": request_parameters(call),
        "responseElements": response_elements(call, result, request_id),
        "requestID": request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": call.place.account,
        "eventCategory": "Management",
    }
    if resources := _resources(call):
        detail["resources"] = resources
    if failure is not None:
        detail.update(errorCode=failure.code, errorMessage=failure.message)
    return {
        "Source": f"aws.{call.service}",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(detail),
    }


def recorded_region(call: Call) -> str:
    """Where the record of a call appears."""
    return _GLOBAL_REGION if call.service in _GLOBAL else call.place.region


def _resources(call: Call) -> list[dict[str, str]]:
    """The resources that KMS adds to a record: the key by its ARN, however it was asked for."""
    if call.service != "kms":
        return []
    asked = call.params.get("KeyId", "")
    for arn, key in call.place.keys.items():
        if asked in (arn, key["KeyId"]):
            return [{"accountId": call.place.account, "type": "AWS::KMS::Key", "ARN": arn}]
    return []


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
