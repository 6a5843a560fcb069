"""The keys of the example fleet: the KMS reads of the evidence plan, and changes of their state and rotation."""

from __future__ import annotations

import datetime as dt
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


def _own_key(call: Call, *states: str) -> Row:
    """The key to change, which must be in one of these states."""
    key = _key(call)
    if states and key["KeyState"] not in states:
        message = f"{key['Arn']} is {key['KeyState']}."
        raise AwsError("DisabledException" if key["KeyState"] == "Disabled" else "KMSInvalidStateException", message)
    return key


@simulates("kms", "DisableKey", "EnableKey")
def switch_key(call: Call) -> dict[str, Any]:
    """Disables or enables a key that is not about to be deleted."""
    key, state = _own_key(call, "Enabled", "Disabled"), call.operation.removesuffix("Key") + "d"
    key.update(KeyState=state, Enabled=state == "Enabled")
    return {}


@simulates("kms", "ScheduleKeyDeletion")
def schedule_key_deletion(call: Call) -> dict[str, Any]:
    """Marks a key for deletion after 7 to 30 days."""
    key, days = _own_key(call, "Enabled", "Disabled"), call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        raise AwsError("ValidationException", "The waiting period must be between 7 and 30 days")
    key.update(KeyState="PendingDeletion", Enabled=False, DeletionDate=call.world.clock() + dt.timedelta(days=days))
    return {
        "KeyId": key["Arn"],
        "DeletionDate": key["DeletionDate"],
        "KeyState": "PendingDeletion",
        "PendingWindowInDays": days,
    }


@simulates("kms", "CancelKeyDeletion")
def cancel_key_deletion(call: Call) -> dict[str, Any]:
    """Keeps a key, which is disabled from now on."""
    key = _own_key(call, "PendingDeletion")
    key.update(KeyState="Disabled", Enabled=False, DeletionDate=None)
    return {"KeyId": key["Arn"]}


@simulates("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call) -> dict[str, Any]:
    """Rotates a key every so many days, by default every year."""
    _own_key(call, "Enabled")["_rotation_days"] = call.params.get("RotationPeriodInDays", 365)
    return {}


@simulates("kms", "DisableKeyRotation")
def disable_key_rotation(call: Call) -> dict[str, Any]:
    """Rotates a key no more."""
    _own_key(call, "Enabled")["_rotation_days"] = None
    return {}
