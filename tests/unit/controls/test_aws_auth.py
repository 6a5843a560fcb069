"""The ConfigMap aws-auth."""

from typing import Any

import pytest

from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap, AwsAuthMapping
from tests.unit.baseline import cluster, read
from tests.unit.changes import Change, all_of, nothing, replace, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

AUTH, HERE = "access.aws-auth", "aws-auth-mapping/aws-auth"
NODES = AwsAuthMapping("arn:aws:iam::111122223333:role/nodes", "", ("system:bootstrappers", "system:nodes"))
TEAM = AwsAuthMapping("arn:aws:iam::111122223333:role/team", "team", ("viewers",))
ADMIN = AwsAuthMapping("arn:aws:iam::111122223333:role/admin", "admin", ("system:masters",))


def config_map(**members: Any) -> Change:
    return section("aws_auth", read(AwsAuthMap(**members)))


def mode(name: str) -> Change:
    described = cluster()
    assert described.access_config
    return section(
        "cluster", read(replace(described, access_config=replace(described.access_config, authentication_mode=name)))
    )


BOTH, OLD = mode("API_AND_CONFIG_MAP"), mode("CONFIG_MAP")

CASES = [
    Case(AUTH, HERE, nothing, NA, "absent"),
    Case(AUTH, HERE, all_of(BOTH, config_map(roles=(NODES,))), PASS),
    Case(
        AUTH,
        HERE,
        all_of(BOTH, config_map(roles=(NODES, ADMIN))),
        FAIL,
        "system_masters",
        message="aws-auth lets in arn:aws:iam::111122223333:role/admin in system:masters",
    ),
    Case(AUTH, HERE, config_map(users=(ADMIN,), accounts=("999988887777",)), FAIL, "system_masters accounts"),
    Case(AUTH, HERE, all_of(BOTH, config_map(roles=(NODES, TEAM))), WARN, "leftover_mappings"),
    Case(AUTH, HERE, all_of(OLD, config_map(roles=(NODES, TEAM))), PASS),
    Case(AUTH, HERE, config_map(roles=(NODES,)), WARN, "unused"),
    Case(AUTH, HERE, config_map(problem="mapRoles: line 3"), UNKNOWN, "parse_error"),
    Case(AUTH, HERE, config_map(users=(ADMIN,), problem="mapRoles: line 3"), FAIL, "system_masters"),
    Case(AUTH, HERE, without("aws_auth"), UNKNOWN, "access_denied"),
    Case(AUTH, HERE, without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_aws_auth(case: Case) -> None:
    check(case)
