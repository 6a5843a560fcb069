"""Node groups: where nodes run, from what, and how they are replaced."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.facts import Routes
from plumbline.domain.need import need
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
def nodes_are_private(pool: ComputePool, routes: Routes, p: PublicPools) -> Verdict:
    """A node with a public address or a route from the internet can be reached by anybody who finds a way in.

    Every port of every pod on the host network is then one security group rule away from the world.
    """
    if pool.kind is PoolKind.HYBRID or pool.name in p.allowed_public_pools:
        return not_applicable("hybrid" if pool.kind is PoolKind.HYBRID else "allowed_public")
    public_subnets = sorted(s for s in pool.subnets if routes.internet_gateway_of(s))
    if public_subnets:
        return failed(
            "public_subnet",
            f"subnets route to the internet: {', '.join(public_subnets)}",
            observed={"public_subnets": public_subnets},
        )
    public_nodes = sorted(i.instance_id for i in need(pool.instances) if i.public_ip_address)
    if public_nodes:
        return failed(
            "public_address",
            f"{len(public_nodes)} node(s) have a public address",
            observed={"public_nodes": public_nodes},
        )
    template = need(pool.template)
    if template and any(i.associate_public_ip_address for i in template.launch_template_data.network_interfaces):
        return failed(
            "template_public_address",
            f"launch template {template.launch_template_id} requests a public address",
            observed={"launch_template": template.launch_template_id, "version": template.version_number},
        )
    unlisted = sorted(s for s in pool.subnets if routes.table_of(s) is None)
    if unlisted:
        return unknown(Reason.NOT_FOUND_IN_LISTING, f"no route table was listed for {', '.join(unlisted)}")
    return passed("all subnets are private and no node has a public address", observed={"subnets": list(pool.subnets)})
