"""Envelope: the sizes up to which Kubernetes is tested."""

from collections.abc import Iterator

import msgspec

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.judged import first_missing
from plumbline.domain.kubernetes_facts import Reach
from plumbline.domain.need import known
from plumbline.domain.node_facts import Sizes
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

PODS_PER_NODE, PODS_PER_CORE = "pods-per-node", "pods-per-core"
_THRESHOLDS = {
    "nodes": 5000,
    "pods": 150000,
    "pods-per-namespace": 3000,
    "services": 10000,
    "services-per-namespace": 5000,
    "namespaces": 10000,
    "deployments-per-namespace": 2000,
    PODS_PER_NODE: 110,
    PODS_PER_CORE: 10,
}


class Envelope(Parameters, frozen=True):
    """Thresholds by dimension, of which those not named keep their default, and figures for an early warning.

    A node may have `pods-per-node` pods, or `pods-per-core` for each of its cores when those are fewer.
    """

    warn_ratio: float = 0.8
    thresholds: dict[str, int] = msgspec.field(default_factory=_THRESHOLDS.copy)
    early: dict[str, int] = msgspec.field(default_factory=lambda: {"nodes": 1000, "pods": 50000})

    def __post_init__(self) -> None:
        for named in (self.thresholds, self.early):
            unknown = sorted(set(named) - set(_THRESHOLDS))
            if unknown or any(value <= 0 for value in named.values()):
                raise ValueError(f"dimensions are {', '.join(_THRESHOLDS)}, their thresholds above 0")

    def of(self, dimension: str) -> int:
        """Return the threshold of a dimension."""
        return self.thresholds.get(dimension, _THRESHOLDS[dimension])


class _Measured(msgspec.Struct, frozen=True):
    """A dimension, how much of it there is, its threshold, and in words where."""

    dimension: str
    count: int
    threshold: int
    where: str = ""

    @property
    def ratio(self) -> float:
        """How close to the threshold it is."""
        return self.count / self.threshold

    def __str__(self) -> str:
        return f"{self.count} {self.dimension}{self.where} of {self.threshold}"


@control(
    "capacity.performance-envelope",
    title="The cluster stays inside the Kubernetes scalability envelope",
    pillar=Pillar.PERF,
    severity=Severity.MEDIUM,
    rule=(
        "Counted are nodes, pods, Services and namespaces, and those of the fullest namespace and node. FAIL when one "
        "reaches its threshold, WARN from warn-ratio of it on, and above its early figure. PASS otherwise."
    ),
    remediation="Split the cluster, reduce churn, or move to a larger control-plane tier.",
    flags=frozenset({Flag.VOLATILE}),
)
def cluster_stays_inside_the_envelope(cluster: Cluster, sizes: Sizes, _asked: Reach, p: Envelope) -> Verdict:
    """Beyond these sizes nobody has tested Kubernetes: the API slows down, and endpoints and network rules lag behind.

    The envelope is no cube: nearing one limit lowers the others. Secrets and churn are not counted.
    """
    measured = list(_measured(sizes, p))
    worst = {one.dimension: one for one in measured if one.ratio >= 1}
    observed = {"counts": {one.dimension: one.count for one in measured}}
    if worst:
        told = ", ".join(str(one) for one in worst.values())
        return failed([_code(name) for name in worst], f"{cluster.name} has {told}", observed=observed)
    missing = first_missing(*sizes.counts.values(), sizes.on_nodes)
    if isinstance(missing, NotCollected):
        raise EvidenceMissing(missing)
    near = {one.dimension: one for one in measured if one.ratio >= p.warn_ratio}
    near |= {one.dimension: one for one in measured if one.count > p.early.get(one.dimension, one.count)}
    if near:
        told = ", ".join(str(one) for one in near.values())
        return warned([_code(name) for name in near], f"{cluster.name} nears its limits: {told}", observed=observed)
    return passed(f"{cluster.name} is inside of what Kubernetes is tested for", observed=observed)


def _measured(sizes: Sizes, p: Envelope) -> Iterator[_Measured]:
    for dimension, section in sizes.counts.items():
        if not isinstance(section, NotCollected):
            where = f" ({section.value.where})" if section.value.where else ""
            yield _Measured(dimension, section.value.count, p.of(dimension), where)
    on_nodes = [
        # A node that does not tell its cores has one at least.
        _Measured(PODS_PER_NODE, pods, min(p.of(PODS_PER_NODE), p.of(PODS_PER_CORE) * max(cores, 1)), f" ({name})")
        for name, pods, cores in known(sizes.on_nodes, ())
    ]
    if on_nodes:
        yield max(on_nodes, key=lambda one: one.ratio)


def _code(dimension: str) -> str:
    return dimension.replace("-", "_")
