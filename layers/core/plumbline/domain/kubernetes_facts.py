"""Facts of a cluster's Kubernetes side, in the shape controls ask for, each look-up built once on first use."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cached_property

import msgspec

from plumbline.domain.evidence.kubernetes.cluster import LimitRange, Node
from plumbline.domain.evidence.kubernetes.networking import Service
from plumbline.domain.evidence.kubernetes.objects import LabelSelector
from plumbline.domain.evidence.kubernetes.workloads import Pod, Pods, Workload
from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS, KubernetesEvidence
from plumbline.domain.need import joined
from plumbline.domain.selection import Selectors

_COMPUTE_TYPE, _FARGATE = "eks.amazonaws.com/compute-type", "fargate"
# The sections that hold workloads, and the kind each is judged under when its list could not be read.
WORKLOAD_SECTIONS = {
    "deployments": "Deployment",
    "stateful_sets": "StatefulSet",
    "daemon_sets": "DaemonSet",
    "jobs": "Job",
    "cron_jobs": "CronJob",
    "pods": "Pod",
}


class Workloads:
    """The workloads of a cluster that could be read, and why others are missing."""

    def __init__(self, found: Iterable[Workload], missing: NotCollected | None) -> None:
        self.all = tuple(found)
        self.missing = missing

    @cached_property
    def by_path(self) -> dict[tuple[str, str], Workload]:
        """Workloads by kind and path (namespace/name)."""
        return {(workload.kind, workload.path): workload for workload in self.all}

    @cached_property
    def by_namespace(self) -> dict[str, tuple[Workload, ...]]:
        """Workloads by namespace."""
        found: dict[str, list[Workload]] = defaultdict(list)
        for workload in self.all:
            found[workload.namespace].append(workload)
        return {namespace: tuple(members) for namespace, members in found.items()}


class Services:
    """The Services of a cluster."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.all = tuple(services)
        self._backing: dict[int, tuple[Workload, tuple[Service, ...]]] = {}

    @cached_property
    def by_namespace(self) -> dict[str, tuple[Service, ...]]:
        """Services by namespace."""
        found: dict[str, list[Service]] = defaultdict(list)
        for service in self.all:
            found[service.metadata.namespace].append(service)
        return {namespace: tuple(members) for namespace, members in found.items()}

    def backed_by(self, workload: Workload) -> tuple[Service, ...]:
        """Return the Services that select the workload's pods: a selector that is not empty matches its template."""
        # Several controls ask for each of thousands of workloads.
        known = self._backing.get(id(workload))
        if known is None or known[0] is not workload:
            found = self._selectors.matching(workload.namespace, workload.template.labels)
            known = self._backing[id(workload)] = (workload, found)
        return known[1]

    @cached_property
    def _selectors(self) -> Selectors[Service]:
        return Selectors(
            (service.metadata.namespace, LabelSelector(match_labels=service.spec.selector), service)
            for service in self.all
            if service.spec.selector
        )


class Placements:
    """Where the pods of a cluster run."""

    def __init__(self, pods: Pods) -> None:
        self.pods = pods.placed
        self.images = pods.images

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str, str], tuple[Pod, ...]]:
        found: dict[tuple[str, str, str], list[Pod]] = defaultdict(list)
        for pod in self.pods:
            found[pod.owner_kind, pod.namespace, pod.owner].append(pod)
        return {owner: tuple(members) for owner, members in found.items()}

    def of(self, workload: Workload) -> tuple[Pod, ...]:
        """Return the pods of a workload."""
        return self._by_owner.get((workload.kind, workload.namespace, workload.name), ())

    @cached_property
    def by_node(self) -> dict[str, tuple[Pod, ...]]:
        """Pods by the node they run on; those not placed yet are left out."""
        found: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.pods:
            if pod.node:
                found[pod.node].append(pod)
        return {node: tuple(members) for node, members in found.items()}

    @cached_property
    def claims(self) -> frozenset[tuple[str, str]]:
        """The claims that pods mount, by namespace and name."""
        return frozenset((pod.namespace, claim) for pod in self.pods for claim in pod.claims)

    @cached_property
    def per_namespace(self) -> dict[str, int]:
        """How many pods each namespace has."""
        counts: dict[str, int] = defaultdict(int)
        for pod in self.pods:
            counts[pod.namespace] += 1
        return dict(counts)


class ClusterNodes:
    """The nodes that have joined a cluster."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.all = tuple(nodes)

    @cached_property
    def by_name(self) -> dict[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.all}

    @cached_property
    def zones(self) -> frozenset[str]:
        """The zones of the nodes that are ready."""
        return frozenset(node.zone for node in self.all if node.ready and node.zone)

    @cached_property
    def usable_by_zone(self) -> Counter[str]:
        """How many nodes take any pod, by zone: ready, schedulable, and not made for one pod as Fargate's are."""
        return Counter(
            node.zone
            for node in self.all
            if node.ready and not node.spec.unschedulable and node.labels.get(_COMPUTE_TYPE) != _FARGATE
        )

    @cached_property
    def all_bottlerocket(self) -> bool:
        """Whether every node runs Bottlerocket, which confines containers by itself."""
        return bool(self.all) and all(node.status.node_info.os_image.startswith("Bottlerocket") for node in self.all)


