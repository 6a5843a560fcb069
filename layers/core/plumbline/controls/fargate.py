"""Fargate: what its profiles select can run there, and fits the sizes on offer."""

from collections.abc import Iterator

import msgspec

from plumbline.domain.claims import Claims
from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.requests import pod_needs
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_facts import FargateSelection
from plumbline.domain.workload_rules import containers_of, windows

_NO_PROFILES = not_applicable("no_profiles", "there is no Fargate profile that selects pods")
_NOT_SELECTED = not_applicable("not_selected", "no Fargate profile selects the pods")
_NO_DAEMONS = not_applicable("daemon_set", "pods of DaemonSets do not run on Fargate")
_COMPUTE_TYPE, _ARCHITECTURE = "eks.amazonaws.com/compute-type", "kubernetes.io/arch"
_GPU = ("nvidia.com/", "amd.com/gpu", "aws.amazon.com/neuron")


def _unselected(workload: Workload, fargate: FargateSelection) -> Verdict | None:
    """Return NOT_APPLICABLE when no profile selects the workload.

    Raises:
        EvidenceMissing: a profile that was not read might.

    """
    if fargate.empty:
        return _NO_PROFILES
    if fargate.takes(workload):
        return None
    if fargate.missing:
        raise EvidenceMissing(fargate.missing)
    return _NOT_SELECTED


@control(
    "fargate.incompatible-workloads",
    title="Workloads selected for Fargate can run there",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "For workloads that a profile selects: FAIL with reasons privileged, host_network, host_port, host_path, "
        "ebs_volume, gpu, windows, arm64, dynamic_efs. WARN `daemonset` when a DaemonSet that does not exclude Fargate "
        "lives in a namespace that is selected, WARN `job_no_ttl` for Jobs without ttlSecondsAfterFinished. PASS "
        "otherwise. NOT_APPLICABLE without profiles and for what none selects."
    ),
    remediation="Change the workload or narrow the profile.",
)
def workloads_on_fargate_can_run_there(workload: Workload, fargate: FargateSelection, claims: Claims) -> Verdict:
    """A pod that Fargate cannot run stays pending for ever, and a Job that is never cleaned up keeps its pods.

    EFS works with volumes made by hand.
    """
    if workload.kind == "DaemonSet":
        return _daemon_set(workload, fargate)
    unselected = _unselected(workload, fargate)
    if unselected:
        return unselected
    containers_of(workload)
    found = sorted({*_obstacles(workload), *_of_storage(workload, claims)})
    observed = {"obstacles": found}
    if found:
        text = f"Fargate cannot run it: {', '.join(found).replace('_', ' ')}"
        return failed(found, text, observed=observed)
    if workload.kind in ("Job", "CronJob") and not workload.ttl:
        return warned("job_no_ttl", "pods of finished Jobs stay, and each is a node on Fargate", observed=observed)
    return passed("Fargate can run it", observed=observed)


def _daemon_set(workload: Workload, fargate: FargateSelection) -> Verdict:
    if fargate.empty:
        return _NO_PROFILES
    if fargate.takes_namespace(workload.namespace):
        if _excludes_fargate(workload):
            return passed("the DaemonSet excludes Fargate", observed={"obstacles": []})
        text = "a Fargate profile selects its namespace, and no pod of a DaemonSet runs on Fargate"
        return warned("daemonset", text, observed={"obstacles": []})
    if fargate.missing:
        raise EvidenceMissing(fargate.missing)
    return _NOT_SELECTED


def _excludes_fargate(workload: Workload) -> bool:
    """Whether no node of Fargate satisfies the required affinity, as in the manifests of EKS's own DaemonSets."""
    labels = {_COMPUTE_TYPE: "fargate"}
    terms = workload.template.node_affinity
    return bool(terms) and all(
        any(one.key == _COMPUTE_TYPE and not one.matches(labels) for one in term) for term in terms
    )


