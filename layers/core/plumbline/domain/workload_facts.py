"""Facts that controls of workloads share: autoscalers, budgets, service accounts, Fargate's selectors."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import FargateProfile
from plumbline.domain.evidence.kubernetes.cluster import ServiceAccount
from plumbline.domain.evidence.kubernetes.objects import Named
from plumbline.domain.evidence.kubernetes.scaling import (
    DisruptionBudget,
    HorizontalAutoscaler,
    ScaledObject,
    TargetReference,
    VerticalAutoscaler,
)
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.kubernetes_facts import Placements, Workloads
from plumbline.domain.need import need
from plumbline.domain.selection import Selectors

Target = tuple[str, str, str]


def _target(item: Named, reference: TargetReference) -> Target:
    return (item.namespace, reference.kind or "Deployment", reference.name)


def _of(workload: Workload) -> Target:
    return (workload.namespace, workload.kind, workload.name)


class ListedWorkloads:
    """The workloads that have lists of their own, by kind.

    Args:
        workloads: those that could be read.
        missing: kind -> why its list is missing.

    """

    _KINDS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})

    def __init__(self, workloads: Workloads, missing: Mapping[str, NotCollected]) -> None:
        self._workloads = workloads
        self._missing = missing

    def lists(self, kind: str) -> bool:
        """Whether workloads of the kind are listed at all."""
        return kind in self._KINDS

    def find(self, kind: str, namespace: str, name: str) -> Workload | None:
        """Return a workload, or None when there is none of that name.

        Raises:
            EvidenceMissing: the list of its kind was not read.

        """
        if kind in self._missing:
            raise EvidenceMissing(self._missing[kind])
        return self._workloads.by_path.get((kind, f"{namespace}/{name}"))


class HorizontalAutoscalers:
    """The HorizontalPodAutoscalers of a cluster by what they scale; KEDA makes some of them."""

    def __init__(self, found: Iterable[HorizontalAutoscaler]) -> None:
        self._by_target = {_target(one, one.spec.scale_target_ref): one for one in found}

    def of(self, workload: Workload) -> HorizontalAutoscaler | None:
        """Return the autoscaler of a workload."""
        return self._by_target.get(_of(workload))

    def of_target(self, namespace: str, reference: TargetReference) -> HorizontalAutoscaler | None:
        """Return the autoscaler of what something else refers to."""
        return self._by_target.get((namespace, reference.kind, reference.name))


class ScaledObjects:
    """What KEDA scales."""

    def __init__(self, found: Iterable[ScaledObject]) -> None:
        self._targets = frozenset(_target(one, one.spec.scale_target_ref) for one in found)

    def scale(self, workload: Workload) -> bool:
        """Whether KEDA scales the workload."""
        return _of(workload) in self._targets


class VerticalAutoscalers:
    """The VerticalPodAutoscalers of a cluster by what they watch."""

    def __init__(self, found: Iterable[VerticalAutoscaler]) -> None:
        self._by_target: dict[Target, list[VerticalAutoscaler]] = defaultdict(list)
        for one in found:
            self._by_target[_target(one, one.spec.target_ref)].append(one)

    def of(self, workload: Workload) -> tuple[VerticalAutoscaler, ...]:
        """Return the autoscalers that watch a workload."""
        return tuple(self._by_target.get(_of(workload), ()))


class Scale:
    """How many replicas a workload may have: the HorizontalPodAutoscaler's bounds, else what it states."""

    def __init__(self, horizontal: Section[HorizontalAutoscalers], placements: Section[Placements]) -> None:
        self._horizontal = horizontal
        self._placements = placements

    def stated(self, workload: Workload) -> int:
        """Return the replicas that the workload itself states.

        Raises:
            EvidenceMissing: ReplicaSets are not listed: their pods are counted, and they could not be read.

        """
        if workload.replicas is not None:
            return workload.replicas
        if workload.kind == "ReplicaSet":
            return len(need(self._placements).of(workload))
        return 1

    def least(self, workload: Workload) -> int:
        """Return how many replicas there are at least.

        Raises:
            EvidenceMissing: an autoscaler might say otherwise.

        """
        found = need(self._horizontal).of(workload)
        return found.spec.min_replicas if found else self.stated(workload)

    def most(self, workload: Workload) -> int:
        """Return how many replicas there can be.

        Raises:
            EvidenceMissing: an autoscaler might say otherwise.

        """
        found, stated = need(self._horizontal).of(workload), self.stated(workload)
        return max(found.spec.max_replicas, stated) if found else stated

    def replicated(self, workload: Workload) -> bool:
        """Whether there can be two replicas or more; a workload that is switched off has none.

        Raises:
            EvidenceMissing: an autoscaler might say so.

        """
        stated = self.stated(workload)
        return stated > 1 or (stated == 1 and self.most(workload) > 1)


