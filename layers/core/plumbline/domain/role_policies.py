"""Role policies: which of the policies on a role grant far too much, and which could not be read."""

from typing import Any

from plumbline.domain.arn import account_of, last_part
from plumbline.domain.evidence.account import AttachedPolicy, ManagedPolicy, Role
from plumbline.domain.facts import IamCatalogue
from plumbline.domain.iam_policy import broad_grants, names_namespace

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


def broad_services(role: Role, iam: IamCatalogue) -> dict[str, tuple[str, ...]]:
    """Return what each policy of a role grants without condition on all resources, by the policy's name.

    `*`, `iam:*` and the like; of AWS's own broad policies, which are judged by name, the name itself.
    """
    found = {one.policy_name: broad_grants(one.policy_document, conditional=False) for one in role.role_policy_list}
    for attached in role.attached_managed_policies:
        name = last_part(attached.policy_arn)
        if is_of_aws(attached):
            found[name] = (name,) if _is_broad(attached, iam) else ()
        else:
            grants = {
                one for document in _documents(attached, iam) for one in broad_grants(document, conditional=False)
            }
            found[name] = tuple(sorted(grants))
    return {name: grants for name, grants in sorted(found.items()) if grants}


def tests_namespace(role: Role, iam: IamCatalogue) -> bool:
    """Whether a policy of a role makes its grants depend on the namespace that Pod Identity tells."""
    inline = [policy.policy_document for policy in role.role_policy_list]
    managed = [document for one in role.attached_managed_policies for document in _documents(one, iam)]
    return any(names_namespace(document) for document in (*inline, *managed))


def _documents(attached: AttachedPolicy, iam: IamCatalogue) -> list[dict[str, Any]]:
    policy = iam.policy(attached.policy_arn)
    return _default_documents(policy) if policy else []


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
