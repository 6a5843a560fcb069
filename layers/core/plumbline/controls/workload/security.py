"""Security of workloads: what their containers may do."""

from typing import Literal

from plumbline.domain.control import control
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned
from plumbline.domain.workload_rules import (
    Hardening,
    HostAccess,
    containers_named,
    containers_of,
    linux_workload,
    long_running,
    system_workload,
    without_agents,
)

_NON_ROOT = passed(
    "no container runs as root", observed={"root_explicit": [], "root_possible": [], "user_namespace": False}
)


@control(
    "workload.run-as-non-root",
    title="Containers do not run as root",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when every container has an effective runAsNonRoot=true or runAsUser above 0; what a container says "
        "overrides the pod. FAIL `root_explicit` for runAsUser=0, FAIL `root_possible` when neither is set. WARN "
        "instead when hostUsers=false. NOT_APPLICABLE for Windows pods and system namespaces."
    ),
    remediation=(
        "securityContext: {runAsNonRoot: true, runAsUser: 10001}, and mend the ownership of files in the image."
    ),
    references=(
        "PSS restricted",
        "Prowler core_minimize_root_containers_admission",
        "hardeneks disable_run_as_root_user",
    ),
)
def containers_run_as_non_root(workload: Workload, p: Hardening) -> Verdict:
    """Root in a container is root on the node to every bug of the kernel and to every volume of the host.

    The image's own user is not visible to the API: only what the template guarantees counts.
    """
    exempt = linux_workload(workload, p)
    if exempt:
        return exempt
    pod = workload.template.security
    explicit: list[str] = []
    possible: list[str] = []
    for container in containers_of(workload):
        own = container.security
        non_root = pod.run_as_non_root if own.run_as_non_root is None else own.run_as_non_root
        user = pod.run_as_user if own.run_as_user is None else own.run_as_user
        if not (non_root or user):
            (possible if user is None else explicit).append(container.name)
    if not (explicit or possible):
        return _NON_ROOT
    reasons = [*(["root_explicit"] if explicit else []), *(["root_possible"] if possible else [])]
    apart = workload.template.host_users is False
    observed = {"root_explicit": explicit, "root_possible": possible, "user_namespace": apart}
    text = f"{containers_named(explicit + possible)} may run as root"
    if apart:
        return warned(reasons, f"{text} of a user namespace", observed=observed)
    return failed(reasons, text, observed=observed)


_UNPRIVILEGED = passed("no container is privileged", observed={"privileged": [], "host_process": []})


@control(
    "workload.privileged",
    title="No privileged or Windows host-process containers",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when any container is privileged or a host process, PASS otherwise. NOT_APPLICABLE for node agents of "
        "the allow-list and in system namespaces."
    ),
    remediation=(
        "Drop `privileged` and grant the single capability that is needed, or move the function to a node agent."
    ),
    references=(
        "CIS 4.2.1",
        "PSS baseline",
        "Prowler core_minimize_privileged_containers",
        "Prowler core_minimize_admission_windows_hostprocess_containers",
    ),
)
def no_container_is_privileged(workload: Workload, p: HostAccess) -> Verdict:
    """A privileged container is the node: it reads every disk and every pod's secrets there. Nothing confines it."""
    exempt = without_agents(workload, p)
    if exempt:
        return exempt
    pod = workload.template.security
    privileged: list[str] = []
    host_process: list[str] = []
    for container in containers_of(workload):
        own = container.security
        if own.privileged:
            privileged.append(container.name)
        if pod.host_process if own.host_process is None else own.host_process:
            host_process.append(container.name)
    if not (privileged or host_process):
        return _UNPRIVILEGED
    reasons = [*(["privileged"] if privileged else []), *(["host_process"] if host_process else [])]
    told = [
        *([f"{containers_named(privileged)}: privileged"] if privileged else []),
        *([f"{containers_named(host_process)}: host process"] if host_process else []),
    ]
    return failed(reasons, "; ".join(told), observed={"privileged": privileged, "host_process": host_process})


_NO_ESCALATION = passed("no container may escalate its privileges", observed={"may_escalate": []})
_ALL_PRIVILEGED = not_applicable("privileged", "its containers are privileged, which workload.privileged reports")


@control(
    "workload.privilege-escalation",
    title="Privilege escalation is off",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when every container sets allowPrivilegeEscalation=false; absent means true. Privileged containers are "
        "left to workload.privileged. FAIL otherwise. NOT_APPLICABLE for Windows pods and system namespaces."
    ),
    remediation="securityContext: {allowPrivilegeEscalation: false}",
    references=(
        "CIS 4.2.5",
        "PSS restricted",
        "Prowler core_minimize_allowPrivilegeEscalation_containers",
        "hardeneks disallow_privilege_escalation",
    ),
)
def privileges_do_not_escalate(workload: Workload, p: Hardening) -> Verdict:
    """Without the switch a setuid binary in the image gives a process more than it was started with.

    That undoes running as a plain user.
    """
    exempt = linux_workload(workload, p)
    if exempt:
        return exempt
    found = [
        container.name
        for container in containers_of(workload)
        if container.security.allow_privilege_escalation is not False and not container.security.privileged
    ]
    if found:
        text = f"{containers_named(found)} may escalate privileges"
        return failed("privilege_escalation", text, observed={"may_escalate": found})
    if all(container.security.privileged for container in workload.template.containers):
        return _ALL_PRIVILEGED
    return _NO_ESCALATION


