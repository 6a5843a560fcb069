"""Nodes that stand largely empty."""

from datetime import timedelta

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.kubernetes_facts import Placements
from plumbline.domain.need import need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.quantities import memory, millicores
from plumbline.domain.verdict import (
    Patience,
    Pillar,
    Reason,
    Severity,
    Verdict,
    lasting,
    not_applicable,
    passed,
    unknown,
)


class Utilization(Parameters, frozen=True):
    """The share of its nodes that a pool's pods ask for, below which it is largely empty, and how long that must last.

    `persistence` counts consecutive evaluations.
    """

    warn_ratio: float = 0.30
    persistence: int = 3


@control(
    "cost.node-utilization",
    title="Node pools are not largely empty",
    pillar=Pillar.COST,
    severity=Severity.MEDIUM,
    rule=(
        "WARN when the pods of a pool ask for less than warn-ratio of the cpu and of the memory of its nodes, for "
        "persistence consecutive evaluations. PASS otherwise. NOT_APPLICABLE for Fargate, pools without nodes, and "
        "pools at their minimum of one node for each zone."
    ),
    remediation="Lower minSize, enable consolidation or scale-down, use smaller types.",
    flags=frozenset({Flag.VOLATILE}),
)
def nodes_are_in_use(pool: ComputePool, placements: Placements, p: Utilization) -> Verdict:
    """Nodes cost the same whether pods fill them or not, and what pods ask for is what the scheduler packs.

    What pods really use is another question, which cost.request-rightsizing asks.
    """
    if pool.kind is PoolKind.FARGATE:
        return not_applicable("fargate", "each pod on Fargate has a node of its own size")
    nodes = need(pool.nodes)
    zones = {node.zone for node in nodes}
    if not nodes:
        return not_applicable("no_nodes", f"{pool.name} has no nodes")
    if len(nodes) <= len(zones):
        return not_applicable("at_minimum", f"{pool.name} has one node for each of {len(zones)} zone(s)")
    pods = [pod for node in nodes for pod in placements.by_node.get(node.name, ())]
    cpu = _ratio(sum(pod.cpu for pod in pods), sum(millicores(node.status.allocatable) for node in nodes))
    ram = _ratio(sum(pod.memory for pod in pods), sum(memory(node.status.allocatable) for node in nodes))
    if cpu is None or ram is None:
        return unknown(Reason.NOT_COLLECTED, f"the nodes of {pool.name} do not say how much they have to give")
    observed = {"nodes": len(nodes), "cpu_ratio": cpu, "memory_ratio": ram}
    text = f"pods ask for {cpu:.0%} of the cpu and {ram:.0%} of the memory of {len(nodes)} node(s) of {pool.name}"
    if cpu < p.warn_ratio and ram < p.warn_ratio:
        return lasting("largely_empty", text, _patience(p.persistence), observed=observed)
    return passed(text, observed=observed)


# Between two sweeps of a fleet.
_SWEEP = timedelta(hours=1)


def _patience(persistence: int) -> Patience:
    """Return after how long it is a warning: a volatile control is recorded one evaluation later than it says so."""
    return Patience(warn_after=_SWEEP * (persistence - 2) - _SWEEP / 2, fail_after=timedelta.max)


def _ratio(requested: int, allocatable: int) -> float | None:
    return round(requested / allocatable, 2) if allocatable else None
