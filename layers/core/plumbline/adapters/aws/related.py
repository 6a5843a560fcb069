"""Evidence plan D.2: the facts of a region that depend on what its clusters' descriptions name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.groups import FILTER_VALUES, Templates, read_groups, read_templates
from plumbline.adapters.aws.pool import Pool
from plumbline.adapters.aws.roles import read_role
from plumbline.adapters.aws.things import (
    read_hooks,
    read_images,
    read_key,
    read_parameters,
    read_rotation,
    read_types,
    read_vpc_attributes,
)
from plumbline.domain import related
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.need import joined, known
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence

Clusters = Mapping[str, ClusterEvidence]
Job = Callable[[], Section[Any]]
T = TypeVar("T")


def read_related(
    api: Api,
    clusters: Clusters,
    region: RegionEvidence,
    sections: frozenset[str],
    pool: Pool,
    *,
    by_name: bool = False,
) -> RegionEvidence:
    """Read the sections asked for; the others stay as they are in `region`.

    Groups are read first, then the templates they use, then what all of them name and `region` does not hold.

    Args:
        api: the region's APIs.
        clusters: their descriptions, by name.
        region: what is known of the region.
        sections: what to read.
        pool: runs the calls.
        by_name: whether to read only the Auto Scaling groups that node groups name, none by a cluster's tag.

    """
    first: dict[str, Job] = {name: partial(_IN_VPCS[name], api, clusters) for name in _IN_VPCS if name in sections}
    if "auto_scaling_groups" in sections:
        tagged: Iterable[str] = () if by_name else clusters
        first["auto_scaling_groups"] = partial(read_groups, api, tagged, related.group_names(clusters))
    region = _with(region, first, pool)
    if "launch_templates" in sections:
        region = msgspec.structs.replace(region, launch_templates=_templates(api, clusters, region, pool))
    if "flow_logs" in sections:
        region = _with(region, {"flow_logs": partial(_flow_logs, api, clusters, region)}, pool)
    return msgspec.structs.replace(region, **_things(api, clusters, region, sections, pool))


def _with(region: RegionEvidence, jobs: Mapping[str, Job], pool: Pool) -> RegionEvidence:
    return msgspec.structs.replace(region, **dict(zip(jobs, pool.run(jobs.values()), strict=True)))


def _templates(api: Api, clusters: Clusters, region: RegionEvidence, pool: Pool) -> Templates:
    groups = region.auto_scaling_groups
    if isinstance(groups, NotCollected):
        # Which templates are in use is not known.
        return groups
    wanted = related.template_versions(clusters, groups.value)
    return read_templates(api, wanted, pool, whole_region=_holds_all(clusters, region))


def _holds_all(clusters: Clusters, region: RegionEvidence) -> bool:
    return isinstance(region.clusters, Collected) and set(region.clusters.value) <= set(clusters)


def _flow_logs(api: Api, clusters: Clusters, region: RegionEvidence) -> Section[tuple[ec2.FlowLog, ...]]:
    groups, instances = known(region.auto_scaling_groups, ()), known(region.instances, ())
    watched = related.vpc_ids(clusters) | related.subnet_ids(clusters, groups, instances)
    return api.batched(
        plan.FLOW_LOGS, ec2.FlowLog, watched, FILTER_VALUES, lambda ids: {"Filter": [_filter("resource-id", ids)]}
    )


def _in_vpcs(
    call: plan.Call, kind: type[T], api: Api, clusters: Clusters, *, argument: str = "Filters"
) -> Section[Any]:
    # By filter: a VPC that was deleted would fail the call for all of them.
    vpcs = related.vpc_ids(clusters)
    return api.batched(call, kind, vpcs, FILTER_VALUES, lambda ids: {argument: [_filter("vpc-id", ids)]})


def _filter(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}


_IN_VPCS: Mapping[str, Callable[[Api, Clusters], Section[Any]]] = {
    "vpcs": partial(_in_vpcs, plan.VPCS, ec2.Vpc),
    "subnets": partial(_in_vpcs, plan.SUBNETS, ec2.Subnet),
    "route_tables": partial(_in_vpcs, plan.ROUTE_TABLES, ec2.RouteTable),
    "nat_gateways": partial(_in_vpcs, plan.NAT_GATEWAYS, ec2.NatGateway, argument="Filter"),
    "security_groups": partial(_in_vpcs, plan.SECURITY_GROUPS, ec2.SecurityGroup),
    "network_acls": partial(_in_vpcs, plan.NETWORK_ACLS, ec2.NetworkAcl),
    "vpc_endpoints": partial(_in_vpcs, plan.VPC_ENDPOINTS, ec2.VpcEndpoint),
}

# Things that take calls of their own, and things of which many fit into one call.
_ONE_BY_ONE: Mapping[str, Callable[[Api, str], Section[Any]]] = {
    "keys": read_key,
    "key_rotations": read_rotation,
    "vpc_attributes": read_vpc_attributes,
    "lifecycle_hooks": read_hooks,
    "named_roles": read_role,
}
_TOGETHER: Mapping[str, Callable[[Api, frozenset[str]], Section[Any]]] = {
    "ami_releases": read_parameters,
    "instance_types": read_types,
    "images": read_images,
}


def _things(
    api: Api, clusters: Clusters, region: RegionEvidence, sections: frozenset[str], pool: Pool
) -> dict[str, Any]:
    """Read what is named and not held; of what is held, what is still named stays."""
    single = [
        (section, name)
        for section in _ONE_BY_ONE
        if section in sections
        for name in sorted(related.lacking(region, clusters, section))
    ]
    together = [section for section in _TOGETHER if section in sections]
    jobs: list[Job] = [partial(_ONE_BY_ONE[section], api, name) for section, name in single]
    jobs += [partial(_completed, api, clusters, region, section) for section in together]
    answers = pool.run(jobs)
    read: dict[str, Any] = {
        section: _still_named(region, clusters, section) for section in _ONE_BY_ONE if section in sections
    }
    for (section, name), answer in zip(single, answers, strict=False):
        read[section][name] = answer
    return read | dict(zip(together, answers[len(single) :], strict=True))


def _still_named(region: RegionEvidence, clusters: Clusters, section: str) -> dict[str, Any]:
    named = related.NAMED[section](clusters, region)
    return {name: piece for name, piece in related.held(region, section).items() if name in named}


def _completed(api: Api, clusters: Clusters, region: RegionEvidence, section: str) -> Section[Any]:
    """Complete a catalogue; it stays as old as the oldest of what it holds."""
    missing = related.lacking(region, clusters, section)
    before = getattr(region, section)
    kept = _still_named(region, clusters, section)
    if not kept:
        return _TOGETHER[section](api, missing)
    old = Collected(_catalogue(section, kept), before.at)
    return joined(_union, old, _TOGETHER[section](api, missing)) if missing else old


def _catalogue(section: str, kept: dict[str, Any]) -> Any:
    return kept if section == "ami_releases" else tuple(kept.values())


def _union(old: Any, new: Any) -> Any:
    return old | new if isinstance(old, dict) else (*old, *new)
