"""Evidence plan D.1: the facts of an account."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from plumbline.adapters.aws.calls import Api, Call
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import joined

_AUTHORIZATION = Call("iam", "get_account_authorization_details", page_size=1000)
_SUMMARY = Call("iam", "get_account_summary", "SummaryMap")
_OIDC_PROVIDERS = Call("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")


class _Page(msgspec.Struct, rename="pascal"):
    """A page of GetAccountAuthorizationDetails."""

    role_detail_list: tuple[aws.Role, ...]
    policies: tuple[aws.ManagedPolicy, ...] = ()


class _Provider(msgspec.Struct):
    arn: str = msgspec.field(name="Arn")


def _authorization(api: Api) -> Section[aws.Authorization]:
    pages = api.listing(_AUTHORIZATION, _Page, Filter=["User", "Role", "LocalManagedPolicy"])
    return joined(
        lambda read: aws.Authorization(
            roles=tuple(role for page in read for role in page.role_detail_list),
            policies=tuple(policy for page in read for policy in page.policies),
        ),
        pages,
    )


def _summary(api: Api) -> Section[aws.AccountSummary]:
    return api.one(_SUMMARY, aws.AccountSummary)


def _oidc_providers(api: Api) -> Section[tuple[str, ...]]:
    return joined(lambda read: tuple(one.arn for one in read), api.listing(_OIDC_PROVIDERS, _Provider))


ACCOUNT_READERS: Mapping[str, Callable[[Api], Section[Any]]] = {
    "authorization": _authorization,
    "summary": _summary,
    "oidc_providers": _oidc_providers,
}