class NamespaceDefaults:
    """What LimitRanges fill into containers, by namespace."""

    def __init__(self, ranges: Iterable[LimitRange]) -> None:
        found: dict[str, list[LimitRange]] = defaultdict(list)
        for one in ranges:
            found[one.namespace].append(one)
        self._by_namespace = dict(found)
        self._supplied: dict[str, frozenset[tuple[str, str]]] = {}

    def of(self, namespace: str) -> tuple[LimitRange, ...]:
        """Return the LimitRanges of a namespace."""
        return tuple(self._by_namespace.get(namespace, ()))

    def supplied(self, namespace: str) -> frozenset[tuple[str, str]]:
        """Return what containers of a namespace are given: pairs of `requests` or `limits`, and a resource's name."""
        if namespace not in self._supplied:
            items = [item for one in self.of(namespace) for item in one.spec.limits if item.type == "Container"]
            limits = {("limits", name) for item in items for name in item.default}
            # A default limit is a default request, too.
            requests = {("requests", name) for item in items for name in (*item.default_request, *item.default)}
            self._supplied[namespace] = frozenset(limits | requests)
        return self._supplied[namespace]


class Reach(msgspec.Struct, frozen=True):
    """How much of a cluster's Kubernetes API was read.

    Attributes:
        problem: why nothing was, or None.
        denied: section -> why it is missing, of the lists that were refused one by one.
        nothing_listed: no list at all was answered, though discovery was.

    """

    problem: NotCollected | None
    denied: dict[str, NotCollected]
    nothing_listed: bool = False


class KubernetesFacts:
    """The Kubernetes side of one cluster."""

    def __init__(self, evidence: KubernetesEvidence) -> None:
        self.evidence = evidence

    @property
    def asked(self) -> bool:
        """Whether anybody tried to read the Kubernetes API: discovery comes first."""
        return self.evidence.api_groups.at is not None

    def unread(self, *sections: str) -> NotCollected | None:
        """Return why one of these lists is missing though somebody asked for the Kubernetes side, or None."""
        if not self.asked:
            return None
        missing = (getattr(self.evidence, name) for name in ("api_groups", *sections))
        return next((one for one in missing if isinstance(one, NotCollected)), None)

    @cached_property
    def reach(self) -> Section[Reach]:
        """How much was read; missing when nobody asked."""
        discovered = self.evidence.api_groups
        if not self.asked or discovered.at is None:
            return not_collected("nobody asked for the Kubernetes side")
        if isinstance(discovered, NotCollected):
            return Collected(Reach(discovered, {}), discovered.at)
        lists = {name: getattr(self.evidence, name) for name in KUBERNETES_SECTIONS if name != "api_groups"}
        denied = {name: one for name, one in lists.items() if isinstance(one, NotCollected) and one.at is not None}
        # A kind of a group that the cluster lacks is read without asking for it: pods are always asked for.
        nothing_listed = "pods" in denied and all(
            isinstance(one, NotCollected) or not one.value for one in lists.values()
        )
        return Collected(Reach(None, denied, nothing_listed), discovered.at)

    @cached_property
    def workloads(self) -> Workloads:
        """The workloads that could be read."""
        found: list[Workload] = []
        missing: NotCollected | None = None
        for name in WORKLOAD_SECTIONS:
            section = self.workloads_in(name)
            if isinstance(section, NotCollected):
                missing = missing or section
            else:
                found += section.value
        return Workloads(found, missing)

    def workloads_in(self, section: str) -> Section[tuple[Workload, ...]]:
        """Return the workloads of one list; of pods those that no other list has."""
        if section == "pods":
            return joined(lambda pods: pods.bare, self.evidence.pods)
        found: Section[tuple[Workload, ...]] = getattr(self.evidence, section)
        return found

    @cached_property
    def complete_workloads(self) -> Section[Workloads]:
        """All workloads, or why one of the lists is missing: for rules that need absence."""
        if self.workloads.missing is not None:
            return self.workloads.missing
        times = [at for name in WORKLOAD_SECTIONS if (at := getattr(self.evidence, name).at) is not None]
        return Collected(self.workloads, min(times))

    @cached_property
    def services(self) -> Section[Services]:
        """Services."""
        return joined(Services, self.evidence.services)

    @cached_property
    def placements(self) -> Section[Placements]:
        """Pods."""
        return joined(Placements, self.evidence.pods)

    @cached_property
    def nodes(self) -> Section[ClusterNodes]:
        """Nodes."""
        return joined(ClusterNodes, self.evidence.nodes)

    @cached_property
    def defaults(self) -> Section[NamespaceDefaults]:
        """LimitRanges."""
        return joined(NamespaceDefaults, self.evidence.limit_ranges)
