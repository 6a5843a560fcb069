from typing import Any

import pytest

from plumbline.domain.iam_policy import allowing, broad_grants, covers


def statement(**members: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | members]}


@pytest.mark.parametrize(
    ("document", "grants"),
    [
        (statement(), ("s3:*",)),
        (statement(Action="*"), ("*",)),
        (statement(Action="*:*"), ("*:*",)),
        (statement(Action=["sqs:*", "ec2:Describe*", "s3:*"]), ("s3:*", "sqs:*")),
        (statement(Resource=["arn:aws:s3:::x", "*"]), ("s3:*",)),
        (statement(Resource="arn:aws:s3:::*"), ("s3:*",)),
        (statement(Condition={"Bool": {"aws:SecureTransport": "true"}}), ("s3:*",)),
        (statement(Action="s3:Get*"), ()),
        (statement(Resource="arn:aws:s3:::x/*"), ()),
        (statement(Resource=[]), ()),
        (statement(Resource=""), ()),
        (statement(Effect="Deny"), ()),
        ({"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]}, ("NotAction",)),
        ({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, ("*",)),
        ({"Statement": [{"Effect": "Allow", "Action": "ec2:*", "NotResource": "x"}]}, ("ec2:*",)),
        ({}, ()),
        ({"Statement": ["nonsense", 7, None]}, ()),
        (statement(Action=[7, None]), ()),
    ],
)
def test_what_a_document_grants_too_widely(document: dict[str, Any], grants: tuple[str, ...]) -> None:
    assert broad_grants(document) == grants


def test_only_statements_that_allow_are_yielded() -> None:
    allow, deny = {"Effect": "Allow", "Action": "a:B"}, {"Effect": "Deny", "Action": "a:B"}
    assert list(allowing({"Statement": [allow, deny, "nonsense"]})) == [allow]
    assert list(allowing({"Statement": allow})) == [allow]
    assert list(allowing({})) == []


@pytest.mark.parametrize(
    ("members", "spoken_of"),
    [
        ({"Action": "ecr:PutImage"}, True),
        ({"Action": ["s3:*", "ECR:put*"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "ecr:PutImages"}, False),
        ({}, False),
        ({"NotAction": "iam:*"}, True),
        ({"NotAction": ["ecr:*"]}, False),
    ],
)
def test_which_actions_a_statement_speaks_of(members: dict[str, Any], *, spoken_of: bool) -> None:
    assert covers(members, "ecr:PutImage") is spoken_of
