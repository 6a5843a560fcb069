"""Providers of what the Kubernetes API lists: each object as a resource, and the facts that many controls share."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from plumbline.domain.evidence.kubernetes import cluster, networking, rbac, scaling
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.judged import ALL
from plumbline.domain.kubernetes_facts import (
    WORKLOAD_SECTIONS,
    ClusterNodes,
    NamespaceDefaults,
    Placements,
    Reach,
    Services,
    Workloads,
)
from plumbline.domain.provider import FactProvider, Judged, ResourceProvider
from plumbline.domain.verdict import Resource
from plumbline.domain.view import View

T = TypeVar("T")


def listed(kind: str, section: Section[tuple[T, ...]], path: Callable[[T], str]) -> Judged[T]:
    """Yield each object of a list under its path, and `*` with the reason when the list could not be read."""
    if isinstance(section, NotCollected):
        yield Resource(kind, ALL), section
        return
    for item in section.value:
        yield Resource(kind, path(item)), Collected(item, section.at)


def _workloads(view: View) -> Judged[Workload]:
    for name, kind in WORKLOAD_SECTIONS.items():
        section = view.kubernetes.workloads_in(name)
        if isinstance(section, NotCollected):
            yield Resource(kind, ALL), section
        else:
            for workload in section.value:
                yield Resource(workload.kind, workload.path), Collected(workload, section.at)


def _roles(view: View) -> Judged[rbac.Role]:
    evidence = view.kubernetes.evidence
    yield from listed("ClusterRole", evidence.cluster_roles, lambda role: role.name)
    yield from listed("Role", evidence.roles, lambda role: role.path)


def _bindings(view: View) -> Judged[rbac.RoleBinding]:
    evidence = view.kubernetes.evidence
    yield from listed("ClusterRoleBinding", evidence.cluster_role_bindings, lambda binding: binding.name)
    yield from listed("RoleBinding", evidence.role_bindings, lambda binding: binding.path)


def _named(kind: str, section: str, path: Callable[[Any], str] = lambda item: item.path) -> ResourceProvider[Any]:
    def find(view: View) -> Iterator[tuple[Resource, Section[Any]]]:
        return listed(kind, getattr(view.kubernetes.evidence, section), path)

    return ResourceProvider((section,), find)


KUBERNETES_RESOURCES: dict[type, ResourceProvider[Any]] = {
    Workload: ResourceProvider(tuple(WORKLOAD_SECTIONS), _workloads),
    cluster.Namespace: _named("Namespace", "namespaces"),
    rbac.Role: ResourceProvider(("cluster_roles", "roles"), _roles),
    rbac.RoleBinding: ResourceProvider(("cluster_role_bindings", "role_bindings"), _bindings),
    networking.Service: _named("Service", "services"),
    networking.Ingress: _named("Ingress", "ingresses"),
    networking.Gateway: _named("Gateway", "gateways"),
    cluster.StorageClass: _named("StorageClass", "storage_classes", lambda item: item.metadata.name),
    cluster.PersistentVolume: _named("PersistentVolume", "persistent_volumes"),
    scaling.HorizontalAutoscaler: _named("HorizontalPodAutoscaler", "horizontal_autoscalers"),
    scaling.VerticalAutoscaler: _named("VerticalPodAutoscaler", "vertical_autoscalers"),
    scaling.NodePool: _named("NodePool", "node_pools"),
}

KUBERNETES_FACTS: dict[Any, FactProvider[Any]] = {
    Workloads: FactProvider(tuple(WORKLOAD_SECTIONS), lambda view: view.kubernetes.complete_workloads),
    Services: FactProvider(("services",), lambda view: view.kubernetes.services),
    Placements: FactProvider(("pods",), lambda view: view.kubernetes.placements),
    ClusterNodes: FactProvider(("nodes",), lambda view: view.kubernetes.nodes),
    Reach: FactProvider(("api_groups",), lambda view: view.kubernetes.reach),
    NamespaceDefaults: FactProvider(("limit_ranges",), lambda view: view.kubernetes.defaults),
}