class Budgets:
    """The disruption budgets of a cluster."""

    def __init__(self, found: Iterable[DisruptionBudget]) -> None:
        self._selectors = Selectors((one.namespace, one.spec.selector, one) for one in found if one.spec.selector)

    def of(self, workload: Workload) -> tuple[DisruptionBudget, ...]:
        """Return the budgets that cover the workload's pods."""
        return self._selectors.matching(workload.namespace, workload.template.labels)


class ServiceAccounts:
    """The service accounts of a cluster."""

    def __init__(self, found: Iterable[ServiceAccount]) -> None:
        self._by_path = {(one.metadata.namespace, one.metadata.name): one for one in found}

    def mounts_token(self, namespace: str, name: str) -> bool:
        """Whether pods of the account get its token unless they say otherwise."""
        account = self._by_path.get((namespace, name))
        return account is None or account.automount_service_account_token is not False


class AccountRights:
    """The service accounts that may do something, in the cluster or in AWS, and why others may be missing."""

    def __init__(self, seen: Iterable[tuple[str, str]], missing: NotCollected | None) -> None:
        self.seen = frozenset(seen)
        self.missing = missing


class AccountUses:
    """How many workloads run as each service account, and why others may be missing."""

    def __init__(self, workloads: Workloads) -> None:
        self._counts = Counter((one.namespace, one.template.service_account) for one in workloads.all)
        self.missing = workloads.missing

    def count(self, namespace: str, name: str) -> int:
        """Return how many of the workloads that were read run as an account."""
        return self._counts[namespace, name]


class FargateSelection:
    """What the Fargate profiles of a cluster select, and why profiles may be missing."""

    def __init__(self, profiles: Iterable[FargateProfile], missing: NotCollected | None) -> None:
        self._selectors = tuple(selector for profile in profiles for selector in profile.selectors)
        self.missing = missing
        self._by_namespace: dict[str, tuple[dict[str, str], ...]] = {}

    @property
    def empty(self) -> bool:
        """Whether the cluster certainly selects nothing for Fargate."""
        return not self._selectors and self.missing is None

    def takes_namespace(self, namespace: str) -> bool:
        """Whether pods of the namespace may run on Fargate."""
        return bool(self._labels_in(namespace))

    def takes(self, workload: Workload) -> bool:
        """Whether a profile that was read selects the workload's pods."""
        labels = workload.template.labels
        return any(
            all(_like(labels.get(key), pattern) for key, pattern in wanted.items())
            for wanted in self._labels_in(workload.namespace)
        )

    def _labels_in(self, namespace: str) -> tuple[dict[str, str], ...]:
        if namespace not in self._by_namespace:
            found = (one.labels for one in self._selectors if _like(namespace, one.namespace))
            self._by_namespace[namespace] = tuple(found)
        return self._by_namespace[namespace]


def _like(value: str | None, pattern: str) -> bool:
    return value is not None and (value == pattern or _wildcards(pattern).fullmatch(value) is not None)


@lru_cache(maxsize=256)
def _wildcards(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern))


class ApiGroups(frozenset[str]):
    """The names of the API groups that a cluster serves."""


class Home:
    """The account that a cluster is in; empty when nobody knows."""

    def __init__(self, account: str) -> None:
        self.account = account
