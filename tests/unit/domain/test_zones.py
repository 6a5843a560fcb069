import pytest

from plumbline.domain.evidence.ec2 import Subnet
from plumbline.domain.zones import Subnets, in_availability_zone


@pytest.mark.parametrize(
    ("zone", "counts"),
    [
        ("eu-west-1a", True),
        ("us-gov-west-1b", True),
        ("ap-southeast-2c", True),
        ("us-iso-east-1a", True),
        ("us-west-2-lax-1a", False),
        ("us-east-1-wl1-bos-wlz-1", False),
        ("", False),
    ],
)
def test_only_zones_of_the_region_itself_count(zone: str, *, counts: bool) -> None:
    assert in_availability_zone(Subnet(subnet_id="s", availability_zone=zone)) is counts


def test_a_subnet_on_an_outpost_does_not_count() -> None:
    outpost = Subnet(
        subnet_id="s", availability_zone="eu-west-1a", outpost_arn="arn:aws:outposts:eu-west-1:1:outpost/o"
    )
    assert not in_availability_zone(outpost)


def test_zones_are_counted_once_and_what_is_not_listed_is_named() -> None:
    subnets = Subnets(
        Subnet(subnet_id=name, availability_zone=f"eu-west-1{name[-1]}") for name in ("s-a", "t-a", "s-b")
    )
    assert subnets.zones(["s-a", "t-a", "s-b", "s-x"]) == ["eu-west-1a", "eu-west-1b"]
    assert subnets.unlisted(["s-x", "s-a", "s-x"]) == ["s-x"]
    assert subnets.of("s-x") is None
