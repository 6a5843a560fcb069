"""What the API server fills into an object that it stores, as far as lists show it."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

from local.kubernetes.managed_fields import managed_fields

Object = dict[str, Any]
_SERVICES = ipaddress.ip_network("172.20.0.0/16")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
# Names that only the spec of a certain kind has are filled in for that kind.
_POD_OWNERS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})


def timestamp(time: dt.datetime) -> str:
    """A time as objects write it."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(*names: str) -> str:
    """Hexadecimal digits that are the same for the same names."""
    return hashlib.sha256("/".join(names).encode()).hexdigest()


def unique_id(*names: str) -> str:
    """A uid that is the same for the same names."""
    own = digest(*names)
    return f"{own[:8]}-{own[8:12]}-4{own[13:16]}-a{own[17:20]}-{own[20:32]}"


def stored(given: Object, created: dt.datetime, manager: str = "kubectl-client-side-apply") -> Object:
    """An object as the API server keeps what was given to it, made at `created` by `manager`."""
    one = copy.deepcopy(given)
    fill = _FILLS.get(one["kind"])
    if fill:
        fill(one)
    metadata = one.setdefault("metadata", {})
    namespace = metadata.get("namespace", "")
    metadata.setdefault("uid", unique_id(one["apiVersion"], one["kind"], namespace, metadata["name"]))
    metadata.setdefault("creationTimestamp", timestamp(created))
    if one["kind"] == "PersistentVolume":
        one["status"].setdefault("lastPhaseTransitionTime", metadata["creationTimestamp"])
    if "spec" in one and one["kind"] not in ("Namespace", "Service", "ServiceAccount"):
        metadata.setdefault("generation", 1)
    metadata.setdefault("managedFields", managed_fields(one, manager))
    return one


