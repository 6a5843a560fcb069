"""Evidence plan D.3 and D.4: one cluster, what runs in it, and who may reach it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.adapters.aws.pool import Pool
from plumbline.domain.addon_settings import switches_in
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, NotCollected, Section
from plumbline.domain.need import joined
from plumbline.domain.partitions import partition_of
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.domain.verdict import Reason

T = TypeVar("T")

PASSING = "PASSING"
# A cluster that authenticates by its ConfigMap alone has no access entries, and refuses to list them.
CONFIG_MAP = "CONFIG_MAP"
ADMINISTRATOR = "cluster-access-policy/AmazonEKSClusterAdminPolicy"

_Listing = tuple[tuple[Any, ...], NotCollected | None]
_List = Callable[[Api, str], _Listing]
_Describe = Callable[[Api, str, Any], Section[Any]]


class _Association(msgspec.Struct, frozen=True, rename="camel"):
    """A pod identity association on the listing, which has no role."""

    association_id: str


class _Addon(eks.Addon, frozen=True):
    """An add-on with its configuration, which may hold anything and is not kept."""

    configuration_values: str = ""


class _Provider(msgspec.Struct, frozen=True):
    """An identity provider on the listing."""

    name: str


class _Capability(msgspec.Struct, frozen=True, rename="camel"):
    """A capability on the listing, of which a cluster has one of each type."""

    type: str


def _each(call: plan.Call, kind: type[Any] = str) -> _List:
    return lambda api, cluster: api.partial(call, kind, clusterName=cluster)


def _one(call: plan.Call, kind: type[Any], argument: str) -> _Describe:
    return lambda api, cluster, name: api.one(call, kind, clusterName=cluster, **{argument: name})


def _associations(api: Api, cluster: str) -> _Listing:
    found, missing = api.partial(plan.POD_IDENTITIES, _Association, clusterName=cluster)
    return tuple(one.association_id for one in found), missing


def _administrators(api: Api, cluster: str) -> _Listing:
    policy = f"arn:{partition_of(api.region)}:eks::aws:{ADMINISTRATOR}"
    return api.partial(plan.ACCESS_ENTRIES, str, clusterName=cluster, associatedPolicyArn=policy)


def _policies(api: Api, cluster: str, principal: str) -> Section[tuple[eks.AccessPolicy, ...]]:
    return api.listing(plan.ACCESS_POLICIES, eks.AccessPolicy, clusterName=cluster, principalArn=principal)


def _addon(api: Api, cluster: str, name: str) -> Section[eks.Addon]:
    return joined(_without_configuration, api.one(plan.ADDON, _Addon, clusterName=cluster, addonName=name))


def _without_configuration(addon: _Addon) -> eks.Addon:
    kept = {name: getattr(addon, name) for name in eks.Addon.__struct_fields__}
    return eks.Addon(**kept | {"switches": switches_in(addon.configuration_values)})


def _insight(api: Api, cluster: str, listed: eks.Insight) -> Section[eks.Insight]:
    if listed.insight_status.status == PASSING:
        return Collected(listed, api.now)
    return api.one(plan.INSIGHT, eks.Insight, clusterName=cluster, id=listed.id)


class _Kind(msgspec.Struct, frozen=True):
    """A kind of thing that a cluster has: how it is listed, and how one on the list is described."""

    listed: _List
    described: _Describe


_KINDS: Mapping[str, _Kind] = {
    "nodegroups": _Kind(_each(plan.NODEGROUPS), _one(plan.NODEGROUP, eks.NodeGroup, "nodegroupName")),
    "fargate_profiles": _Kind(
        _each(plan.FARGATE_PROFILES), _one(plan.FARGATE_PROFILE, eks.FargateProfile, "fargateProfileName")
    ),
    "addons": _Kind(_each(plan.ADDONS), _addon),
    "insights": _Kind(_each(plan.INSIGHTS, eks.Insight), _insight),
    "administrators": _Kind(_administrators, _policies),
    "pod_identities": _Kind(_associations, _one(plan.POD_IDENTITY, eks.PodIdentity, "associationId")),
}


class _Names(msgspec.Struct, Generic[T], frozen=True):
    """A listing of which only the names are evidence."""

    call: plan.Call
    kind: type[T]
    name: Callable[[T], str]


_NAMES: Mapping[str, _Names[Any]] = {
    "access_entries": _Names(plan.ACCESS_ENTRIES, str, str),
    "identity_providers": _Names(plan.IDENTITY_PROVIDERS, _Provider, lambda provider: provider.name),
    "capabilities": _Names(plan.CAPABILITIES, _Capability, lambda capability: capability.type),
}
_ACCESS = ("access_entries", "administrators")


def read_cluster(
    api: Api, cluster: str, sections: frozenset[str], pool: Pool, nodegroups: frozenset[str] = frozenset()
) -> ClusterEvidence:
    """Read the sections asked for of one cluster.

    The cluster is described first: one that no longer exists is asked nothing more. With names of node groups none
    is listed, and only these are described.
    """
    described = api.one(plan.CLUSTER, eks.Cluster, name=cluster) if "cluster" in sections else NOT_ASKED
    if isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING:
        return _nothing(described, sections)
    without = _without_entries(api, described, sections)
    names = [name for name in _NAMES if name in sections and name not in without]
    kinds = [name for name in _KINDS if name in sections and name not in without]
    given = {"nodegroups": tuple(sorted(nodegroups))} if nodegroups else {}
    jobs: list[Callable[[], Any]] = [partial(_names_of, api, cluster, _NAMES[name]) for name in names]
    jobs += [partial(_list, api, cluster, name, given.get(name)) for name in kinds]
    answers = pool.run(jobs)
    read: dict[str, Any] = {**without, **dict(zip(names, answers, strict=False))}
    read |= _described(api, cluster, dict(zip(kinds, answers[len(names) :], strict=True)), pool)
    return ClusterEvidence(cluster=described, **read)


def _nothing(gone: NotCollected, sections: frozenset[str]) -> ClusterEvidence:
    missing: dict[str, Any] = {name: Listed[Any](names=gone) for name in _KINDS if name in sections}
    missing |= {name: gone for name in _NAMES if name in sections}
    return ClusterEvidence(cluster=gone, **missing)


def _without_entries(api: Api, described: Section[eks.Cluster], sections: frozenset[str]) -> dict[str, Any]:
    if not isinstance(described, Collected) or described.value.authentication_mode != CONFIG_MAP:
        return {}
    none: Collected[tuple[str, ...]] = Collected((), api.now)
    empty = {"access_entries": none, "administrators": Listed[Any](names=none)}
    return {name: empty[name] for name in _ACCESS if name in sections}


def _names_of(api: Api, cluster: str, names: _Names[Any]) -> Section[tuple[str, ...]]:
    listing = api.listing(names.call, names.kind, clusterName=cluster)
    return joined(lambda found: tuple(names.name(one) for one in found), listing)


def _list(api: Api, cluster: str, section: str, given: tuple[str, ...] | None) -> _Listing:
    return _KINDS[section].listed(api, cluster) if given is None else (given, None)


def _described(api: Api, cluster: str, listings: Mapping[str, _Listing], pool: Pool) -> dict[str, Listed[Any]]:
    """Describe everything that was listed, side by side."""
    jobs = [(name, item) for name, (items, _) in listings.items() for item in items]
    answers = pool.run(partial(_KINDS[name].described, api, cluster, item) for name, item in jobs)
    found: dict[str, dict[str, Section[Any]]] = {name: {} for name in listings}
    for (name, item), section in zip(jobs, answers, strict=True):
        found[name][_key(item)] = section
    return {
        name: Listed(names=missing or Collected(tuple(found[name]), api.now), items=found[name])
        for name, (_, missing) in listings.items()
    }


def _key(item: str | eks.Insight) -> str:
    return item.id if isinstance(item, eks.Insight) else item
