"""Resources of workloads: what their containers ask for and how far they may go."""

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Container, Workload
from plumbline.domain.evidence.section import Section
from plumbline.domain.kubernetes_facts import NamespaceDefaults
from plumbline.domain.need import need
from plumbline.domain.requests import LIMITS, REQUESTS, undeclared
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_rules import Hardening, running_containers, system_workload


class CpuLimits(Hardening, frozen=True):
    """Whether containers must have a limit of cpu, too."""

    require_cpu_limit: bool = False


_WANTED = {
    "no_cpu_request": (REQUESTS, "cpu"),
    "no_memory_request": (REQUESTS, "memory"),
    "no_memory_limit": (LIMITS, "memory"),
}
_CPU_LIMIT = "no_cpu_limit"
_DECLARED = passed("requests and memory limits are declared", observed={"undeclared": {}})


def _is_complete(container: Container) -> bool:
    """Whether a container declares all that is wanted by itself, as most do."""
    requests, limits = container.requests, container.limits
    return "memory" in limits and "memory" in requests and "cpu" in requests


@control(
    "workload.resource-requests-limits",
    title="Containers declare CPU and memory requests and a memory limit",
    pillar=Pillar.PERF,
    severity=Severity.HIGH,
    rule=(
        "FAIL with reasons no_memory_limit, no_memory_request, no_cpu_request; a limit stands for a request, as in the "
        "API, and resources of the pod for those of its containers. PASS `limit_range` when a LimitRange of the "
        "namespace supplies what is missing. WARN no_cpu_limit only when require-cpu-limit is set. PASS otherwise. "
        "NOT_APPLICABLE in system namespaces."
    ),
    remediation=(
        "Set requests from observed use (cost.request-rightsizing), and for critical services a memory limit equal to "
        "the memory request."
    ),
    references=(
        "Prowler core_memory_limits_set",
        "Prowler core_memory_requests_set",
        "Prowler core_cpu_requests_set",
        "Prowler core_cpu_limits_set",
        "hardeneks set_requests_limits_for_containers",
    ),
)
def resources_are_declared(workload: Workload, defaults: Section[NamespaceDefaults], p: CpuLimits) -> Verdict:
    """The scheduler fills nodes by requests: what asks for nothing is put anywhere and evicted first.

    A container without a memory limit takes its neighbours down with it. Limits of cpu are left out on purpose.
    """
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    running = running_containers(workload)
    if not p.require_cpu_limit and all(map(_is_complete, running)):
        return _DECLARED
    wanted = _WANTED | {_CPU_LIMIT: (LIMITS, "cpu")} if p.require_cpu_limit else _WANTED
    missing = {
        reason: names for reason, (of, name) in wanted.items() if (names := undeclared(workload, running, of, name))
    }
    if not missing:
        return _DECLARED
    supplied = need(defaults).supplied(workload.namespace)
    observed = {"undeclared": missing, "supplied": sorted(one for one in missing if wanted[one] in supplied)}
    left = {reason: names for reason, names in missing.items() if wanted[reason] not in supplied}
    text = "; ".join(f"{reason.replace('_', ' ')}: {', '.join(names)}" for reason, names in left.items())
    if left.keys() - {_CPU_LIMIT}:
        return failed([reason for reason in left if reason != _CPU_LIMIT], text, observed=observed)
    if left:
        return warned(_CPU_LIMIT, text, observed=observed)
    return passed("a LimitRange supplies what is missing", reason="limit_range", observed=observed)
