from typing import Any

import pytest

from plumbline.domain.trust import (
    Width,
    foreign_accounts,
    pinned_keys,
    pod_identity_statements,
    principals,
    web_identity_trusts,
)

ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
ONE = "system:serviceaccount:shop:orders"


def statement(condition: Any = None, **members: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity"}
    return made | ({"Condition": condition} if condition is not None else {}) | members


def widths(*statements: dict[str, Any]) -> list[Width]:
    return [trust.width for trust in web_identity_trusts({"Statement": list(statements)})]


def subject(value: Any, operator: str = "StringLike", key: str = f"{ISSUER}:sub") -> dict[str, Any]:
    return statement({operator: {key: value}})


@pytest.mark.parametrize(
    ("made", "width"),
    [
        (subject(ONE), Width.ONE),
        (subject(ONE, "StringEquals"), Width.ONE),
        (subject(ONE, "StringEqualsIfExists"), Width.ONE),
        (subject(ONE, "ForAllValues:StringEquals"), Width.ONE),
        # StringEquals knows no wildcard: this admits nobody.
        (subject("system:serviceaccount:*:*", "StringEquals"), Width.ONE),
        (subject("system:serviceaccount:shop:*"), Width.ANY_NAME),
        (subject("system:serviceaccount:shop:o?"), Width.ANY_NAME),
        (subject("system:serviceaccount:*:orders"), Width.ANY_NAMESPACE),
        (subject("system:serviceaccount:team-*"), Width.ANY_NAMESPACE),
        (subject("system:*"), Width.UNLIMITED),
        (subject("*"), Width.UNLIMITED),
        (subject([ONE, "system:serviceaccount:*"]), Width.ANY_NAMESPACE),
        (subject(ONE, "StringNotLike"), Width.UNLIMITED),
        (subject(ONE, key=f"{ISSUER}:aud"), Width.UNLIMITED),
        (subject(ONE, key=f"{ISSUER.upper()}:SUB"), Width.ONE),
        (statement(), Width.UNLIMITED),
        (statement("nonsense"), Width.UNLIMITED),
        # Conditions hold together.
        (
            statement({"StringEquals": {f"{ISSUER}:sub": ONE}, "StringLike": {f"{ISSUER}:sub": "*"}}),
            Width.ONE,
        ),
    ],
)
def test_how_many_service_accounts_a_trust_admits(made: dict[str, Any], width: Width) -> None:
    assert widths(made) == [width]


@pytest.mark.parametrize(
    "made",
    [
        statement(Effect="Deny"),
        statement(Action="sts:AssumeRole"),
        statement(Principal={"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"}),
        statement(Principal={"Service": "ec2.amazonaws.com"}),
        statement(Principal="*"),
    ],
)
def test_what_is_no_trust_in_a_cluster(made: dict[str, Any]) -> None:
    assert widths(made) == []


@pytest.mark.parametrize(
    "provider",
    [
        PROVIDER,
        PROVIDER.replace("amazonaws.com", "amazonaws.com.cn"),
        "arn:aws:iam::1:oidc-provider/oidc-eks.eu-west-1.api.aws/id/ABC",
    ],
)
def test_issuers_of_every_partition_are_known(provider: str) -> None:
    assert widths(statement(Principal={"Federated": provider})) == [Width.UNLIMITED]


def test_every_statement_and_provider_is_a_way_in() -> None:
    other = PROVIDER.replace("ABCDEF0123", "FFFF")
    assert widths(statement(Principal={"Federated": [PROVIDER, other]}), subject(ONE)) == [
        Width.ONE,
        Width.UNLIMITED,
        Width.UNLIMITED,
    ]
    assert widths(statement(Action="sts:*")) == [Width.UNLIMITED]
    assert widths({"Effect": "Allow", "Principal": {"Federated": PROVIDER}, "NotAction": "iam:*"}) == [Width.UNLIMITED]


def test_the_audience_is_read_beside_the_subject() -> None:
    (trust,) = web_identity_trusts(
        {"Statement": statement({"StringEquals": {f"{ISSUER}:sub": ONE, f"{ISSUER}:aud": "sts.amazonaws.com"}})}
    )
    assert (trust.provider, trust.has_audience, trust.subjects) == (ISSUER, True, (ONE,))


def pod_identity(condition: Any = None) -> dict[str, Any]:
    return statement(condition, Principal={"Service": "pods.eks.amazonaws.com"}, Action=["sts:AssumeRole"])


def test_pod_identity_is_bound_by_account_or_cluster() -> None:
    bound = pod_identity({"StringEquals": {"aws:SourceAccount": "1"}})
    by_arn = pod_identity({"ArnLike": {"AWS:SourceArn": "arn:aws:eks:*"}})
    assert pod_identity_statements({"Statement": [bound, by_arn, pod_identity(), statement()]}) == (True, True, False)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("*", {"*"}),
        ({"AWS": ["1", "2"], "Service": "s"}, {"1", "2", "s"}),
        (None, set()),
    ],
)
def test_principals(named: Any, expected: set[str]) -> None:
    assert principals({"Principal": named}) == expected
    assert principals({"NotPrincipal": named}) == {"NotPrincipal"}


def test_accounts_are_known_by_number_and_by_arn() -> None:
    named = {"AWS": ["111122223333", "arn:aws:iam::999988887777:role/x", "*"], "Service": "s.amazonaws.com"}
    assert foreign_accounts({"Principal": named}, "111122223333") == {"999988887777"}


def test_only_conditions_that_want_a_value_pin() -> None:
    condition = {"StringEquals": {"aws:A": "1"}, "Null": {"aws:B": "false"}, "Bool": {"aws:C": "true"}}
    assert pinned_keys({"Condition": condition}) == {"aws:a"}
