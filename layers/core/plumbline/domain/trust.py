"""Trust policies: who may take a role, and on which conditions."""

import re
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any

import msgspec

from plumbline.domain.arn import account_of
from plumbline.domain.iam_policy import allowing, covers, texts

POD_IDENTITY = "pods.eks.amazonaws.com"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
ASSUME_ROLE = "sts:AssumeRole"
SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn"})

_EKS_PROVIDER = re.compile(r":oidc-provider/(oidc[.-]eks\.[a-z0-9.-]+/id/[0-9A-Za-z]+)$")
_SUBJECT = "system:serviceaccount:"
_WILDCARD = re.compile(r"[*?]")
# How a condition narrows: only the operators that ask for a value; `StringNotEquals` and `Null` do not pin anything.
_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
_PATTERN = frozenset({"stringlike", "arnlike", "arnequals"})
_SET_PREFIXES = ("forallvalues:", "foranyvalue:")


class Width(IntEnum):
    """How many service accounts a trust admits, from the narrowest."""

    ONE = 0
    ANY_NAME = 1
    ANY_NAMESPACE = 2
    UNLIMITED = 3


class WebIdentityTrust(msgspec.Struct, frozen=True, order=True):
    """A statement that lets tokens of a cluster take the role."""

    provider: str
    width: Width
    has_audience: bool
    subjects: tuple[str, ...] = ()


def web_identity_trusts(document: Mapping[str, Any]) -> tuple[WebIdentityTrust, ...]:
    """Return the statements that admit tokens of EKS clusters' OIDC providers, sorted.

    Args:
        document: the decoded trust policy.

    """
    found = set()
    for statement in allowing(document):
        if covers(statement, WEB_IDENTITY):
            for provider in _providers(statement):
                found.add(_trust(statement, provider))
    return tuple(sorted(found))


def pod_identity_statements(document: Mapping[str, Any]) -> tuple[bool, ...]:
    """Return, for each statement that admits EKS Pod Identity, whether it names the source account or cluster."""
    return tuple(
        bool(SOURCE_KEYS & pinned_keys(statement))
        for statement in allowing(document)
        if covers(statement, ASSUME_ROLE) and POD_IDENTITY in principals(statement)
    )


def pinned_keys(statement: Mapping[str, Any]) -> frozenset[str]:
    """Return the condition keys, in lower case, that the statement wants a value of."""
    return frozenset(key for key, _, _ in _conditions(statement))


def principals(statement: Mapping[str, Any]) -> frozenset[str]:
    """Return everybody a statement names: services, accounts, roles, providers, or `*`."""
    named = statement.get("Principal")
    if isinstance(named, Mapping):
        return frozenset(text for members in named.values() for text in texts(members))
    if "NotPrincipal" in statement:
        return frozenset({"NotPrincipal"})
    return frozenset(texts(named))


def foreign_accounts(statement: Mapping[str, Any], own: str) -> frozenset[str]:
    """Return the other accounts whose principals a statement names."""
    named = (name if name.isdigit() else account_of(name) for name in principals(statement))
    return frozenset(account for account in named if account and account != own)


def _providers(statement: Mapping[str, Any]) -> Iterator[str]:
    for name in principals(statement):
        if found := _EKS_PROVIDER.search(name):
            yield found[1]


def _trust(statement: Mapping[str, Any], provider: str) -> WebIdentityTrust:
    subject, audience = f"{provider}:sub".lower(), f"{provider}:aud".lower()
    # Conditions hold together, so the narrowest decides; the values of one are alternatives, so the widest does.
    widths = [Width.UNLIMITED]
    subjects: set[str] = set()
    for key, values, exact in _conditions(statement):
        if key == subject:
            widths.append(max((Width.ONE if exact else _width(value) for value in values), default=Width.ONE))
            subjects |= set(values)
    return WebIdentityTrust(provider, min(widths), audience in pinned_keys(statement), tuple(sorted(subjects)))


def _width(pattern: str) -> Width:
    """Return how many service accounts a pattern admits: `*` reaches across the colon between its parts."""
    if not pattern.startswith(_SUBJECT):
        return Width.UNLIMITED if _WILDCARD.search(pattern) else Width.ONE
    namespace, _, name = pattern.removeprefix(_SUBJECT).partition(":")
    if _WILDCARD.search(namespace):
        return Width.ANY_NAMESPACE
    return Width.ANY_NAME if _WILDCARD.search(name) else Width.ONE


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield key, values and whether they are literal for each condition that asks for a value."""
    named = statement.get("Condition")
    for operator, keys in (named if isinstance(named, Mapping) else {}).items():
        plain = _plain(str(operator).lower())
        if plain in _EXACT | _PATTERN and isinstance(keys, Mapping):
            for key, values in keys.items():
                yield str(key).lower(), tuple(texts(values)), plain in _EXACT


def _plain(operator: str) -> str:
    for prefix in _SET_PREFIXES:
        operator = operator.removeprefix(prefix)
    return operator.removesuffix("ifexists")
