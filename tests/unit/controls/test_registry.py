from typing import Any

import pytest

from plumbline.domain.evidence import account as aws
from tests.unit.baseline import ACCOUNT, OTHER_ACCOUNT, REGION, cluster_listing, read
from tests.unit.changes import DENIED, Change, all_of, each, keyed, member, one, section, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label
from tests.unit.names import REPOSITORY
from tests.unit.surroundings import repository

IMMUTABLE, SCANNED = "registry.tag-immutability", "registry.scan-on-push"
EXPOSED, LIFECYCLE = "registry.repository-exposure", "registry.lifecycle-policy"
ORDERS, EVERY = f"repository/{REPOSITORY}", "repository/*"
NO_CLUSTERS = each("clusters")
ALL = {"scope": "all"}
OWN = f"{ACCOUNT}/{REGION}/{REPOSITORY}"
PUSH = ["ecr:InitiateLayerUpload", "ecr:PutImage"]


def mutability(name: str, *excluded: str) -> Change:
    filters = tuple(aws.ExclusionFilter(filter=pattern) for pattern in excluded)
    return one("repositories", 0, image_tag_mutability=name, image_tag_mutability_exclusion_filters=filters)


def scans(scan_type: str, **frequency_by_filter: str) -> Change:
    rules = tuple(
        aws.ScanningRule(scan_frequency=frequency, repository_filters=(aws.RepositoryFilter(filter=pattern),))
        for pattern, frequency in frequency_by_filter.items()
    )
    return member("registry_scanning", scan_type=scan_type, rules=rules)


def policy(principal: Any, action: Any = "ecr:BatchGetImage", condition: Any = None, **members: Any) -> Change:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action} | members
    statement |= {"Condition": condition} if condition else {}
    return keyed("repository_policies", REPOSITORY, read(aws.PolicyText(document={"Statement": [statement]})))


def lifecycle(document: dict[str, Any] | None) -> Change:
    return keyed("lifecycle_policies", REPOSITORY, read(aws.PolicyText(document=document)))


SCAN_ON_PUSH = one("repositories", 0, image_scanning_configuration=aws.ScanningConfiguration(scan_on_push=True))
IN_ORGANIZATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def in_use(*repositories: str) -> Change:
    """The region's one cluster has images of these repositories and no other."""
    return section("inventory", read((cluster_listing(repositories=repositories),)))


