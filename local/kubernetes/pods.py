"""Pods as their controllers make them, and as kubelet and scheduler complete them."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any

from local.kubernetes.defaults import conditions, digest, fill_pod_spec, timestamp, unique_id
from local.kubernetes.managed_fields import managed_fields

Object = dict[str, Any]
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_TOLERATED = [
    {"key": f"node.kubernetes.io/{what}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for what in ("not-ready", "unreachable")
]


def suffix(length: int, *names: str) -> str:
    """Letters and digits as Kubernetes puts behind generated names; the same for the same names."""
    number = int(digest("suffix", *names), 16)
    found = ""
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        found += _ALPHABET[rest]
    return found


def template_hash(owner: Mapping[str, Any]) -> str:
    """The pod-template-hash of a Deployment."""
    metadata = owner["metadata"]
    return suffix(10, metadata.get("namespace", ""), metadata["name"], "template")


def pod_names(owner: Mapping[str, Any], count: int) -> list[str]:
    """The names of the pods of an owner."""
    name, namespace = owner["metadata"]["name"], owner["metadata"].get("namespace", "")
    match owner["kind"]:
        case "StatefulSet":
            return [f"{name}-{number}" for number in range(count)]
        case "Deployment":
            base = f"{name}-{template_hash(owner)}"
        case _:
            base = name
    return [f"{base}-{suffix(5, namespace, base, str(number))}" for number in range(count)]


def made_pod(owner: Mapping[str, Any], template: Mapping[str, Any], name: str, node: str, made: dt.datetime) -> Object:
    """A running pod of an owner on a node; an empty node leaves it pending."""
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), **_controller_labels(owner, name)}
    spec = copy.deepcopy(template["spec"])
    fill_pod_spec(spec)
    spec.setdefault("serviceAccountName", "default")
    spec.update(serviceAccount=spec["serviceAccountName"], enableServiceLinks=True, priority=0)
    spec["preemptionPolicy"] = "PreemptLowerPriority"
    spec["tolerations"] = [*(spec.get("tolerations") or ()), *_TOLERATED]
    if owner["kind"] == "StatefulSet":
        _add_claims(spec, owner, name)
    if spec.get("automountServiceAccountToken") is not False:
        _add_token(spec, name)
    if node:
        spec["nodeName"] = node
    one: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "generateName": f"{name.rpartition('-')[0]}-",
            "namespace": owner["metadata"].get("namespace", "default"),
            "uid": unique_id("pod", owner["metadata"].get("namespace", ""), name),
            "creationTimestamp": timestamp(made),
            "labels": labels,
            **({"annotations": dict(metadata["annotations"])} if metadata.get("annotations") else {}),
            "ownerReferences": [_owner_reference(owner)],
        },
        "spec": spec,
        "status": _running(spec, name, made) if node else _pending(made),
    }
    one["metadata"]["managedFields"] = managed_fields(one, "kube-controller-manager")
    return one


def _controller_labels(owner: Mapping[str, Any], name: str) -> dict[str, str]:
    match owner["kind"]:
        case "Deployment":
            return {"pod-template-hash": template_hash(owner)}
        case "StatefulSet":
            index = name.rpartition("-")[2]
            return {"apps.kubernetes.io/pod-index": index, "statefulset.kubernetes.io/pod-name": name}
        case "DaemonSet":
            return {"controller-revision-hash": suffix(10, owner["metadata"]["name"]), "pod-template-generation": "1"}
        case "Job":
            own = owner["metadata"]["name"]
            return {"batch.kubernetes.io/job-name": own, "job-name": own}
    return {}


def _owner_reference(owner: Mapping[str, Any]) -> Object:
    kind, name, version = owner["kind"], owner["metadata"]["name"], owner["apiVersion"]
    if kind == "Deployment":
        kind, name = "ReplicaSet", f"{name}-{template_hash(owner)}"
    uid = unique_id(version, kind, owner["metadata"].get("namespace", ""), name)
    return {
        "apiVersion": version,
        "kind": kind,
        "name": name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }


def _add_claims(spec: Object, owner: Mapping[str, Any], name: str) -> None:
    volumes = spec.setdefault("volumes", [])
    for claim in owner["spec"].get("volumeClaimTemplates") or ():
        own = claim["metadata"]["name"]
        volumes.append({"name": own, "persistentVolumeClaim": {"claimName": f"{own}-{name}"}})


def _add_token(spec: Object, name: str) -> None:
    volume = f"kube-api-access-{suffix(5, name)}"
    sources = [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
    ]
    spec.setdefault("volumes", []).append({"name": volume, "projected": {"sources": sources, "defaultMode": 420}})
    mount = {"name": volume, "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    for container in spec["containers"]:
        container.setdefault("volumeMounts", []).append(mount)


def _running(spec: Mapping[str, Any], name: str, made: dt.datetime) -> Object:
    since = timestamp(made + dt.timedelta(seconds=11))
    reasons = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    address = f"10.0.{int(digest(name)[:2], 16)}.{int(digest(name)[2:4], 16)}"
    status: Object = {
        "phase": "Running",
        "conditions": [
            {**one, "lastProbeTime": None} for one in conditions(((reason, "") for reason in reasons), since)
        ],
        "hostIP": "10.0.0.10",
        "hostIPs": [{"ip": "10.0.0.10"}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": timestamp(made),
        "qosClass": "Burstable",
        "containerStatuses": [_container_status(one, name, since) for one in spec["containers"]],
    }
    for one in status["conditions"]:
        del one["reason"]
    return status


def _container_status(container: Mapping[str, Any], pod: str, since: str) -> Object:
    image, own = container["image"], digest(pod, container["name"])
    return {
        "name": container["name"],
        "state": {"running": {"startedAt": since}},
        "lastState": {},
        "ready": True,
        "restartCount": 0,
        "image": image,
        "imageID": image if "@" in image else f"{image.rpartition(':')[0] or image}@sha256:{digest(image)}",
        "containerID": f"containerd://{own}",
        "started": True,
        "resources": container.get("resources") or {},
    }


def _pending(made: dt.datetime) -> Object:
    reason = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0 nodes are available: no node fits.",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(made),
    }
    return {"phase": "Pending", "conditions": [reason], "qosClass": "Burstable"}
