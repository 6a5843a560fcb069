"""Evidence plan D.1: the facts of an account."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.credential_report import read_credential_report
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import joined

# AWS's own managed policies are judged by name: their documents, a hundred times as much text, are not asked for.
_PRINCIPALS = ["User", "Role", "LocalManagedPolicy"]


class _Arn(msgspec.Struct):
    arn: str = msgspec.field(name="Arn")


class _Page(msgspec.Struct, rename="pascal"):
    """A page of GetAccountAuthorizationDetails."""

    role_detail_list: tuple[aws.Role, ...]
    policies: tuple[aws.ManagedPolicy, ...] = ()
    user_detail_list: tuple[_Arn, ...] = ()


class _Organization(msgspec.Struct):
    id: str = msgspec.field(name="Id")


def _authorization(api: Api) -> Section[aws.Authorization]:
    pages = api.listing(plan.AUTHORIZATION, _Page, Filter=_PRINCIPALS)
    return joined(
        lambda read: aws.Authorization(
            roles=tuple(role for page in read for role in page.role_detail_list),
            policies=tuple(policy for page in read for policy in page.policies),
            users=tuple(user.arn for page in read for user in page.user_detail_list),
        ),
        pages,
    )


def _arns(call: plan.Call) -> Callable[[Api], Section[tuple[str, ...]]]:
    return lambda api: joined(lambda read: tuple(one.arn for one in read), api.listing(call, _Arn))


def _organization(api: Api) -> Section[str]:
    # An account in no organization is an answer, not a refusal.
    return joined(lambda found: found.id, api.optional(plan.ORGANIZATION, _Organization, _Organization("")))


ACCOUNT_READERS: Mapping[str, Callable[[Api], Section[Any]]] = {
    "authorization": _authorization,
    "summary": lambda api: api.one(plan.SUMMARY, aws.AccountSummary),
    "credential_report": read_credential_report,
    "oidc_providers": _arns(plan.OIDC_PROVIDERS),
    "saml_providers": _arns(plan.SAML_PROVIDERS),
    "organization": _organization,
}
