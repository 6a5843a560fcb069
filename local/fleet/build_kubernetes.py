"""The inside of a cluster of the fleet: components, applications and objects, and what controllers make of them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.fleet.compute_parts import own_id
from local.fleet.kubernetes_manifest import KubernetesManifest, load_kubernetes
from local.fleet.kubernetes_nodes import fargate_node, nodes_of
from local.fleet.site import ClusterSite
from local.kubernetes.api_services import api_services
from local.kubernetes.components import component, component_values
from local.kubernetes.defaults import stored
from local.kubernetes.kinds import KINDS
from local.kubernetes.pods import made_pod, pod_names, suffix
from local.kubernetes.scheduling import fitting, placed, status_of
from local.kubernetes.state import ClusterState

Object = dict[str, Any]
_Key = tuple[str, str, str]
KUBERNETES = Path(__file__).parent / "kubernetes"
_OWNERS = frozenset({"DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet"})
# Where the API version is left out it is that of the first kind of the name.
_VERSIONS = {kind.name: kind.api_version for kind in reversed(KINDS)}
_AGE = 60


def site_values(site: ClusterSite) -> dict[str, str]:
    """What the files of the cluster may ask for: `$volume0` is a volume of its manifest, `$private_a` a subnet."""
    manifest = site.manifest
    minor = int(manifest.version.partition(".")[2])
    volumes = {f"volume{n}": own_id(site, "vol", str(n)) for n in range(len(manifest.volumes))}
    subnets = {
        f"{'public' if is_public else 'private'}_{zone}": site.subnets((zone,), is_public=is_public)[0]
        for zone in "abc"
        for is_public in (False, True)
    }
    own = component_values(manifest.name, manifest.account, manifest.region, minor)
    return {**own, **volumes, **subnets}


def build_kubernetes(site: ClusterSite, manifest: KubernetesManifest | None = None) -> ClusterState:
    """The state of a cluster as its controllers leave it; raises `ComponentError`."""
    values = site_values(site)
    inside = manifest or load_kubernetes(KUBERNETES, site.manifest.name, values)
    state = ClusterState(minor=int(values["minor"]), unavailable=set(inside.unavailable))
    objects = [_stored(site, one) for one in _merged(_given(inside, values)).values()]
    nodes = nodes_of(site)
    state.apply(*nodes, *objects)
    state.apply(*(_stored(site, one) for one in _of_namespaces(objects)))
    controllers = _Controllers(site, inside, nodes)
    for one in objects:
        state.apply(*controllers.made_for(one))
    state.groups |= {one["spec"]["group"] for one in objects if one["kind"] == "APIService"}
    if "metrics.k8s.io" in state.groups - inside.unavailable:
        state.apply(*_metrics(site, [*nodes, *controllers.pods]))
    state.apply(*(_stored(site, one) for one in api_services(state.kinds())))
    return state


def _given(inside: KubernetesManifest, values: Mapping[str, str]) -> Iterator[Object]:
    for name in inside.components:
        yield from component(name, values)
    for application in inside.applications:
        yield from component("application", {**values, **application.model_dump()})
    yield from copy.deepcopy(inside.objects)


def _merged(given: Iterable[Object]) -> dict[_Key, Object]:
    found: dict[_Key, Object] = {}
    for one in given:
        one.setdefault("apiVersion", _VERSIONS.get(one["kind"], ""))
        metadata = one["metadata"]
        key = (f"{one['apiVersion']} {one['kind']}", metadata.get("namespace", ""), metadata["name"])
        if one.get("absent"):
            found.pop(key, None)
        else:
            found[key] = _patched(found[key], one) if key in found else one
    return found


def _patched(old: Object, new: Object) -> Object:
    """A JSON merge patch: members of null go, objects are merged, everything else is replaced."""
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _patched(result[key], value)
        else:
            result[key] = value
    return result


def _stored(site: ClusterSite, one: Object) -> Object:
    age = one.pop("age", min(_AGE, site.manifest.age))
    return stored(one, site.now - dt.timedelta(days=float(age)), "helm")


def _of_namespaces(objects: Iterable[Object]) -> Iterator[Object]:
    """What controllers put into every namespace."""
    objects = list(objects)
    accounts = {one["metadata"]["namespace"] for one in objects
                if (one["kind"], one["metadata"]["name"]) == ("ServiceAccount", "default")}  # fmt: skip
    for one in objects:
        if one["kind"] == "Namespace":
            name = one["metadata"]["name"]
            root = {"name": "kube-root-ca.crt", "namespace": name}
            yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": root, "data": {"ca.crt": "-----BEGIN"}}
            if name not in accounts:
                yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}


class _Controllers:
    """Makes pods, their claims and Fargate nodes, and says in the owners' status how it went."""

    def __init__(self, site: ClusterSite, inside: KubernetesManifest, nodes: list[Object]) -> None:
        self._site = site
        self._inside = inside
        self._nodes = nodes
        self._next = 0
        self.pods: list[Object] = []

    def made_for(self, one: Object) -> list[Object]:
        """The objects that come with `one`, itself with its status among them where it has one."""
        if one["kind"] == "Pod":
            return self._bare(one)
        if one["kind"] not in _OWNERS:
            return []
        names, nodes, extra = self._placement(one)
        made = self._site.now - dt.timedelta(days=3)
        template = one["spec"]["template"]
        pods = [made_pod(one, template, name, node, made) for name, node in zip(names, nodes, strict=True)]
        if self._on_fargate(one):
            for pod in pods:
                pod["metadata"].setdefault("annotations", {})["CapacityProvisioned"] = "0.25vCPU 0.5GB"
                pod["spec"]["schedulerName"] = "fargate-scheduler"
        self.pods += pods
        running = sum(bool(node) for node in nodes)
        status = one.get("status") or status_of(one["kind"], len(names), running)
        return [{**one, "status": status}, *pods, *extra]

    def _placement(self, owner: Object) -> tuple[list[str], list[str], list[Object]]:
        """Names and nodes of the pods, and Fargate nodes that are made for them."""
        spec = owner["spec"]["template"]["spec"]
        if owner["kind"] == "DaemonSet":
            nodes = [node["metadata"]["name"] for node in fitting(spec, self._nodes)]
            return pod_names(owner, len(nodes)), nodes, []
        count = owner["spec"].get("replicas", 1)
        if owner["kind"] == "Job":
            count = (owner.get("status") or {}).get("active", 0)
        names = pod_names(owner, count)
        if self._on_fargate(owner):
            made = self._site.now - dt.timedelta(days=3)
            own = [fargate_node(self._site, suffix(8, name), "ab"[n % 2], made) for n, name in enumerate(names)]
            return names, [node["metadata"]["name"] for node in own], own
        path = f"{owner['metadata'].get('namespace', 'default')}/{owner['metadata']['name']}"
        found = placed(spec, self._nodes, count, self._next, packed=path in self._inside.packed)
        self._next += count
        return names, found, []

    def _on_fargate(self, owner: Object) -> bool:
        namespaces = {one.namespace for one in self._site.manifest.fargate_profiles if one.status == "ACTIVE"}
        return owner["kind"] != "DaemonSet" and owner["metadata"].get("namespace") in namespaces

    def _bare(self, pod: Object) -> list[Object]:
        if "nodeName" in pod["spec"]:
            return []
        owner = {"kind": "Pod", "apiVersion": "v1", "metadata": pod["metadata"]}
        node = placed(pod["spec"], self._nodes, 1, self._next, packed=False)[0]
        made = made_pod(owner, pod, pod["metadata"]["name"], node, self._site.now - dt.timedelta(days=3))
        del made["metadata"]["ownerReferences"], made["metadata"]["generateName"]
        self.pods.append(made)
        return [{**pod, "spec": {**pod["spec"], "nodeName": node}, "status": pod.get("status") or made["status"]}]


def _metrics(site: ClusterSite, objects: Iterable[Object]) -> Iterator[Object]:
    """What metrics-server measured of nodes and pods: a quarter of what nodes have, what containers ask for."""
    at = {"timestamp": site.now.strftime("%Y-%m-%dT%H:%M:%SZ"), "window": "15.0s"}
    for one in objects:
        metadata = {key: value for key, value in one["metadata"].items() if key in ("name", "namespace", "labels")}
        head = {"apiVersion": "metrics.k8s.io/v1beta1", "kind": f"{one['kind']}Metrics", "metadata": metadata, **at}
        if one["kind"] == "Node":
            yield {**head, "usage": {"cpu": "412345678n", "memory": "1873452Ki"}}
        else:
            usage = {"cpu": "3456789n", "memory": "48732Ki"}
            yield {**head, "containers": [{"name": c["name"], "usage": usage} for c in one["spec"]["containers"]]}
