"""The service quotas of EKS."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError


@simulates("servicequotas", "ListServiceQuotas")
def list_service_quotas(call: Call) -> dict[str, Any]:
    """The applied quotas of EKS in the account and region."""
    if call.params["ServiceCode"] != "eks":
        raise AwsError("NoSuchResourceException", f"No quotas for {call.params['ServiceCode']}")
    return {"Quotas": call.place.quotas}
