"""Reach: whether the Kubernetes API of a cluster can be read at all, a finding of its own.

It is no control of the catalogue: it judges Plumbline's own sight, and explains in one place why everything that the
Kubernetes side decides is UNKNOWN.
"""

from plumbline.domain.control import control
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_facts import Reach
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

# With one of these words the detail of a refusal begins where the reason alone does not say how to mend it.
CAUSES = frozenset({"dns", "timeout", "tls", "refused", "unauthorized", "forbidden", "private"})
_NAMED = 5


@control(
    "cluster.kubernetes-access",
    title="Plumbline can read the Kubernetes API of the cluster",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the API server cannot be reached or refuses the reader, with the cause as reason: dns, timeout, "
        "tls, refused, private (no path to a private endpoint), unauthorized (no access entry), forbidden. WARN "
        "`partly_denied` when some kinds are refused. PASS otherwise. Not judged where nobody asked for that side."
    ),
    remediation=(
        "plumbline kubernetes-access --cluster <cluster> prints the access entry and the ClusterRole; a private "
        "endpoint needs the collector in the cluster's VPC (docs/kubernetes.md)."
    ),
)
def kubernetes_api_can_be_read(cluster: eks.Cluster, reach: Reach) -> Verdict:
    """Whoever closes the monitor's eyes makes every rule about workloads unknowable; that must not go unseen."""
    if reach.problem is not None:
        cause = cause_of(reach.problem)
        text = reach.problem.detail or str(reach.problem.reason)
        return failed(cause, f"the Kubernetes API of {cluster.name} was not read: {text}", observed={"cause": cause})
    if reach.nothing_listed:
        text = (
            f"discovery of {cluster.name} answered, and every list was refused: the reader's group is bound to nothing"
        )
        return failed("forbidden", text, observed={"cause": "forbidden"})
    if reach.denied:
        names = sorted(reach.denied)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return warned(
            "partly_denied",
            f"of the Kubernetes API of {cluster.name} was not read: {', '.join(names[:_NAMED])}{more}",
            observed={"denied": {name: str(reach.denied[name].reason) for name in names}},
        )
    return passed("the Kubernetes API was read", observed={})


def cause_of(missing: NotCollected) -> str:
    """Return in one word why the API server was not read."""
    word = missing.detail.partition(":")[0]
    return word if word in CAUSES else str(missing.reason)


KUBERNETES_ACCESS = kubernetes_api_can_be_read