def _obstacles(workload: Workload) -> Iterator[str]:
    template = workload.template
    if template.host_network:
        yield "host_network"
    if any(volume.host_path for volume in template.volumes):
        yield "host_path"
    if windows(workload):
        yield "windows"
    if _needs_arm(workload):
        yield "arm64"
    for container in template.containers:
        if container.security.privileged:
            yield "privileged"
        if any(port.host_port for port in container.ports):
            yield "host_port"
        if any(name.startswith(_GPU) for name in (*container.limits, *container.requests)):
            yield "gpu"


def _needs_arm(workload: Workload) -> bool:
    template = workload.template
    if template.node_selector.get(_ARCHITECTURE) == "arm64":
        return True
    return bool(template.node_affinity) and all(
        any(one.key == _ARCHITECTURE and one.operator == "In" and one.values == ("arm64",) for one in term)
        for term in template.node_affinity
    )


def _of_storage(workload: Workload, claims: Claims) -> Iterator[str]:
    for volume in workload.template.volumes:
        if volume.claim:
            yield from claims.problems_on_fargate(workload.namespace, volume.claim)
    for claim in workload.claims:
        yield from claims.problems_of_class(claim.storage_class)


_GIB = 2**30
# What the kubelet and the runtime need of every pod's memory on Fargate.
_OVERHEAD = 256 * 2**20


def _gib(first: int, last: int, step: int = 1) -> tuple[float, ...]:
    return tuple(float(size) for size in range(first, last + 1, step))


class Sizes(Parameters, frozen=True):
    """The share of a size that may be wasted, and the sizes on offer: vCPU -> memory in GiB, ascending."""

    max_waste: float = 0.5
    sizes: dict[str, tuple[float, ...]] = msgspec.field(
        default_factory=lambda: {
            "0.25": (0.5, 1.0, 2.0),
            "0.5": _gib(1, 4),
            "1": _gib(2, 8),
            "2": _gib(4, 16),
            "4": _gib(8, 30),
            "8": _gib(16, 60, 4),
            "16": _gib(32, 120, 8),
        }
    )

    def __post_init__(self) -> None:
        for cores in self.sizes:
            float(cores)


@control(
    "fargate.resource-sizing",
    title="Fargate pods fit the available sizes without waste",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "A pod needs the largest request of its init containers or the sum of the others, and 256 MiB of memory more, "
        "rounded up to a size. FAIL when no size is large enough. WARN when nothing is requested (the smallest size is "
        "used), or when rounding wastes more than max-waste of cpu or memory. PASS otherwise. NOT_APPLICABLE without "
        "profiles, for what none selects and for DaemonSets."
    ),
    remediation="Lower memory requests just below the step.",
)
def pods_on_fargate_fit_a_size(workload: Workload, fargate: FargateSelection, p: Sizes) -> Verdict:
    """Fargate bills the size, not the request: one megabyte over a step pays for the next.

    1 vCPU with exactly 8 GiB becomes 2 vCPU and 9 GiB, because of the 256 MiB.
    """
    if workload.kind == "DaemonSet":
        return _NO_DAEMONS
    unselected = _unselected(workload, fargate)
    if unselected:
        return unselected
    containers_of(workload)
    millicores, memory = pod_needs(workload)
    observed = {"millicores": millicores, "memory": memory}
    if not (millicores or memory):
        return warned("no_request", "nothing is requested: the smallest size is used", observed=observed)
    cores, gib = millicores / 1000, (memory + _OVERHEAD) / _GIB
    size = _size_for(cores, gib, p)
    if size is None:
        text = f"no size is large enough for {cores:g} vCPU and {gib:.4g} GiB"
        return failed("too_large", text, observed=observed)
    text = f"{cores:g} vCPU and {gib:.4g} GiB take the size of {size[0]:g} vCPU and {size[1]:g} GiB"
    if max(1 - cores / size[0], 1 - gib / size[1]) > p.max_waste:
        return warned("wasted", text, observed=observed)
    return passed(text, observed=observed)


def _size_for(cores: float, gib: float, p: Sizes) -> tuple[float, float] | None:
    """Return vCPU and GiB of the smallest size that is enough."""
    for offered, memories in sorted((float(name), memories) for name, memories in p.sizes.items()):
        if offered >= cores:
            for memory in memories:
                if memory >= gib:
                    return offered, memory
    return None
