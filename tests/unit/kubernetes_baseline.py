"""What the API server of the compliant cluster lists: one application, the components of the system, three nodes.

Kept small: a test changes one thing of it (`kubernetes_changes`).
"""

from typing import Any

from plumbline.domain.evidence.kubernetes import cluster, networking, policies, rbac, scaling
from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Condition, LabelSelector, Meta, Requirement
from plumbline.domain.evidence.kubernetes.workloads import (
    Container,
    Pod,
    Pods,
    PodTemplate,
    Port,
    PreStop,
    Probe,
    Security,
    SpreadConstraint,
    Workload,
)
from plumbline.domain.kubernetes_evidence import KubernetesEvidence
from tests.unit.names import ACCOUNT, NOW, POD_ROLE, REGION, read

APP, SYSTEM = "payments", "kube-system"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
EKS_REGISTRY = f"602401143452.dkr.ecr.{REGION}.amazonaws.com"
LABELS = {"app.kubernetes.io/name": "api"}
ALL_LABELS = LABELS | {
    "app.kubernetes.io/instance": "api-prod",
    "app.kubernetes.io/version": "1",
    "app.kubernetes.io/part-of": "payments",
    "app.kubernetes.io/managed-by": "helm",
}
HARDENED = Security(
    run_as_non_root=True,
    allow_privilege_escalation=False,
    read_only_root_filesystem=True,
    capabilities_dropped=("ALL",),
    seccomp="RuntimeDefault",
)


def container(name: str = "api", **members: Any) -> Container:
    described: dict[str, Any] = {
        "name": name,
        "image": f"{REGISTRY}/orders@sha256:{'a' * 64}",
        "security": HARDENED,
        "requests": {"cpu": "250m", "memory": "256Mi"},
        "limits": {"memory": "512Mi"},
        "ports": (Port(container_port=8080, name="http"),),
        "readiness": Probe(handler="ready", kind="httpGet"),
        "liveness": Probe(handler="alive", kind="httpGet", failure_threshold=6),
        "pre_stop": PreStop(sleep=5),
    }
    return Container(**(described | members))


def template(*containers: Container, **members: Any) -> PodTemplate:
    described: dict[str, Any] = {
        "labels": ALL_LABELS,
        "containers": containers or (container(),),
        "security": Security(run_as_non_root=True, seccomp="RuntimeDefault"),
        "service_account": "api",
        "automount_token": False,
        "node_selector": {"kubernetes.io/os": "linux"},
        "spread": tuple(
            SpreadConstraint(topology_key=key, selector=LabelSelector(match_labels=LABELS), required=False)
            for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ),
    }
    return PodTemplate(**(described | members))


def workload(kind: str = "Deployment", namespace: str = APP, name: str = "api", **members: Any) -> Workload:
    described: dict[str, Any] = {
        "template": template(),
        "labels": ALL_LABELS,
        "created": NOW,
        "replicas": 2,
        "ready": 2,
        "desired": 2,
        "strategy": "RollingUpdate",
    }
    return Workload(kind=kind, namespace=namespace, name=name, **(described | members))


def component(kind: str, name: str, image: str, **members: Any) -> Workload:
    """A component of the system; an image without a registry is EKS's own."""
    registry = "" if "/" in image and "." in image.split("/", maxsplit=1)[0] else f"{EKS_REGISTRY}/"
    described: dict[str, Any] = {
        "template": PodTemplate(
            labels={"k8s-app": name},
            containers=(Container(name=name, image=registry + image, flags=members.pop("flags", {})),),
            service_account=name,
            host_network=kind == "DaemonSet",
        ),
        "labels": {"k8s-app": name},
        "ready": 3,
        "desired": 3,
    }
    return workload(kind, SYSTEM, name, **(described | members))


