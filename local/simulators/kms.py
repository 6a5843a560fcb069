"""The KMS reads of the evidence plan, for the keys of the example fleet."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError, NotSimulated
from local.simulators.world import Row


def _key(call: Call) -> Row:
    """The key by id or ARN; another account's key is refused, as its policy does not name the reader."""
    name = call.params["KeyId"]
    for (account, region), place in call.world.places.items():
        if region != call.place.region:
            continue
        for arn, key in place.keys.items():
            if name == arn and account != call.place.account and not key["_shared"]:
                message = f"User: {call.caller.arn} is not authorized to perform: kms:{call.operation}"
                raise AwsError("AccessDeniedException", f"{message} on resource: {arn}")
            if name == arn or (name == key["KeyId"] and account == call.place.account):
                return key
    raise NotSimulated


@simulates("kms", "DescribeKey")
def describe_key(call: Call) -> dict[str, Any]:
    """Metadata of a key."""
    return {"KeyMetadata": _key(call)}


@simulates("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call) -> dict[str, Any]:
    """Whether and how often a key rotates."""
    key = _key(call)
    period = key["_rotation_days"]
    if period is None:
        return {"KeyId": key["KeyId"], "KeyRotationEnabled": False}
    return {"KeyId": key["KeyId"], "KeyRotationEnabled": True, "RotationPeriodInDays": period}
