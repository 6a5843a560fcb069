"""Workload logs: what containers write leaves the node."""

from collections.abc import Iterable

from plumbline.domain.components import ComputeClass
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.cluster import FargateLogging
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import need
from plumbline.domain.tools import RunningTools, Tool
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

LOG_AGENT, DAEMON_SET, FARGATE = "log-agent", "DaemonSet", "fargate"


class LogAgents(Parameters, frozen=True):
    """How many nodes an agent must be ready on, and images of agents that the table of tools does not know."""

    min_ready_ratio: float = 0.9
    extra_agent_signatures: tuple[str, ...] = ()


@control(
    "logging.workload-log-collection",
    title="Container logs leave the nodes and the Fargate pods",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "Nodes: PASS when the DaemonSet of a known log agent is ready on min-ready-ratio of its nodes, WARN below, "
        "FAIL without one. Fargate: PASS when the ConfigMap aws-observability/aws-logging names an output, FAIL "
        "otherwise. NOT_APPLICABLE for a class of compute that the cluster does not use."
    ),
    remediation=(
        "aws eks create-addon --cluster-name <cluster> --addon-name amazon-cloudwatch-observability, or install "
        "Fluent Bit; for Fargate create the ConfigMap aws-logging"
    ),
    references=("CIS 2.1.2",),
)
def container_logs_are_collected(
    compute: ComputeClass, running: RunningTools, fargate: Section[FargateLogging], p: LogAgents
) -> Verdict:
    """A container's log goes with its pod or its node, and that is just when somebody wants to read it.

    Nodes of Auto Mode need an agent as well; on Fargate a ConfigMap takes its place.
    """
    if not need(compute.used):
        return not_applicable("class_not_used", f"the cluster does not use {compute.name}")
    if compute.name == FARGATE:
        return _on_fargate(need(fargate))
    extra = running.with_image(p.extra_agent_signatures)
    agents = (*running.seen(LOG_AGENT, DAEMON_SET), *extra)
    ready = _names(agent for agent in agents if agent.runs(p.min_ready_ratio))
    observed = {"agents": _names(agents), "output": False}
    if ready:
        return passed(f"{', '.join(ready)} collects the logs of the nodes", observed=observed)
    running.of(LOG_AGENT, DAEMON_SET)
    if p.extra_agent_signatures:
        running.complete()
    if agents:
        best = max(agents, key=lambda agent: agent.ready / max(agent.desired, 1))
        text = f"{best.name} ({best.path}) is ready on {best.ready} of {best.desired} nodes"
        return warned("agent_not_ready", text, observed=observed)
    return failed("no_log_agent", "no known log agent runs on the nodes", observed=observed)


def _on_fargate(settings: FargateLogging) -> Verdict:
    observed = {"agents": [], "output": settings.has_output}
    if settings.has_output:
        return passed("the ConfigMap aws-logging names where logs of Fargate pods go", observed=observed)
    text = "no ConfigMap aws-observability/aws-logging names where logs of Fargate pods go"
    return failed("no_fargate_logging", text, observed=observed)


def _names(agents: Iterable[Tool]) -> list[str]:
    return sorted({agent.name for agent in agents})
