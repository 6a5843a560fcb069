"""Autoscalers, disruption budgets, and the node pools of Karpenter and Auto Mode, under the API's own names."""

from plumbline.domain.evidence.kubernetes.cluster import Taint
from plumbline.domain.evidence.kubernetes.objects import Answer, Condition, LabelSelector, Named, Requirement


class TargetReference(Answer, frozen=True):
    """What is scaled."""

    kind: str = ""
    name: str = ""


class ResourceMetric(Answer, frozen=True):
    """A metric of the containers: cpu or memory."""

    name: str = ""
    container: str = ""


class Metric(Answer, frozen=True):
    """What a HorizontalPodAutoscaler scales on."""

    type: str = ""
    resource: ResourceMetric | None = None
    container_resource: ResourceMetric | None = None


class HorizontalSpec(Answer, frozen=True):
    """The bounds; the API means 1 when the minimum is absent."""

    scale_target_ref: TargetReference = TargetReference()
    min_replicas: int = 1
    max_replicas: int = 0
    metrics: tuple[Metric, ...] = ()


class HorizontalStatus(Answer, frozen=True):
    """The state of an autoscaler."""

    current_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class HorizontalAutoscaler(Named, frozen=True):
    """A HorizontalPodAutoscaler."""

    spec: HorizontalSpec = HorizontalSpec()
    status: HorizontalStatus = HorizontalStatus()


class BudgetSpec(Answer, frozen=True):
    """What may be disrupted: a number, or a percentage as text."""

    selector: LabelSelector | None = None
    min_available: int | str | None = None
    max_unavailable: int | str | None = None


class BudgetStatus(Answer, frozen=True):
    """What may be disrupted now."""

    disruptions_allowed: int = 0
    expected_pods: int = 0


class DisruptionBudget(Named, frozen=True):
    """A PodDisruptionBudget."""

    spec: BudgetSpec = BudgetSpec()
    status: BudgetStatus = BudgetStatus()


class UpdatePolicy(Answer, frozen=True):
    """Whether a VerticalPodAutoscaler acts; absent means that it does."""

    update_mode: str = "Auto"


class VerticalSpec(Answer, frozen=True):
    """What a VerticalPodAutoscaler watches."""

    target_ref: TargetReference = TargetReference()
    update_policy: UpdatePolicy = UpdatePolicy()


class ContainerRecommendation(Answer, frozen=True):
    """What a container should ask for; quantities as written."""

    container_name: str = ""
    target: dict[str, str] = {}


class Recommendation(Answer, frozen=True):
    """What the containers of a target should ask for."""

    container_recommendations: tuple[ContainerRecommendation, ...] = ()


class VerticalStatus(Answer, frozen=True):
    """The state of a VerticalPodAutoscaler."""

    recommendation: Recommendation | None = None


class VerticalAutoscaler(Named, frozen=True):
    """A VerticalPodAutoscaler."""

    spec: VerticalSpec = VerticalSpec()
    status: VerticalStatus = VerticalStatus()


class Trigger(Answer, frozen=True):
    """What KEDA scales on."""

    type: str = ""


class ScaledSpec(Answer, frozen=True):
    """What KEDA scales; the kind is Deployment when absent."""

    scale_target_ref: TargetReference = TargetReference()
    triggers: tuple[Trigger, ...] = ()


class ScaledObject(Named, frozen=True):
    """A ScaledObject of KEDA."""

    spec: ScaledSpec = ScaledSpec()


class PoolRequirement(Requirement, frozen=True):
    """A requirement on the nodes of a pool."""

    min_values: int = 0


class NodeClassReference(Answer, frozen=True):
    """The class that a pool's nodes are made from."""

    group: str = ""
    kind: str = ""
    name: str = ""


class PoolTemplateMeta(Answer, frozen=True):
    """The labels of a pool's nodes."""

    labels: dict[str, str] = {}


class PoolTemplateSpec(Answer, frozen=True):
    """What a pool's nodes are; `expire_after` is a duration, or Never."""

    requirements: tuple[PoolRequirement, ...] = ()
    taints: tuple[Taint, ...] = ()
    expire_after: str = ""
    node_class_ref: NodeClassReference = NodeClassReference()


class PoolTemplate(Answer, frozen=True):
    """The template of a pool's nodes."""

    metadata: PoolTemplateMeta = PoolTemplateMeta()
    spec: PoolTemplateSpec = PoolTemplateSpec()


class Disruption(Answer, frozen=True):
    """When a pool replaces its nodes; `consolidate_after` is a duration, or Never."""

    consolidation_policy: str = ""
    consolidate_after: str = ""


class NodePoolSpec(Answer, frozen=True):
    """What a pool may grow to; quantities are text or numbers."""

    limits: dict[str, str | int | float] = {}
    template: PoolTemplate = PoolTemplate()
    disruption: Disruption = Disruption()


class NodePool(Named, frozen=True):
    """A NodePool of Karpenter or of Auto Mode."""

    spec: NodePoolSpec = NodePoolSpec()


class MetadataOptions(Answer, frozen=True):
    """How nodes answer about themselves; None where the class leaves the default."""

    http_tokens: str | None = None
    http_put_response_hop_limit: int | None = None
    http_endpoint: str | None = None


class BlockDevice(Answer, frozen=True):
    """An EBS volume of a node."""

    encrypted: bool | None = None
    volume_type: str = ""


class DeviceMapping(Answer, frozen=True):
    """A device of a node."""

    device_name: str = ""
    ebs: BlockDevice | None = None


class Ec2NodeClassSpec(Answer, frozen=True):
    """What Karpenter makes nodes from."""

    metadata_options: MetadataOptions = MetadataOptions()
    block_device_mappings: tuple[DeviceMapping, ...] = ()


class Ec2NodeClass(Named, frozen=True):
    """An EC2NodeClass of Karpenter."""

    spec: Ec2NodeClassSpec = Ec2NodeClassSpec()


class NodeClassSpec(Answer, frozen=True):
    """What Auto Mode makes nodes from."""

    network_policy: str = ""


class NodeClass(Named, frozen=True):
    """A NodeClass of Auto Mode."""

    spec: NodeClassSpec = NodeClassSpec()


class EniConfigSpec(Answer, frozen=True):
    """Where pods get their addresses from in a zone."""

    subnet: str = ""


class EniConfig(Named, frozen=True):
    """An ENIConfig: custom networking of the VPC CNI."""

    spec: EniConfigSpec = EniConfigSpec()