def node(name: str, pool: tuple[str, str], zone: str, **members: Any) -> cluster.Node:
    """A node; `pool` is the label that says which pool it is of, and its value."""
    described: dict[str, Any] = {
        "metadata": Meta(
            name=name,
            creation_timestamp=NOW,
            labels={
                pool[0]: pool[1],
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": name,
                "topology.kubernetes.io/zone": zone,
                "node.kubernetes.io/instance-type": "m7i.large",
            },
        ),
        "spec": cluster.NodeSpec(provider_id=f"aws:///{zone}/i-{name}"),
        "status": cluster.NodeStatus(
            allocatable={"cpu": "1930m", "memory": "7Gi", "pods": "29"},
            capacity={"cpu": "2", "memory": "8Gi", "pods": "29"},
            conditions=(Condition(type="Ready", status="True"),),
            node_info=cluster.NodeInfo(
                kubelet_version="v1.33.5-eks-1234567",
                os_image="Amazon Linux 2023.9.20260217",
                operating_system="linux",
                architecture="amd64",
            ),
        ),
    }
    return cluster.Node(**(described | members))


MANAGED = "eks.amazonaws.com/nodegroup"


def nodes() -> tuple[cluster.Node, ...]:
    return (
        node("general", (MANAGED, "general"), f"{REGION}a"),
        node("rocket", (MANAGED, "rocket"), f"{REGION}b"),
        node("workers", ("role", "workers"), f"{REGION}c"),
    )


def pod(owner: Workload, on: str, **members: Any) -> Pod:
    described: dict[str, Any] = {
        "namespace": owner.namespace,
        "owner_kind": owner.kind,
        "owner": owner.name,
        "node": on,
        "phase": "Running",
        "ready": True,
        "host_network": owner.template.host_network,
        "cpu": 500,
        "memory": 2**31,
        "claims": (),
        "provisioned": "",
        "windows": False,
    }
    return Pod(**(described | members))


def deployments() -> tuple[Workload, ...]:
    return (
        workload(),
        component("Deployment", "coredns", "eks/coredns:v1.12.3-eksbuild.1", ready=2, desired=2, replicas=2),
        component("Deployment", "metrics-server", "eks/metrics-server:v0.8.0-eksbuild.2", ready=2, desired=2),
        component(
            "Deployment",
            "cluster-autoscaler",
            "registry.k8s.io/autoscaling/cluster-autoscaler:v1.33.1",
            ready=1,
            desired=1,
            replicas=1,
            flags={
                "node-group-auto-discovery": "asg:tag=k8s.io/cluster-autoscaler/enabled",
                "balance-similar-node-groups": "true",
            },
        ),
        component("Deployment", "draino", "planetlabs/draino:e0d5277", ready=1, desired=1, replicas=1),
    )


def daemon_sets() -> tuple[Workload, ...]:
    return (
        component("DaemonSet", "aws-node", "amazon-k8s-cni:v1.20.4-eksbuild.2"),
        component("DaemonSet", "kube-proxy", "eks/kube-proxy:v1.33.5-eksbuild.2"),
        component("DaemonSet", "fluent-bit", "public.ecr.aws/aws-observability/aws-for-fluent-bit:2.34.0"),
        component("DaemonSet", "cloudwatch-agent", "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300062.0"),
        component("DaemonSet", "aws-guardduty-agent", "aws-guardduty-agent:v1.12.1"),
    )


def pods() -> Pods:
    api, coredns, *_ = deployments()
    return Pods(
        placed=(
            pod(api, "general", claims=("data", "shared")),
            pod(api, "rocket", claims=("shared",)),
            pod(coredns, "general"),
            pod(coredns, "workers"),
        ),
        images=tuple(sorted({one.image for owner in (api, coredns) for one in owner.template.containers})),
    )


def namespaces() -> tuple[cluster.Namespace, ...]:
    labels = {"pod-security.kubernetes.io/enforce": "restricted", "pod-security.kubernetes.io/enforce-version": "v1.33"}
    return (
        cluster.Namespace(metadata=Meta(name="default", labels=labels | {"owner": "platform"})),
        cluster.Namespace(metadata=Meta(name=SYSTEM)),
        cluster.Namespace(metadata=Meta(name=APP, labels=labels | {"owner": "team-payments"})),
    )


