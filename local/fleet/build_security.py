"""Security groups and network ACLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from local.fleet.manifest import Ingress, Vpc
from local.fleet.names import cluster_group_id, vpc_id
from local.simulators.world import Place, Row, identifier

_EVERYWHERE: Row = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_TCP = "6"
_LAST_RULE = 32767


def add_group(place: Place, own: str, name: str, vpc: str, ingress: list[Row], egress: list[Row]) -> str:
    """Adds a security group with these rules and answers its id."""
    place.security_groups.append(
        {
            "GroupId": own,
            "GroupName": name,
            "Description": name,
            "VpcId": vpc,
            "OwnerId": place.account,
            "IpPermissions": ingress,
            "IpPermissionsEgress": egress,
            "Tags": [],
        }
    )
    return own


def add_default_group(place: Place, vpc: Vpc) -> None:
    """The group `default` of a VPC: without rules, or with those that EC2 gives it."""
    network = vpc_id(place, vpc.name)
    own = identifier("sg", network, "default")
    is_open = vpc.open_default_group
    add_group(place, own, "default", network, [_from(own)] if is_open else [], [dict(_EVERYWHERE)] if is_open else [])


def add_cluster_group(place: Place, cluster: str, vpc: str) -> str:
    """The group that EKS makes for a cluster: all traffic among its members."""
    own = cluster_group_id(place, cluster)
    return add_group(place, own, f"eks-cluster-sg-{cluster}-1", vpc, [_from(own)], [dict(_EVERYWHERE)])


def add_open_group(place: Place, name: str, vpc: str, ingress: Iterable[Ingress]) -> str:
    """A customer's group that admits what the manifest says."""
    own = identifier("sg", place.account, place.region, name)
    return add_group(place, own, name, vpc, [_rule(one) for one in ingress], [dict(_EVERYWHERE)])


def _from(group: str) -> Row:
    return {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}


def _rule(ingress: Ingress) -> Row:
    peers = {"Ipv6Ranges": [{"CidrIpv6": ingress.cidr}]} if ":" in ingress.cidr else None
    row: Row = {"IpProtocol": "-1", **(peers or {"IpRanges": [{"CidrIp": ingress.cidr}]})}
    if ingress.ports:
        row.update(IpProtocol="tcp", FromPort=ingress.ports[0], ToPort=ingress.ports[1])
    return row


def add_network_acls(place: Place, vpc: Vpc, private: list[Row], public: list[Row]) -> None:
    """The default ACL, which allows everything, and one for the private subnets that admits no administration."""
    guarded = [] if vpc.default_network_acl else private
    others = [*private, *public] if vpc.default_network_acl else public
    place.network_acls.append(_acl(place, vpc, "default", others, _allow_all()))
    if guarded:
        place.network_acls.append(_acl(place, vpc, "private", guarded, [*_deny_administration(), *_allow_all()]))


def _acl(place: Place, vpc: Vpc, name: str, subnets: list[Row], entries: Iterable[Row]) -> Row:
    own = identifier("acl", place.account, place.region, vpc.name, name)
    return {
        "NetworkAclId": own,
        "VpcId": vpc_id(place, vpc.name),
        "OwnerId": place.account,
        "IsDefault": name == "default",
        "Associations": [
            {
                "NetworkAclAssociationId": identifier("aclassoc", subnet["SubnetId"]),
                "NetworkAclId": own,
                "SubnetId": subnet["SubnetId"],
            }
            for subnet in subnets
        ],
        "Entries": list(entries),
        "Tags": [],
    }


def _deny_administration() -> Iterator[Row]:
    for number, port in enumerate((22, 3389)):
        rule = {"RuleAction": "deny", "Egress": False, "Protocol": _TCP, "PortRange": {"From": port, "To": port}}
        yield {**rule, "RuleNumber": 50 + number, "CidrBlock": "0.0.0.0/0"}
        yield {**rule, "RuleNumber": 60 + number, "Ipv6CidrBlock": "::/0"}


def _allow_all() -> Iterator[Row]:
    for is_egress in (False, True):
        for action, first in (("allow", 100), ("deny", _LAST_RULE)):
            rule = {"RuleAction": action, "Egress": is_egress, "Protocol": "-1"}
            yield {**rule, "RuleNumber": first, "CidrBlock": "0.0.0.0/0"}
            yield {**rule, "RuleNumber": first + 1, "Ipv6CidrBlock": "::/0"}
