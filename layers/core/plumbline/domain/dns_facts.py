"""Facts of DNS: how many replicas of CoreDNS there are, and where they run."""

import msgspec

from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import Placements

NAMESPACE, NAME = "kube-system", "coredns"


class ClusterDns(msgspec.Struct, frozen=True, kw_only=True):
    """The DNS of a cluster.

    Attributes:
        listed: whether the Deployment could be looked for, and was found.
        ready: its replicas that are ready.
        on_each_node: a DaemonSet of CoreDNS runs.
        nodes: the nodes that its ready pods run on.

    """

    listed: Section[bool]
    ready: int
    on_each_node: bool
    nodes: Section[frozenset[str]]


def coredns(workloads: tuple[Workload, ...]) -> Workload | None:
    """Return the workload of CoreDNS among some, or None."""
    return next((one for one in workloads if one.namespace == NAMESPACE and one.name == NAME), None)


def nodes_of(placements: Placements, kind: str) -> frozenset[str]:
    """Return the nodes that ready pods of CoreDNS run on."""
    pods = (pod for pod in placements.pods if (pod.namespace, pod.owner_kind, pod.owner) == (NAMESPACE, kind, NAME))
    return frozenset(pod.node for pod in pods if pod.ready and pod.node)
