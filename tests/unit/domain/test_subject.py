import pytest

from plumbline.domain.remediation import remediation_for
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource
from tests.unit.domain.examples import LOGGING

CLUSTER = Subject("111122223333", "eu-west-1", "payments")


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        (CLUSTER, "arn:aws:eks:eu-west-1:111122223333:cluster/payments"),
        (Subject("111122223333", "eu-west-1"), "arn:aws:eks:eu-west-1:111122223333:region"),
        (
            Subject("111122223333", "us-gov-west-1", "a", "aws-us-gov"),
            "arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/a",
        ),
    ],
)
def test_a_key_is_an_arn_and_back(subject: Subject, key: str) -> None:
    assert subject.key == key
    assert Subject.from_key(key) == subject


@pytest.mark.parametrize(
    "text",
    [
        "",
        "payments",
        "arn:aws:s3:::bucket",
        "arn:aws:eks:eu-west-1:111122223333:nodegroup/a/b/c",
        "arn:aws:eks:eu-west-1:111122223333:cluster/",
        "arn:aws:eks:eu-west-1:111122223333:region/x",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not the ARN of a cluster"):
        Subject.from_key(text)


def test_a_region_is_named_by_account_and_region() -> None:
    assert (CLUSTER.name, Subject("111122223333", "eu-west-1").name) == ("payments", "111122223333 eu-west-1")


def test_remediation_quotes_names_for_the_shell() -> None:
    hostile = Subject("111122223333", "eu-west-1", "a; rm -rf /")
    line = remediation_for(LOGGING, hostile, Resource("cluster", hostile.cluster))
    assert line == "switch on --name 'a; rm -rf /'"


def test_remediation_keeps_placeholders_that_nothing_fills() -> None:
    line = remediation_for(LOGGING, Subject("111122223333", "eu-west-1"), Resource("region", "eu-west-1"))
    assert line == "switch on --name <cluster>"
