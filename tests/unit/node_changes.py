"""Changes that are about nodes: pools of other kinds, and a Kubernetes side that is missing."""

from typing import Any

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.kubernetes import scaling
from plumbline.domain.evidence.kubernetes.cluster import Node, NodeSpec
from plumbline.domain.evidence.kubernetes.objects import Meta
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Reason
from tests.unit.baseline import NAME, READ_AT, REGION, instance, instances
from tests.unit.changes import Change, all_of, cluster, each, replace
from tests.unit.kubernetes_baseline import deployments, node, nodes

GONE = NotCollected(Reason.ENDPOINT_UNREACHABLE, "timeout: nobody answered", READ_AT)
NODEPOOL, COMPUTE_TYPE = "karpenter.sh/nodepool", "eks.amazonaws.com/compute-type"
POOL = "compute-pool/default"


def unasked(snapshot: Snapshot) -> Snapshot:
    """Nobody asked for the Kubernetes side."""
    return replace(snapshot, kubernetes=KubernetesEvidence())


def aws_alone(*changes: Change) -> Change:
    """These changes where nobody asked for the Kubernetes side."""
    return all_of(unasked, *changes)


def unreachable(snapshot: Snapshot) -> Snapshot:
    """Nothing of the Kubernetes side could be read."""
    return replace(snapshot, kubernetes=KubernetesEvidence(**dict.fromkeys(KUBERNETES_SECTIONS, GONE)))


def labelled(name: str, labels: dict[str, str], zone: str = f"{REGION}a", **members: Any) -> Node:
    """A node with these labels; behind it is the instance `i-` and its name."""
    found = node(name, ("role", "worker"), zone, **members)
    return replace(found, metadata=replace(found.metadata, labels=found.labels | labels))


def joined(*more: Node) -> Change:
    """These nodes have joined the cluster besides those of the baseline."""
    return each("nodes", *nodes(), *more)


def runs(*more: ec2.Instance) -> Change:
    """These instances run besides those of the baseline."""
    return each("instances", *instances(), *more)


def node_pool(name: str = "default", **members: Any) -> scaling.NodePool:
    reference = scaling.NodeClassReference(
        group=members.pop("group", "karpenter.k8s.aws"), kind=members.pop("kind", "EC2NodeClass"), name="plain"
    )
    template = scaling.PoolTemplate(
        metadata=scaling.PoolTemplateMeta(labels=members.pop("labels", {})),
        spec=scaling.PoolTemplateSpec(
            requirements=members.pop("requirements", ()),
            taints=members.pop("taints", ()),
            expire_after=members.pop("expire_after", "720h"),
            node_class_ref=reference,
        ),
    )
    return scaling.NodePool(metadata=Meta(name=name), spec=scaling.NodePoolSpec(template=template, **members))


def auto_pool(name: str = "general-purpose", **members: Any) -> scaling.NodePool:
    return node_pool(name, group="eks.amazonaws.com", kind="NodeClass", **members)


def node_class(**members: Any) -> scaling.Ec2NodeClass:
    return scaling.Ec2NodeClass(metadata=Meta(name="plain"), spec=scaling.Ec2NodeClassSpec(**members))


def requirement(key: str, *values: str, operator: str = "In") -> scaling.PoolRequirement:
    return scaling.PoolRequirement(key=key, operator=operator, values=values)


KARPENTER_NODE = labelled("spare", {NODEPOOL: "default"})


def karpenter(pool: scaling.NodePool | None = None, made_from: scaling.Ec2NodeClass | None = None) -> Change:
    """Karpenter runs the pool `default` with one node."""
    return all_of(
        joined(KARPENTER_NODE),
        runs(instance("i-spare", NODEPOOL, "default")),
        each("node_pools", pool or node_pool()),
        each("ec2_node_classes", made_from or node_class()),
    )


def karpenter_without_nodes(pool: scaling.NodePool | None = None, made_from: Any = None) -> Change:
    """Karpenter has the pool `default`, and no node in it."""
    return all_of(each("node_pools", pool or node_pool()), each("ec2_node_classes", made_from or node_class()))


def auto_mode(*pools: scaling.NodePool) -> Change:
    """Auto Mode runs the built-in pool `general-purpose` with one node."""
    return all_of(
        cluster(compute_config=eks.ComputeConfig(enabled=True, node_pools=("general-purpose", "system"))),
        joined(labelled("auto", {NODEPOOL: "general-purpose", COMPUTE_TYPE: "auto"})),
        runs(instance("i-auto", "eks:eks-cluster-name", NAME)),
        each("node_pools", *(pools or (auto_pool(), auto_pool("system")))),
    )


def deploys(*more: Any) -> Change:
    """These Deployments are there besides those of the baseline."""
    return each("deployments", *deployments(), *more)


def without_deployment(name: str) -> Change:
    return each("deployments", *(one for one in deployments() if one.name != name))


def on_instance(identifier: str) -> NodeSpec:
    return NodeSpec(provider_id=f"aws:///{REGION}a/{identifier}")
