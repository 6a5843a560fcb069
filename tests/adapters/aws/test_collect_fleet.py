"""The fleet and the stability of updates, asked of AWS."""

import json

import pytest

from local.simulators.world import World
from plumbline.adapters.aws.fleet import AwsFleet
from plumbline.adapters.aws.stability import AwsStability
from plumbline.domain.errors import CredentialsError, FleetError
from plumbline.domain.records import PendingChange
from plumbline.domain.subject import Subject
from plumbline.ports import Stability, Target
from tests.adapters.aws.stub import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Refusal,
    SimulatedAws,
    sessions_of,
)
from tests.adapters.aws.worlds import Shape, cluster_name, world_of
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.usefixtures("simulated_credentials")

SUBJECT = Subject(ACCOUNT, REGION, cluster_name(0))
GONE = Subject(ACCOUNT, REGION, "gone")


def organization(*members: dict[str, str]) -> SimulatedAws:
    world = World(clock=lambda: NOW, organization={"MasterAccountId": ACCOUNT}, members=list(members))
    return SimulatedAws(world)


def test_configured_accounts_are_watched_in_every_region() -> None:
    aws = organization()
    fleet = AwsFleet(
        sessions_of(aws), regions=(REGION, OTHER_REGION), accounts=(OTHER_ACCOUNT, ACCOUNT), excluded=(OTHER_ACCOUNT,)
    )
    assert fleet.targets() == [Target(ACCOUNT, REGION), Target(ACCOUNT, OTHER_REGION)]
    assert aws.calls == {}


def test_the_organizations_active_accounts_are_watched_page_by_page() -> None:
    members = [{"Id": f"{number:012}", "State": "ACTIVE", "Status": "ACTIVE"} for number in range(45)]
    members[3] |= {"State": "CLOSED", "Status": "SUSPENDED"}
    members[4] = {"Id": members[4]["Id"], "Status": "ACTIVE"}
    aws = organization(*members)
    fleet = AwsFleet(sessions_of(aws), regions=(REGION,), excluded=(members[7]["Id"],))
    watched = [target.account for target in fleet.targets()]
    assert watched == [row["Id"] for row in members if row not in (members[3], members[7])]
    assert aws.calls == {"organizations:ListAccounts": 3}


def test_accounts_that_cannot_be_listed_are_an_error() -> None:
    aws = organization()
    aws.refuse("organizations:ListAccounts", Refusal("AccessDeniedException"))
    with pytest.raises(FleetError, match="organizations:ListAccounts AccessDeniedException: no"):
        AwsFleet(sessions_of(aws), regions=(REGION,)).targets()


def test_expired_credentials_are_told_apart_from_a_refusal() -> None:
    aws = organization()
    aws.refuse("organizations:ListAccounts", Refusal("ExpiredTokenException"))
    with pytest.raises(CredentialsError):
        AwsFleet(sessions_of(aws), regions=(REGION,)).targets()


# --- stability


def settled(
    aws: SimulatedAws, subject: Subject = SUBJECT, update: str = "", group: str = "", addon: str = ""
) -> Stability:
    wait = PendingChange(update_id=update, nodegroup=group, addon=addon)
    return AwsStability(sessions_of(aws), FakeClock(NOW)).stability(subject, wait)


def world_with(status: str) -> World:
    world = world_of(Shape(clusters=1))
    cluster = world.place(ACCOUNT, REGION).clusters[SUBJECT.cluster]
    cluster.description["status"] = status
    cluster.nodegroups["group-0"]["status"] = status
    cluster.addons["addon-0"]["status"] = status
    cluster.updates["u-1"] = {"id": "u-1", "status": "Successful", "type": "ConfigUpdate"}
    return world


NAMED = [
    ({}, f"cluster {SUBJECT.cluster}"),
    ({"group": "group-0"}, "nodegroup group-0"),
    ({"addon": "addon-0"}, "addon addon-0"),
]


@pytest.mark.parametrize(("named", "what"), NAMED)
def test_a_thing_in_transition_is_moving(named: dict[str, str], what: str) -> None:
    found = settled(SimulatedAws(world_with("UPDATING")), **named)  # type: ignore[arg-type]
    assert found == Stability(stable=False, moving=(f"{what} is UPDATING",), status="UPDATING")


