"""The world depends on its options alone; throttling on its clock alone."""

from datetime import date

import msgspec
import pytest

from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.options import Options
from benchmarks.fleet.server import Service
from benchmarks.fleet.throttling import Throttle
from benchmarks.fleet.traits import Place
from benchmarks.fleet.truth import truth_of
from benchmarks.fleet.wire import Request, recognised, throttled
from benchmarks.fleet.world import World

DAY = date(2026, 1, 5)
OPTIONS = Options(clusters=50, today=DAY)


def request(path: str, body: bytes = b"", service: str = "eks", **headers: str) -> Request:
    scope = f"AWS4-HMAC-SHA256 Credential=ASIA111100000000FLET/20260105/us-east-1/{service}/aws4_request, Signature=x"
    return Request("POST" if body else "GET", path, {"authorization": scope, **headers}, body)


def test_same_options_give_the_same_bytes() -> None:
    asked = [request("/clusters"), request("/clusters/prod-pay-00000"), request("/addons/supported-versions")]
    first, second = Service(OPTIONS), Service(OPTIONS)
    assert [first.answer(one) for one in asked] == [second.answer(one) for one in asked]
    other = Service(msgspec.structs.replace(OPTIONS, seed=2))
    assert first.answer(asked[1]) != other.answer(asked[1])


def test_truth_is_the_same_on_every_day() -> None:
    later = msgspec.structs.replace(OPTIONS, today=date(2031, 7, 1))
    assert truth_of(World(OPTIONS)) == truth_of(World(later))


def test_truth_of_places_adds_up() -> None:
    world = World(Options(clusters=20, accounts=2, regions=("us-east-1", "eu-west-1"), today=DAY))
    whole = truth_of(world)
    parts = [truth_of(world, place) for place in world.places()]
    assert len(parts) == 4
    assert {name: sum(part.get(name, 0) for part in parts) for name in whole} == whole


def test_bucket_lets_the_burst_through_and_then_the_rate() -> None:
    moments = [0.0]
    throttle = Throttle(rate=2, burst=3, clock=lambda: moments[-1])
    here, there = Place("1", "a"), Place("1", "b")
    assert [throttle.admits(here, "eks.ListClusters") for _ in range(4)] == [True, True, True, False]
    assert throttle.admits(there, "eks.ListClusters")
    assert throttle.admits(here, "eks.DescribeCluster")
    moments.append(0.5)
    assert [throttle.admits(here, "eks.ListClusters") for _ in range(2)] == [True, False]
    throttle.reset()
    assert throttle.admits(here, "eks.ListClusters")


def test_without_a_rate_nothing_is_throttled() -> None:
    throttle = Throttle(rate=0, burst=0, clock=lambda: 0)
    assert all(throttle.admits(Place("1", "a"), "x") for _ in range(100))


def test_throttled_call_is_counted_and_not_answered() -> None:
    service = Service(msgspec.structs.replace(OPTIONS, throttle_rate=1, throttle_burst=1))
    answers = [service.answer(request("/clusters"))[:12] for _ in range(2)]
    assert answers == [b"HTTP/1.1 200", b"HTTP/1.1 429"]
    assert service.counters.stats().throttled == {"eks.ListClusters": 1}


@pytest.mark.parametrize(
    ("service", "error"),
    [
        ("eks", ("ThrottlingException", 429)),
        ("ssm", ("ThrottlingException", 400)),
        ("ec2", ("RequestLimitExceeded", 503)),
        ("iam", ("Throttling", 400)),
    ],
)
def test_each_service_throttles_in_its_own_words(service: str, error: tuple[str, int]) -> None:
    said: AwsError = throttled(recognised(request("/", b"{}", service)))
    assert (said.code, said.status) == error


def test_calls_are_recognised_in_every_protocol() -> None:
    asked = [
        request("/clusters/a%2Fb/node-groups/g?maxResults=5"),
        request("/", b"Action=DescribeVpcs&Version=2016-11-15&VpcId.1=vpc-1", "ec2"),
        request("/", b'{"KeyId": "k"}', "kms", **{"x-amz-target": "TrentService.DescribeKey"}),
    ]
    found = [recognised(one) for one in asked]
    assert [(one.name, one.answer is not None) for one in found] == [
        ("eks.DescribeNodegroup", True),
        ("ec2.DescribeVpcs", True),
        ("kms.DescribeKey", True),
    ]
    assert found[0].parameters == {"maxResults": "5", "cluster": "a/b", "part": "g"}
    assert found[1].parameters["VpcId.1"] == "vpc-1"
    assert found[2].parameters == {"KeyId": "k"}
    assert found[0].place == Place("111100000000", "us-east-1")
