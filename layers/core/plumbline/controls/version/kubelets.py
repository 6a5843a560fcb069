"""Kubelets: nodes that EKS does not upgrade are close to the control plane all the same."""

import re
from datetime import timedelta

from plumbline.controls.version.upgrades import NodeSkew, judge_skew
from plumbline.domain.ami import CUSTOM
from plumbline.domain.control import control
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.eks import Cluster, minor_of
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.facts import Now
from plumbline.domain.kubernetes_facts import Reach
from plumbline.domain.need import need
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import Pillar, Severity, Verdict, not_applicable, passed

# `v1.33.5-eks-1234567`
_KUBELET = re.compile(r"v?(1\.\d{1,3})\b", re.ASCII)


class KubeletSkew(NodeSkew, frozen=True):
    """Minors a kubelet may be behind, and the days within which Auto Mode replaces its nodes by itself."""

    auto_mode_grace_days: int = 21


@control(
    "version.kubelet-skew",
    title="Nodes outside managed node groups run a kubelet close to the control plane",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "Of the oldest kubelet of a pool: PASS at the same minor, WARN one behind, FAIL from fail-skew on; critical "
        "from hard-limit on and when nodes are newer than the API server. Auto Mode passes one behind while its nodes "
        "are younger than auto-mode-grace-days. NOT_APPLICABLE for managed groups, unless their image is custom, and "
        "for pools without nodes."
    ),
    remediation="Replace the nodes; for Fargate kubectl rollout restart the owners.",
)
def kubelet_is_close_to_the_control_plane(
    pool: ComputePool, cluster: Cluster, now: Now, _asked: Reach, p: KubeletSkew
) -> Verdict:
    """Nobody upgrades these nodes but their owner, and a kubelet too far behind blocks the next upgrade.

    Pods on Fargate keep the kubelet they were started with until somebody starts them again.
    """
    if pool.group is not None and pool.group.ami_type != CUSTOM:
        return not_applicable("managed", "version.nodegroup-skew judges managed groups")
    nodes = need(pool.nodes)
    if not nodes:
        return not_applicable("no_nodes", f"{pool.name} has no nodes")
    by_minor: dict[int, list[Node]] = {}
    for node in nodes:
        by_minor.setdefault(_minor(node), []).append(node)
    oldest, newest = min(by_minor), max(by_minor)
    # Nodes that are newer than the API server are worse than any that are older.
    skew = cluster.minor - (newest if newest > cluster.minor else oldest)
    observed = {"cluster_version": cluster.version, "oldest_kubelet": f"1.{oldest}", "newest_kubelet": f"1.{newest}"}
    if skew == 1 and pool.kind is PoolKind.AUTO_MODE and _are_young(by_minor[oldest], now, p):
        text = f"Auto Mode replaces the nodes of {pool.name} within {p.auto_mode_grace_days} days"
        return passed(text, reason="being_replaced", observed=observed)
    return judge_skew(skew, f"1.{cluster.minor - skew}", cluster, p, observed)


def _are_young(nodes: list[Node], now: Now, p: KubeletSkew) -> bool:
    """Whether Auto Mode has had no time yet to replace these nodes."""
    limit = now - timedelta(days=p.auto_mode_grace_days)
    return all(
        node.metadata.creation_timestamp is not None and node.metadata.creation_timestamp > limit for node in nodes
    )


def _minor(node: Node) -> int:
    found = _KUBELET.match(node.status.node_info.kubelet_version)
    if found is None:
        raise EvidenceUnreadable(f"node {node.name} runs kubelet {node.status.node_info.kubelet_version!r}")
    return minor_of(found[1])