@pytest.mark.parametrize(("named", "what"), NAMED)
@pytest.mark.parametrize("status", ["ACTIVE", "DEGRADED", "FAILED", "CREATE_FAILED"])
def test_a_thing_at_rest_is_stable(named: dict[str, str], what: str, status: str) -> None:
    found = settled(SimulatedAws(world_with(status)), **named)  # type: ignore[arg-type]
    assert found == Stability(stable=True, status=status)


def test_an_update_in_progress_is_moving_whatever_the_cluster_says() -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    aws.bodies["eks:DescribeUpdate"] = b'{"update": {"id": "u-1", "status": "InProgress"}}'
    moving = ("update u-1 is InProgress",)
    assert settled(aws, update="u-1") == Stability(stable=False, moving=moving, status="InProgress")
    assert aws.calls == {"eks:DescribeUpdate": 1}


@pytest.mark.parametrize(
    ("status", "failed", "failure"),
    [
        ("Successful", "", ()),
        ("Failed", "EKS says Failed", ("update_failed",)),
        ("Cancelled", "EKS says Cancelled", ("update_cancelled",)),
    ],
)
def test_an_update_that_ended_is_stable(status: str, failed: str, failure: tuple[str, ...]) -> None:
    aws = SimulatedAws(world_with("UPDATING"))
    body = f'{{"update": {{"id": "u-1", "status": "{status}", "type": "ConfigUpdate"}}}}'
    aws.bodies["eks:DescribeUpdate"] = body.encode()
    assert settled(aws, update="u-1") == Stability(
        stable=True, status=status, type="ConfigUpdate", failed=failed, failure=failure
    )


def test_a_failed_update_says_why() -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    errors = [
        {"errorCode": "PodEvictionFailure", "errorMessage": "a budget allows none", "resourceIds": ["i-1"]},
        {"errorCode": "NodeCreationFailure"},
    ]
    aws.bodies["eks:DescribeUpdate"] = json.dumps({"update": {"status": "Failed", "errors": errors}}).encode()
    found = settled(aws, update="u-1", group="group-0")
    assert found.failed == "PodEvictionFailure: a budget allows none; NodeCreationFailure"
    assert found.failure == ("update_failed", "NodeCreationFailure", "PodEvictionFailure")


def test_a_profile_and_the_update_of_a_capability_are_asked_by_their_names() -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    stability = AwsStability(sessions_of(aws), FakeClock(NOW))
    stability.stability(SUBJECT, PendingChange(fargate_profile="jobs"))
    stability.stability(SUBJECT, PendingChange(update_id="u-1", capability="argo"))
    asked = [(operation, url) for *_, operation, url in aws.requests]
    assert [operation for operation, _ in asked] == ["eks:DescribeFargateProfile", "eks:DescribeUpdate"]
    assert asked[0][1].endswith("/fargate-profiles/jobs")
    assert asked[1][1].endswith("?capabilityName=argo")


def test_an_update_is_asked_of_the_part_it_belongs_to() -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    settled(aws, update="u-1", group="group-0")
    settled(aws, update="u-1", addon="addon-0")
    asked = [url.split("?")[1] for *_, operation, url in aws.requests if operation == "eks:DescribeUpdate"]
    assert asked == ["nodegroupName=group-0", "addonName=addon-0"]


def test_an_unknown_update_falls_back_on_the_thing_itself() -> None:
    aws = SimulatedAws(world_with("UPDATING"))
    moving = (f"cluster {SUBJECT.cluster} is UPDATING",)
    assert settled(aws, update="u-2") == Stability(stable=False, moving=moving, status="UPDATING")


@pytest.mark.parametrize("named", [{}, {"update": "u-1"}, {"group": "group-0"}, {"addon": "addon-0"}])
def test_what_no_longer_exists_has_settled_and_is_gone(named: dict[str, str]) -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    assert settled(aws, GONE, **named) == Stability(stable=True, gone=True)


def test_a_refusal_is_not_waited_for() -> None:
    aws = SimulatedAws(world_with("UPDATING"))
    aws.refuse("eks:DescribeCluster", Refusal("AccessDeniedException", 403))
    assert settled(aws) == Stability(stable=True)


def test_a_throttled_question_is_asked_again() -> None:
    aws = SimulatedAws(world_with("ACTIVE"))
    aws.refuse("eks:DescribeCluster", Refusal("ThrottlingException", 429))
    found = settled(aws)
    assert found.stable is False
    assert found.moving == (f"cluster {SUBJECT.cluster}: eks:DescribeCluster ThrottlingException: no",)
