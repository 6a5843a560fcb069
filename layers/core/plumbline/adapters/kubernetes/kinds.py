"""The table of kinds: every list that is read of a cluster (evidence plan D.5), and nothing else is.

The calls, the permissions that a cluster has to grant (D.8) and the page for people are made from it.
"""

from collections.abc import Iterable
from urllib.parse import quote

import msgspec

CORE = ""
PAGE_SIZE = 500


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A list that is read.

    Attributes:
        section: of the evidence that the list fills.
        group: of the API; empty for the core group.
        versions: that are understood, the one to prefer first.
        plural: as paths and roles name the kind.
        optional: asked for only when discovery has found it; the others are part of Kubernetes.
        namespace, name: of the one object that is read; empty for every object of the cluster.

    """

    section: str
    group: str
    versions: tuple[str, ...]
    plural: str
    optional: bool = False
    namespace: str = ""
    name: str = ""

    @property
    def label(self) -> str:
        """The kind as people write it: plural and group, with the name of the one object that is read."""
        kind = f"{self.plural}.{self.group}" if self.group else self.plural
        return f"{kind} {self.namespace}/{self.name}" if self.name else kind

    def path(self, version: str) -> str:
        """Return the path of the list in a version of its group."""
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        return f"{root}/namespaces/{self.namespace}/{self.plural}" if self.namespace else f"{root}/{self.plural}"

    def query(self, proceed: str = "", page_size: int = PAGE_SIZE) -> str:
        """Return the query of one page, the first or the one that a continue token begins.

        The server honours a role's resource names for a list only with the selector of the name.
        """
        parts = [f"limit={page_size}"]
        if self.name:
            parts.append(f"fieldSelector={quote(f'metadata.name={self.name}', safe='')}")
        if proceed:
            parts.append(f"continue={quote(proceed, safe='')}")
        return "&".join(parts)


def _of(group: str, version: str, **sections: str) -> tuple[Kind, ...]:
    return tuple(Kind(section=name, group=group, versions=(version,), plural=it) for name, it in sections.items())


def _found(section: str, group: str, plural: str, *versions: str) -> Kind:
    return Kind(section=section, group=group, versions=versions, plural=plural, optional=True)


def _config_map(section: str, namespace: str, name: str) -> Kind:
    return Kind(section=section, group=CORE, versions=("v1",), plural="configmaps", namespace=namespace, name=name)


KINDS: tuple[Kind, ...] = (
    *_of(
        CORE,
        "v1",
        namespaces="namespaces",
        nodes="nodes",
        services="services",
        service_accounts="serviceaccounts",
        persistent_volumes="persistentvolumes",
        persistent_volume_claims="persistentvolumeclaims",
        resource_quotas="resourcequotas",
        limit_ranges="limitranges",
    ),
    _config_map("aws_auth", "kube-system", "aws-auth"),
    _config_map("cni_settings", "kube-system", "amazon-vpc-cni"),
    _config_map("fargate_logging", "aws-observability", "aws-logging"),
    *_of("apps", "v1", deployments="deployments", stateful_sets="statefulsets", daemon_sets="daemonsets"),
    *_of("batch", "v1", jobs="jobs", cron_jobs="cronjobs"),
    *_of("policy", "v1", disruption_budgets="poddisruptionbudgets"),
    *_of("autoscaling", "v2", horizontal_autoscalers="horizontalpodautoscalers"),
    *_of(
        "networking.k8s.io",
        "v1",
        network_policies="networkpolicies",
        ingresses="ingresses",
        ingress_classes="ingressclasses",
    ),
    *_of("storage.k8s.io", "v1", storage_classes="storageclasses", csi_drivers="csidrivers"),
    *_of(
        "rbac.authorization.k8s.io",
        "v1",
        roles="roles",
        role_bindings="rolebindings",
        cluster_roles="clusterroles",
        cluster_role_bindings="clusterrolebindings",
    ),
    *_of(
        "admissionregistration.k8s.io",
        "v1",
        admission_policies="validatingadmissionpolicies",
        admission_bindings="validatingadmissionpolicybindings",
    ),
    *_of("apiregistration.k8s.io", "v1", api_services="apiservices"),
    _found("node_pools", "karpenter.sh", "nodepools", "v1", "v1beta1"),
    _found("ec2_node_classes", "karpenter.k8s.aws", "ec2nodeclasses", "v1", "v1beta1"),
    _found("node_classes", "eks.amazonaws.com", "nodeclasses", "v1"),
    _found("eni_configs", "crd.k8s.amazonaws.com", "eniconfigs", "v1alpha1"),
    _found("vertical_autoscalers", "autoscaling.k8s.io", "verticalpodautoscalers", "v1"),
    _found("scaled_objects", "keda.sh", "scaledobjects", "v1alpha1"),
    _found("ingress_class_params", "elbv2.k8s.aws", "ingressclassparams", "v1beta1"),
    _found("ingress_class_params", "eks.amazonaws.com", "ingressclassparams", "v1"),
    _found("gateways", "gateway.networking.k8s.io", "gateways", "v1", "v1beta1"),
    _found("kyverno_policies", "kyverno.io", "clusterpolicies", "v1", "v2", "v2beta1"),
    _found("constraint_templates", "templates.gatekeeper.sh", "constrainttemplates", "v1", "v1beta1"),
    _found("cilium_policies", "cilium.io", "ciliumclusterwidenetworkpolicies", "v2"),
    _found("calico_policies", "crd.projectcalico.org", "globalnetworkpolicies", "v1"),
    # Last, because the owners of pods are told by the other lists.
    *_of(CORE, "v1", pods="pods"),
)


def kinds_of(sections: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds that fill some sections, in the order in which they are read."""
    wanted = frozenset(sections)
    return tuple(kind for kind in KINDS if kind.section in wanted)
