"""Density: nodes have slots and addresses for the pods they take."""

from collections.abc import Iterable, Mapping

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.ec2_facts import InstanceTypes
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.section import NotCollected, Section, not_collected
from plumbline.domain.kubernetes_facts import Placements
from plumbline.domain.need import known, need
from plumbline.domain.node_facts import Autoscalers, Cni
from plumbline.domain.placement import OS
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.quantities import quantity
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

INSTANCE_TYPE = "node.kubernetes.io/instance-type"
# A prefix holds sixteen addresses; the CNI and the proxy of a node take the node's own.
_PREFIX, _ON_THE_HOST = 16, 2
IPV6 = "ipv6"


class Fill(Parameters, frozen=True):
    """The share of a pool's pod slots in use above which it warns and fails."""

    warn_ratio: float = 0.85
    fail_ratio: float = 0.95


@control(
    "capacity.pod-density",
    title="Nodes have pod slots and addresses for the load",
    pillar=Pillar.PERF,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL max_pods_exceeds_ips when a node takes more pods than it has addresses for. FAIL saturated when more "
        "than fail-ratio of the pool's pod slots are in use and nothing can add nodes to it, WARN above warn-ratio. "
        "PASS otherwise. NOT_APPLICABLE for Fargate, Auto Mode, hybrid nodes, overlay networks and pools without nodes."
    ),
    remediation="Larger instance types, prefix delegation (ENABLE_PREFIX_DELEGATION), or a right max-pods value.",
    flags=frozenset({Flag.VOLATILE}),
)
def nodes_have_room_for_pods(
    pool: ComputePool,
    cluster: Cluster,
    placements: Section[Placements],
    cni: Cni,
    autoscalers: Autoscalers,
    types: Section[InstanceTypes],
    p: Fill,
) -> Verdict:
    """A node that takes more pods than it has addresses for accepts them, and they never get a network.

    A pool without free slots leaves the next pod pending, however much cpu and memory there is.
    """
    if pool.kind in (PoolKind.FARGATE, PoolKind.AUTO_MODE, PoolKind.HYBRID):
        return not_applicable(pool.kind.value, f"{pool.name} has no pod slots to choose")
    if cni.outside_of_vpc:
        return not_applicable("overlay", f"pods take addresses of {cni.overlay}")
    nodes = need(pool.nodes)
    if not nodes:
        return not_applicable("no_nodes", f"{pool.name} has no nodes")
    delegates = cni.prefix_delegation or _is_ipv6(cluster)
    described = known(types, None)
    rooms = {shape: _room(node, cni, described, delegates=delegates) for shape, node in _by_shape(nodes).items()}
    short = {shape: room for shape, room in rooms.items() if isinstance(room, int) and shape[2] > room}
    observed = {"short_of_addresses": sorted({kind for kind, *_ in short}), "nodes": len(nodes)}
    if short:
        (kind, _, taken), room = min(short.items())
        text = f"nodes of type {kind} in {pool.name} take {taken} pods and have addresses for {room}"
        return failed("max_pods_exceeds_ips", text, observed=observed)
    used = _share(nodes, need(placements))
    text = f"{used:.0%} of the pod slots of {pool.name} are in use"
    grows = _can_grow(pool, autoscalers)
    if used > p.fail_ratio and grows is False:
        return failed("saturated", f"{text}, and nothing can add nodes", observed=observed)
    need(types)
    unread = next((room for room in rooms.values() if isinstance(room, NotCollected)), None)
    if unread or isinstance(grows, NotCollected):
        raise EvidenceMissing(unread or grows)  # type: ignore[arg-type]
    if used > p.warn_ratio:
        return warned("filling_up", text, observed=observed)
    return passed(text, observed=observed)


# Instance type, operating system, pods that a node takes.
_Shape = tuple[str, str, int]


def _by_shape(nodes: Iterable[Node]) -> Mapping[_Shape, Node]:
    return {
        (node.labels.get(INSTANCE_TYPE, ""), node.labels.get(OS, ""), _slots(node.status.capacity)): node
        for node in nodes
    }


def _slots(amounts: Mapping[str, str]) -> int:
    return int(quantity(amounts.get("pods", "0")))


def _share(nodes: Iterable[Node], placements: Placements) -> float:
    """Return how much of the pod slots of some nodes is in use."""
    listed = tuple(nodes)
    slots = sum(_slots(node.status.allocatable) for node in listed)
    used = sum(len(placements.by_node.get(node.name, ())) for node in listed)
    return used / slots if slots else 0.0


def _room(node: Node, cni: Cni, types: InstanceTypes | None, *, delegates: bool) -> int | NotCollected:
    """Return for how many pods a node has addresses, or why that is not known."""
    name = node.labels.get(INSTANCE_TYPE, "")
    described = types.of(name) if types else None
    network = described.network_info if described else None
    if network is None or network.maximum_network_interfaces is None or network.ipv4_addresses_per_interface is None:
        return not_collected(f"EC2 did not say how many addresses instance type {name or 'of a node'} has")
    of_interface = network.ipv4_addresses_per_interface - 1
    if node.labels.get(OS) == "windows":
        if isinstance(cni.windows_prefix_delegation, NotCollected):
            return cni.windows_prefix_delegation
        return of_interface * (_PREFIX if cni.windows_prefix_delegation.value else 1)
    # With custom networking the first interface has addresses of the node's subnet, which pods do not take.
    interfaces = network.maximum_network_interfaces - cni.custom_networking
    return interfaces * of_interface * (_PREFIX if delegates else 1) + _ON_THE_HOST


def _can_grow(pool: ComputePool, autoscalers: Autoscalers) -> bool | NotCollected:
    """Whether something can add nodes to the pool, or why that is not known."""
    if pool.kind is PoolKind.KARPENTER:
        return True
    if pool.kind is PoolKind.UNATTACHED:
        return False
    if not autoscalers.cluster_autoscaler:
        return autoscalers.missing or False
    sizes = pool.group.scaling_config if pool.group else None
    if sizes is None or sizes.desired_size is None or sizes.max_size is None:
        return True
    return sizes.desired_size < sizes.max_size


def _is_ipv6(cluster: Cluster) -> bool:
    config = cluster.kubernetes_network_config
    return config is not None and config.ip_family == IPV6