CASES = [
    # Which repositories are in use the images of the clusters tell.
    Case(SCANNED, ORDERS, all_of(in_use(OWN), scans("BASIC")), FAIL, "not_scanned"),
    Case(SCANNED, ORDERS, in_use(OWN), PASS),
    Case(
        SCANNED,
        ORDERS,
        all_of(in_use(OWN + "-api"), scans("BASIC")),
        NA,
        "not_in_use",
        message="no image of a cluster in eu-west-1 comes from orders",
    ),
    Case(SCANNED, ORDERS, all_of(in_use(), scans("BASIC")), FAIL, "not_scanned", parameters=ALL),
    Case(SCANNED, ORDERS, all_of(in_use(), scans("BASIC"), without("inventory")), FAIL, "not_scanned"),
    Case(
        IMMUTABLE,
        ORDERS,
        mutability("MUTABLE"),
        FAIL,
        "tags_mutable",
        message="the tags of orders can be overwritten (MUTABLE)",
    ),
    Case(IMMUTABLE, ORDERS, mutability("MUTABLE_WITH_EXCLUSION", "v*"), FAIL, "tags_mutable"),
    Case(
        IMMUTABLE,
        ORDERS,
        mutability("IMMUTABLE_WITH_EXCLUSION", "latest", "dev-*"),
        WARN,
        "some_tags_mutable",
        message="the tags of orders are immutable but for dev-*, latest",
    ),
    Case(IMMUTABLE, ORDERS, mutability("OTHER"), UNKNOWN, "parse_error"),
    Case(
        IMMUTABLE,
        ORDERS,
        mutability("MUTABLE"),
        NA,
        "pull_through_cache",
        parameters={"pull-through-cache": ["docker-hub/*", "ord*"]},
    ),
    Case(IMMUTABLE, ORDERS, all_of(mutability("MUTABLE"), NO_CLUSTERS), NA, "no_clusters"),
    Case(IMMUTABLE, ORDERS, all_of(mutability("MUTABLE"), NO_CLUSTERS), FAIL, "tags_mutable", parameters=ALL),
    Case(IMMUTABLE, "repository/other", each("repositories", repository(), repository("other")), PASS),
    Case(IMMUTABLE, EVERY, without("repositories"), UNKNOWN, "access_denied"),
    Case(IMMUTABLE, ORDERS, without("clusters"), UNKNOWN, "access_denied"),
    # --- scan-on-push
    Case(
        SCANNED,
        ORDERS,
        scans("ENHANCED"),
        FAIL,
        "not_scanned",
        message="images of orders are not scanned when they are pushed",
    ),
    Case(SCANNED, ORDERS, scans("ENHANCED", **{"ord*": "SCAN_ON_PUSH"}), PASS),
    Case(SCANNED, ORDERS, scans("ENHANCED", **{"*": "CONTINUOUS_SCAN"}), PASS),
    Case(SCANNED, ORDERS, scans("BASIC", **{"*": "MANUAL"}), FAIL, "not_scanned"),
    Case(SCANNED, ORDERS, scans("ENHANCED", **{"payments*": "CONTINUOUS_SCAN"}), FAIL, "not_scanned"),
    Case(SCANNED, ORDERS, all_of(scans("BASIC"), SCAN_ON_PUSH), PASS),
    # Enhanced scanning ignores what the repository asks for.
    Case(SCANNED, ORDERS, all_of(scans("ENHANCED"), SCAN_ON_PUSH), FAIL, "not_scanned"),
    Case(SCANNED, ORDERS, NO_CLUSTERS, NA, "no_clusters"),
    Case(SCANNED, ORDERS, without("registry_scanning"), UNKNOWN, "access_denied"),
    Case(SCANNED, EVERY, without("repositories"), UNKNOWN, "access_denied"),
    # --- repository-exposure
    Case(
        EXPOSED,
        ORDERS,
        policy("*"),
        FAIL,
        "open_to_everybody",
        message="the policy of orders allows everybody, without a condition on who",
    ),
    Case(EXPOSED, ORDERS, policy({"AWS": "*"}), FAIL, "open_to_everybody"),
    Case(EXPOSED, ORDERS, policy({"AWS": ["*", ACCOUNT]}), FAIL, "open_to_everybody"),
    Case(EXPOSED, ORDERS, policy("*", Effect="Deny"), PASS),
    Case(EXPOSED, ORDERS, policy("*", condition=IN_ORGANIZATION), PASS),
    Case(EXPOSED, ORDERS, policy("*", condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}}), PASS),
    Case(
        EXPOSED,
        ORDERS,
        policy("*", condition={"Bool": {"aws:SecureTransport": "true"}}),
        FAIL,
        "open_to_everybody",
    ),
    Case(
        EXPOSED,
        ORDERS,
        policy("*", condition={"StringNotEquals": {"aws:PrincipalAccount": "1"}}),
        FAIL,
        "open_to_everybody",
    ),
    Case(EXPOSED, ORDERS, policy({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}), PASS),
    Case(
        EXPOSED,
        ORDERS,
        policy({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:role/ci"}, PUSH),
        WARN,
        "foreign_push",
        message=f"account(s) {OTHER_ACCOUNT} may push to orders",
    ),
    Case(EXPOSED, ORDERS, policy({"AWS": OTHER_ACCOUNT}, "ecr:*"), WARN, "foreign_push"),
    Case(EXPOSED, ORDERS, policy({"AWS": OTHER_ACCOUNT}, PUSH), PASS, parameters={"trusted-accounts": [OTHER_ACCOUNT]}),
    Case(EXPOSED, ORDERS, policy({"AWS": f"arn:aws:iam::{ACCOUNT}:role/ci"}, PUSH), PASS),
    Case(EXPOSED, ORDERS, keyed("repository_policies", REPOSITORY, DENIED), UNKNOWN, "access_denied"),
    Case(
        EXPOSED,
        "repository/other",
        each("repositories", repository(), repository("other")),
        UNKNOWN,
        "not_collected",
    ),
    Case(EXPOSED, ORDERS, NO_CLUSTERS, NA, "no_clusters"),
    Case(EXPOSED, EVERY, without("repositories"), UNKNOWN, "access_denied"),
    # --- lifecycle-policy
    Case(LIFECYCLE, ORDERS, lifecycle(None), FAIL, "no_lifecycle_policy", message="orders has no lifecycle policy"),
    Case(LIFECYCLE, ORDERS, lifecycle({"rules": []}), FAIL, "no_lifecycle_policy"),
    Case(LIFECYCLE, ORDERS, lifecycle({"rules": [{}, {}]}), PASS, message="orders has a lifecycle policy of 2 rule(s)"),
    Case(LIFECYCLE, ORDERS, all_of(lifecycle(None), NO_CLUSTERS), NA, "no_clusters"),
    Case(LIFECYCLE, ORDERS, all_of(lifecycle(None), NO_CLUSTERS), FAIL, "no_lifecycle_policy", parameters=ALL),
    Case(LIFECYCLE, ORDERS, without("lifecycle_policies"), UNKNOWN, "access_denied"),
    Case(LIFECYCLE, EVERY, without("repositories"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_registry(case: Case) -> None:
    check(case)
