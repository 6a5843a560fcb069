"""Providers of the network: the subnets, security groups and network ACLs that a cluster uses."""

from typing import Any

from plumbline.domain.ec2_facts import Images, NatGateways, VpcEndpoints
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.judged import ALL, first_missing
from plumbline.domain.need import known
from plumbline.domain.network import ClusterNetworkAcl, ClusterSecurityGroup, ClusterSubnet, DefaultGroup
from plumbline.domain.pools import PoolKind
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.verdict import Reason, Resource
from plumbline.domain.view import View
from plumbline.domain.zones import Subnets

CNI = "vpc-cni"


def _config(view: View) -> eks.VpcConfig:
    described = view.snapshot.cluster.cluster
    return described.value.resources_vpc_config if isinstance(described, Collected) else eks.VpcConfig()


def _not_listed(what: str) -> NotCollected:
    return NotCollected(Reason.NOT_FOUND_IN_LISTING, f"{what} was not in the listing")


# --- subnets


def _subnets(view: View) -> Judged[ClusterSubnet]:
    unread = first_missing(view.snapshot.cluster.cluster, view.unread_compute, view.kubernetes.unread("eni_configs"))
    if unread:
        yield Resource("subnet", ALL), unread
    of_pods = frozenset(config.spec.subnet for config in known(view.kubernetes.evidence.eni_configs, ())) - {""}
    of_control_plane = frozenset(_config(view).subnet_ids)
    of_fargate = frozenset(subnet for pool in view.pools if pool.kind is PoolKind.FARGATE for subnet in pool.subnets)
    of_nodes = frozenset(subnet for pool in view.pools if pool.kind is not PoolKind.FARGATE for subnet in pool.subnets)
    for name in sorted(of_control_plane | of_fargate | of_nodes | of_pods):
        used = (name in of_control_plane, name in of_nodes, name in of_fargate, name in of_pods)
        yield Resource("subnet", name), _subnet(view, name, used)


def _subnet(view: View, name: str, used: tuple[bool, bool, bool, bool]) -> Section[ClusterSubnet]:
    listed = view.facts.subnets
    if isinstance(listed, NotCollected):
        return listed
    found = listed.value.of(name)
    return Collected(ClusterSubnet(found, *used), listed.at) if found else _not_listed(name)


# --- security groups


def _groups_in_use(view: View) -> frozenset[str]:
    """Return the security groups of the control plane, of running nodes and of node templates."""
    config = _config(view)
    found = {*config.security_group_ids, config.cluster_security_group_id or ""}
    for pool in view.pools:
        template = known(pool.template, None)
        if template is not None:
            data = template.launch_template_data
            found.update(data.security_group_ids)
            found.update(name for interface in data.network_interfaces for name in interface.groups)
    found.update(group.group_id for instance in known(view.instances, ()) for group in instance.security_groups)
    return frozenset(found) - {""}


def _unread_groups(view: View) -> NotCollected | None:
    templates = (pool.template for pool in view.pools)
    return first_missing(view.snapshot.cluster.cluster, view.unread_compute, *templates)


def _security_groups(view: View) -> Judged[ClusterSecurityGroup]:
    unread = _unread_groups(view)
    if unread:
        yield Resource("security-group", ALL), unread
    listed = view.facts.security_groups
    for name in sorted(_groups_in_use(view)):
        resource = Resource("security-group", name)
        if isinstance(listed, NotCollected):
            yield resource, listed
        elif name in listed.value:
            yield resource, Collected(ClusterSecurityGroup(listed.value[name]), listed.at)
        else:
            yield resource, _not_listed(name)


def _default_groups(view: View) -> Judged[DefaultGroup]:
    vpc_id = _config(view).vpc_id
    yield Resource("vpc", vpc_id or ALL), _default_group(view, vpc_id)


def _default_group(view: View, vpc_id: str | None) -> Section[DefaultGroup]:
    described, listed = view.snapshot.cluster.cluster, view.facts.default_group_by_vpc
    if isinstance(described, NotCollected):
        return described
    if isinstance(listed, NotCollected):
        return listed
    if vpc_id is None:
        return not_collected("the answer of AWS did not hold cluster.resourcesVpcConfig.vpcId")
    found = listed.value.get(vpc_id)
    if found is None:
        return _not_listed(f"the default security group of {vpc_id}")
    return Collected(DefaultGroup(vpc_id, found, _in_use(view, found.group_id)), listed.at)


def _in_use(view: View, group: str) -> Section[bool]:
    if group in _groups_in_use(view):
        return Collected(value=True, at=view.now)
    return _unread_groups(view) or Collected(value=False, at=view.now)


# --- network ACLs


def _network_acls(view: View) -> Judged[ClusterNetworkAcl]:
    kind = "network-acl"
    listed = view.facts.network_acl_by_subnet
    if isinstance(listed, NotCollected):
        yield Resource(kind, ALL), listed
        return
    unread = first_missing(view.snapshot.cluster.cluster, view.unread_compute)
    if unread:
        yield Resource(kind, ALL), unread
    subnets = frozenset({*_config(view).subnet_ids, *view.node_subnets})
    unguarded = sorted(subnet for subnet in subnets if subnet not in listed.value)
    if not unread and unguarded:
        yield Resource(kind, ALL), _not_listed(f"the network ACL of {', '.join(unguarded)}")
    guarding = {acl.network_acl_id: acl for subnet in subnets if (acl := listed.value.get(subnet))}
    for name, acl in sorted(guarding.items()):
        yield Resource(kind, name), Collected(ClusterNetworkAcl(acl), listed.at)


# --- what EC2 says of the VPC


def _vpc_attributes(view: View) -> Judged[ec2.VpcAttributes]:
    described = view.snapshot.cluster.cluster
    vpc_id = _config(view).vpc_id
    if isinstance(described, NotCollected):
        yield Resource("vpc", ALL), described
    else:
        missing = not_collected("the attributes of the VPC were not read")
        yield Resource("vpc", vpc_id or ALL), view.snapshot.region.vpc_attributes.get(vpc_id or "", missing)


_COMPUTE = ("cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "instances")
_GROUPS = (*_COMPUTE, "launch_templates", "security_groups")

NETWORK_RESOURCES: dict[type, ResourceProvider[Any]] = {
    ClusterSubnet: ResourceProvider((*_COMPUTE, "subnets", "eni_configs"), _subnets),
    ClusterSecurityGroup: ResourceProvider(_GROUPS, _security_groups),
    DefaultGroup: ResourceProvider(_GROUPS, _default_groups),
    ClusterNetworkAcl: ResourceProvider((*_COMPUTE, "network_acls"), _network_acls),
    ec2.VpcAttributes: ResourceProvider(("cluster", "vpc_attributes"), _vpc_attributes),
}

NETWORK_FACTS: dict[Any, FactProvider[Any]] = {
    Subnets: FactProvider(("subnets",), lambda view: view.facts.subnets),
    NatGateways: FactProvider(("nat_gateways",), lambda view: view.facts.nat_gateways),
    VpcEndpoints: FactProvider(("vpc_endpoints",), lambda view: view.facts.vpc_endpoints),
    Images: FactProvider(("images",), lambda view: view.facts.images),
    ec2.MetadataDefaults: FactProvider(("metadata_defaults",), lambda view: view.snapshot.region.metadata_defaults),
}
