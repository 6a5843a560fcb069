"""The organization of the example fleet, as its management account sees it."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError


@simulates("organizations", "DescribeOrganization")
def describe_organization(call: Call) -> dict[str, Any]:
    """The organization, for any account in it."""
    if call.place.account not in [row["Id"] for row in call.world.members]:
        message = "Your account is not a member of an organization."
        raise AwsError("AWSOrganizationsNotInUseException", message)
    return {"Organization": call.world.organization}


@simulates("organizations", "ListAccounts")
def list_accounts(call: Call) -> dict[str, Any]:
    """The accounts, for the management account only."""
    if call.place.account != call.world.organization.get("MasterAccountId"):
        message = "You don't have permissions to access this resource."
        raise AwsError("AccessDeniedException", message)
    return {"Accounts": call.world.members}
