"""The network as controls judge it: subnets, security groups and network ACLs by what the cluster uses them for."""

from collections.abc import Iterable, Iterator

import msgspec

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Section

ALL_TRAFFIC = "-1"
TCP = frozenset({"tcp", "6", ALL_TRAFFIC})
UDP = frozenset({"udp", "17", ALL_TRAFFIC})
EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class Ports(msgspec.Struct, frozen=True, order=True):
    """A range of ports, both ends included."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: int | str) -> "Ports":
        """Read `22` or `2379-2380`.

        Raises:
            ValueError: the text is neither a port nor a range of them.

        """
        first, dash, last = str(text).partition("-")
        if not (first.isdecimal() and (last if dash else "0").isdecimal()):
            raise ValueError(f"{text!r} is neither a port nor a range such as 2379-2380")
        return cls(int(first), int(last or first))

    def overlaps(self, other: "Ports") -> bool:
        """Whether the ranges share a port."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


ALL_PORTS = Ports(0, 65535)


class ClusterSubnet(msgspec.Struct, frozen=True):
    """A subnet and what the cluster uses it for: the control plane's interfaces, nodes, Fargate pods, other pods.

    `of_pods` are those that an ENIConfig names: pods take addresses there, and no longer from their node's subnet.
    """

    subnet: ec2.Subnet
    of_control_plane: bool
    of_nodes: bool
    of_fargate: bool
    of_pods: bool = False


class DefaultGroup(msgspec.Struct, frozen=True):
    """The default security group of the cluster's VPC, and whether the control plane or a node uses it."""

    vpc_id: str
    group: ec2.SecurityGroup
    in_use: Section[bool]


class ClusterSecurityGroup(msgspec.Struct, frozen=True):
    """A security group of the control plane, of a running node or of a node template."""

    group: ec2.SecurityGroup


class ClusterNetworkAcl(msgspec.Struct, frozen=True):
    """A network ACL on a subnet of the control plane or the nodes."""

    acl: ec2.NetworkAcl


def open_ports(group: ec2.SecurityGroup, protocols: frozenset[str]) -> Iterator[Ports]:
    """Yield the ports that a security group opens to everywhere for one of the protocols."""
    for permission in group.ip_permissions:
        if permission.ip_protocol in protocols and _from_everywhere(permission):
            # Rules for all traffic have no ports, or -1.
            unlimited = permission.from_port in (None, -1) or permission.ip_protocol == ALL_TRAFFIC
            yield ALL_PORTS if unlimited else Ports(permission.from_port or 0, permission.to_port or 0)


def admits_all_traffic(group: ec2.SecurityGroup) -> bool:
    """Whether a security group opens everything to everywhere."""
    return any(
        permission.ip_protocol == ALL_TRAFFIC and _from_everywhere(permission) for permission in group.ip_permissions
    )


def _from_everywhere(permission: ec2.IpPermission) -> bool:
    named = {one.cidr_ip for one in permission.ip_ranges} | {one.cidr_ipv6 for one in permission.ipv6_ranges}
    return bool(EVERYWHERE & named)


def acl_admits(acl: ec2.NetworkAcl, port: int) -> bool:
    """Whether the first inbound rule on TCP traffic from everywhere to a port allows it."""
    inbound = sorted((entry for entry in acl.entries if not entry.egress), key=lambda entry: entry.rule_number)
    return any(_first_allows(inbound, anywhere, port) for anywhere in EVERYWHERE)


def _first_allows(inbound: Iterable[ec2.NetworkAclEntry], anywhere: str, port: int) -> bool:
    matching = (entry for entry in inbound if anywhere in (entry.cidr_block, entry.ipv6_cidr_block))
    first = next((entry for entry in matching if _speaks_of(entry, port)), None)
    return first is not None and first.rule_action.lower() == "allow"


def _speaks_of(entry: ec2.NetworkAclEntry, port: int) -> bool:
    if entry.protocol not in TCP:
        return False
    ports = entry.port_range
    if entry.protocol == ALL_TRAFFIC or ports is None or ports.from_port is None or ports.to_port is None:
        return True
    return ports.from_port <= port <= ports.to_port
