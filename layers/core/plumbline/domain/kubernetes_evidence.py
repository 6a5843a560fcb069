"""The Kubernetes part of a cluster's evidence (evidence plan D.5): one section for each list that is read.

An API group that a cluster does not have is a fact: the lists of its kinds are collected and empty.
"""

import msgspec

from plumbline.domain.evidence.kubernetes import cluster, networking, policies, rbac, scaling, workloads
from plumbline.domain.evidence.section import NOT_ASKED, Section


class KubernetesEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence plan D.5: what the API server of a cluster lists.

    `api_groups` are the groups that discovery found (the core group is empty) with their versions. `aws_auth`,
    `cni_settings` and `fargate_logging` are ConfigMaps read by name: None when there is none. `jobs` are those that
    no CronJob made.
    """

    api_groups: Section[dict[str, tuple[str, ...]]] = NOT_ASKED
    namespaces: Section[tuple[cluster.Namespace, ...]] = NOT_ASKED
    nodes: Section[tuple[cluster.Node, ...]] = NOT_ASKED
    pods: Section[workloads.Pods] = NOT_ASKED
    services: Section[tuple[networking.Service, ...]] = NOT_ASKED
    service_accounts: Section[tuple[cluster.ServiceAccount, ...]] = NOT_ASKED
    persistent_volumes: Section[tuple[cluster.PersistentVolume, ...]] = NOT_ASKED
    persistent_volume_claims: Section[tuple[cluster.PersistentVolumeClaim, ...]] = NOT_ASKED
    resource_quotas: Section[tuple[cluster.ResourceQuota, ...]] = NOT_ASKED
    limit_ranges: Section[tuple[cluster.LimitRange, ...]] = NOT_ASKED
    aws_auth: Section[cluster.AwsAuthMap | None] = NOT_ASKED
    cni_settings: Section[cluster.CniSettings | None] = NOT_ASKED
    fargate_logging: Section[cluster.FargateLogging | None] = NOT_ASKED
    deployments: Section[tuple[workloads.Workload, ...]] = NOT_ASKED
    stateful_sets: Section[tuple[workloads.Workload, ...]] = NOT_ASKED
    daemon_sets: Section[tuple[workloads.Workload, ...]] = NOT_ASKED
    jobs: Section[tuple[workloads.Workload, ...]] = NOT_ASKED
    cron_jobs: Section[tuple[workloads.Workload, ...]] = NOT_ASKED
    disruption_budgets: Section[tuple[scaling.DisruptionBudget, ...]] = NOT_ASKED
    horizontal_autoscalers: Section[tuple[scaling.HorizontalAutoscaler, ...]] = NOT_ASKED
    network_policies: Section[tuple[networking.NetworkPolicy, ...]] = NOT_ASKED
    ingresses: Section[tuple[networking.Ingress, ...]] = NOT_ASKED
    ingress_classes: Section[tuple[networking.IngressClass, ...]] = NOT_ASKED
    storage_classes: Section[tuple[cluster.StorageClass, ...]] = NOT_ASKED
    csi_drivers: Section[tuple[cluster.CsiDriver, ...]] = NOT_ASKED
    roles: Section[tuple[rbac.Role, ...]] = NOT_ASKED
    role_bindings: Section[tuple[rbac.RoleBinding, ...]] = NOT_ASKED
    cluster_roles: Section[tuple[rbac.Role, ...]] = NOT_ASKED
    cluster_role_bindings: Section[tuple[rbac.RoleBinding, ...]] = NOT_ASKED
    admission_policies: Section[tuple[policies.AdmissionPolicy, ...]] = NOT_ASKED
    admission_bindings: Section[tuple[policies.AdmissionBinding, ...]] = NOT_ASKED
    api_services: Section[tuple[cluster.ApiService, ...]] = NOT_ASKED
    node_pools: Section[tuple[scaling.NodePool, ...]] = NOT_ASKED
    ec2_node_classes: Section[tuple[scaling.Ec2NodeClass, ...]] = NOT_ASKED
    node_classes: Section[tuple[scaling.NodeClass, ...]] = NOT_ASKED
    eni_configs: Section[tuple[scaling.EniConfig, ...]] = NOT_ASKED
    vertical_autoscalers: Section[tuple[scaling.VerticalAutoscaler, ...]] = NOT_ASKED
    scaled_objects: Section[tuple[scaling.ScaledObject, ...]] = NOT_ASKED
    ingress_class_params: Section[tuple[networking.IngressClassParams, ...]] = NOT_ASKED
    gateways: Section[tuple[networking.Gateway, ...]] = NOT_ASKED
    kyverno_policies: Section[tuple[policies.KyvernoPolicy, ...]] = NOT_ASKED
    constraint_templates: Section[tuple[policies.ConstraintTemplate, ...]] = NOT_ASKED
    cilium_policies: Section[tuple[policies.CiliumPolicy, ...]] = NOT_ASKED
    calico_policies: Section[tuple[policies.CalicoPolicy, ...]] = NOT_ASKED


KUBERNETES_SECTIONS = KubernetesEvidence.__struct_fields__
