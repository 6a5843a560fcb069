"""A cluster of any size, the same for the same numbers: for benchmarks and for tests of paging.

>>> state = generated(Size(namespaces=3, pods=60))
>>> state.count(PODS)
60

5,000 pods in 200 namespaces come with the objects that such a cluster has: about 15,000 together, of which a part is
as a careful team writes it and a part is not, so that an assessment has something to say.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from local.kubernetes.api_services import api_services
from local.kubernetes.components import component, component_values
from local.kubernetes.defaults import stored, unique_id
from local.kubernetes.generated_application import Application
from local.kubernetes.generated_workloads import (
    application_objects,
    namespace_objects,
    pod_template,
)
from local.kubernetes.kinds import BY_PATH
from local.kubernetes.nodes import NodeFacts, made_node
from local.kubernetes.pods import made_pod, pod_names
from local.kubernetes.selectors import Fields
from local.kubernetes.state import ClusterState, Entry, Object, encode

PODS = BY_PATH["", "pods"]
NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
_PODS_PER_NODE = 25
_REPLICAS = (3, 2, 1, 2, 4, 3, 2, 5)
_COMPONENTS = ("system", "reader", "network", "dns", "metrics", "storage", "agents", "cluster-autoscaler",
               "load-balancers")  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How large a cluster is: `pods` are all pods, those of the system among them."""

    namespaces: int = 200
    pods: int = 5_000
    minor: int = 34
    region: str = "eu-west-1"
    account: str = "222233334444"

    @property
    def nodes(self) -> int:
        """How many nodes that takes."""
        return max(3, self.pods // _PODS_PER_NODE)


_STANDARD = Size()


def generated(size: Size = _STANDARD, now: dt.datetime = NOW, *, rendered_up_to: int = 10_000) -> ClusterState:
    """A cluster of this size.

    Up to `rendered_up_to` pods are rendered at once; more, when they are listed, so that memory does not grow with
    them.
    """
    rendered = size.pods <= rendered_up_to
    state = ClusterState(minor=size.minor)
    made = now - dt.timedelta(days=40)
    state.groups |= {"metrics.k8s.io"}
    nodes = [_node(size, number, made) for number in range(size.nodes)]
    state.apply(*(made_node(node, now) for node in nodes))
    names = [node.name for node in nodes]
    budget = size.pods
    for given in _system(size):
        owner = stored(given, made)
        state.apply(owner)
        if owner["kind"] in ("DaemonSet", "Deployment"):
            # The system never takes more than half of the pods that were asked for.
            wanted = names if owner["kind"] == "DaemonSet" else names[: owner["spec"]["replicas"]]
            placed = wanted[: max(0, budget - size.pods // 2)]
            budget -= _add_pods(state, owner, placed, made, rendered=rendered)
    for number in range(size.namespaces):
        state.apply(*(stored(one, made) for one in namespace_objects(number)))
    _add_applications(state, size, budget, names, made, rendered=rendered)
    state.apply(*(stored(one, made) for one in api_services(state.kinds())))
    return state


def _system(size: Size) -> Iterator[Object]:
    values = component_values("generated", size.account, size.region, size.minor)
    for name in _COMPONENTS:
        yield from component(name, values)


def _add_applications(
    state: ClusterState, size: Size, budget: int, nodes: list[str], made: dt.datetime, *, rendered: bool
) -> None:
    next_node = 0
    for application in _applications(size, budget):
        objects = [stored(one, made, "helm") for one in application_objects(application)]
        state.apply(*objects)
        owner = objects[0]
        placed = [nodes[(next_node + number) % len(nodes)] for number in range(application.pods)]
        next_node += application.pods
        _add_pods(state, owner, placed, made, rendered=rendered)


def _applications(size: Size, budget: int) -> Iterator[Application]:
    number = 0
    while budget > 0 and size.namespaces:
        replicas = min(_REPLICAS[number % len(_REPLICAS)], budget)
        yield Application(number, number % size.namespaces, replicas, size.account, size.region)
        budget -= replicas
        number += 1


def _add_pods(state: ClusterState, owner: Object, nodes: list[str], made: dt.datetime, *, rendered: bool) -> int:
    """Adds the pods of an owner, one for each node given: one is made, the others are it under other names."""
    if not nodes:
        return 0
    names = pod_names(owner, len(nodes))
    model = made_pod(owner, pod_template(owner), "@pod-name@", "@node-name@", made)
    uid = model["metadata"]["uid"].encode()
    content = encode({key: value for key, value in model.items() if key not in ("kind", "apiVersion")})
    namespace, labels = model["metadata"]["namespace"], model["metadata"]["labels"]
    account = model["spec"]["serviceAccountName"]
    for name, node in zip(names, nodes, strict=True):
        own = unique_id("pod", namespace, name).encode()
        values = ((b"@pod-name@", name.encode()), (b"@node-name@", node.encode()), (uid, own))
        others = {"spec.nodeName": node, "spec.serviceAccountName": account, "status.phase": "Running"}
        entry = Entry(Fields(namespace, name, labels, others), content, values)
        state.load(PODS, entry.rendered() if rendered else entry)
    return len(nodes)


def _node(size: Size, number: int, made: dt.datetime) -> NodeFacts:
    zone = f"{size.region}{'abc'[number % 3]}"
    return NodeFacts(
        name=f"ip-10-{number // 65536}-{number // 256 % 256}-{number % 256}.{size.region}.compute.internal",
        zone=zone,
        region=size.region,
        instance_type="m7i.xlarge",
        created=made,
        kubelet=f"v1.{size.minor}.2-eks-ecaa3a6",
        instance=f"i-{number:017x}",
        labels={
            "eks.amazonaws.com/capacityType": "ON_DEMAND",
            "eks.amazonaws.com/nodegroup": "general",
            "eks.amazonaws.com/nodegroup-image": "ami-0123456789abcdef0",
            "topology.k8s.aws/zone-id": f"euw1-az{number % 3 + 1}",
        },
    )