def service_account(namespace: str, name: str, **members: Any) -> cluster.ServiceAccount:
    meta = AnnotatedMeta(name=name, namespace=namespace, annotations=members.pop("annotations", {}))
    return cluster.ServiceAccount(metadata=meta, automount_service_account_token=False, **members)


# --- storage

EBS_VOLUME = "vol-1"


def storage_class(name: str = "gp3", **members: Any) -> cluster.StorageClass:
    described: dict[str, Any] = {
        "metadata": AnnotatedMeta(name=name, annotations={"storageclass.kubernetes.io/is-default-class": "true"}),
        "provisioner": "ebs.csi.aws.com",
        "parameters": {"type": "gp3", "encrypted": "true"},
        "volume_binding_mode": "WaitForFirstConsumer",
        "allow_volume_expansion": True,
    }
    return cluster.StorageClass(**(described | members))


def in_zones(*zones: str) -> cluster.VolumeNodeAffinity:
    zone = Requirement(key="topology.kubernetes.io/zone", operator="In", values=zones)
    return cluster.VolumeNodeAffinity(
        required=cluster.NodeTerms(node_selector_terms=(cluster.NodeTerm(match_expressions=(zone,)),))
    )


def volume(name: str, **members: Any) -> cluster.PersistentVolume:
    """A volume that the claim of that name is bound to."""
    described: dict[str, Any] = {
        "claim_ref": cluster.ClaimReference(namespace=APP, name=name),
        "persistent_volume_reclaim_policy": "Delete",
    }
    return cluster.PersistentVolume(
        metadata=Meta(name=f"pv-{name}", creation_timestamp=NOW),
        spec=cluster.PersistentVolumeSpec(**(described | members)),
        status=cluster.VolumeStatus(phase="Bound"),
    )


def volumes() -> tuple[cluster.PersistentVolume, ...]:
    return (
        volume(
            "data",
            csi=cluster.CsiVolume(driver="ebs.csi.aws.com", volume_handle=EBS_VOLUME),
            storage_class_name="gp3",
            access_modes=("ReadWriteOnce",),
            # A regional volume: either of two nodes can mount it.
            node_affinity=in_zones(f"{REGION}a", f"{REGION}b"),
        ),
        volume(
            "shared",
            csi=cluster.CsiVolume(driver="efs.csi.aws.com", volume_handle="fs-1::fsap-1"),
            access_modes=("ReadWriteMany",),
        ),
    )


def claim(name: str, storage_class_name: str | None) -> cluster.PersistentVolumeClaim:
    return cluster.PersistentVolumeClaim(
        metadata=in_app(name),
        spec=cluster.ClaimSpec(storage_class_name=storage_class_name, volume_name=f"pv-{name}"),
        status=cluster.ClaimStatus(phase="Bound"),
    )


def csi_drivers() -> tuple[cluster.CsiDriver, ...]:
    return tuple(cluster.CsiDriver(metadata=Meta(name=f"{name}.csi.aws.com")) for name in ("ebs", "efs"))


def services() -> tuple[networking.Service, ...]:
    return (
        networking.Service(
            metadata=AnnotatedMeta(name="api", namespace=APP),
            spec=networking.ServiceSpec(
                selector=LABELS, ports=(networking.ServicePort(port=80, name="http", target_port="http"),)
            ),
        ),
    )


def vertical_autoscaler(mode: str = "Off", **target: str) -> scaling.VerticalAutoscaler:
    """A recommendation for the application; `target` is per resource."""
    amounts = {"cpu": "200m", "memory": "256Mi"} | target
    recommended = (scaling.ContainerRecommendation(container_name="api", target=amounts),)
    return scaling.VerticalAutoscaler(
        metadata=in_app("api"),
        spec=scaling.VerticalSpec(
            target_ref=scaling.TargetReference(kind="Deployment", name="api"),
            update_policy=scaling.UpdatePolicy(update_mode=mode),
        ),
        status=scaling.VerticalStatus(recommendation=scaling.Recommendation(container_recommendations=recommended)),
    )


