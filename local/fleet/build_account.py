"""The IAM principals of an account: people, cluster roles and node roles."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from urllib.parse import quote

from local.fleet.cluster_manifest import Cluster
from local.fleet.manifest import Account as AccountManifest
from local.simulators.world import Account, Row, identifier


def build_account(manifest: AccountManifest, clusters: Iterable[Cluster], now: dt.datetime) -> Account:
    """The global facts of an account with these clusters."""
    roles = [_role(manifest.id, "deploy", "ec2.amazonaws.com", ("PowerUserAccess",), now)]
    for cluster in clusters:
        roles.append(
            _role(manifest.id, f"{cluster.name}-cluster", "eks.amazonaws.com", ("AmazonEKSClusterPolicy",), now)
        )
        roles.append(_role(manifest.id, f"{cluster.name}-node", "ec2.amazonaws.com", cluster.node_policies, now))
    return Account(
        id=manifest.id,
        users=[_user(manifest.id, "break-glass", now)],
        roles=roles,
        summary={
            "Roles": manifest.roles_in_use,
            "RolesQuota": manifest.roles_quota,
            "Users": 1,
            "UsersQuota": 5000,
            "AccountMFAEnabled": 1,
            "AccountAccessKeysPresent": 0,
        },
        oidc_providers=[
            {"Arn": f"arn:aws:iam::{manifest.id}:oidc-provider/oidc.eks.amazonaws.com/id/{number:032X}"}
            for number in range(manifest.oidc_providers)
        ],
        denied_actions=manifest.denied_actions,
    )


def _role(account: str, name: str, service: str, policies: Iterable[str], now: dt.datetime) -> Row:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Path": "/",
        "RoleName": name,
        "RoleId": identifier("AROA", account, name).replace("-", "").upper(),
        "Arn": f"arn:aws:iam::{account}:role/{name}",
        "CreateDate": now - dt.timedelta(days=400),
        "AssumeRolePolicyDocument": quote(json.dumps({"Version": "2012-10-17", "Statement": [statement]})),
        "InstanceProfileList": [],
        "RolePolicyList": [],
        "AttachedManagedPolicies": [
            {"PolicyName": policy, "PolicyArn": f"arn:aws:iam::aws:policy/{policy}"} for policy in policies
        ],
        "Tags": [],
    }


def _user(account: str, name: str, now: dt.datetime) -> Row:
    return {
        "Path": "/",
        "UserName": name,
        "UserId": identifier("AIDA", account, name).replace("-", "").upper(),
        "Arn": f"arn:aws:iam::{account}:user/{name}",
        "CreateDate": now - dt.timedelta(days=800),
        "UserPolicyList": [],
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }
