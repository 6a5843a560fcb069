"""Readers: what each kind of the table is decoded into, and how it becomes evidence."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from plumbline.adapters.kubernetes import config_maps, wire, workloads
from plumbline.adapters.kubernetes.decoding import need_storable
from plumbline.domain.evidence.kubernetes import cluster, networking, policies, rbac, scaling
from plumbline.domain.evidence.kubernetes.objects import Meta

T = TypeVar("T")
# Tools keep whole objects in annotations, with everything that must not be kept.
_LONGEST_ANNOTATION = 8 * 1024
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class Reader(msgspec.Struct, Generic[T], frozen=True):
    """How a kind is read.

    Attributes:
        wire: what an object is decoded into.
        reduced: returns what is kept of an object, None when nothing is.

    """

    wire: type[T]
    reduced: Callable[[T], Any] = lambda one: one


class ObjectGathering:
    """Takes the pages of a list of objects that are kept as they are, or reduced."""

    def __init__(self, reader: Reader[Any], what: str) -> None:
        self._reader = reader
        self._what = what
        self._kept: list[Any] = []

    def add(self, objects: list[Any]) -> None:
        """Take a page.

        Raises:
            Refusal: an object cannot be kept.

        """
        kept = [found for one in objects if (found := self._reader.reduced(one)) is not None]
        need_storable(kept, self._what)
        self._kept += kept

    def result(self) -> tuple[Any, ...]:
        """Return what was kept."""
        return tuple(self._kept)


class _Validation(wire.Wire, frozen=True):
    """What happens on a violation of a rule."""

    failure_action: str = ""


class _KyvernoRule(wire.Wire, frozen=True):
    """A rule, with the action where newer policies write it."""

    name: str = ""
    validation: _Validation = msgspec.field(default=_Validation(), name="validate")


class _KyvernoSpec(wire.Wire, frozen=True):
    """The rules of a policy."""

    validation_failure_action: str = ""
    rules: tuple[_KyvernoRule, ...] = ()


class _KyvernoPolicy(wire.Wire, frozen=True):
    """A ClusterPolicy of Kyverno."""

    metadata: Meta
    spec: _KyvernoSpec = _KyvernoSpec()


def _kyverno(one: _KyvernoPolicy) -> policies.KyvernoPolicy:
    rules = tuple(
        policies.KyvernoRule(name=rule.name, failure_action=rule.validation.failure_action) for rule in one.spec.rules
    )
    spec = policies.KyvernoSpec(validation_failure_action=one.spec.validation_failure_action, rules=rules)
    return policies.KyvernoPolicy(metadata=one.metadata, spec=spec)


def _annotated(one: T) -> T:
    """Return an object without the annotations in which tools keep things for themselves."""
    annotations: dict[str, str] = one.metadata.annotations  # type: ignore[attr-defined]
    for key in [key for key, value in annotations.items() if key == _LAST_APPLIED or len(value) > _LONGEST_ANNOTATION]:
        del annotations[key]
    return one


READERS: dict[str, Reader[Any]] = {
    "namespaces": Reader(cluster.Namespace),
    "nodes": Reader(cluster.Node),
    "services": Reader(networking.Service, _annotated),
    "service_accounts": Reader(cluster.ServiceAccount, _annotated),
    "persistent_volumes": Reader(cluster.PersistentVolume),
    "persistent_volume_claims": Reader(cluster.PersistentVolumeClaim),
    "resource_quotas": Reader(cluster.ResourceQuota),
    "limit_ranges": Reader(cluster.LimitRange),
    "aws_auth": Reader(config_maps.ConfigMap, config_maps.aws_auth),
    "cni_settings": Reader(config_maps.ConfigMap, config_maps.cni_settings),
    "fargate_logging": Reader(config_maps.ConfigMap, config_maps.fargate_logging),
    "deployments": Reader(wire.Owner, workloads.deployment),
    "stateful_sets": Reader(wire.Owner, workloads.stateful_set),
    "daemon_sets": Reader(wire.Owner, workloads.daemon_set),
    "jobs": Reader(wire.Owner, workloads.job),
    "cron_jobs": Reader(wire.CronJob, workloads.cron_job),
    "disruption_budgets": Reader(scaling.DisruptionBudget),
    "horizontal_autoscalers": Reader(scaling.HorizontalAutoscaler),
    "network_policies": Reader(networking.NetworkPolicy),
    "ingresses": Reader(networking.Ingress, _annotated),
    "ingress_classes": Reader(networking.IngressClass, _annotated),
    "storage_classes": Reader(cluster.StorageClass, _annotated),
    "csi_drivers": Reader(cluster.CsiDriver),
    "roles": Reader(rbac.Role),
    "role_bindings": Reader(rbac.RoleBinding),
    "cluster_roles": Reader(rbac.Role),
    "cluster_role_bindings": Reader(rbac.RoleBinding),
    "admission_policies": Reader(policies.AdmissionPolicy),
    "admission_bindings": Reader(policies.AdmissionBinding),
    "api_services": Reader(cluster.ApiService),
    "node_pools": Reader(scaling.NodePool),
    "ec2_node_classes": Reader(scaling.Ec2NodeClass),
    "node_classes": Reader(scaling.NodeClass),
    "eni_configs": Reader(scaling.EniConfig),
    "vertical_autoscalers": Reader(scaling.VerticalAutoscaler),
    "scaled_objects": Reader(scaling.ScaledObject),
    "ingress_class_params": Reader(networking.IngressClassParams),
    "gateways": Reader(networking.Gateway, _annotated),
    "kyverno_policies": Reader(_KyvernoPolicy, _kyverno),
    "constraint_templates": Reader(policies.ConstraintTemplate),
    "cilium_policies": Reader(policies.CiliumPolicy),
    "calico_policies": Reader(policies.CalicoPolicy),
}