def edge() -> tuple[networking.Service, ...]:
    """What the cluster offers outside by a load balancer of its own: inside the VPC, encrypted, in two zones."""
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    annotations = {
        f"{prefix}subnets": "subnet-a, subnet-b",
        f"{prefix}attributes": "load_balancing.cross_zone.enabled=true",
        f"{prefix}ssl-cert": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
    }
    spec = networking.ServiceSpec(
        type="LoadBalancer",
        load_balancer_class="service.k8s.aws/nlb",
        selector=LABELS,
        ports=(networking.ServicePort(port=443, target_port="http"),),
    )
    return (networking.Service(metadata=AnnotatedMeta(name="edge", namespace=APP, annotations=annotations), spec=spec),)


def ingresses() -> tuple[networking.Ingress, ...]:
    prefix = "alb.ingress.kubernetes.io/"
    annotations = {
        f"{prefix}scheme": "internet-facing",
        f"{prefix}subnets": "subnet-a,subnet-b",
        f"{prefix}certificate-arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
        f"{prefix}wafv2-acl-arn": f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/shop/1",
    }
    point = networking.IngressPoint(hostname="shop.example.com")
    return (
        networking.Ingress(
            metadata=AnnotatedMeta(name="shop", namespace=APP, annotations=annotations),
            spec=networking.IngressSpec(ingress_class_name="alb"),
            status=networking.BalancedStatus(load_balancer=networking.Balancer(ingress=(point,))),
        ),
    )


def ingress_classes() -> tuple[networking.IngressClass, ...]:
    spec = networking.IngressClassSpec(controller="ingress.k8s.aws/alb")
    return (networking.IngressClass(metadata=AnnotatedMeta(name="alb"), spec=spec),)


def cluster_roles() -> tuple[rbac.Role, ...]:
    built_in = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    everything = rbac.PolicyRule(verbs=("*",), resources=("*",), api_groups=("*",))
    watching = rbac.PolicyRule(verbs=("get", "list"), resources=("pods",), api_groups=("",))
    return (
        rbac.Role(metadata=Meta(name="cluster-admin", labels=built_in), rules=(everything,)),
        rbac.Role(metadata=Meta(name="watcher"), rules=(watching,)),
    )


def in_app(name: str) -> Meta:
    return Meta(name=name, namespace=APP)


