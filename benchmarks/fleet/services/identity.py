"""Identity: who calls, and the roles of an account."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote

from benchmarks.fleet.calls import Answer, Call, Entries, Paging, page
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import node_role_name, role_arn
from benchmarks.fleet.traits import NodeRole, Place

_IAM = Paging("Marker", "MaxItems", 100, 1000, "InvalidInput")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(.+)", re.ASCII)
_COLUMNS = (
    "user",
    "password_last_used",
    "mfa_active",
    *(f"access_key_{key}_{what}" for key in (1, 2) for what in ("active", "last_rotated", "last_used_date")),
)
_TRUST = quote(json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}))


def get_caller_identity(call: Call) -> Answer:
    """`sts:GetCallerIdentity`."""
    account = call.place.account
    return {"UserId": "AROAEXAMPLE:s", "Account": account, "Arn": f"arn:aws:sts::{account}:assumed-role/scanner/s"}


def assume_role(call: Call) -> Answer:
    """`sts:AssumeRole`: credentials whose key id names the account of the role."""
    found = _ROLE.fullmatch(call.parameters.get("RoleArn", ""))
    if found is None:
        raise AwsError("ValidationError", "RoleArn is invalid")
    account, role = found.groups()
    session = call.parameters.get("RoleSessionName", "s")
    return {
        "Credentials": {
            "AccessKeyId": access_key(account),
            "SecretAccessKey": "x" * 40,
            "SessionToken": "session",
            "Expiration": call.world.catalogue.timestamp(2),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"AROAEXAMPLE:{session}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        },
    }


def access_key(account: str) -> str:
    """Return an access key id of an account: the server tells from it who calls."""
    return f"ASIA{account}FLET"


def get_account_authorization_details(call: Call) -> Answer:
    """`iam:GetAccountAuthorizationDetails`: the role of each cluster and of its nodes."""
    found, token = page(call, list(_roles(call)), _IAM)
    roles = [
        {
            "Path": "/",
            "RoleName": name,
            "RoleId": f"AROA{call.world.draws.number('role', name):016X}",
            "Arn": role_arn(call.place.account, name),
            "CreateDate": call.world.catalogue.timestamp(-500),
            "AssumeRolePolicyDocument": _TRUST,
            "AttachedManagedPolicies": [
                {"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/{policy}"} for policy in policies
            ],
            "RolePolicyList": [],
            "InstanceProfileList": [],
            "Tags": [],
        }
        for name, policies in found
    ]
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": roles,
        "Policies": [],
        "IsTruncated": token is not None,
        "Marker": token,
    }


def _roles(call: Call) -> Iterator[tuple[str, list[str]]]:
    for region in call.world.options.regions:
        place = Place(call.place.account, region)
        for number in range(call.world.cluster_count(place)):
            cluster = call.world.cluster(place, number)
            yield f"eks-cluster-{region}-{cluster.name}", ["AmazonEKSClusterPolicy"]
            yield node_role_name(place, cluster.name), sorted({str(NodeRole.MINIMAL), str(cluster.role)})


def get_account_summary(call: Call) -> Answer:
    """`iam:GetAccountSummary`: a root user that is locked away."""
    counts = {
        "Roles": len(list(_roles(call))),
        "RolesQuota": 1_000_000,
        "AccountMFAEnabled": 1,
        "AccountAccessKeysPresent": 0,
        "AccountPasswordPresent": 1,
    }
    # IAM lists a map as its entries.
    return {"SummaryMap": Entries({"key": name, "value": count} for name, count in counts.items())}


def generate_credential_report(_: Call) -> Answer:
    """`iam:GenerateCredentialReport`."""
    return {"State": "COMPLETE"}


def get_credential_report(call: Call) -> Answer:
    """`iam:GetCredentialReport`: the root user alone."""
    row = dict.fromkeys(_COLUMNS, "N/A") | {
        "user": "<root_account>",
        "password_last_used": "no_information",
        "mfa_active": "true",
        "access_key_1_active": "false",
        "access_key_2_active": "false",
    }
    text = f"{','.join(row)}\n{','.join(row.values())}\n"
    return {
        "Content": b64encode(text.encode()).decode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": call.world.catalogue.timestamp(0),
    }


def list_open_id_connect_providers(_: Call) -> Answer:
    """`iam:ListOpenIDConnectProviders`."""
    return {"OpenIDConnectProviderList": []}


def list_saml_providers(_: Call) -> Answer:
    """`iam:ListSAMLProviders`."""
    return {"SAMLProviderList": []}


def describe_organization(call: Call) -> Answer:
    """`organizations:DescribeOrganization`."""
    return {"Organization": {"Id": "o-fleet", "FeatureSet": "ALL", "MasterAccountId": call.world.accounts[0]}}
