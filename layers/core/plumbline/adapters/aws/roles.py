"""Roles one by one, where an account refuses to list them all: 3 calls for each, and more for its own policies."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.domain.arn import account_of
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.need import joined

T = TypeVar("T")

# The account of policies that AWS manages: they are judged by name.
_AWS = "aws"


class _Policy(msgspec.Struct, rename="pascal"):
    default_version_id: str


def read_role(api: Api, arn: str) -> Section[aws.NamedRole]:
    """Read a role by its ARN, with its inline policies and the customer-managed ones attached to it."""
    home, name = api.home(), arn.rpartition("/")[2]
    role = home.one(plan.ROLE, aws.Role, RoleName=name)
    attached = home.listing(plan.ATTACHED_POLICIES, aws.AttachedPolicy, RoleName=name)
    inline = home.listing(plan.INLINE_POLICIES, str, RoleName=name)
    documents = _each(
        inline, lambda policy: home.one(plan.INLINE_POLICY, aws.InlinePolicy, RoleName=name, PolicyName=policy)
    )
    managed = _each(_customer_managed(attached), lambda policy: _managed(home, policy))
    return joined(_named_role, role, attached, documents, managed)


def _named_role(
    role: aws.Role,
    attached: tuple[aws.AttachedPolicy, ...],
    inline: tuple[aws.InlinePolicy, ...],
    managed: tuple[aws.ManagedPolicy, ...],
) -> aws.NamedRole:
    whole = msgspec.structs.replace(role, attached_managed_policies=attached, role_policy_list=inline)
    return aws.NamedRole(role=whole, policies=managed)


def _customer_managed(attached: Section[tuple[aws.AttachedPolicy, ...]]) -> Section[tuple[str, ...]]:
    return joined(
        lambda found: tuple(policy.policy_arn for policy in found if account_of(policy.policy_arn) != _AWS), attached
    )


def _managed(api: Api, arn: str) -> Section[aws.ManagedPolicy]:
    policy = api.one(plan.POLICY, _Policy, PolicyArn=arn)
    if isinstance(policy, NotCollected):
        return policy
    version = api.one(plan.POLICY_VERSION, aws.PolicyVersion, PolicyArn=arn, VersionId=policy.value.default_version_id)
    return joined(lambda found: aws.ManagedPolicy(arn=arn, policy_version_list=(found,)), version)


def _each(names: Section[tuple[str, ...]], read: Callable[[str], Section[T]]) -> Section[tuple[T, ...]]:
    """Read each of the names; the first that is refused stands for all."""
    if isinstance(names, NotCollected):
        return names
    found: list[T] = []
    for name in names.value:
        section = read(name)
        if isinstance(section, NotCollected):
            return section
        found.append(section.value)
    return Collected(tuple(found), names.at)