def compliant_kubernetes() -> KubernetesEvidence:
    nothing: tuple[Any, ...] = ()
    return KubernetesEvidence(
        api_groups=read({"": ("v1",), "apps": ("v1",), "autoscaling.k8s.io": ("v1",), "metrics.k8s.io": ("v1beta1",)}),
        namespaces=read(namespaces()),
        nodes=read(nodes()),
        pods=read(pods()),
        services=read((*services(), *edge())),
        service_accounts=read(
            (
                service_account("default", "default"),
                service_account(APP, "default"),
                service_account(APP, "api", annotations={"eks.amazonaws.com/role-arn": POD_ROLE}),
            )
        ),
        persistent_volumes=read(volumes()),
        persistent_volume_claims=read((claim("data", "gp3"), claim("shared", ""))),
        resource_quotas=read(
            (
                cluster.ResourceQuota(
                    metadata=in_app("quota"), spec=cluster.QuotaSpec(hard={"requests.cpu": "20", "pods": "100"})
                ),
            )
        ),
        limit_ranges=read(
            (
                cluster.LimitRange(
                    metadata=in_app("defaults"),
                    spec=cluster.LimitRangeSpec(
                        limits=(
                            cluster.LimitItem(
                                type="Container",
                                default={"memory": "512Mi"},
                                default_request={"cpu": "100m", "memory": "128Mi"},
                            ),
                        )
                    ),
                ),
            )
        ),
        aws_auth=read(None),
        cni_settings=read(cluster.CniSettings(network_policy_controller=True)),
        fargate_logging=read(cluster.FargateLogging(has_output=True)),
        deployments=read(deployments()),
        stateful_sets=read(nothing),
        daemon_sets=read(daemon_sets()),
        jobs=read(nothing),
        cron_jobs=read(nothing),
        disruption_budgets=read(
            (
                scaling.DisruptionBudget(
                    metadata=in_app("api"),
                    spec=scaling.BudgetSpec(selector=LabelSelector(match_labels=LABELS), max_unavailable=1),
                    status=scaling.BudgetStatus(disruptions_allowed=1, expected_pods=2),
                ),
            )
        ),
        horizontal_autoscalers=read(
            (
                scaling.HorizontalAutoscaler(
                    metadata=in_app("api"),
                    spec=scaling.HorizontalSpec(
                        scale_target_ref=scaling.TargetReference(kind="Deployment", name="api"),
                        min_replicas=2,
                        max_replicas=10,
                        metrics=(scaling.Metric(type="Resource", resource=scaling.ResourceMetric(name="cpu")),),
                    ),
                    status=scaling.HorizontalStatus(
                        current_replicas=2,
                        conditions=(
                            Condition(type="AbleToScale", status="True"),
                            Condition(type="ScalingActive", status="True"),
                            Condition(type="ScalingLimited", status="False"),
                        ),
                    ),
                ),
            )
        ),
        network_policies=read(
            (
                networking.NetworkPolicy(
                    metadata=in_app("default-deny"), spec=networking.NetworkPolicySpec(policy_types=("Ingress",))
                ),
            )
        ),
        ingresses=read(ingresses()),
        ingress_classes=read(ingress_classes()),
        storage_classes=read((storage_class(),)),
        csi_drivers=read(csi_drivers()),
        roles=read(nothing),
        role_bindings=read(nothing),
        cluster_roles=read(cluster_roles()),
        cluster_role_bindings=read(
            (
                rbac.RoleBinding(
                    metadata=Meta(name="cluster-admin", labels={"kubernetes.io/bootstrapping": "rbac-defaults"}),
                    role_ref=rbac.RoleReference(kind="ClusterRole", name="cluster-admin"),
                    subjects=(rbac.RbacSubject(kind="Group", name="system:masters"),),
                ),
            )
        ),
        admission_policies=read(
            (
                policies.AdmissionPolicy(
                    metadata=Meta(name="owners"), spec=policies.AdmissionPolicySpec(failure_policy="Fail")
                ),
            )
        ),
        admission_bindings=read(
            (
                policies.AdmissionBinding(
                    metadata=Meta(name="owners"),
                    spec=policies.AdmissionBindingSpec(policy_name="owners", validation_actions=("Deny",)),
                ),
            )
        ),
        api_services=read(
            (
                cluster.ApiService(
                    metadata=Meta(name="v1beta1.metrics.k8s.io"),
                    spec=cluster.ApiServiceSpec(
                        group="metrics.k8s.io",
                        version="v1beta1",
                        service=cluster.ServiceReference(name="metrics-server", namespace=SYSTEM),
                    ),
                    status=cluster.ApiServiceStatus(conditions=(Condition(type="Available", status="True"),)),
                ),
            )
        ),
        node_pools=read(nothing),
        ec2_node_classes=read(nothing),
        node_classes=read(nothing),
        eni_configs=read(nothing),
        vertical_autoscalers=read((vertical_autoscaler(),)),
        scaled_objects=read(nothing),
        ingress_class_params=read(nothing),
        gateways=read(nothing),
        kyverno_policies=read(nothing),
        constraint_templates=read(nothing),
        cilium_policies=read(nothing),
        calico_policies=read(nothing),
    )