def fill_pod_spec(spec: Object) -> None:
    """Fills in a pod's spec."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("securityContext", {})
    spec.setdefault("terminationGracePeriodSeconds", 30)
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    for container in (*spec.get("containers", ()), *(spec.get("initContainers") or ())):
        _fill_container(container, host_network=bool(spec.get("hostNetwork")))
    for volume in spec.get("volumes") or ():
        _fill_volume(volume)


def _fill_container(container: Object, *, host_network: bool) -> None:
    image = container.get("image", "")
    has_tag = ":" in image.rpartition("/")[2]
    container.setdefault("imagePullPolicy", "IfNotPresent" if has_tag and not image.endswith(":latest") else "Always")
    container.setdefault("resources", {})
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    resources = container["resources"]
    for name, value in (resources.get("limits") or {}).items():
        resources.setdefault("requests", {}).setdefault(name, value)
    for port in container.get("ports") or ():
        port.setdefault("protocol", "TCP")
        if host_network:
            port.setdefault("hostPort", port["containerPort"])
    for name in _PROBES:
        if name in container:
            _fill_probe(container[name])


def _fill_probe(probe: Object) -> None:
    for name, value in (("failureThreshold", 3), ("periodSeconds", 10), ("successThreshold", 1), ("timeoutSeconds", 1)):
        probe.setdefault(name, value)
    if "httpGet" in probe:
        probe["httpGet"].setdefault("scheme", "HTTP")
        probe["httpGet"].setdefault("path", "/")


def _fill_volume(volume: Object) -> None:
    for name in ("configMap", "secret", "projected"):
        if name in volume:
            volume[name].setdefault("defaultMode", 420)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")


def _fill_template(template: Object) -> None:
    # An explicit null stands in every template that clients of the Go structs have written.
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    fill_pod_spec(template.setdefault("spec", {}))


def _deployment(one: Object) -> None:
    spec = one["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {"type": "RollingUpdate"})
    if strategy.get("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {"maxUnavailable": "25%", "maxSurge": "25%"})
    _owner(one)


def _stateful_set(one: Object) -> None:
    spec = one["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}})
    spec.setdefault("persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Retain", "whenScaled": "Retain"})
    spec.setdefault("serviceName", one["metadata"]["name"])
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update(kind="PersistentVolumeClaim", apiVersion="v1")
        claim["metadata"].setdefault("creationTimestamp", None)
        claim["spec"].setdefault("volumeMode", "Filesystem")
        claim.setdefault("status", {"phase": "Pending"})
    _owner(one)


def _daemon_set(one: Object) -> None:
    spec = one["spec"]
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}})
    _owner(one)


def _job(one: Object) -> None:
    spec = one["spec"]
    spec["template"].setdefault("spec", {}).setdefault("restartPolicy", "Never")
    for name, value in (("parallelism", 1), ("completions", 1), ("backoffLimit", 6), ("suspend", False)):
        spec.setdefault(name, value)
    spec.setdefault("completionMode", "NonIndexed")
    _fill_template(spec["template"])


def _cron_job(one: Object) -> None:
    spec = one["spec"]
    for name, value in (
        ("concurrencyPolicy", "Allow"),
        ("suspend", False),
        ("successfulJobsHistoryLimit", 3),
        ("failedJobsHistoryLimit", 1),
    ):
        spec.setdefault(name, value)
    template = spec["jobTemplate"]
    template.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    template["spec"]["template"].setdefault("spec", {}).setdefault("restartPolicy", "Never")
    _fill_template(template["spec"]["template"])


def _owner(one: Object) -> None:
    template = one["spec"]["template"]
    labels = template.get("metadata", {}).get("labels", {})
    one["spec"].setdefault("selector", {"matchLabels": dict(labels)})
    _fill_template(template)


def _pod(one: Object) -> None:
    one["spec"].setdefault("serviceAccountName", "default")
    one["spec"].setdefault("enableServiceLinks", True)
    one["spec"].setdefault("preemptionPolicy", "PreemptLowerPriority")
    one["spec"].setdefault("priority", 0)
    fill_pod_spec(one["spec"])


def _namespace(one: Object) -> None:
    one["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = one["metadata"]["name"]
    one.setdefault("spec", {"finalizers": ["kubernetes"]})
    one.setdefault("status", {"phase": "Active"})


def _service(one: Object) -> None:
    spec = one["spec"]
    kind = spec.setdefault("type", "ClusterIP")
    spec.setdefault("sessionAffinity", "None")
    if kind == "ExternalName":
        return
    names = (one["metadata"].get("namespace", "default"), one["metadata"]["name"])
    number = int(digest("service", *names)[:8], 16) % (_SERVICES.num_addresses - 16) + 10
    spec.setdefault("clusterIP", str(_SERVICES[number]))
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    spec.setdefault("internalTrafficPolicy", "Cluster")
    if kind != "ClusterIP":
        spec.setdefault("externalTrafficPolicy", "Cluster")
    for port in spec.get("ports") or ():
        port.setdefault("protocol", "TCP")
        port.setdefault("targetPort", port["port"])
        if kind != "ClusterIP":
            port.setdefault("nodePort", 30000 + (number + port["port"]) % 2767)
    one.setdefault("status", {"loadBalancer": {}})


def _network_policy(one: Object) -> None:
    spec = one["spec"]
    spec.setdefault("podSelector", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def _autoscaler(one: Object) -> None:
    one["spec"].setdefault("minReplicas", 1)
    one["spec"]["scaleTargetRef"].setdefault("apiVersion", "apps/v1")


def _storage_class(one: Object) -> None:
    one.setdefault("reclaimPolicy", "Delete")
    one.setdefault("volumeBindingMode", "Immediate")


def _claim(one: Object) -> None:
    one["spec"].setdefault("volumeMode", "Filesystem")
    one["spec"].setdefault("accessModes", ["ReadWriteOnce"])
    one["spec"].setdefault("resources", {"requests": {"storage": "20Gi"}})
    one.setdefault("status", {"phase": "Bound" if one["spec"].get("volumeName") else "Pending"})


def _volume(one: Object) -> None:
    spec = one["spec"]
    spec.setdefault("accessModes", ["ReadWriteOnce"])
    spec.setdefault("capacity", {"storage": "20Gi"})
    spec.setdefault("persistentVolumeReclaimPolicy", "Retain")
    spec.setdefault("volumeMode", "Filesystem")
    one.setdefault("status", {"phase": "Bound" if "claimRef" in spec else "Available"})


def _bindings(one: Object) -> None:
    one["roleRef"].setdefault("apiGroup", "rbac.authorization.k8s.io")
    for subject in one.get("subjects") or ():
        if subject["kind"] != "ServiceAccount":
            subject.setdefault("apiGroup", "rbac.authorization.k8s.io")


_FILLS: dict[str, Callable[[Object], None]] = {
    "ClusterRoleBinding": _bindings,
    "CronJob": _cron_job,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Pod": _pod,
    "RoleBinding": _bindings,
    "Service": _service,
    "StatefulSet": _stateful_set,
    "StorageClass": _storage_class,
}


def condition(kind: str, status: str, reason: str, since: str) -> Object:
    """A condition of a status."""
    return {"type": kind, "status": status, "reason": reason, "lastTransitionTime": since}


def conditions(kinds: Iterable[tuple[str, str]], since: str) -> list[Object]:
    """Conditions that are True, by (type, reason)."""
    return [condition(kind, "True", reason, since) for kind, reason in kinds]
