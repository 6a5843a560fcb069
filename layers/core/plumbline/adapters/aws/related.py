"""Evidence plan D.2: the facts of a region that depend on what its clusters' descriptions name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import msgspec

from plumbline.adapters.aws.calls import Api, Call
from plumbline.adapters.aws.groups import FILTER_VALUES, Groups, Templates, read_groups, read_templates
from plumbline.adapters.aws.pool import Pool
from plumbline.domain import related
from plumbline.domain.arn import account_of
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.need import joined, known
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence
from plumbline.domain.verdict import Reason

PARAMETERS_A_CALL = 10
TYPES_A_CALL = 100

_VPCS = Call("ec2", "describe_vpcs", "Vpcs", 1000)
_SUBNETS = Call("ec2", "describe_subnets", "Subnets", 1000)
_ROUTE_TABLES = Call("ec2", "describe_route_tables", "RouteTables", 100)
_FLOW_LOGS = Call("ec2", "describe_flow_logs", "FlowLogs", 1000)
_INSTANCE_TYPES = Call("ec2", "describe_instance_types", "InstanceTypes", 100)
_KEY = Call("kms", "describe_key", "KeyMetadata")
_KEY_ROTATION = Call("kms", "get_key_rotation_status")
_PARAMETERS = Call("ssm", "get_parameters")

Clusters = Mapping[str, ClusterEvidence]
Job = Callable[[], Section[Any]]
T = TypeVar("T")


class _Parameter(msgspec.Struct, rename="pascal"):
    name: str
    value: str


class _Parameters(msgspec.Struct, rename="pascal"):
    parameters: tuple[_Parameter, ...]


def read_related(
    api: Api, clusters: Clusters, region: RegionEvidence, sections: frozenset[str], pool: Pool
) -> RegionEvidence:
    """Read the sections asked for; the others stay as they are in `region`."""
    single = [name for name in _SINGLE if name in sections]
    keyed = [(name, arn) for name in _BY_KEY if name in sections for arn in sorted(related.key_arns(clusters))]
    jobs: list[Job] = [partial(_SINGLE[name], api, clusters) for name in single]
    jobs += [partial(_of_key, api, name, arn) for name, arn in keyed]
    answers = pool.run(jobs)
    read: dict[str, Any] = dict(zip(single, answers, strict=False))
    read |= {name: {} for name in _BY_KEY if name in sections}
    for (name, arn), answer in zip(keyed, answers[len(single) :], strict=True):
        read[name][arn] = answer
    return msgspec.structs.replace(region, **read, **_compute(api, clusters, region, sections, pool))


def _compute(
    api: Api, clusters: Clusters, region: RegionEvidence, sections: frozenset[str], pool: Pool
) -> dict[str, Section[Any]]:
    """Read groups, then the templates and subnets they use, then the types all of them name."""
    read: dict[str, Section[Any]] = {}
    instances = known(region.instances, ())
    groups = region.auto_scaling_groups
    if "auto_scaling_groups" in sections:
        groups = read["auto_scaling_groups"] = read_groups(api, clusters, related.group_names(clusters))
    listed = known(groups, ())
    templates = region.launch_templates
    if "launch_templates" in sections:
        templates = read["launch_templates"] = _templates(api, clusters, groups, region, pool)
    if "flow_logs" in sections:
        read["flow_logs"] = _flow_logs(api, related.vpc_ids(clusters) | related.subnet_ids(clusters, listed, instances))
    if "instance_types" in sections:
        types = related.instance_types(clusters, listed, known(templates, ()), instances)
        read["instance_types"] = _instance_types(api, types)
    return read


def _templates(api: Api, clusters: Clusters, groups: Groups, region: RegionEvidence, pool: Pool) -> Templates:
    if isinstance(groups, NotCollected):
        # Which templates are in use is not known.
        return groups
    wanted = related.template_versions(clusters, groups.value)
    return read_templates(api, wanted, pool, whole_region=_holds_all(clusters, region))


def _holds_all(clusters: Clusters, region: RegionEvidence) -> bool:
    return isinstance(region.clusters, Collected) and set(region.clusters.value) <= set(clusters)


def _flow_logs(api: Api, resources: frozenset[str]) -> Section[tuple[ec2.FlowLog, ...]]:
    return api.batched(
        _FLOW_LOGS, ec2.FlowLog, resources, FILTER_VALUES, lambda ids: {"Filter": [_filter("resource-id", ids)]}
    )


def _instance_types(api: Api, types: frozenset[str]) -> Section[tuple[ec2.InstanceType, ...]]:
    # By filter: a name that the region does not know would fail the call for all of them.
    return api.batched(
        _INSTANCE_TYPES,
        ec2.InstanceType,
        types,
        TYPES_A_CALL,
        lambda names: {"Filters": [_filter("instance-type", names)]},
    )


def _in_vpcs(call: Call, kind: type[T], api: Api, clusters: Clusters) -> Section[tuple[T, ...]]:
    # By filter: a VPC that was deleted would fail the call for all of them.
    vpcs = related.vpc_ids(clusters)
    return api.batched(call, kind, vpcs, FILTER_VALUES, lambda ids: {"Filters": [_filter("vpc-id", ids)]})


def _ami_releases(api: Api, clusters: Clusters) -> Section[dict[str, str]]:
    names = related.release_parameters(clusters)
    read = api.batched(_PARAMETERS, _Parameters, names, PARAMETERS_A_CALL, lambda batch: {"Names": batch})
    return joined(lambda answers: {one.name: one.value for answer in answers for one in answer.parameters}, read)


_SINGLE: Mapping[str, Callable[[Api, Clusters], Section[Any]]] = {
    "vpcs": partial(_in_vpcs, _VPCS, ec2.Vpc),
    "subnets": partial(_in_vpcs, _SUBNETS, ec2.Subnet),
    "route_tables": partial(_in_vpcs, _ROUTE_TABLES, ec2.RouteTable),
    "ami_releases": _ami_releases,
}
_BY_KEY: Mapping[str, tuple[Call, Any]] = {
    "keys": (_KEY, aws.Key),
    "key_rotations": (_KEY_ROTATION, aws.KeyRotation),
}


# KMS says of a key in another account that it is not found, or that it may not be read.
_FOREIGN = frozenset({Reason.ACCESS_DENIED, Reason.NOT_FOUND_IN_LISTING})


def _of_key(api: Api, section: str, arn: str) -> Section[Any]:
    call, kind = _BY_KEY[section]
    answer = api.one(call, kind, KeyId=arn)
    if isinstance(answer, NotCollected) and account_of(arn) != api.account and answer.reason in _FOREIGN:
        return NotCollected(Reason.FOREIGN_ACCOUNT, answer.detail, answer.at)
    return answer


def _filter(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"Name": name, "Values": list(values)}
