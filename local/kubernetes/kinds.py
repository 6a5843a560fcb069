"""The kinds that the API server knows: where they are served, how they are called, since which minor version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    `since` is the first minor version (33 of 1.33) that serves it; `custom` kinds are served only where their group
    has been installed; `aggregated` ones by another server behind the API server.
    """

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    custom: bool = False
    aggregated: bool = False
    since: int = 0

    @property
    def api_version(self) -> str:
        """Group and version as objects write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The plural with its group, as messages write it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _built_in(group: str, version: str, *names: str, namespaced: bool = True, since: int = 0) -> list[Kind]:
    pairs = [name.split(":") for name in names]
    return [Kind(group, version, plural, name, namespaced, since=since) for plural, name in pairs]


def _custom(group: str, version: str, *names: str, namespaced: bool = False) -> list[Kind]:
    return [
        Kind(group, version, plural, name, namespaced, custom=True)
        for plural, name in (one.split(":") for one in names)
    ]


_RBAC = "rbac.authorization.k8s.io"
_ADMISSION = "admissionregistration.k8s.io"
_POLICY_KINDS = (
    "validatingadmissionpolicies:ValidatingAdmissionPolicy",
    "validatingadmissionpolicybindings:ValidatingAdmissionPolicyBinding",
)
KINDS: tuple[Kind, ...] = (
    *_built_in("", "v1", "namespaces:Namespace", "nodes:Node", "persistentvolumes:PersistentVolume", namespaced=False),
    *_built_in(
        "",
        "v1",
        "configmaps:ConfigMap",
        "endpoints:Endpoints",
        "events:Event",
        "limitranges:LimitRange",
        "persistentvolumeclaims:PersistentVolumeClaim",
        "pods:Pod",
        "replicationcontrollers:ReplicationController",
        "resourcequotas:ResourceQuota",
        "secrets:Secret",
        "serviceaccounts:ServiceAccount",
        "services:Service",
    ),
    *_built_in(
        "apps",
        "v1",
        "daemonsets:DaemonSet",
        "deployments:Deployment",
        "replicasets:ReplicaSet",
        "statefulsets:StatefulSet",
    ),
    *_built_in("batch", "v1", "cronjobs:CronJob", "jobs:Job"),
    *_built_in("autoscaling", "v2", "horizontalpodautoscalers:HorizontalPodAutoscaler"),
    *_built_in("policy", "v1", "poddisruptionbudgets:PodDisruptionBudget"),
    *_built_in("networking.k8s.io", "v1", "ingresses:Ingress", "networkpolicies:NetworkPolicy"),
    *_built_in("networking.k8s.io", "v1", "ingressclasses:IngressClass", namespaced=False),
    *_built_in("storage.k8s.io", "v1", "csidrivers:CSIDriver", "storageclasses:StorageClass", namespaced=False),
    *_built_in(_RBAC, "v1", "roles:Role", "rolebindings:RoleBinding"),
    *_built_in(_RBAC, "v1", "clusterroles:ClusterRole", "clusterrolebindings:ClusterRoleBinding", namespaced=False),
    *_built_in(
        _ADMISSION,
        "v1",
        "mutatingwebhookconfigurations:MutatingWebhookConfiguration",
        "validatingwebhookconfigurations:ValidatingWebhookConfiguration",
        namespaced=False,
    ),
    *_built_in(_ADMISSION, "v1", *_POLICY_KINDS, namespaced=False, since=30),
    *_built_in("apiregistration.k8s.io", "v1", "apiservices:APIService", namespaced=False),
    *_built_in("apiextensions.k8s.io", "v1", "customresourcedefinitions:CustomResourceDefinition", namespaced=False),
    *_built_in("coordination.k8s.io", "v1", "leases:Lease"),
    *_built_in("scheduling.k8s.io", "v1", "priorityclasses:PriorityClass", namespaced=False),
    Kind("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", namespaced=False, aggregated=True),
    Kind("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", aggregated=True),
    *_custom("karpenter.sh", "v1", "nodepools:NodePool", "nodeclaims:NodeClaim"),
    *_custom("karpenter.k8s.aws", "v1", "ec2nodeclasses:EC2NodeClass"),
    *_custom("eks.amazonaws.com", "v1", "nodeclasses:NodeClass", "ingressclassparams:IngressClassParams"),
    *_custom("crd.k8s.amazonaws.com", "v1alpha1", "eniconfigs:ENIConfig"),
    *_custom("autoscaling.k8s.io", "v1", "verticalpodautoscalers:VerticalPodAutoscaler", namespaced=True),
    *_custom("keda.sh", "v1alpha1", "scaledobjects:ScaledObject", namespaced=True),
    *_custom("elbv2.k8s.aws", "v1beta1", "ingressclassparams:IngressClassParams"),
    *_custom("gateway.networking.k8s.io", "v1", "gatewayclasses:GatewayClass"),
    *_custom("gateway.networking.k8s.io", "v1", "gateways:Gateway", namespaced=True),
    *_custom("kyverno.io", "v1", "clusterpolicies:ClusterPolicy"),
    *_custom("templates.gatekeeper.sh", "v1", "constrainttemplates:ConstraintTemplate"),
    *_custom("cilium.io", "v2", "ciliumclusterwidenetworkpolicies:CiliumClusterwideNetworkPolicy"),
    *_custom("crd.projectcalico.org", "v1", "globalnetworkpolicies:GlobalNetworkPolicy"),
    # Groups that are recognised by being there: nothing of them is read.
    *_custom("appmesh.k8s.aws", "v1beta2", "meshes:Mesh"),
    *_custom("argoproj.io", "v1alpha1", "applications:Application", namespaced=True),
    *_custom("cert-manager.io", "v1", "certificates:Certificate", namespaced=True),
    *_custom("external-secrets.io", "v1", "externalsecrets:ExternalSecret", namespaced=True),
    *_custom("monitoring.coreos.com", "v1", "servicemonitors:ServiceMonitor", namespaced=True),
)

BY_PATH = {(kind.group, kind.plural): kind for kind in KINDS}
BY_NAME = {(kind.api_version, kind.name): kind for kind in KINDS}
