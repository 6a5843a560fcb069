"""Providers of how much a cluster holds, beside what Kubernetes is tested for."""

from collections import Counter
from typing import Any

from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.need import joined
from plumbline.domain.node_facts import Fullest, Sizes
from plumbline.domain.provider import FactProvider
from plumbline.domain.quantities import millicores
from plumbline.domain.view import View

_SIZE_SECTIONS = ("nodes", "pods", "services", "namespaces", "deployments")


def _sizes(view: View) -> Section[Sizes]:
    evidence, facts = view.kubernetes.evidence, view.kubernetes
    pods = facts.placements
    counts: dict[str, Section[Fullest]] = {
        "nodes": joined(_all, evidence.nodes),
        "pods": joined(lambda placements: Fullest(len(placements.pods)), pods),
        "pods-per-namespace": joined(lambda placements: _fullest(placements.per_namespace), pods),
        "services": joined(_all, evidence.services),
        "services-per-namespace": joined(
            lambda services: _fullest(Counter(one.metadata.namespace for one in services)), evidence.services
        ),
        "namespaces": joined(_all, evidence.namespaces),
        "deployments-per-namespace": joined(
            lambda deployments: _fullest(Counter(one.namespace for one in deployments)), evidence.deployments
        ),
    }
    on_nodes = joined(
        lambda nodes, placements: tuple(
            (node.name, len(placements.by_node.get(node.name, ())), millicores(node.status.capacity) // 1000)
            for node in nodes.all
        ),
        facts.nodes,
        pods,
    )
    return Collected(Sizes(counts=counts, on_nodes=on_nodes), view.now)


def _all(listed: tuple[Any, ...]) -> Fullest:
    return Fullest(len(listed))


def _fullest(counts: Any) -> Fullest:
    name = min(counts, key=lambda key: (-counts[key], key), default="")
    return Fullest(counts.get(name, 0), name)


SIZE_FACTS: dict[Any, FactProvider[Any]] = {
    Sizes: FactProvider(_SIZE_SECTIONS, _sizes),
}
