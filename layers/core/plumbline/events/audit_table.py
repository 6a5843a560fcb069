"""The audit table: what a change of an object inside a cluster can touch (event table E.5)."""

from collections.abc import Iterator

import msgspec


class AuditRule(msgspec.Struct, frozen=True, kw_only=True):
    """What changing an object means.

    Attributes:
        kind: as controls name the object.
        areas: control areas that it can touch.
        sections: the evidence that it changes.
        namespaced: whether objects of the kind are in a namespace.

    """

    kind: str
    areas: tuple[str, ...]
    sections: tuple[str, ...]
    namespaced: bool = True


VERBS = frozenset({"create", "update", "patch", "delete"})
# Of the parts of objects only this one is what somebody wants; the others report, or move what runs.
SUBRESOURCES = frozenset({"", "scale"})
# Controllers, nodes and service accounts: they carry out what others asked for.
IGNORED_USERS = "system:"

_RBAC = ("rbac", "access")
_NAMESPACE = ("namespace",)
_WORKLOAD = ("workload", "image")
_STORAGE = ("storage", "encryption")
_NODES = ("nodegroup", "scaling")


def _rows() -> Iterator[tuple[str, str, AuditRule]]:
    """Yield API group, resource and rule."""
    rbac = "rbac.authorization.k8s.io"
    yield rbac, "roles", AuditRule(kind="Role", areas=_RBAC, sections=("roles",))
    yield rbac, "rolebindings", AuditRule(kind="RoleBinding", areas=_RBAC, sections=("role_bindings",))
    yield rbac, "clusterroles", _wide("ClusterRole", _RBAC, "cluster_roles")
    yield rbac, "clusterrolebindings", _wide("ClusterRoleBinding", _RBAC, "cluster_role_bindings")
    yield "", "namespaces", _wide("Namespace", _NAMESPACE, "namespaces")
    policies = AuditRule(kind="NetworkPolicy", areas=_NAMESPACE, sections=("network_policies",))
    yield "networking.k8s.io", "networkpolicies", policies
    yield "", "resourcequotas", AuditRule(kind="ResourceQuota", areas=_NAMESPACE, sections=("resource_quotas",))
    yield "", "limitranges", AuditRule(kind="LimitRange", areas=_NAMESPACE, sections=("limit_ranges",))
    yield "apps", "deployments", _workload("Deployment", "deployments")
    yield "apps", "statefulsets", _workload("StatefulSet", "stateful_sets")
    yield "apps", "daemonsets", _workload("DaemonSet", "daemon_sets")
    yield "apps", "replicasets", _workload("ReplicaSet")
    yield "batch", "jobs", _workload("Job", "jobs")
    yield "batch", "cronjobs", _workload("CronJob", "cron_jobs")
    yield "", "pods", _workload("Pod")
    yield "", "services", AuditRule(kind="Service", areas=("ingress",), sections=("services",))
    yield "networking.k8s.io", "ingresses", AuditRule(kind="Ingress", areas=("ingress",), sections=("ingresses",))
    yield "storage.k8s.io", "storageclasses", _wide("StorageClass", _STORAGE, "storage_classes")
    yield "", "persistentvolumes", _wide("PersistentVolume", _STORAGE, "persistent_volumes")
    yield "karpenter.sh", "nodepools", _wide("NodePool", _NODES, "node_pools")
    yield "karpenter.k8s.aws", "ec2nodeclasses", _wide("EC2NodeClass", _NODES, "ec2_node_classes")
    yield "eks.amazonaws.com", "nodeclasses", _wide("NodeClass", _NODES, "node_classes")


def _wide(kind: str, areas: tuple[str, ...], section: str) -> AuditRule:
    return AuditRule(kind=kind, areas=areas, sections=(section,), namespaced=False)


def _workload(kind: str, *sections: str) -> AuditRule:
    return AuditRule(kind=kind, areas=_WORKLOAD, sections=(*sections, "pods"))


# (API group, resource) -> rule.
AUDIT_RULES = {(group, resource): rule for group, resource, rule in _rows()}
# Of the ConfigMaps, which may hold anything, this one alone is read: namespace and name.
AWS_AUTH = ("kube-system", "aws-auth")
AWS_AUTH_RULE = AuditRule(kind="ConfigMap", areas=("access",), sections=("aws_auth",))
