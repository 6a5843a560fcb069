"""The applications of a generated cluster: every other one as a careful team writes it, the rest not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local.kubernetes.generated_application import Application, namespace_name, pod_annotations, pod_spec

Object = dict[str, Any]


def namespace_objects(number: int) -> list[Object]:
    """A namespace with what belongs into it; of every four one lacks its guard rails."""
    name, careful = namespace_name(number), number % 4 != 3
    level = {"pod-security.kubernetes.io/enforce": "baseline"} if careful else {}
    objects = [
        _object("v1", "Namespace", name, labels={"owner": name, **level}),
        {
            **_object("v1", "ServiceAccount", "default", name),
            **({"automountServiceAccountToken": False} if careful else {}),
        },
        _object("v1", "ConfigMap", "kube-root-ca.crt", name) | {"data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n"}},
        _object("v1", "ResourceQuota", "quota", name) | {"spec": {"hard": {"requests.cpu": "64", "pods": "500"}}},
        _policy("default-deny", name, {}),
    ]
    if careful:
        limits = [
            {"type": "Container", "default": {"memory": "512Mi"}, "defaultRequest": {"cpu": "100m", "memory": "128Mi"}}
        ]
        objects.append(_object("v1", "LimitRange", "defaults", name) | {"spec": {"limits": limits}})
    return objects


def application_objects(one: Application) -> list[Object]:
    """The owner of the pods first, then what comes with it."""
    account = {**_object("v1", "ServiceAccount", one.name, one.namespace, labels=one.labels)}
    if one.careful:
        account["automountServiceAccountToken"] = False
    return [
        _owner(one),
        account,
        *(_rights(one) if one.number % 2 == 0 else ()),
        *(_service(one) if one.has_service else ()),
        *(_scaling(one) if one.kind == "Deployment" and one.number % 3 != 2 else ()),
        *(_claims(one) if one.kind == "StatefulSet" else ()),
        *([_policy(one.name, one.namespace, one.selector)] if one.number % 3 == 0 else ()),
        *([_ingress(one)] if one.has_service and one.number % 6 == 0 else ()),
        *([_cron_job(one)] if one.number % 12 == 1 else ()),
        *([_config(one)] if one.number % 2 else ()),
    ]


def pod_template(owner: Mapping[str, Any]) -> Object:
    """The template of the pods of an owner."""
    template: Object = owner["spec"]["template"]
    return template


def _object(version: str, kind: str, name: str, namespace: str = "", labels: Mapping[str, str] | None = None) -> Object:
    metadata: Object = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _owner(one: Application) -> Object:
    template = {"metadata": {"labels": one.labels, "annotations": pod_annotations(one)}, "spec": pod_spec(one)}
    spec: Object = {"template": template}
    if one.kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
        spec |= {"parallelism": one.pods, "completions": one.pods}
        status: Object = {"active": one.pods, "ready": one.pods}
    else:
        spec |= {"replicas": one.pods, "selector": {"matchLabels": one.selector}}
        status = {"replicas": one.pods, "readyReplicas": one.pods, "availableReplicas": one.pods}
    if one.kind == "StatefulSet":
        claim = {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "gp3",
            "resources": {"requests": {"storage": "20Gi"}},
        }
        spec |= {"serviceName": one.name, "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}]}
    version = "batch/v1" if one.kind == "Job" else "apps/v1"
    owner = _object(version, one.kind, one.name, one.namespace, one.labels)
    owner["metadata"]["annotations"] = {"meta.helm.sh/release-name": one.name, **pod_annotations(one)}
    return owner | {"spec": spec, "status": status}


def _rights(one: Application) -> list[Object]:
    version = "rbac.authorization.k8s.io/v1"
    lease = {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update"]}
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}
    rules = [lease] if one.number % 8 else [lease, secrets]
    subjects = [{"kind": "ServiceAccount", "name": one.name, "namespace": one.namespace}]
    reference = {"kind": "Role", "name": one.name}
    return [
        _object(version, "Role", one.name, one.namespace) | {"rules": rules},
        _object(version, "RoleBinding", one.name, one.namespace) | {"roleRef": reference, "subjects": subjects},
    ]


def _service(one: Application) -> list[Object]:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    service = _object("v1", "Service", one.name, one.namespace, one.labels)
    return [service | {"spec": {"selector": one.selector, "ports": ports}}]


def _scaling(one: Application) -> list[Object]:
    metric = {
        "type": "Resource",
        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
    }
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": one.name},
        "minReplicas": one.pods,
        "maxReplicas": one.pods * 4,
        "metrics": [metric],
    }
    healthy = (("AbleToScale", "True"), ("ScalingActive", "True"), ("ScalingLimited", "False"))
    status = {
        "currentReplicas": one.pods,
        "desiredReplicas": one.pods,
        "conditions": [{"type": kind, "status": value, "reason": "ValidMetricFound"} for kind, value in healthy],
    }
    autoscaler = _object("autoscaling/v2", "HorizontalPodAutoscaler", one.name, one.namespace)
    budget = _object("policy/v1", "PodDisruptionBudget", one.name, one.namespace)
    return [
        autoscaler | {"spec": spec, "status": status},
        budget | {
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": one.selector}},
            "status": {"disruptionsAllowed": 1, "expectedPods": one.pods, "currentHealthy": one.pods},
        },
    ]  # fmt: skip


def _claims(one: Application) -> list[Object]:
    objects = []
    for number in range(one.pods):
        claim, volume = f"data-{one.name}-{number}", f"pvc-{one.number:08d}-{number}"
        reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": one.namespace, "name": claim}
        zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [f"{one.region}{'abc'[number % 3]}"]}
        objects += [
            _object("v1", "PersistentVolumeClaim", claim, one.namespace)
            | {"spec": {"storageClassName": "gp3", "volumeName": volume}},
            _object("v1", "PersistentVolume", volume)
            | {
                "spec": {
                    "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{one.number:013x}{number:04x}"},
                    "claimRef": reference,
                    "storageClassName": "gp3",
                    "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}},
                }
            },
        ]
    return objects


def _policy(name: str, namespace: str, selector: Mapping[str, str]) -> Object:
    chosen = {"matchLabels": dict(selector)} if selector else {}
    rules: Object = {"ingress": [{"from": [{"podSelector": {}}]}]} if selector else {}
    spec = {"podSelector": chosen, "policyTypes": ["Ingress"], **rules}
    return _object("networking.k8s.io/v1", "NetworkPolicy", name, namespace) | {"spec": spec}


def _ingress(one: Application) -> Object:
    ingress = _object("networking.k8s.io/v1", "Ingress", one.name, one.namespace)
    ingress["metadata"]["annotations"] = {"alb.ingress.kubernetes.io/scheme": "internal"}
    backend = {"service": {"name": one.name, "port": {"name": "http"}}}
    rule = {
        "host": f"{one.name}.example.com",
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
    }
    address = {"loadBalancer": {"ingress": [{"hostname": f"internal-{one.name}.elb.amazonaws.com"}]}}
    return ingress | {"spec": {"ingressClassName": "alb", "rules": [rule]}, "status": address}


def _cron_job(one: Application) -> Object:
    template = {"metadata": {"labels": one.labels}, "spec": {**pod_spec(one), "restartPolicy": "OnFailure"}}
    spec = {"schedule": f"{one.number % 60} 3 * * *", "jobTemplate": {"spec": {"template": template}}}
    return _object("batch/v1", "CronJob", f"{one.name}-nightly", one.namespace, one.labels) | {"spec": spec}


def _config(one: Application) -> Object:
    return _object("v1", "ConfigMap", one.name, one.namespace) | {"data": {"settings.yaml": "features: {}\n" * 20}}
