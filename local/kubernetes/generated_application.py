"""An application of a generated cluster, and what its pods are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
# Of eight applications in a row: which of them is not a Deployment.
_STATEFUL, _JOB = 5, 7
_NAMES = ("api", "web", "worker", "search", "cart", "mail", "report", "sync")
_DIGEST = "sha256:" + "9f86d081884c7d65" * 4


@dataclass(frozen=True)
class Application:
    """Number `number` of the cluster, in a namespace, with so many pods."""

    number: int
    space: int
    pods: int
    account: str
    region: str

    @property
    def namespace(self) -> str:
        """The namespace's name."""
        return namespace_name(self.space)

    @property
    def name(self) -> str:
        """The application's name."""
        return f"{_NAMES[self.number % len(_NAMES)]}-{self.number}"

    @property
    def careful(self) -> bool:
        """Whether it is written as it should be."""
        return self.number % 2 == 0

    @property
    def kind(self) -> str:
        """The kind of the owner of its pods."""
        # The names recur every eight numbers; the kinds every 24, so that both come in all combinations.
        place = self.number // 3 % 8 if self.number % 3 == 0 else -1
        return {_STATEFUL: "StatefulSet", _JOB: "Job"}.get(place, "Deployment")

    @property
    def has_service(self) -> bool:
        """Whether a Service selects its pods."""
        return self.kind != "Job" and self.number % 4 != 3

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its pods."""
        name = {"app.kubernetes.io/name": self.name}
        if not self.careful:
            return {"app": self.name, **name} if self.number % 3 else {"app": self.name}
        return {
            **name,
            "app.kubernetes.io/instance": f"{self.name}-prod",
            "app.kubernetes.io/version": "4.2.0",
            "app.kubernetes.io/part-of": self.namespace,
            "app.kubernetes.io/managed-by": "Helm",
        }

    @property
    def selector(self) -> dict[str, str]:
        """The labels by which its pods are selected."""
        key = "app.kubernetes.io/name" if self.careful else "app"
        return {key: self.name}


def namespace_name(number: int) -> str:
    """The name of a generated namespace."""
    return f"team-{number:04d}"


def pod_annotations(one: Application) -> dict[str, str]:
    """The annotations of the pods and of their owner."""
    return {
        "checksum/config": _DIGEST[7:71],
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "8080",
        "prometheus.io/path": "/metrics",
        "example.com/description": f"{one.name} of {one.namespace}, deployed by the pipeline of its team",
    }


def pod_spec(one: Application) -> Object:
    """The spec of the pods."""
    container: Object = {
        "name": one.name,
        "image": _image(one),
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
        "env": _variables(one),
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
    }
    spec: Object = {
        "serviceAccountName": one.name,
        "containers": [container],
        "volumes": [{"name": "scratch", "emptyDir": {}}],
    }
    if one.careful:
        _harden(spec, container, one)
    elif one.number % 10 == 1:
        container["securityContext"] = {"privileged": True}
        spec["volumes"].append({"name": "host", "hostPath": {"path": "/var/run"}})
    if one.number % 5 == 0:
        sidecar = {
            "name": "envoy",
            "image": f"{_registry(one)}/mesh/envoy:v1.35.2",
            "ports": [{"containerPort": 15090}],
        }
        spec["containers"].append(sidecar)
    if one.number % 7 == 0:
        spec["initContainers"] = [{"name": "migrate", "image": _image(one), "command": ["/app/migrate", "--wait"]}]
    return spec


def _harden(spec: Object, container: Object, one: Application) -> None:
    selector = {"matchLabels": one.selector}
    spec |= {
        "automountServiceAccountToken": False,
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": selector}
            for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
    }
    container |= {
        "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 5},
        "livenessProbe": {"httpGet": {"path": "/alive", "port": "http"}, "failureThreshold": 6},
        "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
    }


def _variables(one: Application) -> list[Object]:
    plain = [
        ("LOG_LEVEL", "info"),
        ("HTTP_PORT", "8080"),
        ("DATABASE_URL", f"postgres://{one.name}.{one.namespace}.svc:5432/{one.name}"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.monitoring.svc:4317"),
        ("FEATURES", "checkout,search,recommendations,loyalty"),
    ]
    variables: list[Object] = [{"name": name, "value": value} for name, value in plain]
    if not one.careful:
        key = {"secretKeyRef": {"name": one.name, "key": "password"}}
        variables.append({"name": "DATABASE_PASSWORD", "valueFrom": key})
    variables.append(
        {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}}
    )
    return variables


def _registry(one: Application) -> str:
    return f"{one.account}.dkr.ecr.{one.region}.amazonaws.com"


def _image(one: Application) -> str:
    if one.careful:
        return f"{_registry(one)}/{one.namespace}/{_NAMES[one.number % len(_NAMES)]}@{_DIGEST}"
    return f"docker.io/library/{_NAMES[one.number % len(_NAMES)]}:latest"
