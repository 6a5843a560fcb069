"""The IAM reads of the evidence plan, for the principals of the example fleet."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates


@simulates("iam", "GetAccountAuthorizationDetails")
def get_account_authorization_details(call: Call) -> dict[str, Any]:
    """Users, roles and customer policies, those that the filter names."""
    wanted = call.params.get("Filter") or ["User", "Role", "Group", "LocalManagedPolicy"]
    account = call.account
    return {
        "UserDetailList": account.users if "User" in wanted else [],
        "GroupDetailList": [],
        "RoleDetailList": [*account.roles, *account.stack_roles] if "Role" in wanted else [],
        "Policies": account.policies if "LocalManagedPolicy" in wanted else [],
    }


@simulates("iam", "GetAccountSummary")
def get_account_summary(call: Call) -> dict[str, Any]:
    """Counts and quotas of the account."""
    return {"SummaryMap": call.account.summary}


@simulates("iam", "ListOpenIDConnectProviders")
def list_open_id_connect_providers(call: Call) -> dict[str, Any]:
    """The OIDC providers of the account."""
    return {"OpenIDConnectProviderList": call.account.oidc_providers}


@simulates("iam", "ListSAMLProviders")
def list_saml_providers(call: Call) -> dict[str, Any]:
    """The SAML providers of the account."""
    return {"SAMLProviderList": call.account.saml_providers}