class AllowedCapabilities(HostAccess, frozen=True):
    """Capabilities that may be added, and what it means when not all of the others are dropped."""

    allowed_add: tuple[str, ...] = ("NET_BIND_SERVICE",)
    require_drop_all: Literal["warn", "fail", "off"] = "warn"


_WORST_CAPABILITIES = frozenset({"ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "NET_ADMIN"})
_DROPPED = passed("capabilities are dropped and none is added", observed={"added": {}, "without_drop_all": []})


@control(
    "workload.capabilities",
    title="Capabilities are dropped and none is added",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a capability outside of those allowed is added (critical for ALL, SYS_ADMIN, SYS_PTRACE, "
        "SYS_MODULE, NET_ADMIN). WARN when a container does not drop ALL. PASS otherwise. NOT_APPLICABLE for Windows "
        "pods, node agents of the allow-list and system namespaces."
    ),
    remediation="securityContext: {capabilities: {drop: [ALL]}}, and add back only what is proven to be needed.",
    references=(
        "PSS baseline",
        "PSS restricted",
        "Prowler core_minimize_containers_added_capabilities",
        "Prowler core_minimize_net_raw_capability_admission",
        "hardeneks disallow_linux_capabilities",
    ),
)
def capabilities_are_dropped(workload: Workload, p: AllowedCapabilities) -> Verdict:
    """Capabilities are root in pieces, and some pieces are enough to become all of it.

    The default set holds NET_RAW until ALL is dropped: with it a pod can pretend to be its neighbours.
    """
    exempt = without_agents(workload, p) or linux_workload(workload, p)
    if exempt:
        return exempt
    added: dict[str, list[str]] = {}
    keeping: list[str] = []
    for container in containers_of(workload):
        security = container.security
        if security.capabilities_added:
            added[container.name] = sorted({_capability(name) for name in security.capabilities_added})
        dropped = security.capabilities_dropped
        if "ALL" not in dropped and long_running(container) and "ALL" not in map(_capability, dropped):
            keeping.append(container.name)
    if not (added or keeping):
        return _DROPPED
    observed = {"added": added, "without_drop_all": keeping}
    allowed = frozenset(map(_capability, p.allowed_add))
    excess = {name: [one for one in held if one not in allowed] for name, held in added.items()}
    if any(excess.values()):
        text = "; ".join(f"container {name} adds {', '.join(held)}" for name, held in excess.items() if held)
        worst = not _WORST_CAPABILITIES.isdisjoint(one for held in excess.values() for one in held)
        severity = Severity.CRITICAL if worst else None
        return failed("capability_added", text, observed=observed, severity=severity)
    if keeping and p.require_drop_all != "off":
        judge = failed if p.require_drop_all == "fail" else warned
        return judge("drop_all_missing", f"{containers_named(keeping)} does not drop ALL", observed=observed)
    return passed("no capability is added that is not allowed", observed=observed)


def _capability(name: str) -> str:
    return name.upper().removeprefix("CAP_")


class SafeSysctls(Hardening, frozen=True):
    """Kernel parameters that concern the pod alone."""

    safe: tuple[str, ...] = (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    )


_NO_SYSCTL = passed("no kernel parameter is set", observed={"sysctls": []})


@control(
    "workload.sysctls",
    title="Pods do not change kernel parameters",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a sysctl outside of the safe list is set, WARN when a safe one is, PASS when none is. "
        "NOT_APPLICABLE in system namespaces."
    ),
    remediation="Set kernel parameters on the node, through its image or NodeClass.",
    references=("PSS baseline",),
)
def kernel_parameters_are_left_alone(workload: Workload, p: SafeSysctls) -> Verdict:
    """Pods of a node share its kernel. An unsafe parameter of one pod can starve or break the others."""
    exempt = system_workload(workload, p)
    if exempt:
        return exempt
    if not workload.template.security.sysctls:
        return _NO_SYSCTL
    # The kernel's own spelling has slashes.
    found = sorted({name.replace("/", ".") for name in workload.template.security.sysctls})
    observed = {"sysctls": found}
    unsafe = [name for name in found if name not in p.safe]
    if unsafe:
        return failed("unsafe_sysctl", f"the pod sets {', '.join(unsafe)}", observed=observed)
    return warned("safe_sysctl", f"the pod sets {', '.join(found)}", observed=observed)


_READ_ONLY = passed("every root filesystem is read-only", observed={"writable": []})


@control(
    "workload.read-only-root-fs",
    title="The root filesystem is read-only",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when every container sets readOnlyRootFilesystem=true, FAIL otherwise. NOT_APPLICABLE for Windows pods "
        "and system namespaces."
    ),
    remediation="securityContext: {readOnlyRootFilesystem: true}, with an emptyDir for /tmp.",
    references=("Prowler core_readonly_root_filesystem_enabled", "hardeneks check_read_only_root_file_system"),
)
def root_filesystems_are_read_only(workload: Workload, p: Hardening) -> Verdict:
    """An intruder who cannot write cannot leave tools behind or change the program. Data belongs into volumes."""
    exempt = linux_workload(workload, p)
    if exempt:
        return exempt
    found = [one.name for one in containers_of(workload) if one.security.read_only_root_filesystem is not True]
    if not found:
        return _READ_ONLY
    text = f"{containers_named(found)}: the root filesystem is writable"
    return failed("writable_root", text, observed={"writable": found})
