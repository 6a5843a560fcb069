"""Nodes, namespaces, storage and limits, under the API's own names."""

from datetime import datetime

import msgspec

from plumbline.domain.evidence.kubernetes.objects import AnnotatedMeta, Answer, Condition, Named, Requirement


class Namespace(Named, frozen=True):
    """A namespace."""


class Taint(Answer, frozen=True):
    """What keeps pods off a node."""

    key: str = ""
    value: str = ""
    effect: str = ""


class NodeSpec(Answer, frozen=True):
    """What a node was told."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    provider_id: str = ""


class NodeInfo(Answer, frozen=True):
    """What runs on a node."""

    kubelet_version: str = ""
    os_image: str = ""
    operating_system: str = ""
    kernel_version: str = ""
    architecture: str = ""


class NodeStatus(Answer, frozen=True):
    """The state of a node; quantities as written, by resource name."""

    allocatable: dict[str, str] = {}
    capacity: dict[str, str] = {}
    conditions: tuple[Condition, ...] = ()
    node_info: NodeInfo = NodeInfo()


class Node(Named, frozen=True):
    """A node."""

    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def labels(self) -> dict[str, str]:
        """The node's labels."""
        return self.metadata.labels

    @property
    def ready(self) -> bool:
        """Whether the kubelet says so."""
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)

    @property
    def zone(self) -> str:
        """The Availability Zone, or empty."""
        return self.labels.get("topology.kubernetes.io/zone", "")


class ServiceAccount(Answer, frozen=True):
    """A service account."""

    metadata: AnnotatedMeta
    automount_service_account_token: bool | None = None

    @property
    def role_arn(self) -> str:
        """The IAM role of its pods by annotation, or empty."""
        return self.metadata.annotations.get("eks.amazonaws.com/role-arn", "")


class CsiVolume(Answer, frozen=True):
    """A volume of a CSI driver."""

    driver: str = ""
    volume_handle: str = ""
    volume_attributes: dict[str, str] = {}


class ElasticBlockStore(Answer, frozen=True):
    """An EBS volume of the provisioner that was built into Kubernetes."""

    volume_id: str = msgspec.field(default="", name="volumeID")


class HostPath(Answer, frozen=True):
    """A folder of a node."""

    path: str = ""


class LocalVolume(Answer, frozen=True):
    """A disk of a node."""

    path: str = ""


class Nfs(Answer, frozen=True):
    """A plain NFS share."""

    server: str = ""


class ClaimReference(Answer, frozen=True):
    """The claim that a volume is bound to."""

    namespace: str = ""
    name: str = ""


class NodeTerm(Answer, frozen=True):
    """Expressions that hold together."""

    match_expressions: tuple[Requirement, ...] = ()


class NodeTerms(Answer, frozen=True):
    """Terms of which any will do."""

    node_selector_terms: tuple[NodeTerm, ...] = ()


class VolumeNodeAffinity(Answer, frozen=True):
    """The nodes that can use a volume."""

    required: NodeTerms = NodeTerms()


class PersistentVolumeSpec(Answer, frozen=True):
    """What a volume is."""

    csi: CsiVolume | None = None
    aws_elastic_block_store: ElasticBlockStore | None = None
    host_path: HostPath | None = None
    local: LocalVolume | None = None
    nfs: Nfs | None = None
    storage_class_name: str = ""
    claim_ref: ClaimReference | None = None
    node_affinity: VolumeNodeAffinity | None = None
    mount_options: tuple[str, ...] = ()
    persistent_volume_reclaim_policy: str = ""
    access_modes: tuple[str, ...] = ()
    capacity: dict[str, str] = {}


class VolumeStatus(Answer, frozen=True):
    """The state of a volume; the transition time is told by newer clusters."""

    phase: str = ""
    last_phase_transition_time: datetime | None = None


class PersistentVolume(Named, frozen=True):
    """A persistent volume."""

    spec: PersistentVolumeSpec = PersistentVolumeSpec()
    status: VolumeStatus = VolumeStatus()


class ClaimSpec(Answer, frozen=True):
    """What a claim asks for; a class of None is the default class, an empty one is none."""

    storage_class_name: str | None = None
    volume_name: str = ""
    access_modes: tuple[str, ...] = ()


class ClaimStatus(Answer, frozen=True):
    """The state of a claim."""

    phase: str = ""


class PersistentVolumeClaim(Named, frozen=True):
    """A claim for a volume."""

    spec: ClaimSpec = ClaimSpec()
    status: ClaimStatus = ClaimStatus()


class StorageClass(Answer, frozen=True):
    """A storage class; the API means Immediate when the binding mode is absent."""

    metadata: AnnotatedMeta
    provisioner: str = ""
    parameters: dict[str, str] = {}
    volume_binding_mode: str = "Immediate"
    allow_volume_expansion: bool = False

    @property
    def default(self) -> bool:
        """Whether claims without a class get this one."""
        return self.metadata.annotations.get("storageclass.kubernetes.io/is-default-class") == "true"


class CsiDriver(Named, frozen=True):
    """A registered CSI driver."""


class QuotaSpec(Answer, frozen=True):
    """The ceilings of a namespace, as written, by name."""

    hard: dict[str, str] = {}


class ResourceQuota(Named, frozen=True):
    """A quota of a namespace."""

    spec: QuotaSpec = QuotaSpec()


class LimitItem(Answer, frozen=True):
    """Defaults for one type of thing (Container, Pod, PersistentVolumeClaim)."""

    type: str = ""
    default: dict[str, str] = {}
    default_request: dict[str, str] = {}


class LimitRangeSpec(Answer, frozen=True):
    """The defaults of a namespace."""

    limits: tuple[LimitItem, ...] = ()


class LimitRange(Named, frozen=True):
    """Defaults that the API fills into containers."""

    spec: LimitRangeSpec = LimitRangeSpec()


class ServiceReference(Answer, frozen=True):
    """The Service behind an aggregated API."""

    name: str = ""
    namespace: str = ""


class ApiServiceSpec(Answer, frozen=True):
    """A group and version, and who serves it: None is the API server itself."""

    group: str = ""
    version: str = ""
    service: ServiceReference | None = None


class ApiServiceStatus(Answer, frozen=True):
    """The state of a group and version."""

    conditions: tuple[Condition, ...] = ()


class ApiService(Named, frozen=True):
    """A group and version of the API."""

    spec: ApiServiceSpec = ApiServiceSpec()
    status: ApiServiceStatus = ApiServiceStatus()

    @property
    def available(self) -> bool:
        """Whether it answers."""
        return any(one.type == "Available" and one.status == "True" for one in self.status.conditions)


class AwsAuthMapping(msgspec.Struct, frozen=True):
    """One mapping of the ConfigMap aws-auth: a role's or a user's ARN, and the groups it is put into."""

    arn: str
    username: str = ""
    groups: tuple[str, ...] = ()


class AwsAuthMap(msgspec.Struct, frozen=True, kw_only=True):
    """The ConfigMap kube-system/aws-auth, parsed; `problem` says why a part could not be."""

    roles: tuple[AwsAuthMapping, ...] = ()
    users: tuple[AwsAuthMapping, ...] = ()
    accounts: tuple[str, ...] = ()
    problem: str = ""


class CniSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The switches of the ConfigMap kube-system/amazon-vpc-cni; None where one is absent."""

    network_policy_controller: bool | None = None
    windows_prefix_delegation: bool | None = None


class FargateLogging(msgspec.Struct, frozen=True):
    """The ConfigMap aws-observability/aws-logging: whether it names an output."""

    has_output: bool
