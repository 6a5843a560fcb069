import pytest

from plumbline.domain.index import (
    LARGEST_SET,
    MOST_SETS,
    Dependencies,
    Dependency,
    Kind,
    Place,
    collected,
    dependency,
    reindexed,
)

ACCOUNT, REGION = "111122223333", "eu-west-1"
GROUPS, ROLES = Place(ACCOUNT, REGION, Kind.SECURITY_GROUP), Place(ACCOUNT, "", Kind.ROLE)


def ids(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("kind", "named", "place", "identifier"),
    [
        (Kind.SECURITY_GROUP, "sg-1", GROUPS, "sg-1"),
        (Kind.ROLE, "node", ROLES, "node"),
        (Kind.ROLE, f"arn:aws:iam::{ACCOUNT}:role/a/path/node", ROLES, "node"),
        (Kind.ROLE, "arn:aws:iam::999999999999:role/node", Place("999999999999", "", Kind.ROLE), "node"),
        (
            Kind.POLICY,
            f"arn:aws:iam::{ACCOUNT}:policy/p",
            Place(ACCOUNT, "", Kind.POLICY),
            f"arn:aws:iam::{ACCOUNT}:policy/p",
        ),
        (
            Kind.KEY,
            "arn:aws:kms:us-east-1:999999999999:key/mrk-1",
            Place("999999999999", "us-east-1", Kind.KEY),
            "mrk-1",
        ),
        (Kind.KEY, "1234", Place(ACCOUNT, REGION, Kind.KEY), "1234"),
        (Kind.ISSUER, "https://oidc.eks/id/AB", Place(ACCOUNT, "", Kind.ISSUER), "oidc.eks/id/AB"),
        (
            Kind.ISSUER,
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks/id/AB",
            Place(ACCOUNT, "", Kind.ISSUER),
            "oidc.eks/id/AB",
        ),
        (
            Kind.LOG_GROUP,
            f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/eks/a/cluster:*",
            Place(ACCOUNT, REGION, Kind.LOG_GROUP),
            "/aws/eks/a/cluster",
        ),
        (
            Kind.TRAIL,
            f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/main",
            Place(ACCOUNT, "us-east-1", Kind.TRAIL),
            "main",
        ),
        (Kind.REPOSITORY, "team/app", Place(ACCOUNT, REGION, Kind.REPOSITORY), "team/app"),
    ],
)
def test_a_resource_is_the_same_by_its_arn_its_name_and_its_id(
    kind: Kind, named: str, place: Place, identifier: str
) -> None:
    assert dependency(kind, named, ACCOUNT, REGION) == Dependency(place, identifier)


@pytest.mark.parametrize(
    ("kind", "named"), [(Kind.SUBNET, "i-1"), (Kind.VPC, "vpce-1"), (Kind.ROLE, ""), (Kind.ROUTE_TABLE, "aclassoc-1")]
)
def test_an_id_of_another_kind_is_none(kind: Kind, named: str) -> None:
    assert dependency(kind, named, ACCOUNT, REGION) is None


def test_a_place_is_one_text_and_back() -> None:
    assert Place.from_key(ROLES.key) == ROLES == Place.from_key("111122223333##iam-role")


def test_dependencies_are_gathered_by_place() -> None:
    found = [dependency(Kind.SECURITY_GROUP, name, ACCOUNT, REGION) for name in ("sg-1", "sg-2", "")]
    assert collected(found, [Kind.ROLE]) == Dependencies({GROUPS: ids("sg-1", "sg-2")}, frozenset({Kind.ROLE}))


def test_what_is_recorded_already_is_not_written_again() -> None:
    wanted = Dependencies({GROUPS: ids("sg-1"), ROLES: ids("node")})
    first = reindexed({}, wanted)
    assert first is not None
    assert first.sets == wanted.found
    assert set(first.digests) == {GROUPS.key, ROLES.key}
    assert reindexed(first.digests, wanted) is None


def test_only_the_sets_that_changed_are_written() -> None:
    first = reindexed({}, Dependencies({GROUPS: ids("sg-1"), ROLES: ids("node")}))
    assert first is not None
    second = reindexed(first.digests, Dependencies({GROUPS: ids("sg-1", "sg-2"), ROLES: ids("node")}))
    assert second is not None
    assert second.sets == {GROUPS: ids("sg-1", "sg-2")}
    assert second.digests[ROLES.key] == first.digests[ROLES.key]


def test_a_set_that_is_gone_is_written_empty_once() -> None:
    first = reindexed({}, Dependencies({GROUPS: ids("sg-1"), ROLES: ids("node")}))
    assert first is not None
    second = reindexed(first.digests, Dependencies({ROLES: ids("node")}))
    assert second is not None
    assert second.sets == {GROUPS: frozenset()}
    assert set(second.digests) == {ROLES.key}
    assert reindexed(second.digests, Dependencies({ROLES: ids("node")})) is None


def test_of_a_kind_that_could_not_be_read_the_record_stands() -> None:
    first = reindexed({}, Dependencies({GROUPS: ids("sg-1")}))
    assert first is not None
    blind = Dependencies({GROUPS: ids("sg-9")}, frozenset({Kind.SECURITY_GROUP}))
    assert reindexed(first.digests, blind) is None
    assert reindexed(first.digests, Dependencies({}, frozenset({Kind.SECURITY_GROUP}))) is None


def test_of_a_kind_never_recorded_a_part_is_better_than_nothing() -> None:
    blind = Dependencies({GROUPS: ids("sg-9")}, frozenset({Kind.SECURITY_GROUP}))
    first = reindexed({}, blind)
    assert first is not None
    assert first.sets == {GROUPS: ids("sg-9")}
    whole = reindexed(first.digests, Dependencies({GROUPS: ids("sg-1", "sg-9")}))
    assert whole is not None
    assert whole.sets == {GROUPS: ids("sg-1", "sg-9")}


def test_a_set_that_is_too_large_is_cut() -> None:
    found = reindexed({}, Dependencies({GROUPS: frozenset(f"sg-{n}" for n in range(LARGEST_SET + 1))}))
    assert found is not None
    assert len(found.sets[GROUPS]) == LARGEST_SET


def test_more_sets_than_fit_into_a_commit_follow_with_the_next_ones() -> None:
    places = [Place(f"{number:012}", "", Kind.ROLE) for number in range(MOST_SETS + 5)]
    wanted = Dependencies({place: ids("node") for place in places})
    first = reindexed({}, wanted)
    assert first is not None
    second = reindexed(first.digests, wanted)
    assert second is not None
    assert (len(first.sets), len(second.sets)) == (MOST_SETS, 5)
    assert reindexed(second.digests, wanted) is None
