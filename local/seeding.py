"""What the example accounts hold besides the simulated fleet: people who change clusters through a role.

AWS lets no root assume a role, so each account has an IAM user `engineer` who may assume `deploy`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from local import aws
from local.fleet.manifest import Organization

ENGINEER = "engineer"
DEPLOY_ROLE = "deploy"
# What people change that controls judge.
_SERVICES = ("eks", "ec2", "autoscaling", "iam", "kms", "logs", "cloudtrail", "guardduty", "ecr")


class Engineer(BaseModel):
    """The long-lived keys of the IAM user `engineer` of an account."""

    model_config = ConfigDict(frozen=True)

    account: str
    access_key_id: str
    secret_access_key: str


def seed_engineers(endpoint: str, organization: Organization) -> list[Engineer]:
    """In every account: the user, and the role `deploy` that it may assume, with every right on what clusters use."""
    return [
        _seed_engineer(aws.client("iam", endpoint, account.id, organization.hub_region), account.id)
        for account in organization.accounts
    ]


def _seed_engineer(iam: Any, account: str) -> Engineer:
    user = iam.create_user(UserName=ENGINEER)["User"]["Arn"]
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    iam.put_user_policy(UserName=ENGINEER, PolicyName="assume", PolicyDocument=_document(assume))
    trust = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}
    iam.create_role(RoleName=DEPLOY_ROLE, AssumeRolePolicyDocument=_document(trust))
    rights = {"Effect": "Allow", "Action": [f"{service}:*" for service in _SERVICES], "Resource": "*"}
    iam.put_role_policy(RoleName=DEPLOY_ROLE, PolicyName="clusters", PolicyDocument=_document(rights))
    key = iam.create_access_key(UserName=ENGINEER)["AccessKey"]
    return Engineer(account=account, access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])


def _document(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
