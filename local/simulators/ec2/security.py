"""Security groups and network ACLs: reads, and changes of rules."""

from __future__ import annotations

from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.ec2.filters import matching, with_ids
from local.simulators.errors import AwsError
from local.simulators.world import Row

# What a rule admits, by member of an IpPermission.
_PEERS = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
_RULES = {"Ingress": "IpPermissions", "Egress": "IpPermissionsEgress"}


@simulates("ec2", "DescribeSecurityGroups")
def describe_security_groups(call: Call) -> dict[str, Any]:
    """Security groups by id or filter."""
    asked = call.params.get("GroupIds")
    rows = with_ids(call.place.security_groups, asked, "GroupId", "InvalidGroup.NotFound")
    fields = {"vpc-id": "VpcId", "group-id": "GroupId", "group-name": "GroupName"}
    return {"SecurityGroups": matching(rows, call.params.get("Filters", ()), fields)}


@simulates("ec2", "DescribeNetworkAcls")
def describe_network_acls(call: Call) -> dict[str, Any]:
    """Network ACLs by id or filter."""
    asked = call.params.get("NetworkAclIds")
    rows = with_ids(call.place.network_acls, asked, "NetworkAclId", "InvalidNetworkAclID.NotFound")
    fields = {"vpc-id": "VpcId", "network-acl-id": "NetworkAclId", "default": "IsDefault"}
    return {"NetworkAcls": matching(rows, call.params.get("Filters", ()), fields)}


@simulates("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(call: Call) -> dict[str, Any]:
    """Adds rules to a group; one that is there is refused."""
    rules = _rules(call)
    for rule in _asked(call):
        if _parts(rule) <= {part for own in rules for part in _parts(own)}:
            raise AwsError("InvalidPermission.Duplicate", f"the specified rule already exists: {rule}")
        rules.append(rule)
    return {"Return": True, "SecurityGroupRules": []}


@simulates("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def revoke(call: Call) -> dict[str, Any]:
    """Takes rules from a group; what is not there is refused."""
    rules = _rules(call)
    for asked in _asked(call):
        gone = _parts(asked)
        if not gone <= {part for own in rules for part in _parts(own)}:
            raise AwsError("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
        rules[:] = [left for own in rules if (left := _without(own, gone))]
    return {"Return": True, "UnknownIpPermissions": []}


def _rules(call: Call) -> list[Row]:
    """The inbound or outbound rules of the group that a call names."""
    if "GroupId" not in call.params:
        raise AwsError("MissingParameter", "The request must contain the parameter groupId")
    asked = [call.params["GroupId"]]
    [group] = with_ids(call.place.security_groups, asked, "GroupId", "InvalidGroup.NotFound")
    side = next(rules for name, rules in _RULES.items() if call.operation.endswith(name))
    rules: list[Row] = group[side]
    return rules


def _asked(call: Call) -> list[Row]:
    """The rules that a call names: as a list, or as one flat rule."""
    if "IpPermissions" in call.params:
        listed: list[Row] = call.params["IpPermissions"]
        return [dict(rule) for rule in listed]
    if "CidrIp" not in call.params:
        raise AwsError("MissingParameter", "The request must contain a rule")
    ports: Row = {key: call.params[key] for key in ("FromPort", "ToPort") if key in call.params}
    ranges = [{"CidrIp": call.params["CidrIp"]}]
    return [{"IpProtocol": call.params.get("IpProtocol", "-1"), **ports, "IpRanges": ranges}]


_Part = tuple[str, int | None, int | None, str, str]


def _parts(rule: Row) -> frozenset[_Part]:
    """A rule as (protocol, first port, last port, kind of peer, peer) for each peer."""
    return frozenset(_part(rule, kind, peer) for kind in _PEERS for peer in rule.get(kind, ()))


def _part(rule: Row, kind: str, peer: Row) -> _Part:
    who = next(str(value) for key, value in peer.items() if key in ("CidrIp", "CidrIpv6", "GroupId", "PrefixListId"))
    return (rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), kind, who)


def _without(rule: Row, gone: frozenset[_Part]) -> Row | None:
    """What is left of a rule, None when nothing is."""
    left = {kind: [peer for peer in rule.get(kind, ()) if _part(rule, kind, peer) not in gone] for kind in _PEERS}
    return {**rule, **left} if any(left.values()) else None
