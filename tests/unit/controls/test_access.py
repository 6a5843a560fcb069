from typing import Any

import pytest

from plumbline.domain.evidence import eks
from plumbline.domain.evidence.kubernetes.cluster import AwsAuthMap, AwsAuthMapping
from plumbline.domain.evidence.section import Listed
from tests.unit.baseline import ACCOUNT, OTHER_ACCOUNT, listing, read
from tests.unit.changes import Change, all_of, cluster, each, member, section, undescribed, without, without_role
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of
from tests.unit.names import ADMIN_ROLES
from tests.unit.node_changes import aws_alone
from tests.unit.surroundings import cluster_admin

MODE, ADMINS = "access.authentication-mode", "access.admin-entries"
ORPHANED, USERS = "access.orphaned-entries", "access.no-iam-users"
CLUSTER, ADMIN = "cluster/payments", f"access-entry/{ADMIN_ROLES[0]}"
MAPPINGS = "aws-auth-mapping/*"
ANNA = f"arn:aws:iam::{ACCOUNT}:user/people/anna"
STRANGER = f"arn:aws:iam::{OTHER_ACCOUNT}:role/ops"
SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/anna"


def mode(name: str | None) -> Change:
    return cluster(access_config=eks.AccessConfig(authentication_mode=name))


def admins(count: int, scope: str = "cluster") -> Change:
    names = [f"arn:aws:iam::{ACCOUNT}:role/admin-{number}" for number in range(count)]
    return section("administrators", listing({name: cluster_admin(scope) for name in names}))


def entries(*principals: str) -> Change:
    return each("access_entries", *principals)


def allowing(*principals: str) -> dict[str, Any]:
    return {"allowed-admins": list(principals)}


VIEWER = (
    eks.AccessPolicy(
        policy_arn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
        access_scope=eks.AccessScope(type="cluster"),
    ),
)


def mapped(roles: tuple[str, ...] = (), users: tuple[str, ...] = (), problem: str = "") -> Change:
    found = AwsAuthMap(
        roles=tuple(AwsAuthMapping(arn) for arn in roles),
        users=tuple(AwsAuthMapping(arn) for arn in users),
        problem=problem,
    )
    return section("aws_auth", read(found))


