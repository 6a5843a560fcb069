"""What the data files of the example fleet may say of clusters. Defaults are the compliant choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from local.fleet.manifest import AccountId, Days, Ingress, Manifest, MetadataOptions, Minor

LogType = Literal["api", "audit", "authenticator", "controllerManager", "scheduler"]
_ALL_LOGS: tuple[LogType, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class HealthIssue(Manifest):
    """A health issue that EKS reports."""

    code: str
    message: str


class LaunchTemplate(Manifest):
    """A customer's launch template: the version a group uses, the default and the latest one."""

    name: str
    used: int = 1
    default: int = 1
    latest: int = 1
    key_pair: str | None = None
    public_address: bool = False


class RemoteAccess(Manifest):
    """SSH access that EKS opens."""

    key_pair: str
    source_groups: tuple[str, ...] = ()


class Nodegroup(Manifest):
    """A managed node group. Without a `template` EKS makes one, which allows two metadata hops.

    `encrypted_volumes` null leaves the choice to the account's default. `old_nodes` of the nodes still
    run what they were started with: optional tokens and the first template version. `night_size` is the size that
    a scheduled action gives the group every night.
    """

    name: str
    version: Minor | None = None
    ami_type: str = "AL2023_x86_64_STANDARD"
    release_age: Days = 6
    release: str = ""
    image_age: Days = 20
    instance_types: tuple[str, ...] = ("m7i.large",)
    capacity: Literal["ON_DEMAND", "SPOT"] = "ON_DEMAND"
    sizes: tuple[int, int, int] = (2, 3, 6)
    zones: tuple[str, ...] = ("a", "b", "c")
    public: bool = False
    template: LaunchTemplate | None = LaunchTemplate(name="hardened-nodes")
    metadata: MetadataOptions = MetadataOptions()
    encrypted_volumes: bool | None = True
    volume_type: Literal["gp2", "gp3"] = "gp3"
    ingress: tuple[Ingress, ...] = ()
    night_size: int | None = None
    node_age: Days = 12
    old_nodes: int = 0
    status: Literal["ACTIVE", "CREATING", "UPDATING", "DEGRADED", "CREATE_FAILED"] = "ACTIVE"
    issues: tuple[HealthIssue, ...] = ()
    remote_access: RemoteAccess | None = None
    max_unavailable: int | None = 1
    max_unavailable_percentage: int | None = None
    repair: bool = True
    tags: dict[str, str] | None = None
    labels: Mapping[str, str] = {}
    taints: Mapping[str, str] = {}
    max_pods: int | None = None


class SelfManagedGroup(Manifest):
    """An Auto Scaling group of nodes that EKS does not manage."""

    name: str
    version: Minor | None = None
    zones: tuple[str, ...] = ("a", "b", "c")
    size: int = 2
    instance_types: tuple[str, ...] = ("m7i.large",)
    metadata: MetadataOptions = MetadataOptions()
    encrypted_volumes: bool | None = True
    image_age: Days = 20
    node_age: Days = 12
    lifecycle_hook: bool = True
    autoscaled: bool = False
    suspended: tuple[str, ...] = ("AZRebalance",)
    launch_configuration: bool = False
    scaling_policy: bool = False


class NodePool(Manifest):
    """The instances of a NodePool of Karpenter or, in a cluster with Auto Mode, of EKS itself."""

    name: str
    zones: tuple[str, ...] = ("a", "b", "c")
    size: int = 2
    instance_types: tuple[str, ...] = ("m7i.large",)
    metadata: MetadataOptions = MetadataOptions()
    node_age: Days = 12
    version: Minor | None = None


class Addon(Manifest):
    """An installed add-on; without a version, the default one, and without settings, those that controls ask for."""

    name: str
    version: str = ""
    settings: dict[str, str] | None = None
    status: Literal["ACTIVE", "CREATING", "UPDATING", "DEGRADED", "UPDATE_FAILED"] = "ACTIVE"
    issues: tuple[HealthIssue, ...] = ()


class FargateProfile(Manifest):
    """A Fargate profile."""

    name: str
    namespace: str = "default"
    status: Literal["ACTIVE", "CREATE_FAILED"] = "ACTIVE"
    issues: tuple[HealthIssue, ...] = ()
    public: bool = False
    tags: dict[str, str] | None = None


