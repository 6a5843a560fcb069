"""Requests: what containers ask for and how far they may go, as the API counts it."""

from collections.abc import Callable, Iterable, Mapping

from plumbline.domain.evidence.kubernetes.workloads import Container, Workload
from plumbline.domain.quantities import memory, millicores

REQUESTS, LIMITS = "requests", "limits"


def requested(container: Container) -> Mapping[str, str]:
    """Return what a container requests: a limit stands for a request that is absent."""
    if not container.limits:
        return container.requests
    return container.limits | container.requests


def undeclared(workload: Workload, containers: Iterable[Container], of: str, name: str) -> list[str]:
    """Return the containers that do not declare a resource, when the pod as a whole does not either.

    Args:
        workload: the owner of the template.
        containers: those to look at.
        of: `requests` or `limits`.
        name: cpu or memory.

    """
    template = workload.template
    limits_alone = of == LIMITS
    if name in template.limits or (not limits_alone and name in template.requests):
        return []
    return [
        container.name
        for container in containers
        if name not in container.limits and (limits_alone or name not in container.requests)
    ]


def pod_needs(workload: Workload) -> tuple[int, int]:
    """Return what a pod needs, in thousandths of a core and bytes: its init containers run before all others.

    Raises:
        EvidenceUnreadable: a quantity is not one.

    """
    template = workload.template
    starting = [one for one in template.containers if one.init and not one.sidecar]
    running = [one for one in template.containers if not one.init or one.sidecar]
    of_pod = template.limits | template.requests
    cpu = max(_sum(running, millicores), *(millicores(requested(one)) for one in starting), 0)
    bytes_ = max(_sum(running, memory), *(memory(requested(one)) for one in starting), 0)
    return (millicores(of_pod) if "cpu" in of_pod else cpu, memory(of_pod) if "memory" in of_pod else bytes_)


def _sum(containers: Iterable[Container], amount: Callable[[Mapping[str, str]], int]) -> int:
    return sum(amount(requested(container)) for container in containers)
