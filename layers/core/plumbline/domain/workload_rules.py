"""What controls of workloads and namespaces share: which are exempt, and parameters of that (controls.md 0.4, 0.6)."""

from collections.abc import Iterable
from functools import lru_cache

from plumbline.domain.control import Parameters
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.kubernetes.workloads import Container, Workload
from plumbline.domain.image_names import repository_of
from plumbline.domain.verdict import Verdict, not_applicable

SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "amazon-guardduty", "aws-observability")
# Node agents that need host access, by image repository.
AGENTS = (
    "amazon-k8s-cni",
    "aws-network-policy-agent",
    "eks/kube-proxy",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "csi-node-driver-registrar",
    "eks-pod-identity-agent",
    "eks-node-monitoring-agent",
    "cloudwatch-agent",
    "fluent-bit",
    "fluentd",
    "aws-guardduty-agent",
    "falco",
    "calico/node",
    "cilium",
    "nvidia/k8s-device-plugin",
    "node-exporter",
    "k8s-dns-node-cache",
    "secrets-store-csi",
)
_WITHOUT_SERVICE_LIFE = frozenset({"Job", "CronJob"})
_OS_LABEL = "kubernetes.io/os"
# Thousands of workloads get the same answer.
_SYSTEM = not_applicable("system_namespace", "workloads of system namespaces are not judged")
_WINDOWS = not_applicable("windows", "the pods are Windows pods")
_AGENT = not_applicable("node_agent", "a node agent of the allow-list, which needs access to its host")
_ENDS = not_applicable("runs_to_completion", "its pods run to completion")
_DAEMON = not_applicable("daemon_set", "a DaemonSet has one pod for each node")


class Hardening(Parameters, frozen=True):
    """Parameters of every control that hardens workloads or namespaces."""

    system_namespaces: tuple[str, ...] = SYSTEM_NAMESPACES
    include_system_namespaces: bool = False


class HostAccess(Hardening, frozen=True):
    """Parameters of the controls from which node agents are exempt."""

    agent_allow_list: tuple[str, ...] = AGENTS


def in_system_namespace(namespace: str, p: Hardening) -> bool:
    """Whether the namespace is the system's and the system's namespaces are not judged."""
    return namespace in p.system_namespaces and not p.include_system_namespaces


def system_workload(workload: Workload, p: Hardening) -> Verdict | None:
    """Return NOT_APPLICABLE for a workload of a system namespace, else None."""
    exempt = workload.namespace in p.system_namespaces and not p.include_system_namespaces
    return _SYSTEM if exempt else None


def linux_workload(workload: Workload, p: Hardening) -> Verdict | None:
    """Return NOT_APPLICABLE for a workload of a system namespace or of Windows pods, else None."""
    return system_workload(workload, p) or (_WINDOWS if windows(workload) else None)


def without_agents(workload: Workload, p: HostAccess) -> Verdict | None:
    """Return NOT_APPLICABLE for a workload of a system namespace and for node agents, else None."""
    return system_workload(workload, p) or (_AGENT if node_agent(workload, p) else None)


def serving_workload(workload: Workload, p: Hardening) -> Verdict | None:
    """Return NOT_APPLICABLE for a workload of a system namespace and for what runs to completion, else None."""
    return system_workload(workload, p) or (_ENDS if runs_to_completion(workload) else None)


def replicated_workload(workload: Workload, p: Hardening) -> Verdict | None:
    """Return NOT_APPLICABLE for what has no number of replicas, or is in a system namespace; else None."""
    return serving_workload(workload, p) or (_DAEMON if workload.kind == "DaemonSet" else None)


def containers_of(workload: Workload) -> tuple[Container, ...]:
    """Return the containers of a workload, init containers too.

    Raises:
        EvidenceUnreadable: it has none, which the API server does not allow: nothing can be said of them.

    """
    if not workload.template.containers:
        raise EvidenceUnreadable(f"the template of {workload.kind} {workload.path} has no containers")
    return workload.template.containers


def running_containers(workload: Workload) -> tuple[Container, ...]:
    """Return the containers that run as long as their pod, sidecars too.

    Raises:
        EvidenceUnreadable: there are none, which the API server does not allow.

    """
    found = tuple([container for container in workload.template.containers if not container.init or container.sidecar])
    if not found:
        raise EvidenceUnreadable(f"the template of {workload.kind} {workload.path} has no containers")
    return found


def containers_named(names: Iterable[str]) -> str:
    """Return `container api`, or `containers api, proxy`."""
    listed = list(names)
    return f"container{'' if len(listed) == 1 else 's'} {', '.join(listed)}"


def windows(workload: Workload) -> bool:
    """Whether the pods are Windows pods: by spec.os, node selector or required affinity."""
    template = workload.template
    if template.os:
        return template.os == "windows"
    if _OS_LABEL in template.node_selector:
        return template.node_selector[_OS_LABEL] == "windows"
    return bool(template.node_affinity) and all(
        any(one.key == _OS_LABEL and one.operator == "In" and one.values == ("windows",) for one in term)
        for term in template.node_affinity
    )


def node_agent(workload: Workload, p: HostAccess) -> bool:
    """Whether every container of the workload is a node agent that needs host access."""
    containers = workload.template.containers
    for container in containers:
        if not _is_agent(container.image, p.agent_allow_list):
            return False
    return bool(containers)


@lru_cache(maxsize=8192)
def _is_agent(image: str, signatures: tuple[str, ...]) -> bool:
    repository = repository_of(image).lower()
    return any(signature.lower() in repository for signature in signatures)


def long_running(container: Container) -> bool:
    """Whether the container runs as long as its pod: init containers do not, sidecars do."""
    return not container.init or container.sidecar


def runs_to_completion(workload: Workload) -> bool:
    """Whether the workload is a Job or makes Jobs: it needs no probes, replicas, budgets, spreading or hooks."""
    return workload.kind in _WITHOUT_SERVICE_LIFE or workload.owner in _WITHOUT_SERVICE_LIFE
