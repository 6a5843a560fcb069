"""Pods, page by page: where they run and what they ask for, and the owners that no list of owners has.

A page is decoded as far as every pod is read. Of a pod without controller, and of the first pod of a ReplicaSet without
Deployment, the whole specification is read as well.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from sys import intern

import msgspec

from plumbline.adapters.kubernetes import wire
from plumbline.adapters.kubernetes.decoding import decoded, each, need_storable
from plumbline.adapters.kubernetes.refusals import unreadable
from plumbline.adapters.kubernetes.templates import template_of
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.kubernetes.objects import OwnerReference
from plumbline.domain.evidence.kubernetes.workloads import Pod, Pods, PodTemplate, Workload
from plumbline.domain.quantities import memory, millicores

_REPLICA_SET, _DEPLOYMENT, _POD = "ReplicaSet", "Deployment", "Pod"
_ENDED = frozenset({"Succeeded", "Failed"})
_OS_LABEL, _WINDOWS = "kubernetes.io/os", "windows"
_ALWAYS = "Always"
# Pods of `kubectl debug node/...` are named so, and labelled so by newer versions.
_DEBUGGER = "node-debugger-"
_DEBUG_MANAGER = "kubectl-debug"


class _Labels(wire.Wire, frozen=True):
    """The labels that are read of every pod."""

    template_hash: str = msgspec.field(default="", name="pod-template-hash")
    manager: str = msgspec.field(default="", name="app.kubernetes.io/managed-by")


class _Annotations(wire.Wire, frozen=True):
    """The annotations that are read of every pod."""

    provisioned: str = msgspec.field(default="", name="CapacityProvisioned")
    mirror: str = msgspec.field(default="", name="kubernetes.io/config.mirror")


class _Meta(wire.Wire, frozen=True):
    name: str
    namespace: str = ""
    labels: _Labels = _Labels()
    annotations: _Annotations = _Annotations()
    owner_references: tuple[OwnerReference, ...] = ()
    creation_timestamp: datetime | None = None


class _Requests(wire.Wire, frozen=True):
    cpu: str = "0"
    memory: str = "0"


class _Resources(wire.Wire, frozen=True):
    requests: _Requests | None = None


class _PodRequests(wire.Wire, frozen=True):
    cpu: str | None = None
    memory: str | None = None


class _PodResources(wire.Wire, frozen=True):
    requests: _PodRequests = _PodRequests()


class _Container(wire.Wire, frozen=True):
    image: str = ""
    resources: _Resources | None = None
    restart_policy: str = ""


class _Volume(wire.Wire, frozen=True):
    name: str = ""
    persistent_volume_claim: wire.Claim | None = None
    ephemeral: wire.Presence | None = None


class _NodeAffinity(wire.Wire, frozen=True):
    node_affinity: wire.NodeAffinity | None = None


class _Spec(wire.Wire, frozen=True):
    containers: tuple[_Container, ...] = ()
    init_containers: tuple[_Container, ...] = ()
    volumes: tuple[_Volume, ...] = ()
    node_name: str = ""
    host_network: bool = False
    overhead: _Requests | None = None
    resources: _PodResources | None = None
    os: wire.Named | None = None
    node_selector: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it
    affinity: _NodeAffinity | None = None


class _Condition(wire.Wire, frozen=True):
    type: str = ""
    status: str = ""


class _Status(wire.Wire, frozen=True):
    phase: str = ""
    conditions: tuple[_Condition, ...] = ()


class _Slim(wire.Wire, frozen=True):
    """What is read of every pod."""

    metadata: _Meta
    spec: _Spec = _Spec()
    status: _Status = _Status()

    @property
    def path(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"


class _FullMeta(wire.TemplateMeta, frozen=True):
    creation_timestamp: datetime | None = None


class _Full(wire.Wire, frozen=True):
    """What is read of a pod that is its own template."""

    metadata: _FullMeta
    spec: wire.PodSpec


class PodGathering:
    """Takes the pages of the list of pods.

    Args:
        deployments: namespace and name of every Deployment; None when they could not be read: then a ReplicaSet is
            taken for a Deployment's, as nearly all are.
        since: pods made later may belong to a Deployment that is younger than the list of them.

    """

    def __init__(self, deployments: frozenset[tuple[str, str]] | None, since: datetime) -> None:
        self._deployments = deployments
        self._since = since
        self._placed: list[Pod] = []
        self._bare: dict[tuple[str, str, str], Workload] = {}
        self._counts: dict[tuple[str, str], list[int]] = {}
        self._images: set[str] = set()

    def add(self, objects: list[msgspec.Raw]) -> None:
        """Take a page.

        Raises:
            Refusal: a pod is not what the API promises.

        """
        before = len(self._placed)
        for raw, pod in zip(objects, each(objects, _Slim, "pods"), strict=True):
            if pod.status.phase not in _ENDED:
                self._take(pod, raw)
        need_storable(self._placed[before:], "pods")

    def result(self) -> Pods:
        """Return what was kept."""
        bare = tuple(self._counted(workload) for workload in self._bare.values())
        return Pods(placed=tuple(self._placed), bare=bare, images=tuple(sorted(self._images)))

    def _take(self, pod: _Slim, raw: msgspec.Raw) -> None:
        controller = next((one for one in pod.metadata.owner_references if one.controller), None)
        kind, owner = self._owner(pod, controller) if controller else ("", "")
        ready = any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions)
        self._placed.append(_placed(pod, kind, owner, ready=ready))
        self._images.update(container.image for container in (*pod.spec.containers, *pod.spec.init_containers))
        if controller is None and not _aside(pod):
            self._keep(pod, raw, _POD, pod.metadata.name)
        elif kind == _REPLICA_SET:
            counts = self._counts.setdefault((pod.metadata.namespace, owner), [0, 0])
            counts[0] += 1
            counts[1] += ready
            self._keep(pod, raw, _REPLICA_SET, owner)

    def _owner(self, pod: _Slim, controller: OwnerReference) -> tuple[str, str]:
        """Return kind and name of the owner, the Deployment in place of its ReplicaSet."""
        if controller.kind != _REPLICA_SET:
            return intern(controller.kind), intern(controller.name)
        deployment = _deployment_of(controller.name, pod.metadata.labels.template_hash)
        if deployment and self._exists(pod, deployment):
            return _DEPLOYMENT, intern(deployment)
        return _REPLICA_SET, intern(controller.name)

    def _exists(self, pod: _Slim, deployment: str) -> bool:
        if self._deployments is None or (pod.metadata.namespace, deployment) in self._deployments:
            return True
        created = pod.metadata.creation_timestamp
        return bool(pod.metadata.labels.template_hash) and created is not None and created >= self._since

    def _keep(self, pod: _Slim, raw: msgspec.Raw, kind: str, name: str) -> None:
        key = (kind, pod.metadata.namespace, name)
        if key in self._bare:
            return
        full = decoded(raw, _Full, f"pods {pod.path}")
        template = template_of(full.metadata, full.spec)
        if kind == _REPLICA_SET:
            template = _of_any(template)
        workload = Workload(
            kind=kind,
            namespace=pod.metadata.namespace,
            name=name,
            template=template,
            labels=full.metadata.labels,
            created=full.metadata.creation_timestamp,
            ready=int(any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions)),
            desired=1,
        )
        need_storable(workload, f"pods {pod.path}")
        self._bare[key] = workload

    def _counted(self, workload: Workload) -> Workload:
        """Return a ReplicaSet with the number of its pods; it is not listed itself."""
        if workload.kind != _REPLICA_SET:
            return workload
        pods, ready = self._counts[workload.namespace, workload.name]
        return msgspec.structs.replace(workload, replicas=pods, desired=pods, ready=ready)


def _of_any(template: PodTemplate) -> PodTemplate:
    """Return what the pods of an owner have in common: not the node."""
    return msgspec.structs.replace(template, node_name="")


def _aside(pod: _Slim) -> bool:
    """Whether a pod without controller is the kubelet's own or somebody's tool for debugging."""
    metadata = pod.metadata
    if metadata.annotations.mirror or metadata.labels.manager == _DEBUG_MANAGER:
        return True
    of_node = any(one.kind == "Node" for one in metadata.owner_references)
    return of_node or metadata.name.startswith(_DEBUGGER)


def _deployment_of(replica_set: str, template_hash: str) -> str:
    """Return the name of the Deployment that a ReplicaSet would be of; empty when it has none."""
    if template_hash and replica_set.endswith(f"-{template_hash}"):
        return replica_set[: -len(template_hash) - 1]
    return replica_set.rpartition("-")[0]


def _placed(pod: _Slim, kind: str, owner: str, *, ready: bool) -> Pod:
    spec = pod.spec
    try:
        cpu, size = _requested(spec)
    except EvidenceUnreadable as error:
        raise unreadable(f"pods {pod.path}", error) from error
    return Pod(
        namespace=intern(pod.metadata.namespace),
        owner_kind=kind,
        owner=owner,
        node=intern(spec.node_name),
        phase=intern(pod.status.phase),
        ready=ready,
        host_network=spec.host_network,
        cpu=cpu,
        memory=size,
        claims=tuple(_claims(pod)) if spec.volumes else (),
        provisioned=intern(pod.metadata.annotations.provisioned),
        windows=_is_windows(spec),
    )


def _claims(pod: _Slim) -> Iterable[str]:
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None:
            yield f"{pod.metadata.name}-{volume.name}"


def _requested(spec: _Spec) -> tuple[int, int]:
    """Return what a pod asks for, as the scheduler counts it: thousandths of a core, and bytes.

    That is what its containers and sidecars want together or, when that is more, what an init container wants beside
    the sidecars that were started before it. What the pod as a whole asks for takes its place.

    Raises:
        EvidenceUnreadable: a quantity is not one.

    """
    cpu, size = _sum(spec.containers)
    most_cpu = most_size = side_cpu = side_size = 0
    for container in spec.init_containers:
        own_cpu, own_size = _asked(container.resources.requests if container.resources else None)
        if container.restart_policy == _ALWAYS:
            side_cpu, side_size = side_cpu + own_cpu, side_size + own_size
            own_cpu = own_size = 0
        most_cpu, most_size = max(most_cpu, side_cpu + own_cpu), max(most_size, side_size + own_size)
    cpu, size = max(cpu + side_cpu, most_cpu), max(size + side_size, most_size)
    whole = spec.resources.requests if spec.resources else _PodRequests()
    cpu = _cpu(whole.cpu) if whole.cpu is not None else cpu
    size = _memory(whole.memory) if whole.memory is not None else size
    over_cpu, over_size = _asked(spec.overhead)
    return cpu + over_cpu, size + over_size


def _sum(containers: Iterable[_Container]) -> tuple[int, int]:
    cpu = size = 0
    for container in containers:
        if container.resources is not None and container.resources.requests is not None:
            cpu += _cpu(container.resources.requests.cpu)
            size += _memory(container.resources.requests.memory)
    return cpu, size


def _asked(requests: _Requests | None) -> tuple[int, int]:
    return (_cpu(requests.cpu), _memory(requests.memory)) if requests else (0, 0)


@lru_cache(maxsize=4096)
def _cpu(text: str) -> int:
    return millicores({"cpu": text})


@lru_cache(maxsize=4096)
def _memory(text: str) -> int:
    return memory({"memory": text})


def _is_windows(spec: _Spec) -> bool:
    if spec.os is not None and spec.os.name:
        return spec.os.name == _WINDOWS
    selected: Mapping[str, str] = spec.node_selector
    if _OS_LABEL in selected:
        return selected[_OS_LABEL] == _WINDOWS
    affinity = spec.affinity.node_affinity if spec.affinity else None
    terms = affinity.required.node_selector_terms if affinity and affinity.required else ()
    return bool(terms) and all(
        any(
            one.key == _OS_LABEL and one.operator == "In" and one.values == (_WINDOWS,)
            for one in term.match_expressions
        )
        for term in terms
    )
