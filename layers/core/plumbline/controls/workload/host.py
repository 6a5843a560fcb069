"""Workloads and their hosts: what of the node their pods see."""

from posixpath import normpath

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned
from plumbline.domain.workload_rules import HostAccess, containers_of, without_agents


class AllowedPaths(HostAccess, frozen=True):
    """Folders of the node that may be read."""

    allowed_read_only: tuple[str, ...] = ("/var/log", "/etc/localtime", "/usr/share/zoneinfo")


_NO_HOST_PATH = passed("there is no hostPath volume", observed={"host_paths": {}})


@control(
    "workload.host-path",
    title="No hostPath volumes",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when a hostPath volume is mounted writable (`writable`) or its path is not among those allowed "
        "(`path_not_allowed`). WARN when all of them are only read there. PASS without hostPath. NOT_APPLICABLE for "
        "node agents of the allow-list and in system namespaces."
    ),
    remediation="Use emptyDir, a CSI volume or projected volumes.",
    references=(
        "PSS baseline",
        "Prowler core_minimize_hostpath_volume_mounts",
        "hardeneks disallow_host_path_or_make_it_read_only",
    ),
)
def folders_of_the_host_are_not_mounted(workload: Workload, p: AllowedPaths) -> Verdict:
    """A folder of the node in a pod is a way out of the pod, and ties it to that node.

    Reading is enough for credentials of the kubelet and of other pods.
    """
    exempt = without_agents(workload, p)
    if exempt:
        return exempt
    containers_of(workload)
    paths = {volume.name: normpath(volume.host_path) for volume in workload.template.volumes if volume.host_path}
    if not paths:
        return _NO_HOST_PATH
    mounts = [mount for container in workload.template.containers for mount in container.mounts]
    writable = {paths[mount.volume] for mount in mounts if mount.volume in paths and not mount.read_only}
    observed = {"host_paths": {path: path in writable for path in sorted(set(paths.values()))}}
    outside = sorted({path for path in paths.values() if not _is_below(path, p.allowed_read_only)})
    told = [
        *([f"writable: {', '.join(sorted(writable))}"] if writable else []),
        *([f"not allowed: {', '.join(outside)}"] if outside else []),
    ]
    if told:
        reasons = [*(["writable"] if writable else []), *(["path_not_allowed"] if outside else [])]
        return failed(reasons, f"folders of the node: {'; '.join(told)}", observed=observed)
    text = f"the pod reads {', '.join(sorted(set(paths.values())))} of its node"
    return warned("read_only_host_path", text, observed=observed)


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in folders)


class Sockets(Parameters, frozen=True):
    """The sockets of container runtimes."""

    sockets: tuple[str, ...] = (
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/var/run/containerd/containerd.sock",
        "/run/dockershim.sock",
        "/run/crio/crio.sock",
    )


_NO_SOCKET = passed("no folder of the node is mounted", observed={"host_paths": []})


@control(
    "workload.runtime-socket",
    title="Container runtime sockets are not mounted",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when a hostPath is the socket of a container runtime or a folder above one (/, /run, /var/run), PASS "
        "otherwise. Nothing is exempt but by waiver."
    ),
    remediation=(
        "Build images with a rootless builder; read data of containers through the kubelet, or with agents that need "
        "no socket."
    ),
    references=("hardeneks disallow_container_socket_mount",),
)
def runtime_sockets_are_not_mounted(workload: Workload, p: Sockets) -> Verdict:
    """Who can talk to the container runtime starts any container on the node, privileged ones too.

    Mounting the socket read-only changes nothing.
    """
    containers_of(workload)
    paths = {_canonical(volume.host_path) for volume in workload.template.volumes if volume.host_path}
    if not paths:
        return _NO_SOCKET
    observed = {"host_paths": sorted(paths)}
    sockets = {_canonical(socket) for socket in p.sockets}
    found = sorted(path for path in paths if any(_is_below(socket, (path,)) for socket in sockets))
    if found:
        text = f"the socket of a container runtime can be reached: {', '.join(found)}"
        return failed("runtime_socket", text, observed=observed)
    return passed("no folder of the node that is mounted holds such a socket", observed=observed)


def _canonical(path: str) -> str:
    """Return a path without detours; /var/run is a link to /run."""
    plain = f"/{normpath(path).lstrip('/')}"
    return plain.removeprefix("/var") if _is_below(plain, ("/var/run",)) else plain


_APART = passed("the pod shares nothing with its node", observed={"shared": []})
_SHARED = {
    "host_network": "the network of the node, past network policies and the hop limit of instance metadata",
    "host_pid": "the processes of the node",
    "host_ipc": "the IPC of the node",
    "host_port": "ports of the node",
}


@control(
    "workload.host-namespaces",
    title="Pods do not share host network, ports, processes or IPC",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL with reasons host_network, host_port, host_pid, host_ipc. PASS otherwise. NOT_APPLICABLE for node agents "
        "of the allow-list and in system namespaces."
    ),
    remediation="Remove the fields; use a Service or a port mapping of the CNI.",
    references=(
        "CIS 4.2.2",
        "CIS 4.2.3",
        "CIS 4.2.4",
        "PSS baseline",
        "Prowler core_minimize_hostNetwork_containers",
        "Prowler core_minimize_hostPID_containers",
        "Prowler core_minimize_hostIPC_containers",
        "Prowler core_minimize_admission_hostport_containers",
    ),
)
def namespaces_of_the_host_are_not_shared(workload: Workload, p: HostAccess) -> Verdict:
    """A pod in the node's network is under no network policy, and gets the node's own AWS credentials.

    In the node's process namespace it sees the environment of every other pod.
    """
    exempt = without_agents(workload, p)
    if exempt:
        return exempt
    template = workload.template
    ports = [port for container in containers_of(workload) for port in container.ports if port.host_port]
    if not (ports or template.host_network or template.host_pid or template.host_ipc):
        return _APART
    shared = {
        "host_network": template.host_network,
        "host_pid": template.host_pid,
        "host_ipc": template.host_ipc,
        "host_port": bool(ports),
    }
    found = [name for name, is_shared in shared.items() if is_shared]
    text = f"the pod shares {'; '.join(_SHARED[name] for name in found)}"
    return failed(found, text, observed={"shared": found})
