import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.remediation import remediation_for
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource

SUBJECT = Subject("111122223333", "eu-west-1", "payments")


def fix(identifier: str, kind: str, name: str) -> str:
    control = next(one for one in load_catalogue() if one.id == identifier)
    return remediation_for(control, SUBJECT, Resource(kind, name))


@pytest.mark.parametrize(
    ("control", "kind", "name", "part"),
    [
        ("access.orphaned-entries", "access-entry", "arn:aws:iam::1:role/x", "--principal-arn arn:aws:iam::1:role/x"),
        ("registry.lifecycle-policy", "repository", "team/orders", "--repository-name team/orders"),
        ("network.vpc-dns", "vpc", "vpc-1", "--vpc-id vpc-1"),
        ("network.open-admin-ingress", "security-group", "sg-1", "--group-id sg-1"),
        ("iam.service-role-permissions", "iam-role", "arn:aws:iam::1:role/path/x", "--role-name x "),
        ("nodegroup.asg-safe-termination", "auto-scaling-group", "a b", "--auto-scaling-group-name 'a b'"),
        ("nodegroup.auto-repair", "nodegroup", "general", "--cluster-name payments --nodegroup-name general"),
    ],
)
def test_the_names_at_hand_are_filled_in(control: str, kind: str, name: str, part: str) -> None:
    assert part in fix(control, kind, name)
