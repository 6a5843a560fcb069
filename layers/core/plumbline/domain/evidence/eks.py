"""EKS evidence: the members of the EKS API's answers that controls read, under the API's own names."""

import re
from datetime import datetime

import msgspec

from plumbline.domain.errors import EvidenceUnreadable

_VERSION = re.compile(r"1\.(\d{1,3})", re.ASCII)


class _Answer(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Unknown members of an answer are skipped while decoding; a required one that is absent is an error."""


TRANSITIONAL = frozenset({"CREATING", "UPDATING", "DELETING", "PENDING"})


class LogSetup(_Answer, frozen=True):
    """One entry of `clusterLogging`: the same types may be split over several entries."""

    types: tuple[str, ...] = ()
    enabled: bool = False


class Logging(_Answer, frozen=True):
    """Control-plane logging."""

    cluster_logging: tuple[LogSetup, ...] = ()


class KeyProvider(_Answer, frozen=True):
    """The KMS key of an encryption configuration."""

    key_arn: str | None = None


class EncryptionConfig(_Answer, frozen=True):
    """Which resources a key wraps."""

    resources: tuple[str, ...] = ()
    provider: KeyProvider = KeyProvider()


class VpcConfig(_Answer, frozen=True):
    """Network placement of the control plane."""

    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    cluster_security_group_id: str | None = None
    endpoint_public_access: bool | None = None
    endpoint_private_access: bool | None = None
    public_access_cidrs: tuple[str, ...] = ()


class HealthIssue(_Answer, frozen=True):
    """A problem EKS itself reports."""

    code: str = ""
    message: str = ""
    resource_ids: tuple[str, ...] = ()


class Health(_Answer, frozen=True):
    """The problems EKS reports of a cluster, node group, add-on or profile."""

    issues: tuple[HealthIssue, ...] = ()


class AccessConfig(_Answer, frozen=True):
    """How principals reach the Kubernetes API."""

    authentication_mode: str | None = None
    bootstrap_cluster_creator_admin_permissions: bool | None = None


class Oidc(_Answer, frozen=True):
    """The cluster's OpenID Connect issuer."""

    issuer: str | None = None


class Identity(_Answer, frozen=True):
    """The cluster's identity for workload roles."""

    oidc: Oidc | None = None


class KubernetesNetwork(_Answer, frozen=True):
    """The addresses of services and pods."""

    ip_family: str | None = None


class UpgradePolicy(_Answer, frozen=True):
    """What EKS does when standard support ends."""

    support_type: str | None = None


class ComputeConfig(_Answer, frozen=True):
    """Auto Mode."""

    enabled: bool = False
    node_pools: tuple[str, ...] = ()
    node_role_arn: str | None = None


class Cluster(_Answer, frozen=True):
    """`eks:DescribeCluster -> cluster`."""

    name: str
    arn: str
    status: str
    version: str
    created_at: datetime | None = None
    platform_version: str | None = None
    endpoint: str | None = None
    role_arn: str | None = None
    logging: Logging = Logging()
    encryption_config: tuple[EncryptionConfig, ...] = ()
    resources_vpc_config: VpcConfig = VpcConfig()
    upgrade_policy: UpgradePolicy | None = None
    access_config: AccessConfig | None = None
    identity: Identity | None = None
    kubernetes_network_config: KubernetesNetwork | None = None
    compute_config: ComputeConfig | None = None
    deletion_protection: bool | None = None
    health: Health = Health()
    # Set where nodes outside AWS may join, which no AWS listing shows.
    remote_network_config: dict[str, object] | None = None
    # An Outposts cluster has a version list of its own.
    outpost_config: dict[str, object] | None = None
    tags: dict[str, str] = {}

    @property
    def minor(self) -> int:
        """The minor number of the Kubernetes version, as an integer."""
        return minor_of(self.version)

    @property
    def enabled_log_types(self) -> frozenset[str]:
        """The union over all entries: EKS may answer one entry for enabled and one for disabled types."""
        return frozenset(kind for setup in self.logging.cluster_logging if setup.enabled for kind in setup.types)

    @property
    def secrets_key_arn(self) -> str | None:
        """The KMS key that wraps `secrets`, when one is configured."""
        arns = (config.provider.key_arn for config in self.encryption_config if "secrets" in config.resources)
        return next((arn for arn in arns if arn), None)

    @property
    def issuer(self) -> str | None:
        """The OpenID Connect issuer's URL, when the cluster has one."""
        return self.identity.oidc.issuer if self.identity and self.identity.oidc else None

    @property
    def authentication_mode(self) -> str | None:
        """API, API_AND_CONFIG_MAP or CONFIG_MAP; None when the answer does not say."""
        return self.access_config.authentication_mode if self.access_config else None

    @property
    def auto_mode(self) -> bool:
        """Whether EKS Auto Mode runs the compute."""
        return self.compute_config is not None and self.compute_config.enabled


class ScalingConfig(_Answer, frozen=True):
    """Sizes of a node group, in nodes."""

    min_size: int | None = None
    max_size: int | None = None
    desired_size: int | None = None


class UpdateConfig(_Answer, frozen=True):
    """How many nodes an update takes away at once."""

    max_unavailable: int | None = None
    max_unavailable_percentage: int | None = None
    update_strategy: str | None = None


class RemoteAccess(_Answer, frozen=True):
    """SSH access that EKS sets up."""

    ec2_ssh_key: str | None = None
    source_security_groups: tuple[str, ...] = ()


class LaunchTemplateReference(_Answer, frozen=True):
    """The customer's launch template of a node group."""

    id: str | None = None
    name: str | None = None
    version: str | None = None


class NamedGroup(_Answer, frozen=True):
    """An Auto Scaling group by name."""

    name: str


class NodeGroupResources(_Answer, frozen=True):
    """What EKS created for a node group."""

    auto_scaling_groups: tuple[NamedGroup, ...] = ()
    remote_access_security_group: str | None = None


class NodeRepair(_Answer, frozen=True):
    """Automatic repair of unhealthy nodes."""

    enabled: bool = False


class NodeTaint(_Answer, frozen=True):
    """A taint that EKS puts on the nodes of a group; the effect is written `NO_SCHEDULE`."""

    key: str = ""
    value: str = ""
    effect: str = ""


class NodeGroup(_Answer, frozen=True):
    """`eks:DescribeNodegroup -> nodegroup`."""

    nodegroup_name: str
    nodegroup_arn: str
    status: str
    version: str | None = None
    release_version: str | None = None
    ami_type: str | None = None
    capacity_type: str | None = None
    instance_types: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    node_role: str | None = None
    scaling_config: ScalingConfig = ScalingConfig()
    update_config: UpdateConfig | None = None
    remote_access: RemoteAccess | None = None
    launch_template: LaunchTemplateReference | None = None
    resources: NodeGroupResources = NodeGroupResources()
    health: Health = Health()
    node_repair_config: NodeRepair | None = None
    labels: dict[str, str] = {}
    taints: tuple[NodeTaint, ...] = ()
    tags: dict[str, str] = {}

    @property
    def auto_scaling_group_names(self) -> tuple[str, ...]:
        """The Auto Scaling groups that EKS runs for this node group."""
        return tuple(group.name for group in self.resources.auto_scaling_groups)


class FargateSelector(_Answer, frozen=True):
    """Which pods run on Fargate: those of a namespace (`*` and `?` are wildcards) that have all of the labels."""

    namespace: str = ""
    labels: dict[str, str] = {}


class FargateProfile(_Answer, frozen=True):
    """`eks:DescribeFargateProfile -> fargateProfile`."""

    fargate_profile_name: str
    fargate_profile_arn: str
    status: str
    pod_execution_role_arn: str | None = None
    selectors: tuple[FargateSelector, ...] = ()
    subnets: tuple[str, ...] = ()
    health: Health = Health()
    tags: dict[str, str] = {}


class Addon(_Answer, frozen=True):
    """`eks:DescribeAddon -> addon`.

    Of its configuration, which may hold anything, only the switches that controls read are kept; None when it could not
    be understood.
    """

    addon_name: str
    addon_version: str
    status: str
    addon_arn: str = ""
    health: Health = Health()
    switches: dict[str, bool] | None = {}
    service_account_role_arn: str | None = None
    pod_identity_associations: tuple[str, ...] = ()


class AccessScope(_Answer, frozen=True):
    """Where an access policy holds: the whole cluster, or some namespaces."""

    type: str = ""
    namespaces: tuple[str, ...] = ()


class AccessPolicy(_Answer, frozen=True):
    """`eks:ListAssociatedAccessPolicies -> associatedAccessPolicies[]`."""

    policy_arn: str
    access_scope: AccessScope = AccessScope()


class PodIdentity(_Answer, frozen=True):
    """`eks:DescribePodIdentityAssociation -> association`: the listing has no role."""

    association_id: str
    namespace: str = ""
    service_account: str = ""
    role_arn: str = ""
    target_role_arn: str | None = None
    disable_session_tags: bool | None = None
    policy: str | None = None


class InsightStatus(_Answer, frozen=True):
    """The state of an insight: PASSING, WARNING, ERROR or UNKNOWN."""

    status: str = ""
    reason: str = ""


class ClientStat(_Answer, frozen=True):
    """A client that called a deprecated API in the last 30 days."""

    user_agent: str = ""
    last_request_time: datetime | None = None


class Deprecation(_Answer, frozen=True):
    """Use of a deprecated API."""

    usage: str = ""
    stop_serving_version: str = ""
    client_stats: tuple[ClientStat, ...] = ()


class AddonCompatibility(_Answer, frozen=True):
    """An add-on named by an insight."""

    name: str = ""


class InsightSummary(_Answer, frozen=True):
    """Details by category."""

    deprecation_details: tuple[Deprecation, ...] = ()
    addon_compatibility_details: tuple[AddonCompatibility, ...] = ()


class InsightResource(_Answer, frozen=True):
    """A resource named by an insight."""

    kubernetes_resource_uri: str | None = None
    arn: str | None = None


class Insight(_Answer, frozen=True):
    """`eks:ListInsights -> insights[]`, completed by `eks:DescribeInsight` when it is not PASSING."""

    id: str
    name: str = ""
    category: str = ""
    kubernetes_version: str | None = None
    last_refresh_time: datetime | None = None
    insight_status: InsightStatus = InsightStatus()
    recommendation: str = ""
    resources: tuple[InsightResource, ...] = ()
    category_specific_summary: InsightSummary = InsightSummary()


class ClusterVersion(_Answer, frozen=True):
    """`eks:DescribeClusterVersions -> clusterVersions[]`: the support calendar, which AWS keeps and we never do."""

    cluster_version: str
    cluster_type: str = "eks"
    version_status: str | None = None
    end_of_standard_support_date: datetime | None = None
    end_of_extended_support_date: datetime | None = None


class Compatibility(_Answer, frozen=True):
    """A cluster version that an add-on version fits."""

    cluster_version: str
    default_version: bool = False


class AddonVersionInfo(_Answer, frozen=True):
    """A version of an add-on on offer."""

    addon_version: str
    compatibilities: tuple[Compatibility, ...] = ()
    requires_iam_permissions: bool = False


class AddonInfo(_Answer, frozen=True):
    """`eks:DescribeAddonVersions -> addons[]`."""

    addon_name: str
    addon_versions: tuple[AddonVersionInfo, ...] = ()


def minor_of(version: str) -> int:
    """Return the minor number of `1.NN` as an integer.

    Raises:
        EvidenceUnreadable: the text is not a Kubernetes version.

    """
    found = _VERSION.fullmatch(version)
    if found is None:
        raise EvidenceUnreadable(f"{version!r} is not a Kubernetes version like 1.NN")
    return int(found[1])
