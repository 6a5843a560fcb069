"""Placement: which nodes, and which pools that may grow, satisfy what a pod asks of its node."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from plumbline.domain.evidence.eks import NodeGroup
from plumbline.domain.evidence.kubernetes.cluster import Node, Taint
from plumbline.domain.evidence.kubernetes.objects import Requirement
from plumbline.domain.evidence.kubernetes.scaling import NodePool
from plumbline.domain.evidence.kubernetes.workloads import PodTemplate, Toleration
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.need import known
from plumbline.domain.pool_members import NODEGROUP_LABEL, NODEPOOL_LABEL
from plumbline.domain.pools import ComputePool, PoolKind

HOSTNAME = "kubernetes.io/hostname"
OS = "kubernetes.io/os"
_ARCHITECTURE = "kubernetes.io/arch"
# Labels that every node gets, with values that a pool alone does not tell.
_OF_EVERY_NODE = (
    "kubernetes.io/",
    "beta.kubernetes.io/",
    "node.kubernetes.io/",
    "topology.",
    "failure-domain.",
    "k8s.io/cloud-provider-aws",
    "eks.amazonaws.com/capacityType",
    "eks.amazonaws.com/nodegroup-image",
    "eks.amazonaws.com/sourceLaunchTemplate",
)
# And those that Karpenter and Auto Mode give theirs besides.
_OF_NODE_POOLS = (*_OF_EVERY_NODE, "karpenter.", "eks.amazonaws.com/")
# Labels in which nodes of one pool differ: another node of the pool may have another value.
_OF_ONE_NODE = ("topology.", "failure-domain.", "node.kubernetes.io/instance-type", HOSTNAME)
# Taints that come and go with the state of a node.
_PASSING_TAINTS = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "karpenter.sh/")
_PASSING_TAINT_ENDINGS = ("/agent-not-ready",)
_KEEPING_OFF = {"NoSchedule", "NoExecute"}
_EKS_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What nodes offer to pods: nodes of one shape that exist, or those that a pool can add.

    Attributes:
        pool: the name of the pool, for those that it can add.
        requirements: of the NodePool: a label may have any of the values that these leave.
        taints: that keep pods off.
        open: labels may be there that nobody told.
        existing: how many nodes there are.
        more: how many can be added; None for any number.

    """

    pool: str = ""
    kind: PoolKind | None = None
    labels: dict[str, str]
    requirements: tuple[Requirement, ...] = ()
    taints: frozenset[Taint] = frozenset()
    open: bool = False
    existing: int = 0
    more: int | None = 0

    def fits(self, wanted: "Wanted") -> bool:
        """Whether a pod that asks for this can be placed here."""
        tolerated = all(any(_tolerates(one, taint) for one in wanted.tolerations) for taint in self.taints)
        if not tolerated or not all(self._may(one) for one in wanted.selector):
            return False
        return not wanted.terms or any(all(self._may(one) for one in term) for term in wanted.terms)

    def _may(self, asked: Requirement) -> bool:
        if asked.key in self.labels or (self.existing and asked.key != HOSTNAME):
            return asked.matches(self.labels)
        own = [one for one in self.requirements if one.key == asked.key]
        if own:
            return _compatible(own, asked)
        given = _OF_NODE_POOLS if self.kind in (PoolKind.KARPENTER, PoolKind.AUTO_MODE) else _OF_EVERY_NODE
        return self.open or asked.key.startswith(given) or asked.matches({})


class Wanted(msgspec.Struct, frozen=True):
    """What a pod asks of its node; templates that ask for the same are looked up once."""

    selector: tuple[Requirement, ...]
    terms: tuple[tuple[Requirement, ...], ...]
    tolerations: tuple[Toleration, ...]


class Room(msgspec.Struct, frozen=True):
    """Where a pod can be placed: on how many nodes that exist, and on how many more (None for any number)."""

    existing: int
    more: int | None
    pools: tuple[str, ...]

    @property
    def none(self) -> bool:
        """Whether there is no place for it."""
        return not self.existing and self.more == 0


class Offers:
    """What the nodes and pools of a cluster offer.

    Args:
        nodes: those that exist.
        pools: the compute pools.
        missing: why there may be other pools.

    """

    def __init__(self, nodes: Iterable[Node], pools: Iterable[ComputePool], missing: NotCollected | None) -> None:
        listed = tuple(nodes)
        self.missing = missing
        self.has_windows = any(node.labels.get(OS) == "windows" for node in listed)
        self._offers = (*_of_nodes(listed), *(offer for pool in pools for offer in _of_pool(pool)))
        self._rooms: dict[Wanted, Room] = {}

    def room_for(self, template: PodTemplate) -> Room:
        """Return where pods of a template can be placed."""
        wanted = _wanted(template)
        if wanted not in self._rooms:
            fitting = [offer for offer in self._offers if offer.fits(wanted)]
            grown = [offer.more for offer in fitting]
            self._rooms[wanted] = Room(
                existing=sum(offer.existing for offer in fitting),
                more=None if None in grown else sum(more or 0 for more in grown),
                pools=tuple(sorted(offer.pool for offer in fitting if offer.pool)),
            )
        return self._rooms[wanted]


