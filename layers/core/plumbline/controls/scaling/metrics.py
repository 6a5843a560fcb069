"""Metrics for scaling: autoscalers can see what they scale on."""

from plumbline.domain.components import ApiServices
from plumbline.domain.control import control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed

RESOURCE_METRICS = "v1beta1.metrics.k8s.io"
OTHERS = (".custom.metrics.k8s.io", ".external.metrics.k8s.io")


@control(
    "scaling.metrics-server",
    title="The resource metrics API is available",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule="PASS when the API v1beta1.metrics.k8s.io is available, whoever serves it. FAIL when it is absent or is not.",
    remediation="aws eks create-addon --cluster-name <cluster> --addon-name metrics-server",
    references=("hardeneks check_metrics_server_is_running",),
)
def resource_metrics_are_served(cluster: Cluster, services: ApiServices) -> Verdict:
    """Without resource metrics no autoscaler scales on cpu or memory: it stays at the size it has.

    Nothing fails loudly then, until the load comes.
    """
    available = services.available(RESOURCE_METRICS)
    observed = {"available": available, "others": list(services.ending(*OTHERS))}
    if available:
        return passed("the resource metrics API is available", observed=observed)
    if available is None:
        return failed("no_metrics_api", f"{cluster.name} has no resource metrics API", observed=observed)
    return failed("metrics_api_unavailable", "the resource metrics API does not answer", observed=observed)
