"""Evidence plan D.3 and D.4: one cluster, its node groups, Fargate profiles, add-ons and insights."""

from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.adapters.aws.calls import Api, Call
from plumbline.adapters.aws.pool import Pool
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, NotCollected, Section
from plumbline.domain.snapshot import ClusterEvidence
from plumbline.domain.verdict import Reason

T = TypeVar("T")

PAGE = 100
PASSING = "PASSING"

_CLUSTER = Call("eks", "describe_cluster", "cluster")
_INSIGHTS = Call("eks", "list_insights", "insights", PAGE)
_INSIGHT = Call("eks", "describe_insight", "insight")


class _Kind(msgspec.Struct, Generic[T], frozen=True):
    """A kind of thing that a cluster has: how it is listed, and how one is described by its name."""

    listing: Call
    describing: Call
    argument: str
    evidence: type[T]


_KINDS: dict[str, _Kind[Any]] = {
    "nodegroups": _Kind(
        Call("eks", "list_nodegroups", "nodegroups", PAGE),
        Call("eks", "describe_nodegroup", "nodegroup"),
        "nodegroupName",
        eks.NodeGroup,
    ),
    "fargate_profiles": _Kind(
        Call("eks", "list_fargate_profiles", "fargateProfileNames", PAGE),
        Call("eks", "describe_fargate_profile", "fargateProfile"),
        "fargateProfileName",
        eks.FargateProfile,
    ),
    "addons": _Kind(
        Call("eks", "list_addons", "addons", PAGE),
        Call("eks", "describe_addon", "addon"),
        "addonName",
        eks.Addon,
    ),
}

_Listing = tuple[tuple[Any, ...], NotCollected | None]


def read_cluster(api: Api, cluster: str, sections: frozenset[str], pool: Pool) -> ClusterEvidence:
    """Read the sections asked for of one cluster.

    The cluster is described first: one that no longer exists is asked nothing more.
    """
    described = api.one(_CLUSTER, eks.Cluster, name=cluster) if "cluster" in sections else NOT_ASKED
    names = [name for name in ClusterEvidence.__struct_fields__ if name in sections and name != "cluster"]
    if isinstance(described, NotCollected) and described.reason is Reason.NOT_FOUND_IN_LISTING:
        return ClusterEvidence(cluster=described, **{name: Listed(names=described) for name in names})
    listings = pool.run(partial(_list, api, cluster, name) for name in names)
    listed = dict(zip(names, listings, strict=True))
    jobs = [(name, item) for name in names for item in listed[name][0]]
    items = pool.run(partial(_describe, api, cluster, name, item) for name, item in jobs)
    found: dict[str, dict[str, Section[Any]]] = {name: {} for name in names}
    for (name, item), section in zip(jobs, items, strict=True):
        found[name][_key(item)] = section
    return ClusterEvidence(cluster=described, **{name: _listed(api, listed[name], found[name]) for name in names})


def _list(api: Api, cluster: str, section: str) -> _Listing:
    if section == "insights":
        return api.partial(_INSIGHTS, eks.Insight, clusterName=cluster)
    return api.partial(_KINDS[section].listing, str, clusterName=cluster)


def _describe(api: Api, cluster: str, section: str, item: Any) -> Section[Any]:
    if isinstance(item, eks.Insight):
        if item.insight_status.status == PASSING:
            return Collected(item, api.now)
        return api.one(_INSIGHT, eks.Insight, clusterName=cluster, id=item.id)
    kind = _KINDS[section]
    return api.one(kind.describing, kind.evidence, clusterName=cluster, **{kind.argument: item})


def _key(item: Any) -> str:
    return item.id if isinstance(item, eks.Insight) else item


def _listed(api: Api, listing: _Listing, items: dict[str, Section[Any]]) -> Listed[Any]:
    _, missing = listing
    return Listed(names=missing or Collected(tuple(items), api.now), items=items)
