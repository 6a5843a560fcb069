"""Observability: what the cluster does can be seen."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.tools import RunningTools, Tools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

METRICS = "metrics"


class Collectors(Parameters, frozen=True):
    """Parts of image repositories that are metrics collectors besides those of the table of tools."""

    extra_signatures: tuple[str, ...] = ()


@control(
    "observability.metrics-pipeline",
    title="Cluster and application metrics are collected",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when at least one known metrics collector has ready pods. WARN when one is installed and none is ready. "
        "FAIL when none is found. A collector outside of the cluster leaves no workload: attest to it."
    ),
    remediation="aws eks create-addon --cluster-name <cluster> --addon-name amazon-cloudwatch-observability",
)
def metrics_are_collected(cluster: Cluster, running: RunningTools, tools: Tools, p: Collectors) -> Verdict:
    """Without metrics the first to notice that something is slow or full are its users.

    Amazon's agentless collector runs outside of the cluster and cannot be seen from here.
    """
    found = (*running.seen(METRICS), *running.with_image(p.extra_signatures))
    ready = sorted({tool.name for tool in found if tool.ready > 0})
    names = sorted({tool.name for tool in (*found, *tools.seen(METRICS))})
    observed = {"collectors": names, "ready": bool(ready)}
    if ready:
        return passed(f"{', '.join(ready)} collects metrics", observed=observed)
    running.complete()
    if names:
        return warned("collector_not_ready", f"{', '.join(names)} has no ready pod", observed=observed)
    tools.of(METRICS)
    return failed("no_metrics_collector", f"nothing known collects the metrics of {cluster.name}", observed=observed)