class AccessEntry(Manifest):
    """Who may enter: a role or a user, of the cluster's account unless another is named, with an access policy."""

    principal: str
    account: AccountId | None = None
    policy: str | None = "AmazonEKSClusterAdminPolicy"
    groups: tuple[str, ...] = ()


class PodIdentity(Manifest):
    """The role of a service account; `bound` when its trust names the cluster."""

    namespace: str
    service_account: str
    role: str
    bound: bool = True


class ServiceAccountRole(Manifest):
    """A role that trusts the cluster's OIDC provider for a subject `namespace:name`, or for any without one."""

    role: str
    subject: str | None
    audience: bool = True


class Insight(Manifest):
    """A cluster insight."""

    name: str
    category: Literal["UPGRADE_READINESS", "MISCONFIGURATION", "ROLLBACK_READINESS"] = "UPGRADE_READINESS"
    status: Literal["PASSING", "WARNING", "ERROR", "UNKNOWN"] = "PASSING"
    reason: str = ""
    refreshed_hours_ago: int = 5
    deprecated_api: str = ""
    user_agent: str = ""


class LogGroup(Manifest):
    """The log group of the control plane."""

    retention_days: int | None = 365
    encrypted: bool = False


class Volume(Manifest):
    """The volume of a claim."""

    encrypted: bool = True
    kind: Literal["gp2", "gp3"] = "gp3"
    attached: bool = True
    age: Days = 80


class Endpoint(Manifest):
    """How the API server is reached."""

    public: bool = False
    private: bool = True
    cidrs: tuple[str, ...] = ()


class Cluster(Manifest):
    """An EKS cluster with everything below it.

    It stands in the private subnets of its VPC, of all zones or `zones`. Roles, security groups and access entries
    that EKS makes are not said, nor that of Plumbline's reader where `reader` is true. `fargate_role` is how the
    trust of the Fargate role is: bound to the cluster, loose, or no role at all.
    """

    name: str
    account: AccountId
    region: str
    vpc: str
    version: Minor
    tags: dict[str, str]
    age: Days = 300
    status: Literal["ACTIVE", "CREATING", "UPDATING", "FAILED"] = "ACTIVE"
    issues: tuple[HealthIssue, ...] = ()
    support: Literal["STANDARD", "EXTENDED"] = "STANDARD"
    deletion_protection: bool = True
    auto_mode: bool = False
    authentication_mode: Literal["API", "API_AND_CONFIG_MAP", "CONFIG_MAP"] = "API"
    endpoint: Endpoint = Endpoint()
    zones: tuple[str, ...] | None = None
    public_subnets: bool = False
    ingress: tuple[Ingress, ...] = ()
    logs: tuple[LogType, ...] = _ALL_LOGS
    log_group: LogGroup | None = LogGroup()
    key: str | None = None
    cluster_policies: tuple[str, ...] = ("AmazonEKSClusterPolicy",)
    fargate_role: Literal["bound", "loose"] | None = "bound"
    node_policies: tuple[str, ...] = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
    nodegroups: tuple[Nodegroup, ...] = ()
    self_managed_groups: tuple[SelfManagedGroup, ...] = ()
    node_pools: tuple[NodePool, ...] = ()
    hybrid_nodes: int = 0
    fargate_profiles: tuple[FargateProfile, ...] = ()
    addons: tuple[Addon, ...] = (
        Addon(name="vpc-cni"),
        Addon(name="coredns"),
        Addon(name="kube-proxy"),
        Addon(name="eks-pod-identity-agent"),
    )
    access_entries: tuple[AccessEntry, ...] = (
        AccessEntry(principal="role/deploy"),
        AccessEntry(principal="role/platform-admins"),
    )
    reader: bool = True
    pod_identities: tuple[PodIdentity, ...] = ()
    oidc_provider: bool = False
    service_account_roles: tuple[ServiceAccountRole, ...] = ()
    identity_providers: tuple[str, ...] = ()
    capabilities: tuple[Literal["ACK", "ARGOCD", "KRO"], ...] = ()
    insights: tuple[Insight, ...] = (Insight(name="Deprecated APIs removed in the next Kubernetes version"),)
    volumes: tuple[Volume, ...] = (Volume(),)


class Clusters(Manifest):
    """The file of clusters."""

    clusters: tuple[Cluster, ...]
