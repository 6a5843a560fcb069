"""Clusters without work."""

from datetime import timedelta

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Collected, Section, not_collected
from plumbline.domain.facts import Now
from plumbline.domain.judged import Compute, first_missing
from plumbline.domain.kubernetes_facts import ClusterNodes, Placements
from plumbline.domain.need import known
from plumbline.domain.verdict import Patience, Pillar, Severity, Verdict, lasting, passed
from plumbline.domain.workload_rules import SYSTEM_NAMESPACES


class Idleness(Parameters, frozen=True):
    """After how many days a cluster without work is a warning, and a violation."""

    warn_days: int = 7
    fail_days: int = 14


@control(
    "cost.idle-cluster",
    title="Clusters without work are removed",
    pillar=Pillar.COST,
    severity=Severity.MEDIUM,
    rule=(
        "WARN when for more than warn-days there was no node and no pod outside of the system namespaces, FAIL after "
        "fail-days; the days count from the first sight of it. PASS otherwise, and for clusters younger than "
        "warn-days. UNKNOWN when the Kubernetes side cannot be read and AWS shows compute."
    ),
    remediation="aws eks delete-cluster --name <cluster>, after its groups, profiles and load balancers",
)
def clusters_have_work(
    cluster: Cluster,
    nodes: Section[ClusterNodes],
    placements: Section[Placements],
    compute: Compute,
    now: Now,
    p: Idleness,
) -> Verdict:
    """A control plane costs the same whether anything runs or not, and must be upgraded all the same.

    A cluster that stands empty for weeks has most often been forgotten.
    """
    busy = _is_busy(nodes, placements)
    if busy is None and not compute.pools and not compute.missing and not cluster.auto_mode:
        busy = False
    observed = {"busy": bool(busy)}
    if busy:
        return passed(f"{cluster.name} has nodes or workloads", observed=observed)
    if busy is None:
        raise EvidenceMissing(first_missing(nodes, placements) or not_collected())
    patience = Patience(timedelta(days=p.warn_days), timedelta(days=p.fail_days))
    if cluster.created_at is not None and cluster.created_at + patience.warn_after >= now:
        return passed(f"{cluster.name} is younger than {p.warn_days} days", observed=observed)
    text = f"{cluster.name} has no node and no pod outside of the system namespaces"
    return lasting("idle", text, patience, observed=observed)


def _is_busy(nodes: Section[ClusterNodes], placements: Section[Placements]) -> bool | None:
    """Whether there is a node, or a pod outside of the system namespaces; None when that could not be read."""
    if known(nodes, ClusterNodes(())).all:
        return True
    pods = placements.value.pods if isinstance(placements, Collected) else ()
    if any(pod.namespace not in SYSTEM_NAMESPACES for pod in pods):
        return True
    return False if isinstance(nodes, Collected) and isinstance(placements, Collected) else None
