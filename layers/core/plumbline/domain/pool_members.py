"""Pool members: which compute pool each node belongs to, by its labels and its instance (controls.md 0.5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes.cluster import Node
from plumbline.domain.evidence.kubernetes.scaling import NodePool
from plumbline.domain.evidence.kubernetes.workloads import Pod, Workload
from plumbline.domain.facts import NODEGROUP_TAG
from plumbline.domain.pools import HYBRID, PoolKind
from plumbline.domain.workload_facts import FargateSelection

NODEGROUP_LABEL = "eks.amazonaws.com/nodegroup"
COMPUTE_TYPE_LABEL = "eks.amazonaws.com/compute-type"
NODEPOOL_LABEL = "karpenter.sh/nodepool"
FARGATE = PoolKind.FARGATE.value
AUTO_MODE_GROUP = "eks.amazonaws.com"
# What Auto Mode's nodes are called together when nothing tells their NodePool.
AUTO_MODE = PoolKind.AUTO_MODE.value


class Home(msgspec.Struct, frozen=True):
    """The pool a node belongs to; the name is empty where it is not told."""

    kind: PoolKind
    name: str


NOWHERE = Home(PoolKind.UNATTACHED, "")
Members = Mapping[Home, tuple[Node, ...]]


def instance_id(node: Node) -> str:
    """Return the EC2 instance behind a node (`aws:///eu-west-1a/i-0123`), or empty."""
    last = node.spec.provider_id.rpartition("/")[2]
    return last if last.startswith("i-") else ""


def of_auto_mode(pool: NodePool) -> bool:
    """Whether Auto Mode makes the nodes of a NodePool, not Karpenter."""
    return pool.spec.template.spec.node_class_ref.group == AUTO_MODE_GROUP


class Homes:
    """Finds the pool of a node.

    Args:
        group_of: self-managed Auto Scaling group by instance id.
        instances: the cluster's instances by id, for nodes that lost their labels.
        profile_of: Fargate profile by node name.

    """

    def __init__(
        self, group_of: Mapping[str, str], instances: Mapping[str, ec2.Instance], profile_of: Mapping[str, str]
    ) -> None:
        self._group_of = group_of
        self._instances = instances
        self._profile_of = profile_of

    def members(self, nodes: Iterable[Node]) -> Members:
        """Return the nodes by pool, in the order of the list."""
        found: dict[Home, list[Node]] = defaultdict(list)
        for node in nodes:
            found[self.of(node)].append(node)
        return {home: tuple(members) for home, members in found.items()}

    def of(self, node: Node) -> Home:
        """Return the pool of a node; `NOWHERE` when nothing says which."""
        kind, name = node.labels.get(COMPUTE_TYPE_LABEL, ""), node.labels.get(NODEPOOL_LABEL, "")
        if kind == FARGATE:
            return Home(PoolKind.FARGATE, self._profile_of.get(node.name, ""))
        if kind == "hybrid":
            return Home(PoolKind.HYBRID, HYBRID)
        if kind == "auto":
            return Home(PoolKind.AUTO_MODE, name or AUTO_MODE)
        return Home(PoolKind.KARPENTER, name) if name else self._of_group(node)

    def _of_group(self, node: Node) -> Home:
        identifier = instance_id(node)
        instance = self._instances.get(identifier)
        name = node.labels.get(NODEGROUP_LABEL) or (instance.tag.get(NODEGROUP_TAG) if instance else None)
        if name:
            return Home(PoolKind.MANAGED, name)
        group = self._group_of.get(identifier)
        return Home(PoolKind.SELF_MANAGED, group) if group else NOWHERE


def profiles_of(
    nodes: Iterable[str],
    pods: Mapping[str, tuple[Pod, ...]],
    workloads: Mapping[tuple[str, str], Workload],
    profiles: Iterable[eks.FargateProfile],
) -> dict[str, str]:
    """Return the Fargate profile of each node on Fargate: the first by name of which a selector fits the node's pod.

    Args:
        nodes: those on Fargate, by name.
        pods: by node; on Fargate each pod has a node of its own.
        workloads: those whose pods they are, by kind and path.
        profiles: the cluster's.

    """
    ordered = sorted(profiles, key=lambda profile: profile.fargate_profile_name)
    selections = [(profile.fargate_profile_name, FargateSelection((profile,), None)) for profile in ordered]
    found = {}
    for node in nodes:
        owners = [workloads.get((pod.owner_kind, f"{pod.namespace}/{pod.owner}")) for pod in pods.get(node, ())]
        fitting = (name for name, selection in selections for owner in owners if owner and selection.takes(owner))
        name = next(fitting, "")
        if name:
            found[node] = name
    return found
