"""The IAM facts of an account: who there is, how the root user stands, what may sign in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from local.fleet.build_roles import Roles
from local.fleet.cluster_manifest import Cluster
from local.fleet.manifest import Account as AccountManifest
from local.fleet.manifest import Root, User
from local.fleet.names import issuer, provider_arn
from local.simulators.world import Account, Row, identifier

# Quotas of IAM, which are the same for every account of the fleet.
_QUOTAS = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GlobalEndpointTokenVersion": 1,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "PolicyVersionsInUseQuota": 10000,
    "RolePolicySizeQuota": 10240,
    "ServerCertificatesQuota": 20,
    "SigningCertificatesPerUserQuota": 2,
    "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": 5,
}


def build_account(manifest: AccountManifest, clusters: Sequence[Cluster], now: dt.datetime) -> Account:
    """The global facts of an account with these clusters."""
    made = Roles(manifest.id, now)
    roles = {row["RoleName"]: row for cluster in clusters for row in made.of_cluster(cluster)}
    roles |= {name: made.of_person(name) for name in manifest.roles}
    users = [_user(manifest.id, user, now) for user in manifest.users]
    return Account(
        id=manifest.id,
        users=users,
        roles=list(roles.values()),
        stack_roles=[made.of_reader()],
        summary=_summary(manifest),
        oidc_providers=[{"Arn": arn} for arn in _oidc_providers(manifest, clusters)],
        saml_providers=[
            {"Arn": f"arn:aws:iam::{manifest.id}:saml-provider/{name}", "CreateDate": now - dt.timedelta(days=700)}
            for name in manifest.saml_providers
        ],
        credentials=[
            _root_credentials(manifest, now),
            *(_credentials(row, user, now) for row, user in zip(users, manifest.users, strict=True)),
        ],
        denied_actions=manifest.denied_actions,
    )


def _summary(manifest: AccountManifest) -> dict[str, int]:
    root, users = manifest.root, manifest.users
    return {
        **_QUOTAS,
        "AccountAccessKeysPresent": int(root.key_age is not None),
        "AccountMFAEnabled": int(root.mfa),
        "AccountPasswordPresent": int(root.password),
        "AccountSigningCertificatesPresent": 0,
        "Groups": 0,
        "InstanceProfiles": 12,
        "MFADevices": len(users),
        "MFADevicesInUse": sum(user.mfa for user in users) + root.mfa,
        "Policies": 0,
        "PolicyVersionsInUse": 0,
        "Providers": manifest.oidc_providers + len(manifest.saml_providers),
        "Roles": manifest.roles_in_use,
        "RolesQuota": manifest.roles_quota,
        "ServerCertificates": 0,
        "Users": len(users),
    }


def _oidc_providers(manifest: AccountManifest, clusters: Iterable[Cluster]) -> list[str]:
    """Those of the clusters, then others up to the number that the account has."""
    own = [issuer(manifest.id, one.region, one.name) for one in clusters if one.oidc_provider]
    others = range(manifest.oidc_providers - len(own))
    gone = [f"oidc.eks.eu-west-1.amazonaws.com/id/{number:032X}" for number in others]
    return [provider_arn(manifest.id, one) for one in (*own, *gone)]


def _user(account: str, user: User, now: dt.datetime) -> Row:
    return {
        "Path": "/",
        "UserName": user.name,
        "UserId": identifier("AIDA", account, user.name).replace("-", "").upper(),
        "Arn": f"arn:aws:iam::{account}:user/{user.name}",
        "CreateDate": now - dt.timedelta(days=800),
        "UserPolicyList": [],
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def _root_credentials(manifest: AccountManifest, now: dt.datetime) -> Row:
    root = manifest.root
    return {
        **_row("<root_account>", f"arn:aws:iam::{manifest.id}:root", root, now),
        "password_enabled": "not_supported",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
    }


def _credentials(row: Row, user: User, now: dt.datetime) -> Row:
    return {**_row(user.name, row["Arn"], user, now), "password_enabled": _flag(user.password)}


def _row(name: str, arn: str, who: Root | User, now: dt.datetime) -> Row:
    """What a row of the credential report says of anybody; columns that are not named are `N/A`."""
    has_key = who.key_age is not None
    return {
        "user": name,
        "arn": arn,
        "user_creation_time": _days_ago(800, now),
        "password_last_used": _days_ago(who.password_used, now) if who.password else "N/A",
        "mfa_active": _flag(who.mfa),
        "access_key_1_active": _flag(has_key and who.key_active),
        "access_key_1_last_rotated": _days_ago(who.key_age, now) if has_key else "N/A",
        "access_key_1_last_used_date": _days_ago(who.key_used, now) if who.key_used is not None else "N/A",
        "access_key_2_active": "false",
        "cert_1_active": "false",
        "cert_2_active": "false",
    }


def _flag(value: bool) -> str:  # noqa: FBT001
    return "true" if value else "false"


def _days_ago(days: int | None, now: dt.datetime) -> str:
    """A time as the report writes it; for a password that was never used it has no information."""
    return "no_information" if days is None else f"{now - dt.timedelta(days=days):%Y-%m-%dT%H:%M:%S+00:00}"