CASES = [
    Case(MODE, CLUSTER, mode("API"), PASS, message="the authentication mode is API"),
    Case(MODE, CLUSTER, mode("API_AND_CONFIG_MAP"), WARN, "config_map_accepted"),
    Case(MODE, CLUSTER, mode("API_AND_CONFIG_MAP"), PASS, parameters={"accept": ["API", "API_AND_CONFIG_MAP"]}),
    Case(
        MODE,
        CLUSTER,
        mode("CONFIG_MAP"),
        FAIL,
        "config_map_only",
        message="only the ConfigMap aws-auth says who has access",
    ),
    Case(MODE, CLUSTER, mode("API"), FAIL, "mode_not_accepted", parameters={"accept": ["CONFIG_MAP"]}),
    Case(MODE, CLUSTER, mode("TELEPATHY"), UNKNOWN, "parse_error"),
    Case(MODE, CLUSTER, mode(None), UNKNOWN, "not_collected"),
    Case(MODE, CLUSTER, cluster(access_config=None), UNKNOWN, "not_collected"),
    Case(MODE, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- admin-entries
    Case(ADMINS, CLUSTER, admins(4), PASS, message="4 principals are cluster administrators"),
    Case(
        ADMINS,
        CLUSTER,
        admins(5),
        FAIL,
        "too_many_admins",
        message="5 principals are cluster administrators, at most 4 may",
    ),
    Case(ADMINS, CLUSTER, admins(5), PASS, parameters={"max-admins": 5}),
    Case(ADMINS, CLUSTER, admins(2), PASS),
    Case(ADMINS, CLUSTER, admins(1), WARN, "too_few_admins"),
    Case(ADMINS, CLUSTER, admins(0), WARN, "too_few_admins"),
    Case(ADMINS, CLUSTER, admins(1), PASS, parameters={"min-admins": 1}),
    # Administrators of namespaces and holders of other policies do not count.
    Case(ADMINS, CLUSTER, admins(5, "namespace"), WARN, "too_few_admins"),
    Case(ADMINS, CLUSTER, section("administrators", listing(dict.fromkeys("abcde", VIEWER))), WARN, "too_few_admins"),
    Case(ADMINS, CLUSTER, admins(2), PASS, parameters=allowing(f"arn:aws:iam::{ACCOUNT}:role/admin-*")),
    Case(
        ADMINS,
        CLUSTER,
        admins(2),
        FAIL,
        "unknown_admin",
        parameters=allowing(f"arn:aws:iam::{ACCOUNT}:role/admin-0"),
        message=f"configuration does not allow arn:aws:iam::{ACCOUNT}:role/admin-1 to be administrators",
    ),
    Case(ADMINS, CLUSTER, admins(5), FAIL, "too_many_admins unknown_admin", parameters=allowing("nobody")),
    Case(ADMINS, CLUSTER, all_of(mode("CONFIG_MAP"), without("administrators")), NA, "config_map_mode"),
    Case(ADMINS, CLUSTER, undescribed("administrators", ADMIN_ROLES[0]), UNKNOWN, "access_denied"),
    # A violation seen in a part of the evidence is one.
    Case(
        ADMINS,
        CLUSTER,
        undescribed("administrators", ADMIN_ROLES[0]),
        FAIL,
        "unknown_admin",
        parameters=allowing("nobody"),
    ),
    Case(ADMINS, CLUSTER, without("administrators"), UNKNOWN, "access_denied"),
    Case(ADMINS, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    # --- orphaned-entries
    Case(
        ORPHANED,
        ADMIN,
        without_role(ADMIN_ROLES[0]),
        FAIL,
        "principal_missing",
        message=f"{ADMIN_ROLES[0]} has an access entry and does not exist",
    ),
    Case(ORPHANED, f"access-entry/{ADMIN_ROLES[1]}", without_role(ADMIN_ROLES[0]), PASS),
    Case(ORPHANED, f"access-entry/{ANNA}", entries(ANNA), FAIL, "principal_missing"),
    Case(ORPHANED, f"access-entry/{ANNA}", all_of(entries(ANNA), member("authorization", users=(ANNA,))), PASS),
    Case(ORPHANED, f"access-entry/{STRANGER}", entries(STRANGER), UNKNOWN, "foreign_account"),
    Case(ORPHANED, f"access-entry/{SERVICE_LINKED}", entries(SERVICE_LINKED), NA, "not_an_own_principal"),
    Case(ORPHANED, f"access-entry/{SESSION}", entries(SESSION), NA, "not_an_own_principal"),
    # Where only the roles that clusters name were read, absence proves nothing.
    Case(ORPHANED, ADMIN, member("authorization", complete=False), PASS),
    Case(
        ORPHANED,
        ADMIN,
        all_of(without_role(ADMIN_ROLES[0]), member("authorization", complete=False)),
        UNKNOWN,
        "access_denied",
    ),
    Case(ORPHANED, ADMIN, without("authorization"), UNKNOWN, "access_denied"),
    Case(ORPHANED, "access-entry/*", without("access_entries"), UNKNOWN, "access_denied"),
    # --- no-iam-users
    Case(
        USERS,
        f"access-entry/{ANNA}",
        entries(ANNA),
        FAIL,
        "iam_user",
        message=f"{ANNA} has access as an IAM user",
    ),
    Case(
        USERS,
        f"access-entry/{ANNA}",
        entries(ANNA),
        PASS,
        parameters={"allowed-users": ["arn:aws:iam::*:user/people/anna"]},
        message=f"configuration allows {ANNA} to have access",
    ),
    Case(USERS, ADMIN, mode("API"), PASS, message="no IAM user has access"),
    Case(
        USERS,
        MAPPINGS,
        aws_alone(mode("API_AND_CONFIG_MAP")),
        UNKNOWN,
        "not_collected",
        message=(
            "whom the ConfigMap aws-auth lets in: only the Kubernetes API of the cluster knows, and it was not read"
        ),
    ),
    Case(USERS, ADMIN, mode("API_AND_CONFIG_MAP"), PASS),
    Case(USERS, MAPPINGS, aws_alone(mode("CONFIG_MAP"), without("access_entries")), UNKNOWN, "not_collected"),
    Case(USERS, MAPPINGS, without("cluster"), UNKNOWN, "access_denied"),
    Case(USERS, MAPPINGS, all_of(mode("API_AND_CONFIG_MAP"), without("aws_auth")), UNKNOWN, "access_denied"),
    Case(
        USERS,
        "aws-auth-mapping/aws-auth",
        all_of(mode("API_AND_CONFIG_MAP"), mapped(users=(ANNA,))),
        FAIL,
        "iam_user",
        message=f"{ANNA} has access as an IAM user",
    ),
    Case(
        USERS,
        "aws-auth-mapping/aws-auth",
        all_of(mode("API_AND_CONFIG_MAP"), mapped(users=(ANNA,), problem="mapRoles is no list")),
        FAIL,
        "iam_user",
    ),
    Case(
        USERS,
        "aws-auth-mapping/aws-auth",
        all_of(mode("API_AND_CONFIG_MAP"), mapped(problem="mapRoles is no list")),
        UNKNOWN,
        "parse_error",
        message="the ConfigMap aws-auth could not be understood: mapRoles is no list",
    ),
    Case(USERS, "aws-auth-mapping/aws-auth", all_of(mode("API_AND_CONFIG_MAP"), mapped(roles=ADMIN_ROLES)), PASS),
    Case(USERS, "aws-auth-mapping/aws-auth", mode("API_AND_CONFIG_MAP"), PASS),
    # Who created the cluster is an administrator, and in this mode no API tells who that was.
    Case(USERS, "aws-auth-mapping/aws-auth", mode("CONFIG_MAP"), WARN, "creator_unknown"),
    Case(USERS, "access-entry/*", without("access_entries"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_access(case: Case) -> None:
    check(case)


def test_without_access_entries_there_is_nothing_orphaned() -> None:
    assert verdicts_of(named(ORPHANED), all_of(mode("CONFIG_MAP"), without("access_entries"))) == {}
    assert verdicts_of(named(USERS), mode("API")).keys() == {f"access-entry/{name}" for name in ADMIN_ROLES}


def test_a_listing_without_its_names_is_incomplete() -> None:
    partial = section("administrators", Listed(items={"a": read(cluster_admin())}))
    check(Case(ADMINS, CLUSTER, partial, UNKNOWN, "not_collected"))
