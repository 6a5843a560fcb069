"""Facts of namespaces: what limits them, and which network policies cover them."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.kubernetes.cluster import ResourceQuota, ServiceAccount
from plumbline.domain.evidence.kubernetes.networking import NetworkPolicy, Service
from plumbline.domain.evidence.kubernetes.objects import Named
from plumbline.domain.evidence.kubernetes.policies import CalicoPolicy
from plumbline.domain.evidence.kubernetes.workloads import Pods, Workload
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.kubernetes_facts import Placements, Services, Workloads
from plumbline.domain.need import known, need

T = TypeVar("T", bound=Named)
# Calico selects everything with one of these.
_ALL_OF_CALICO = frozenset({"", "all()"})


class ByNamespace(Generic[T]):
    """Objects of one kind by their namespace."""

    def __init__(self, found: Iterable[T]) -> None:
        self._found: dict[str, list[T]] = {}
        for one in found:
            self._found.setdefault(one.namespace, []).append(one)

    def of(self, namespace: str) -> tuple[T, ...]:
        """Return the objects in a namespace."""
        return tuple(self._found.get(namespace, ()))


class Contents:
    """What is in the namespaces of a cluster: workloads and pods, as far as their lists could be read."""

    def __init__(self, workloads: Workloads, pods: Section[Placements], services: Section[Services]) -> None:
        self._workloads = workloads
        self._pods = pods
        self._services = services

    def workloads(self, namespace: str) -> tuple[Workload, ...]:
        """Return the workloads that are known to be in a namespace."""
        return self._workloads.by_namespace.get(namespace, ())

    def services(self, namespace: str) -> tuple[Service, ...]:
        """Return the Services that are known to be in a namespace."""
        return known(self._services, Services(())).by_namespace.get(namespace, ())

    def complete(self) -> None:
        """Make sure that everything in the namespaces is known.

        Raises:
            EvidenceMissing: a list was not read.

        """
        need(self._services)
        if self._workloads.missing is not None:
            raise EvidenceMissing(self._workloads.missing)

    def has_pods(self, namespace: str) -> bool:
        """Whether pods run in a namespace, or something would start them.

        Raises:
            EvidenceMissing: nothing is known of the namespace, and not everything was read.

        """
        if self.workloads(namespace) or known(self._pods, Placements(Pods())).per_namespace.get(namespace):
            return True
        need(self._pods)
        if self._workloads.missing is not None:
            raise EvidenceMissing(self._workloads.missing)
        return False


class Quotas(ByNamespace[ResourceQuota]):
    """The quotas of a cluster."""


class DefaultAccounts:
    """The service account that pods get which name none, in each namespace."""

    def __init__(self, accounts: Iterable[ServiceAccount]) -> None:
        self._by_namespace = {one.metadata.namespace: one for one in accounts if one.metadata.name == "default"}

    def of(self, namespace: str) -> ServiceAccount | None:
        """Return the default account of a namespace, or None when it was not listed."""
        return self._by_namespace.get(namespace)


class NetworkPolicies(ByNamespace[NetworkPolicy]):
    """The network policies of a cluster."""


class ClusterPolicies:
    """The policies of network engines that cover the whole cluster.

    Attributes:
        denying: by name, those of Calico that select every pod and allow nothing. What Cilium's say is not read.
        cilium: how many policies of Cilium cover the cluster.
        missing: why some may be missing.

    """

    def __init__(self, calico: Iterable[CalicoPolicy], cilium: int, missing: NotCollected | None) -> None:
        self.denying = tuple(sorted(policy.name for policy in calico if _denies(policy)))
        self.cilium = cilium
        self.missing = missing


def denies_ingress(policy: NetworkPolicy) -> bool:
    """Whether a policy lets nothing into any pod of its namespace."""
    spec = policy.spec
    covers = "Ingress" in spec.policy_types or not spec.policy_types
    return spec.pod_selector.empty and covers and not spec.ingress


def restricts_egress(policy: NetworkPolicy) -> bool:
    """Whether a policy says where every pod of its namespace may connect to."""
    spec = policy.spec
    return spec.pod_selector.empty and ("Egress" in spec.policy_types or (not spec.policy_types and bool(spec.egress)))


def _denies(policy: CalicoPolicy) -> bool:
    covers = "Ingress" in policy.spec.types or not policy.spec.types
    selectors = {policy.spec.selector.strip(), policy.spec.namespace_selector.strip()}
    return selectors <= _ALL_OF_CALICO and covers and not policy.spec.ingress