def _wanted(template: PodTemplate) -> Wanted:
    pairs = sorted(template.node_selector.items())
    selector = tuple(Requirement(key=key, operator="In", values=(value,)) for key, value in pairs)
    return Wanted(selector, template.node_affinity, template.tolerations)


def _of_nodes(nodes: Iterable[Node]) -> Iterator[Offer]:
    """Yield the shapes of the nodes that pods may be placed on: many nodes have few shapes."""
    shapes: Counter[tuple[frozenset[tuple[str, str]], frozenset[Taint]]] = Counter()
    for node in nodes:
        if not node.spec.unschedulable:
            labels = frozenset(pair for pair in node.labels.items() if pair[0] != HOSTNAME)
            shapes[labels, _lasting(node.spec.taints)] += 1
    for (shape, taints), count in shapes.items():
        yield Offer(labels=dict(shape), taints=taints, existing=count)


def _of_pool(pool: ComputePool) -> Iterator[Offer]:
    """Yield what a pool can add."""
    nodes = known(pool.nodes, ())
    if pool.group is not None:
        if pool.group.scaling_config.max_size != 0:
            yield _of_group(pool, pool.group, nodes)
    elif pool.kind is PoolKind.SELF_MANAGED:
        labels = _shared_labels(nodes[:1])
        taints = _lasting(nodes[0].spec.taints) if nodes else frozenset()
        yield Offer(pool=pool.name, kind=pool.kind, labels=labels, taints=taints, open=not nodes, more=None)
    elif isinstance(pool.node_pool, Collected) and pool.node_pool.value is not None:
        yield _of_node_pool(pool, pool.node_pool.value)


def _of_group(pool: ComputePool, group: NodeGroup, nodes: tuple[Node, ...]) -> Offer:
    """Return what a managed group can add: it offers its labels and taints even when it is scaled to zero."""
    ami_type = group.ami_type or ""
    told = {
        NODEGROUP_LABEL: group.nodegroup_name,
        OS: "windows" if ami_type.startswith("WINDOWS") else "linux",
        _ARCHITECTURE: "arm64" if "ARM_64" in ami_type else "amd64",
    }
    if not ami_type or ami_type == "CUSTOM":
        told = {NODEGROUP_LABEL: group.nodegroup_name}
    sizes = group.scaling_config
    largest, here = sizes.max_size, len(nodes) or sizes.desired_size
    taints = frozenset(
        Taint(key=one.key, value=one.value, effect=_EKS_EFFECTS.get(one.effect, one.effect)) for one in group.taints
    )
    return Offer(
        pool=pool.name,
        kind=pool.kind,
        labels=_shared_labels(nodes[:1]) | group.labels | told,
        taints=_lasting(taints),
        # User data of a template may give labels that nothing but a node tells.
        open=not nodes and group.launch_template is not None,
        more=None if largest is None else max(0, largest - (here or 0)),
    )


def _of_node_pool(pool: ComputePool, described: NodePool) -> Offer:
    template = described.spec.template
    return Offer(
        pool=pool.name,
        kind=pool.kind,
        labels=template.metadata.labels | {NODEPOOL_LABEL: pool.name},
        requirements=template.spec.requirements,
        taints=_lasting(template.spec.taints),
        more=None,
    )


def _shared_labels(nodes: Iterable[Node]) -> dict[str, str]:
    return {key: value for node in nodes for key, value in node.labels.items() if not key.startswith(_OF_ONE_NODE)}


def _lasting(taints: Iterable[Taint]) -> frozenset[Taint]:
    return frozenset(
        taint
        for taint in taints
        if taint.effect in _KEEPING_OFF
        and not taint.key.startswith(_PASSING_TAINTS)
        and not taint.key.endswith(_PASSING_TAINT_ENDINGS)
    )


def _tolerates(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.operator == "Exists":
        return toleration.key in ("", taint.key)
    return toleration.key == taint.key and toleration.value == taint.value


def _compatible(own: Iterable[Requirement], asked: Requirement) -> bool:
    """Whether a label that satisfies the requirements of a pool can satisfy what a pod asks of it."""
    allowed: frozenset[str] | None = None
    refused: set[str] = set()
    for one in own:
        if one.operator == "DoesNotExist":
            return asked.operator in ("DoesNotExist", "NotIn")
        if one.operator == "In":
            allowed = frozenset(one.values) if allowed is None else allowed & frozenset(one.values)
        if one.operator == "NotIn":
            refused.update(one.values)
    if allowed is not None:
        return any(asked.matches({asked.key: value}) for value in allowed - refused)
    if asked.operator == "In":
        return bool(set(asked.values) - refused)
    return asked.operator != "DoesNotExist"


def hosts_wanted(template: PodTemplate, labels: Mapping[str, str]) -> bool:
    """Whether a required rule keeps the pods of a template on different nodes."""
    return any(
        one.required and one.topology_key == HOSTNAME and (one.selector is None or one.selector.matches(labels))
        for one in template.anti_affinity
    )
