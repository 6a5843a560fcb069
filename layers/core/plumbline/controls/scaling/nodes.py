"""Scaling of nodes: something adds them, and it is set up for this cluster."""

import re
from collections.abc import Iterable, Mapping

from plumbline.domain.control import control
from plumbline.domain.ec2_facts import InstanceTypes
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import InstanceType
from plumbline.domain.evidence.eks import Cluster, minor_of
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.image_names import tag_of
from plumbline.domain.judged import Compute, first_missing, sorted_unique
from plumbline.domain.need import known, need
from plumbline.domain.node_facts import Autoscalers, NodePools, flag_of
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.zones import Subnets

_ON_EC2 = (PoolKind.MANAGED, PoolKind.SELF_MANAGED, PoolKind.KARPENTER, PoolKind.UNATTACHED)
# `v1.33.1`
_TAG = re.compile(r"v?(1\.\d{1,3})\b", re.ASCII)


@control(
    "scaling.node-autoscaler",
    title="Node capacity scales automatically",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when Auto Mode is on, Karpenter is ready and has a NodePool, or Cluster Autoscaler is ready. WARN when "
        "one is there and not ready or without NodePool, and when both are and Karpenter's pools have no taints that "
        "separate them. FAIL when there are pools on EC2 and none. NOT_APPLICABLE without such pools."
    ),
    remediation="Turn on Auto Mode, install Karpenter, or deploy Cluster Autoscaler.",
    references=("hardeneks check_any_cluster_autoscaler_exists",),
)
def something_adds_nodes(
    cluster: Cluster, compute: Compute, autoscalers: Autoscalers, node_pools: Section[NodePools]
) -> Verdict:
    """Without it a rise in load ends in pending pods, and a person at night who adds nodes.

    Two of them that do not know of each other add a node each for the same pod, and take each other's away.
    """
    karpenter, others = autoscalers.karpenter, autoscalers.cluster_autoscaler
    observed = {
        "auto_mode": cluster.auto_mode,
        "karpenter": _state(karpenter),
        "cluster_autoscaler": _state(others),
    }
    if cluster.auto_mode:
        return passed("Auto Mode adds nodes", observed=observed)
    if not karpenter and not others:
        return _judge_absence(cluster, compute, autoscalers, observed)
    pools = need(node_pools).of_karpenter if karpenter else ()
    doubts = {}
    working = [name for name, found in (("Karpenter", karpenter and pools), ("Cluster Autoscaler", others)) if found]
    if not any(one.ready for one in (*(karpenter if pools else ()), *others)):
        named = ", ".join(one.path for one in (*karpenter, *others))
        reason = "not_ready" if working else "no_node_pools"
        text = "has no ready replica" if working else "has no NodePool to make nodes from"
        return warned(reason, f"{named} {text}", observed=observed)
    if karpenter and others and not all(one.spec.template.spec.taints for one in pools):
        doubts["not_separated"] = "Karpenter and Cluster Autoscaler both add nodes, and nothing separates their pods"
    if doubts:
        return warned(list(doubts), "; ".join(doubts.values()), observed=observed)
    return passed(f"{' and '.join(working)} adds nodes", observed=observed)


def _judge_absence(
    cluster: Cluster, compute: Compute, autoscalers: Autoscalers, observed: Mapping[str, object]
) -> Verdict:
    on_ec2 = [pool.name for pool in compute.pools if pool.kind in _ON_EC2]
    missing = autoscalers.missing or (None if on_ec2 else compute.missing)
    if missing:
        raise EvidenceMissing(missing)
    if not on_ec2:
        return not_applicable("no_ec2_pools", f"{cluster.name} has no pools on EC2", observed=observed)
    return failed("no_autoscaler", f"nothing adds nodes to {', '.join(on_ec2)}", observed=observed)


def _state(found: Iterable[Workload]) -> str | None:
    listed = tuple(found)
    if not listed:
        return None
    return "ready" if any(one.ready for one in listed) else "not ready"


