"""Placement: nodes cannot be reached from outside."""

from typing import Literal

from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import Routes
from plumbline.domain.evidence.eks import RemoteAccess
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import known, need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)


class PublicPools(Parameters, frozen=True):
    """Pools that may be public."""

    allowed_public_pools: tuple[str, ...] = ()


@control(
    "nodegroup.private-placement",
    title="Nodes run in private subnets without public addresses",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a subnet of the pool has a default route to an internet gateway, a running node has a public IPv4 "
        "address, or the launch template requests one; PASS otherwise. NOT_APPLICABLE for hybrid nodes."
    ),
    remediation="Recreate the group in private subnets with NAT or VPC endpoints.",
    references=(
        "CIS 5.4.3",
        "Security Hub EC2.9, EC2.25",
        "Prowler ec2_instance_public_ip, ec2_launch_template_no_public_ip",
        "hardeneks deploy_workers_onto_private_subnets",
    ),
)
def nodes_are_private(pool: ComputePool, routes: Section[Routes], p: PublicPools) -> Verdict:
    """A node with a public address or a route from the internet can be reached by anybody who finds a way in.

    Every port of every pod on the host network is then one security group rule away from the world.
    """
    if pool.kind is PoolKind.HYBRID:
        return not_applicable("hybrid", "hybrid nodes run outside of AWS")
    if pool.name in p.allowed_public_pools:
        return not_applicable("allowed_public", f"configuration allows {pool.name} to be public")
    public_subnets = _public_subnets(pool, routes)
    public_nodes = sorted(i.instance_id for i in known(pool.instances, ()) if i.public_ip_address)
    template_is_public = _template_requests_address(pool)
    observed = {
        "subnets": sorted(pool.subnets),
        "public_subnets": public_subnets,
        "nodes_with_public_address": bool(public_nodes),
        "template_requests_public_address": template_is_public,
    }
    problems = {}
    if public_subnets:
        problems["public_subnet"] = f"its subnets {', '.join(public_subnets)} route to the internet"
    if public_nodes:
        problems["public_address"] = f"its nodes {', '.join(public_nodes)} have public addresses"
    if template_is_public:
        problems["template_public_address"] = "its launch template requests public addresses"
    if problems:
        return failed(list(problems), f"{pool.name} is public: {' and '.join(problems.values())}", observed=observed)
    need(pool.instances)
    need(pool.template)
    unlisted = sorted(subnet for subnet in pool.subnets if need(routes).table_of(subnet) is None)
    if unlisted:
        text = f"no route table was listed for {', '.join(unlisted)}"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    return passed("all subnets are private and no node has a public address", observed=observed)


def _public_subnets(pool: ComputePool, routes: Section[Routes]) -> list[str]:
    if isinstance(routes, NotCollected):
        return []
    return sorted(subnet for subnet in pool.subnets if routes.value.internet_gateway_of(subnet))


def _template_requests_address(pool: ComputePool) -> bool:
    template = known(pool.template, None)
    interfaces = template.launch_template_data.network_interfaces if template else ()
    return any(interface.associate_public_ip_address for interface in interfaces)


class KeyPairs(Parameters, frozen=True):
    """What a key pair that opens no port counts as."""

    key_pair: Literal["warn", "fail"] = "warn"


@control(
    "nodegroup.remote-access",
    title="No SSH path into the nodes is opened",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL, critical, when remote access is set up without source security groups, which opens the port to the "
        "internet. WARN (or FAIL with key-pair=fail) when a key pair is present in any other way. PASS without one. "
        "NOT_APPLICABLE for Fargate, which has no nodes to log in to."
    ),
    remediation="Recreate the group without a key pair and use aws ssm start-session.",
    references=("Security Hub EC2.13 (near)",),
)
def nodes_have_no_ssh_path(pool: ComputePool, p: KeyPairs) -> Verdict:
    """EKS opens the SSH port to the whole internet when remote access names a key and no source.

    A shared key cannot be told apart by person, and its use is recorded nowhere; Session Manager does both.
    """
    if pool.kind is PoolKind.FARGATE:
        return not_applicable("fargate", "Fargate has no nodes to log in to")
    access = (pool.group.remote_access if pool.group else None) or RemoteAccess()
    template = known(pool.template, None)
    keys = sorted_unique(
        [
            access.ec2_ssh_key,
            template.launch_template_data.key_name if template else None,
            *(instance.key_name for instance in known(pool.instances, ())),
        ]
    )
    observed = {"key_pairs": list(keys), "source_security_groups": sorted(access.source_security_groups)}
    if access.ec2_ssh_key and not access.source_security_groups:
        text = f"remote access with key pair {access.ec2_ssh_key} and no source security group is open to the internet"
        return failed("open_to_the_internet", text, observed=observed, severity=Severity.CRITICAL)
    if keys:
        judged = warned if p.key_pair == "warn" else failed
        return judged("key_pair", f"nodes accept the key pair {', '.join(keys)}", observed=observed)
    need(pool.instances)
    need(pool.template)
    return passed("nodes have no key pair", observed=observed)
