"""Changes of the roles, users and OIDC providers of the example fleet; others are left to the emulator."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError, NotSimulated
from local.simulators.world import Row


def _role(call: Call) -> Row:
    """The role that a call names; Plumbline's own roles are the emulator's."""
    for row in call.account.roles:
        if row["RoleName"] == call.params["RoleName"]:
            return row
    raise NotSimulated


@simulates("iam", "AttachRolePolicy")
def attach_role_policy(call: Call) -> dict[str, Any]:
    """Attaches a managed policy; one that is attached stays so."""
    attached, arn = _role(call)["AttachedManagedPolicies"], call.params["PolicyArn"]
    if arn not in [row["PolicyArn"] for row in attached]:
        attached.append({"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn})
    return {}


@simulates("iam", "DetachRolePolicy")
def detach_role_policy(call: Call) -> dict[str, Any]:
    """Detaches a managed policy."""
    attached, arn = _role(call)["AttachedManagedPolicies"], call.params["PolicyArn"]
    left = [row for row in attached if row["PolicyArn"] != arn]
    if len(left) == len(attached):
        raise AwsError("NoSuchEntity", f"Policy {arn} was not found.")
    attached[:] = left
    return {}


@simulates("iam", "UpdateAssumeRolePolicy")
def update_assume_role_policy(call: Call) -> dict[str, Any]:
    """Another trust policy."""
    role, text = _role(call), call.params["PolicyDocument"]
    try:
        json.loads(text)
    except ValueError as error:
        raise AwsError("MalformedPolicyDocument", "This policy contains invalid Json") from error
    role["AssumeRolePolicyDocument"] = quote(text)
    return {}


@simulates("iam", "DeleteRole")
def delete_role(call: Call) -> dict[str, Any]:
    """Takes a role away that has no policies any more."""
    role = _role(call)
    if role["AttachedManagedPolicies"] or role["RolePolicyList"]:
        raise AwsError("DeleteConflict", "Cannot delete entity, must detach all policies first.")
    call.account.roles.remove(role)
    return {}


@simulates("iam", "DeleteUser")
def delete_user(call: Call) -> dict[str, Any]:
    """Takes a user away."""
    for row in call.account.users:
        if row["UserName"] == call.params["UserName"]:
            call.account.users.remove(row)
            call.account.credentials = [one for one in call.account.credentials if one["arn"] != row["Arn"]]
            return {}
    raise NotSimulated


@simulates("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """A provider for the URL of an issuer; there is one for each URL."""
    url = urlsplit(call.params["Url"])
    if url.scheme != "https":
        raise AwsError("InvalidInput", "Invalid Open ID Connect Provider URL")
    arn = f"arn:aws:iam::{call.place.account}:oidc-provider/{url.netloc}{url.path}"
    if arn in [row["Arn"] for row in call.account.oidc_providers]:
        raise AwsError("EntityAlreadyExists", f"Provider with url {call.params['Url']} already exists.")
    call.account.oidc_providers.append({"Arn": arn})
    return {"OpenIDConnectProviderArn": arn}


@simulates("iam", "DeleteOpenIDConnectProvider")
def delete_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """Takes a provider away; that there is none is no error."""
    arn = call.params["OpenIDConnectProviderArn"]
    call.account.oidc_providers = [row for row in call.account.oidc_providers if row["Arn"] != arn]
    return {}
