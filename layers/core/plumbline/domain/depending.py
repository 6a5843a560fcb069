"""Depending: what a subject's evidence says it is made of, for the reverse index."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import msgspec

from plumbline.domain.arn import account_of
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.index import Dependencies, Dependency, Kind, collected, dependency
from plumbline.domain.need import known
from plumbline.domain.snapshot import Snapshot, pieces
from plumbline.domain.subject import Level
from plumbline.domain.trust import web_identity_trusts
from plumbline.domain.verdict import Reason
from plumbline.domain.view import View

# Evidence missing for one of these may be there next time; what a refusal hides will stay hidden.
_FOR_NOW = frozenset({Reason.THROTTLED, Reason.ENDPOINT_UNREACHABLE, Reason.NOT_COLLECTED})
_AUTOSCALER = "cluster-autoscaler"
_POOLS = ("cluster", "nodegroups", "fargate_profiles", "auto_scaling_groups", "launch_templates", "instances")


class _Finder(msgspec.Struct, frozen=True):
    """How to find the resources of one kind, and the sections that takes."""

    kind: Kind
    sections: tuple[str, ...]
    find: Callable[[View], Iterable[str]]
    of_vpc: bool = False


def dependencies(snapshot: Snapshot, now: datetime, facts: RegionFacts | None = None) -> Dependencies:
    """Return what a subject depends on.

    Args:
        snapshot: its joined evidence, stale sections left out.
        now: the time of the assessment.
        facts: the region's facts when they are shared with other clusters of the region.

    """
    view = View(snapshot, now, facts)
    finders = _FINDERS.get(snapshot.subject.level, ())
    unread = [finder.kind for finder in finders if _is_unread(snapshot, finder.sections)]
    return collected((one for finder in finders for one in _found(view, finder)), unread)


def _found(view: View, finder: _Finder) -> Iterator[Dependency | None]:
    subject = view.snapshot.subject
    account = _vpc_owner(view) if finder.of_vpc else subject.account
    for named in finder.find(view):
        yield dependency(finder.kind, named, account, subject.region)


def _is_unread(snapshot: Snapshot, sections: Iterable[str]) -> bool:
    return any(
        isinstance(piece, NotCollected) and piece.reason in _FOR_NOW
        for name in sections
        for piece in pieces(getattr(snapshot.part_of(name), name))
    )


def _vpc_owner(view: View) -> str:
    """Return whose events tell of the VPC's parts: a shared VPC is another account's."""
    own = view.snapshot.subject.account
    return (known(view.vpc.value.owner, own) or own) if isinstance(view.vpc, Collected) else own


# --- of a cluster


def _vpc_ids(view: View) -> set[str]:
    return {view.vpc.value.vpc_id} if isinstance(view.vpc, Collected) else set()


def _subnets(view: View) -> set[str]:
    return set(view.vpc.value.subnet_ids) if isinstance(view.vpc, Collected) else set()


def _security_groups(view: View) -> Iterator[str]:
    part = view.snapshot.cluster
    if isinstance(part.cluster, Collected):
        config = part.cluster.value.resources_vpc_config
        yield from (*config.security_group_ids, config.cluster_security_group_id or "")
    for group in part.nodegroups.collected():
        yield group.resources.remote_access_security_group or ""
    for pool in view.pools:
        template = known(pool.template, None)
        if template is not None:
            yield from template.launch_template_data.security_group_ids
            for interface in template.launch_template_data.network_interfaces:
                yield from interface.groups
        for instance in known(pool.instances, ()):
            yield from (group.group_id for group in instance.security_groups)
    # The default group of the VPC is judged with it.
    for found in known(view.snapshot.region.security_groups, ()):
        if found.group_name == "default" and found.vpc_id in _vpc_ids(view):
            yield found.group_id


def _route_tables(view: View) -> Iterator[str]:
    vpcs, subnets = _vpc_ids(view), _subnets(view)
    for table in known(view.snapshot.region.route_tables, ()):
        serving = [one for one in table.associations if one.main or one.subnet_id in subnets]
        if table.vpc_id in vpcs and serving:
            yield table.route_table_id
            yield from (association.route_table_association_id for association in serving)


def _network_acls(view: View) -> Iterator[str]:
    subnets = _subnets(view)
    for acl in known(view.snapshot.region.network_acls, ()):
        guarding = [association for association in acl.associations if association.subnet_id in subnets]
        if guarding:
            yield acl.network_acl_id
            yield from (association.network_acl_association_id for association in guarding)


def _nat_gateways(view: View) -> Iterator[str]:
    gateways = known(view.snapshot.region.nat_gateways, ())
    return (gateway.nat_gateway_id for gateway in gateways if gateway.vpc_id in _vpc_ids(view))


def _vpc_endpoints(view: View) -> Iterator[str]:
    endpoints = known(view.snapshot.region.vpc_endpoints, ())
    return (endpoint.vpc_endpoint_id for endpoint in endpoints if endpoint.vpc_id in _vpc_ids(view))


def _flow_logs(view: View) -> Iterator[str]:
    watched = _vpc_ids(view) | _subnets(view)
    return (log.flow_log_id for log in known(view.snapshot.region.flow_logs, ()) if log.resource_id in watched)


def _launch_templates(view: View) -> Iterator[str]:
    for group in view.snapshot.cluster.nodegroups.collected():
        if group.launch_template is not None:
            yield from (group.launch_template.id or "", group.launch_template.name or "")
    for pool in view.pools:
        for scaled in known(pool.auto_scaling_groups, ()):
            yield from (template or "" for template in scaled.template_ids)
            yield (scaled.template.launch_template_name or "") if scaled.template else ""


def _auto_scaling_groups(view: View) -> Iterator[str]:
    for group in view.snapshot.cluster.nodegroups.collected():
        yield from group.auto_scaling_group_names
    for pool in view.pools:
        yield from (group.auto_scaling_group_name for group in known(pool.auto_scaling_groups, ()))


def _instances(view: View) -> Iterator[str]:
    return (instance.instance_id for instance in known(view.instances, ()))


def _roles(view: View) -> Iterator[str]:
    part = view.snapshot.cluster
    if isinstance(part.cluster, Collected):
        cluster = part.cluster.value
        yield cluster.role_arn or ""
        yield (cluster.compute_config.node_role_arn or "") if cluster.compute_config else ""
    yield from (group.node_role or "" for group in part.nodegroups.collected())
    yield from (profile.pod_execution_role_arn or "" for profile in part.fargate_profiles.collected())
    for association in part.pod_identities.collected():
        yield from (association.role_arn, association.target_role_arn or "")
    yield from (arn for arn in known(part.access_entries, ()) if ":role/" in arn)
    yield from (role.arn for role in _listed_roles(view))


def _listed_roles(view: View) -> Iterator[aws.Role]:
    """Yield the roles of the account that only its own listing ties to the cluster: of nodes, and of workloads."""
    if not isinstance(view.facts.iam, Collected):
        return
    iam = view.facts.iam.value
    profiles = {i.iam_instance_profile.arn for i in known(view.instances, ()) if i.iam_instance_profile}
    for profile in sorted(profiles):
        role = iam.role_of_profile(profile)
        if role is not None:
            yield role
    yield from iam.roles_trusting(_issuer(view))


def _issuer(view: View) -> str:
    described = view.snapshot.cluster.cluster
    issuer = described.value.issuer if isinstance(described, Collected) else None
    return (issuer or "").removeprefix("https://")


def _policies(view: View) -> Iterator[str]:
    if not isinstance(view.facts.iam, Collected):
        return
    iam = view.facts.iam.value
    for arn in set(_roles(view)):
        role = iam.role(arn)
        for attached in role.attached_managed_policies if role else ():
            # AWS's own are changed by nobody whose calls are recorded.
            if account_of(attached.policy_arn).isdigit():
                yield attached.policy_arn


def _users(view: View) -> Iterator[str]:
    return (arn for arn in known(view.snapshot.cluster.access_entries, ()) if ":user/" in arn)


def _autoscalers(view: View) -> Iterator[str]:
    """Yield the roles that the Cluster Autoscaler works with: what it does is no change of the posture."""
    for association in view.snapshot.cluster.pod_identities.collected():
        if association.service_account == _AUTOSCALER:
            yield association.role_arn
    issuer = _issuer(view)
    for role in _listed_roles(view):
        for trust in web_identity_trusts(role.assume_role_policy_document):
            if trust.provider == issuer and any(one.endswith(f":{_AUTOSCALER}") for one in trust.subjects):
                yield role.arn


def _issuers(view: View) -> Iterator[str]:
    yield _issuer(view)


def _keys(view: View) -> Iterator[str]:
    if isinstance(view.key, Collected):
        yield view.key.value.arn or ""


def _log_groups(view: View) -> Iterator[str]:
    yield f"/aws/eks/{view.name}/cluster"


# --- of what clusters share


def _trails(view: View) -> Iterator[str]:
    return (trail.trail_arn for trail in known(view.snapshot.region.trails, ()))


def _irsa_roles(view: View) -> Iterator[str]:
    if isinstance(view.facts.iam, Collected):
        yield from (role.arn for role in view.facts.iam.value.roles_trusting_clusters())


_FINDERS: dict[Level, tuple[_Finder, ...]] = {
    Level.CLUSTER: (
        _Finder(Kind.VPC, ("cluster", "vpcs"), _vpc_ids, of_vpc=True),
        _Finder(Kind.SUBNET, (*_POOLS, "vpcs"), _subnets, of_vpc=True),
        _Finder(Kind.SECURITY_GROUP, (*_POOLS, "security_groups"), _security_groups),
        _Finder(Kind.ROUTE_TABLE, (*_POOLS, "vpcs", "route_tables"), _route_tables, of_vpc=True),
        _Finder(Kind.NETWORK_ACL, (*_POOLS, "vpcs", "network_acls"), _network_acls, of_vpc=True),
        _Finder(Kind.NAT_GATEWAY, ("cluster", "vpcs", "nat_gateways"), _nat_gateways, of_vpc=True),
        _Finder(Kind.VPC_ENDPOINT, ("cluster", "vpcs", "vpc_endpoints"), _vpc_endpoints, of_vpc=True),
        _Finder(Kind.FLOW_LOG, (*_POOLS, "vpcs", "flow_logs"), _flow_logs, of_vpc=True),
        _Finder(Kind.LAUNCH_TEMPLATE, _POOLS, _launch_templates),
        _Finder(Kind.AUTO_SCALING_GROUP, ("nodegroups", "auto_scaling_groups"), _auto_scaling_groups),
        _Finder(Kind.INSTANCE, ("instances",), _instances),
        _Finder(Kind.ROLE, (*_POOLS, "pod_identities", "access_entries", "authorization"), _roles),
        _Finder(Kind.POLICY, (*_POOLS, "pod_identities", "access_entries", "authorization"), _policies),
        _Finder(Kind.USER, ("access_entries",), _users),
        _Finder(Kind.AUTOSCALER, ("cluster", "instances", "pod_identities", "authorization"), _autoscalers),
        _Finder(Kind.ISSUER, ("cluster",), _issuers),
        _Finder(Kind.KEY, ("cluster",), _keys),
        _Finder(Kind.LOG_GROUP, (), _log_groups),
    ),
    Level.REGION: (_Finder(Kind.TRAIL, ("trails",), _trails),),
    Level.ACCOUNT: (_Finder(Kind.ROLE, ("authorization",), _irsa_roles),),
}
