"""Made of: which resources of other services stand behind one that is judged, so that a change finds its finding."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property

from plumbline.domain.evidence.section import Collected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.index import Kind
from plumbline.domain.need import known
from plumbline.domain.pools import ComputePool
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

_NOTHING: frozenset[Resource] = frozenset()


class MadeOf:
    """What the resources of one snapshot are made of; built when the first transition asks.

    Args:
        snapshot: the subject's joined evidence.
        now: the time of the assessment.
        facts: the region's facts when they are shared with other clusters of the region.

    """

    def __init__(self, snapshot: Snapshot, now: datetime, facts: RegionFacts | None = None) -> None:
        self._view = View(snapshot, now, facts)

    def __call__(self, resource: Resource) -> frozenset[Resource]:
        """Return the parts of a resource; none when nothing is known of it."""
        return self._parts.get(resource, _NOTHING)

    @cached_property
    def _parts(self) -> dict[Resource, frozenset[Resource]]:
        found: dict[Resource, set[Resource]] = defaultdict(set)
        for pool in self._view.pools:
            found[pool.resource].update(self._of_pool(pool))
        if isinstance(self._view.vpc, Collected):
            vpc = self._view.vpc.value
            found[Resource(Kind.VPC, vpc.vpc_id)].update(self._of_vpc(vpc.vpc_id))
            for subnet in vpc.subnet_ids:
                found[Resource(Kind.SUBNET, subnet)].update(self._of_subnet(subnet))
        for role, policies in self._policies():
            found[role].update(policies)
        return {resource: frozenset(parts) for resource, parts in found.items()}

    def _of_pool(self, pool: ComputePool) -> Iterator[Resource]:
        for group in known(pool.auto_scaling_groups, ()):
            yield Resource(Kind.AUTO_SCALING_GROUP, group.auto_scaling_group_name)
            yield from _all(Kind.LAUNCH_TEMPLATE, (template or "" for template in group.template_ids))
            if group.template is not None:
                yield from _all(Kind.LAUNCH_TEMPLATE, [group.template.launch_template_name or ""])
        if pool.group is not None and pool.group.launch_template is not None:
            template = pool.group.launch_template
            yield from _all(Kind.LAUNCH_TEMPLATE, [template.id or "", template.name or ""])
        for instance in known(pool.instances, ()):
            yield Resource(Kind.INSTANCE, instance.instance_id)
            yield from _all(Kind.SECURITY_GROUP, (group.group_id for group in instance.security_groups))
        for subnet in pool.subnets:
            yield Resource(Kind.SUBNET, subnet)
            yield from self._of_subnet(subnet)

    def _of_subnet(self, subnet: str) -> Iterator[Resource]:
        if isinstance(self._view.facts.routes, Collected):
            table = self._view.facts.routes.value.table_of(subnet)
            if table is not None:
                yield Resource(Kind.ROUTE_TABLE, table.route_table_id)

    def _of_vpc(self, vpc: str) -> Iterator[Resource]:
        region = self._view.snapshot.region
        defaults = (group for group in known(region.security_groups, ()) if group.group_name == "default")
        yield from _all(Kind.SECURITY_GROUP, (group.group_id for group in defaults if group.vpc_id == vpc))
        tables = (table.route_table_id for table in known(region.route_tables, ()) if table.vpc_id == vpc)
        yield from _all(Kind.ROUTE_TABLE, tables)
        gateways = (gateway.nat_gateway_id for gateway in known(region.nat_gateways, ()) if gateway.vpc_id == vpc)
        yield from _all(Kind.NAT_GATEWAY, gateways)
        endpoints = (endpoint.vpc_endpoint_id for endpoint in known(region.vpc_endpoints, ()) if endpoint.vpc_id == vpc)
        yield from _all(Kind.VPC_ENDPOINT, endpoints)
        subnets = {subnet.subnet_id for subnet in known(region.subnets, ()) if subnet.vpc_id == vpc}
        yield from _all(Kind.SUBNET, subnets)

    def _policies(self) -> Iterator[tuple[Resource, Iterable[Resource]]]:
        if isinstance(self._view.snapshot.account.authorization, Collected):
            for role in self._view.snapshot.account.authorization.value.roles:
                attached = (policy.policy_arn for policy in role.attached_managed_policies)
                yield Resource(Kind.ROLE, role.arn), _all(Kind.POLICY, attached)


def _all(kind: Kind, names: Iterable[str]) -> Iterator[Resource]:
    return (Resource(kind, name) for name in names if name)
