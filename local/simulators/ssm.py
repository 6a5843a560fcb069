"""The public parameters that AWS publishes: recommended image releases."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError, NotSimulated

PUBLIC_PARAMETERS = "/aws/service/"
_MOST_NAMES = 10


@simulates("ssm", "GetParameters")
def get_parameters(call: Call) -> dict[str, Any]:
    """Public parameters by name, at most ten; a name that does not exist is in InvalidParameters."""
    names = call.params["Names"]
    if len(names) > _MOST_NAMES:
        raise AwsError("ValidationException", f"Member must have length less than or equal to {_MOST_NAMES}")
    if not all(name.startswith(PUBLIC_PARAMETERS) for name in names):
        raise NotSimulated
    known = call.world.catalogue.parameters
    found = [
        {
            "Name": name,
            "Type": "String",
            "Value": known[name],
            "Version": 1,
            "ARN": f"arn:aws:ssm:{call.place.region}::parameter{name}",
            "DataType": "text",
        }
        for name in names
        if name in known
    ]
    return {"Parameters": found, "InvalidParameters": [name for name in names if name not in known]}