@control(
    "scaling.cluster-autoscaler-config",
    title="Cluster Autoscaler matches the cluster and its groups",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL version when its minor differs from the cluster's, FAIL mixed_shapes when a group mixes types of "
        "different vCPU or memory. WARN no_autodiscovery without --node-group-auto-discovery, WARN no_balance when "
        "groups of one shape lie in one zone each and --balance-similar-node-groups is not true. PASS otherwise. "
        "NOT_APPLICABLE without Cluster Autoscaler."
    ),
    remediation="Use the image tag of the cluster minor and add the two flags; split mixed groups.",
    references=(
        "hardeneks ensure_cluster_autoscaler_and_cluster_versions_match",
        "hardeneks ensure_cluster_autoscaler_has_autodiscovery_mode",
    ),
)
def autoscaler_matches_the_cluster(
    cluster: Cluster,
    compute: Compute,
    autoscalers: Autoscalers,
    types: Section[InstanceTypes],
    subnets: Section[Subnets],
) -> Verdict:
    """It simulates the scheduler of its own version, on the first type of a group, in a zone it does not choose.

    Whatever differs from that it gets wrong: it adds nodes that do not fit, or none.
    """
    found = autoscalers.cluster_autoscaler
    if not found:
        autoscalers.need_complete(f"whether Cluster Autoscaler runs in {cluster.name}")
        return not_applicable("no_cluster_autoscaler", "Cluster Autoscaler does not run")
    groups = [pool for pool in compute.pools if pool.scaled_by_groups]
    versions = sorted_unique(_version(one) for one in found)
    mixed = sorted(pool.name for pool in groups if len(_shapes(pool, known(types, None))) > 1)
    similar = _similar(groups, known(types, None), known(subnets, None))
    discovers = autoscalers.discovers_groups
    balances = all(flag_of(one, "balance-similar-node-groups") == "true" for one in found)
    observed = {
        "versions": list(versions),
        "mixed_groups": mixed,
        "autodiscovery": discovers,
        "balances": balances,
        "similar_groups": similar,
    }
    problems = {}
    if any(minor_of(version) != cluster.minor for version in versions):
        told = f"Cluster Autoscaler is of {', '.join(versions)}, the cluster of {cluster.version}"
        problems["version"] = told
    if mixed:
        problems["mixed_shapes"] = f"groups mix instance types of different size: {', '.join(mixed)}"
    if problems:
        return failed(list(problems), "; ".join(problems.values()), observed=observed)
    missing = _missing(found, compute, groups, types)
    if missing:
        raise EvidenceMissing(missing)
    need(subnets)
    doubts = {}
    if not discovers:
        doubts["no_autodiscovery"] = "Cluster Autoscaler does not find its groups by tag"
    if similar and not balances:
        doubts["no_balance"] = f"Cluster Autoscaler does not balance the similar groups {', '.join(similar)}"
    if doubts:
        return warned(list(doubts), "; ".join(doubts.values()), observed=observed)
    return passed(f"Cluster Autoscaler matches {cluster.name} and its groups", observed=observed)


def _missing(
    found: Iterable[Workload], compute: Compute, groups: Iterable[ComputePool], types: Section[InstanceTypes]
) -> NotCollected | None:
    untagged = sorted(one.path for one in found if _version(one) is None)
    if untagged:
        return not_collected(f"the image of {', '.join(untagged)} does not tell its version")
    undescribed = sorted(
        name for pool in groups for name in _types_of(pool) if _shape(known(types, None), name) is None
    )
    unread = first_missing(compute.missing, types, *(pool.template for pool in groups))
    if unread or not undescribed:
        return unread
    return not_collected(f"EC2 did not describe the instance types {', '.join(undescribed)}")


def _version(workload: Workload) -> str | None:
    """Return the minor version (`1.33`) that the image's tag tells."""
    tags = (tag_of(container.image) for container in workload.template.containers if "autoscaler" in container.image)
    found = (_TAG.match(tag) for tag in tags)
    return next((match[1] for match in found if match), None)


def _types_of(pool: ComputePool) -> tuple[str, ...]:
    """Return the instance types that a group may launch; attributes instead of types give none."""
    named = list(pool.group.instance_types) if pool.group else []
    for group in known(pool.auto_scaling_groups, ()):
        mixed = group.mixed_instances_policy
        if mixed and mixed.launch_template:
            named += [one.instance_type or "" for one in mixed.launch_template.overrides]
    template = known(pool.template, None)
    return sorted_unique(named) or sorted_unique([template.launch_template_data.instance_type if template else None])


_Shape = tuple[int, int]


def _shape(types: InstanceTypes | None, name: str) -> _Shape | None:
    described: InstanceType | None = types.of(name) if types else None
    if described is None:
        return None
    cores, size = described.v_cpu_info.default_v_cpus, described.memory_info.size_in_mib
    return None if cores is None or size is None else (cores, size)


def _shapes(pool: ComputePool, types: InstanceTypes | None) -> frozenset[_Shape]:
    return frozenset(shape for name in _types_of(pool) if (shape := _shape(types, name)) is not None)


def _similar(groups: Iterable[ComputePool], types: InstanceTypes | None, subnets: Subnets | None) -> list[str]:
    """Return the groups of one zone of which there is another of the same shape."""
    by_shape: dict[frozenset[_Shape], list[str]] = {}
    for pool in groups:
        shapes = _shapes(pool, types)
        if subnets is not None and shapes and len(subnets.zones(pool.subnets)) == 1:
            by_shape.setdefault(shapes, []).append(pool.name)
    return sorted(name for names in by_shape.values() if len(names) > 1 for name in names)
