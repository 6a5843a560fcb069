import pytest

from plumbline.domain.network import ALL_PORTS, TCP, UDP, Ports, acl_admits, admits_all_traffic, open_ports
from tests.unit.surroundings import acl_entry, network_acl, permission, security_group

EVERYBODY = "0.0.0.0/0"


@pytest.mark.parametrize(
    ("text", "ports", "written"),
    [(22, Ports(22, 22), "22"), ("22", Ports(22, 22), "22"), ("2379-2380", Ports(2379, 2380), "2379-2380")],
)
def test_ports_are_read_and_written(text: int | str, ports: Ports, written: str) -> None:
    assert Ports.parse(text) == ports
    assert str(ports) == written


@pytest.mark.parametrize("text", ["", "ssh", "22-", "-22", "22-23-24", "22.5"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a port nor a range"):
        Ports.parse(text)


@pytest.mark.parametrize(
    ("ports", "shared"),
    [((1, 9), False), ((1, 10), True), ((12, 13), True), ((20, 30), True), ((21, 30), False), ((1, 99), True)],
)
def test_ranges_overlap_at_their_ends_too(ports: tuple[int, int], *, shared: bool) -> None:
    assert Ports(10, 20).overlaps(Ports(*ports)) is shared
    assert Ports(*ports).overlaps(Ports(10, 20)) is shared


def test_only_what_everybody_reaches_is_open() -> None:
    group = security_group(
        "sg-1",
        "x",
        permission("tcp", (22, 22), EVERYBODY),
        permission("6", (80, 81), "::/0"),
        permission("udp", (53, 53), EVERYBODY),
        permission("tcp", (443, 443), "10.0.0.0/8"),
        permission("icmp", (-1, -1), EVERYBODY),
    )
    assert sorted(open_ports(group, TCP)) == [Ports(22, 22), Ports(80, 81)]
    assert sorted(open_ports(group, UDP)) == [Ports(53, 53)]
    assert not admits_all_traffic(group)


def test_all_traffic_opens_every_port() -> None:
    group = security_group("sg-1", "x", permission("-1", None, EVERYBODY))
    assert list(open_ports(group, TCP)) == list(open_ports(group, UDP)) == [ALL_PORTS]
    assert admits_all_traffic(group)


def test_an_acl_without_a_rule_admits_nothing() -> None:
    assert not acl_admits(network_acl(), 22)
    assert acl_admits(network_acl(acl_entry(100, "allow", (20, 22))), 22)
    assert not acl_admits(network_acl(acl_entry(100, "allow", (20, 21))), 22)
