"""Role policies: which of the policies on a role grant far too much, and which could not be read."""

from typing import Any

from plumbline.domain.arn import account_of, last_part
from plumbline.domain.evidence.account import AttachedPolicy, ManagedPolicy, Role
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.iam_policy import broad_grants

# AWS's own policies are judged by name: their documents are not in the listing of an account.
BROAD_POLICIES = frozenset({"AdministratorAccess", "PowerUserAccess", "IAMFullAccess"})


def attached_names(role: Role) -> list[str]:
    """Return the names of the managed policies on a role, sorted."""
    return sorted({last_part(policy.policy_arn) for policy in role.attached_managed_policies})


def inline_names(role: Role) -> list[str]:
    """Return the names of a role's inline policies, sorted."""
    return sorted({policy.policy_name for policy in role.role_policy_list})


def broad_policies(role: Role, iam: IamCatalogue) -> list[str]:
    """Return the names of the policies that grant everything or a whole service on all resources, sorted."""
    inline = {policy.policy_name for policy in role.role_policy_list if broad_grants(policy.policy_document)}
    attached = {last_part(p.policy_arn) for p in role.attached_managed_policies if _is_broad(p, iam)}
    return sorted(inline | attached)


def unread_policies(role: Role, iam: IamCatalogue) -> list[str]:
    """Return the ARNs of the customer's policies on a role whose document the listing of the account lacks."""
    return sorted(policy.policy_arn for policy in role.attached_managed_policies if _is_unread(policy, iam))


def is_of_aws(attached: AttachedPolicy) -> bool:
    """Whether AWS keeps the policy."""
    return account_of(attached.policy_arn) in ("aws", "")


def _is_broad(attached: AttachedPolicy, iam: IamCatalogue) -> bool:
    if is_of_aws(attached):
        name = last_part(attached.policy_arn)
        return name in BROAD_POLICIES or name.endswith("FullAccess")
    policy = iam.policy(attached.policy_arn)
    return policy is not None and any(broad_grants(document) for document in _default_documents(policy))


def _is_unread(attached: AttachedPolicy, iam: IamCatalogue) -> bool:
    if is_of_aws(attached):
        return False
    policy = iam.policy(attached.policy_arn)
    return policy is None or not _default_documents(policy)


def _default_documents(policy: ManagedPolicy) -> list[dict[str, Any]]:
    return [version.document for version in policy.policy_version_list if version.is_default_version]
