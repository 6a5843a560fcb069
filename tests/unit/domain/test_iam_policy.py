from typing import Any

import pytest

from plumbline.domain.iam_policy import broad_grants


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
