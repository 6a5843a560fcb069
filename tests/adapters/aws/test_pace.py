"""The pace: a token bucket for each account, region and operation, on a clock of the test's own."""

import threading

import pytest

from plumbline.adapters.aws.access import Access
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.pace import Pace
from plumbline.adapters.aws.sessions import Sessions
from plumbline.ports import Target
from tests.adapters.aws.stub import ACCOUNT, NOW, OTHER_ACCOUNT, OTHER_REGION, REGION, ROLE, Refusal, SimulatedAws
from tests.adapters.aws.worlds import Shape, world_of

EKS = (ACCOUNT, REGION, "eks", "DescribeNodegroup")
IAM = (ACCOUNT, REGION, "iam", "GetRole")


class Timeline:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        if seconds > 1e-9:
            self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def timeline() -> Timeline:
    return Timeline()


@pytest.fixture
def pace(timeline: Timeline) -> Pace:
    return Pace(lambda: timeline.now, timeline.sleep)


def take(pace: Pace, times: int, key: tuple[str, str, str, str] = EKS) -> None:
    for _ in range(times):
        pace.wait(*key)


def test_a_second_s_worth_of_calls_is_made_at_once_and_the_next_ones_wait(pace: Pace, timeline: Timeline) -> None:
    take(pace, 5)
    assert timeline.slept == []
    take(pace, 3)
    assert timeline.slept == [0.2, 0.2, 0.2]


@pytest.mark.parametrize(
    ("service", "rate"),
    [("eks", 5), ("ec2", 5), ("iam", 2), ("logs", 2), ("ssm", 2), ("kms", 20), ("ecr", 10), ("organizations", 2)],
)
def test_each_service_has_its_rate(pace: Pace, timeline: Timeline, service: str, rate: int) -> None:
    take(pace, rate * 11, (ACCOUNT, REGION, service, "Describe"))
    assert timeline.now - 100 == pytest.approx(10)


def test_a_rest_fills_the_bucket_and_no_more(pace: Pace, timeline: Timeline) -> None:
    take(pace, 5)
    timeline.now += 0.4
    take(pace, 2)
    assert timeline.slept == []
    timeline.now += 3600
    take(pace, 5)
    assert timeline.slept == []
    take(pace, 1)
    assert timeline.slept == [0.2]


@pytest.mark.parametrize(
    "other",
    [
        (OTHER_ACCOUNT, REGION, "eks", "DescribeNodegroup"),
        (ACCOUNT, OTHER_REGION, "eks", "DescribeNodegroup"),
        (ACCOUNT, REGION, "eks", "DescribeAddon"),
    ],
)
def test_others_have_buckets_of_their_own(pace: Pace, timeline: Timeline, other: tuple[str, str, str, str]) -> None:
    take(pace, 5)
    take(pace, 5, other)
    assert timeline.slept == []


def test_threads_take_turns(timeline: Timeline) -> None:
    waits: list[float] = []
    pace = Pace(lambda: 0.0, waits.append)
    threads = [threading.Thread(target=take, args=(pace, 5)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(round(wait, 6) for wait in waits) == [round(0.2 * turn, 6) for turn in range(1, 36)]


# --- over AWS


def source_of(aws: SimulatedAws, timeline: Timeline, **options: object) -> AwsEvidenceSource:
    given = {"region": REGION, "account": ACCOUNT, "width": 1, "attempts": 1, "paced": True} | options
    access = Access(**given)  # type: ignore[arg-type]
    return AwsEvidenceSource(Sessions(access, transport=aws, pace=Pace(lambda: timeline.now, timeline.sleep)))


@pytest.mark.usefixtures("simulated_credentials")
def test_calls_in_watched_accounts_keep_the_pace(timeline: Timeline) -> None:
    aws = SimulatedAws(world_of(Shape(clusters=1, repositories=31)))
    source = source_of(aws, timeline)
    source.collect_region(Target(ACCOUNT, REGION), frozenset({"lifecycle_policies"}), NOW)
    assert aws.calls["ecr:GetLifecyclePolicy"] == 31
    assert timeline.now - 100 == pytest.approx(2.1)


@pytest.mark.usefixtures("simulated_credentials")
def test_every_page_and_every_account_waits_for_its_turn(timeline: Timeline) -> None:
    aws = SimulatedAws(world_of(Shape(clusters=0, volumes=3001)))
    source = source_of(aws, timeline, role=ROLE)
    for account in (ACCOUNT, OTHER_ACCOUNT):
        source.collect_region(Target(account, REGION), frozenset({"volumes"}), NOW)
    assert aws.calls["ec2:DescribeVolumes"] == 8
    assert timeline.slept == [0.2, 0.2]


@pytest.mark.usefixtures("simulated_credentials")
def test_attempts_wait_for_their_turn_too(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    aws = SimulatedAws(world_of(Shape(clusters=1)))
    aws.refuse("logs:DescribeLogGroups", Refusal("InternalFailure", 500))
    source = source_of(aws, timeline, attempts=5)
    source.collect_region(Target(ACCOUNT, REGION), frozenset({"log_groups"}), NOW)
    assert aws.calls["logs:DescribeLogGroups"] == 5
    assert timeline.slept == [0.5, 0.5, 0.5]


@pytest.mark.usefixtures("simulated_credentials")
def test_without_a_pace_nothing_waits(timeline: Timeline) -> None:
    aws = SimulatedAws(world_of(Shape(clusters=1, repositories=31)))
    source = source_of(aws, timeline, paced=False)
    source.collect_region(Target(ACCOUNT, REGION), frozenset({"lifecycle_policies"}), NOW)
    assert timeline.slept == []


@pytest.mark.usefixtures("simulated_credentials")
def test_plumbline_s_own_tables_and_topics_are_called_at_once(timeline: Timeline) -> None:
    sessions = Sessions(
        Access(region=REGION, account=ACCOUNT, paced=True),
        transport=SimulatedAws(world_of(Shape(clusters=0))),
        pace=Pace(lambda: timeline.now, timeline.sleep),
    )
    client = sessions.client("", REGION, "sts")
    for _ in range(10):
        client.get_caller_identity()  # type: ignore[attr-defined]
    assert timeline.slept == []
