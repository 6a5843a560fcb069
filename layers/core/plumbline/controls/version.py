"""Version: the cluster can be upgraded in time, and so can its nodes."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster, NodeGroup, minor_of
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

# From this minor on a kubelet may be three minors behind, before it two (upstream version skew policy).
THREE_MINORS_SINCE = 28


class NodeSkew(Parameters, frozen=True):
    """Minors a node may be behind; without a hard limit the upstream skew policy decides."""

    fail_skew: int = 2
    hard_limit: int | None = None


@control(
    "version.nodegroup-skew",
    title="Managed node groups run the control-plane minor version",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "PASS at the same minor, WARN one behind, FAIL from fail-skew on; critical from hard-limit on and when nodes "
        "are newer than the API server. NOT_APPLICABLE for a custom image."
    ),
    remediation=(
        "aws eks update-nodegroup-version --cluster-name <cluster> --nodegroup-name <group> "
        "--kubernetes-version <cluster minor>"
    ),
)
def node_group_runs_the_control_plane_minor(group: NodeGroup, cluster: Cluster, p: NodeSkew) -> Verdict:
    """A kubelet too far behind the API server is unsupported and blocks the next upgrade.

    One minor behind is the normal state after a control-plane upgrade and keeps the rollback open.
    """
    if not group.version:
        return not_applicable("custom_ami", "the group runs a custom image; version.kubelet-skew judges its nodes")
    skew = cluster.minor - minor_of(group.version)
    limit = p.hard_limit or (3 if cluster.minor >= THREE_MINORS_SINCE else 2)
    observed = {"cluster_version": cluster.version, "nodegroup_version": group.version}
    if skew < 0:
        return failed(
            "nodes_newer",
            f"nodes at {group.version} are newer than the control plane at {cluster.version}",
            observed=observed,
            severity=Severity.CRITICAL,
        )
    behind = f"nodes at {group.version} are {skew} minor(s) behind the control plane at {cluster.version}"
    if skew >= p.fail_skew:
        return failed("nodes_behind", behind, observed=observed, severity=Severity.CRITICAL if skew >= limit else None)
    if skew > 0:
        return warned("nodes_behind", behind, observed=observed)
    return passed(f"nodes run the control plane's {cluster.version}", observed=observed)
