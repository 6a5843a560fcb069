"""Workloads as the API server writes them, as far as they are read; reduced at once to what the domain keeps.

What is not named here is skipped while decoding. Values of variables, commands and arguments live no longer than the
page that they came with.
"""

from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence.kubernetes.objects import LabelSelector, OwnerReference, Requirement
from plumbline.domain.evidence.kubernetes.workloads import Toleration


class Wire(msgspec.Struct, frozen=True, rename="camel", kw_only=True, gc=False):
    """Unknown members of an object are skipped while decoding."""


class Named(Wire, frozen=True):
    """Something with a name."""

    name: str = ""


class Typed(Wire, frozen=True):
    """Something of a type."""

    type: str | None = None


class Capabilities(Wire, frozen=True):
    """Capabilities of Linux, as written."""

    add: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()


class WindowsOptions(Wire, frozen=True):
    """Options of Windows pods."""

    host_process: bool | None = None


class SecurityContext(Wire, frozen=True):
    """The security context of a pod or of a container."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    privileged: bool | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    capabilities: Capabilities | None = None
    seccomp_profile: Typed | None = None
    app_armor_profile: Typed | None = None
    se_linux_options: dict[str, str] | None = None
    windows_options: WindowsOptions | None = None
    sysctls: tuple[Named, ...] = ()


class ValueFrom(Wire, frozen=True):
    """Where the value of a variable comes from."""

    secret_key_ref: Named | None = None


class Variable(Wire, frozen=True):
    """A variable with its value, which is looked at once and not kept."""

    name: str
    value: str = ""
    value_from: ValueFrom | None = None

    def __repr__(self) -> str:
        return f"Variable({self.name})"


class VariablesFrom(Wire, frozen=True):
    """Where many variables come from."""

    secret_ref: Named | None = None


class Resources(Wire, frozen=True):
    """What is asked for, and the ceilings."""

    requests: dict[str, str] = {}
    limits: dict[str, str] = {}


class ContainerPort(Wire, frozen=True):
    """A port of a container."""

    container_port: int = 0
    name: str = ""
    host_port: int = 0
    protocol: str = "TCP"


class Handler(Wire, frozen=True):
    """What a probe or a hook does: one of these is set."""

    exec: dict[str, Any] | None = None
    http_get: dict[str, Any] | None = None
    tcp_socket: dict[str, Any] | None = None
    grpc: dict[str, Any] | None = None
    sleep: dict[str, Any] | None = None


class WireProbe(Handler, frozen=True):
    """A probe."""

    period_seconds: int = 10
    timeout_seconds: int = 1
    initial_delay_seconds: int = 0
    failure_threshold: int = 3


class Lifecycle(Wire, frozen=True):
    """Hooks of a container."""

    pre_stop: Handler | None = None


class VolumeMount(Wire, frozen=True):
    """A volume mounted into a container."""

    name: str = ""
    read_only: bool = False


class WireContainer(Wire, frozen=True):
    """A container; with a restart policy of Always an init container is a sidecar."""

    name: str
    image: str = ""
    image_pull_policy: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[Variable, ...] = ()
    env_from: tuple[VariablesFrom, ...] = ()
    resources: Resources = Resources()
    ports: tuple[ContainerPort, ...] = ()
    readiness_probe: WireProbe | None = None
    liveness_probe: WireProbe | None = None
    startup_probe: WireProbe | None = None
    lifecycle: Lifecycle | None = None
    volume_mounts: tuple[VolumeMount, ...] = ()
    security_context: SecurityContext | None = None
    restart_policy: str = ""


class Path(Wire, frozen=True):
    """A path on a node."""

    path: str = ""


class Claim(Wire, frozen=True):
    """A claim by name."""

    claim_name: str = ""


class Presence(Wire, frozen=True):
    """Something of which it matters only that it is there."""


class Source(Wire, frozen=True):
    """A part of a projected volume."""

    service_account_token: Presence | None = None


class Projected(Wire, frozen=True):
    """A volume made of parts."""

    sources: tuple[Source, ...] = ()


class WireVolume(Wire, frozen=True):
    """A volume."""

    name: str
    host_path: Path | None = None
    persistent_volume_claim: Claim | None = None
    ephemeral: Presence | None = None
    projected: Projected | None = None


class NodeTerm(Wire, frozen=True):
    """Expressions that hold together."""

    match_expressions: tuple[Requirement, ...] = ()


class NodeTerms(Wire, frozen=True):
    """Terms of which any will do."""

    node_selector_terms: tuple[NodeTerm, ...] = ()


class NodeAffinity(Wire, frozen=True):
    """The nodes that a pod may run on."""

    required: NodeTerms | None = msgspec.field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class PodTerm(Wire, frozen=True):
    """Pods to keep away from."""

    topology_key: str = ""
    label_selector: LabelSelector | None = None


class WeightedPodTerm(Wire, frozen=True):
    """Pods rather to keep away from."""

    pod_affinity_term: PodTerm = PodTerm()


class PodAntiAffinity(Wire, frozen=True):
    """The pods to keep away from."""

    required: tuple[PodTerm, ...] = msgspec.field(default=(), name="requiredDuringSchedulingIgnoredDuringExecution")
    preferred: tuple[WeightedPodTerm, ...] = msgspec.field(
        default=(), name="preferredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(Wire, frozen=True):
    """Where a pod may run."""

    node_affinity: NodeAffinity | None = None
    pod_anti_affinity: PodAntiAffinity | None = None


class TopologySpread(Wire, frozen=True):
    """How evenly pods are spread."""

    topology_key: str = ""
    label_selector: LabelSelector | None = None
    when_unsatisfiable: str = "DoNotSchedule"


class PodSpec(Wire, frozen=True):
    """What a pod is."""

    containers: tuple[WireContainer, ...] = ()
    init_containers: tuple[WireContainer, ...] = ()
    security_context: SecurityContext | None = None
    volumes: tuple[WireVolume, ...] = ()
    service_account_name: str = ""
    service_account: str = ""
    automount_service_account_token: bool | None = None
    host_network: bool = False
    host_pid: bool = msgspec.field(default=False, name="hostPID")
    host_ipc: bool = msgspec.field(default=False, name="hostIPC")
    host_users: bool | None = None
    os: Named | None = None
    node_name: str = ""
    node_selector: dict[str, str] = {}
    affinity: Affinity | None = None
    tolerations: tuple[Toleration, ...] = ()
    topology_spread_constraints: tuple[TopologySpread, ...] = ()
    resources: Resources | None = None
    termination_grace_period_seconds: int = 30
    readiness_gates: tuple[Presence, ...] = ()
    scheduler_name: str = ""


class TemplateMeta(Wire, frozen=True):
    """Labels and annotations of pods."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class WireTemplate(Wire, frozen=True):
    """A pod template; its creation time, a null, is not read."""

    spec: PodSpec
    metadata: TemplateMeta = TemplateMeta()


class OwnedMeta(Wire, frozen=True):
    """The metadata of an owner of pods."""

    name: str
    namespace: str = ""
    labels: dict[str, str] = {}
    creation_timestamp: datetime | None = None
    owner_references: tuple[OwnerReference, ...] = ()

    @property
    def controller(self) -> OwnerReference | None:
        """The object that controls it."""
        return next((one for one in self.owner_references if one.controller), None)


class ClaimSpec(Wire, frozen=True):
    """The claims that are made for each pod."""

    storage_class_name: str | None = None


class WireClaim(Wire, frozen=True):
    """A claim that is made for each pod."""

    metadata: Named = Named()
    spec: ClaimSpec = ClaimSpec()


class OwnerSpec(Wire, frozen=True):
    """What a Deployment, StatefulSet, DaemonSet or Job is."""

    template: WireTemplate
    replicas: int | None = None
    strategy: Typed | None = None
    volume_claim_templates: tuple[WireClaim, ...] = ()
    ttl_seconds_after_finished: int | None = None


class OwnerStatus(Wire, frozen=True):
    """The state of any of them: each kind has some of these."""

    ready_replicas: int = 0
    replicas: int = 0
    number_ready: int = 0
    desired_number_scheduled: int = 0
    ready: int = 0
    active: int = 0


class Owner(Wire, frozen=True):
    """A Deployment, StatefulSet, DaemonSet or Job."""

    metadata: OwnedMeta
    spec: OwnerSpec
    status: OwnerStatus = OwnerStatus()


class JobTemplate(Wire, frozen=True):
    """What a CronJob makes."""

    spec: OwnerSpec


class CronJobSpec(Wire, frozen=True):
    """When, and what."""

    job_template: JobTemplate
    schedule: str = ""


class CronJob(Wire, frozen=True):
    """A CronJob."""

    metadata: OwnedMeta
    spec: CronJobSpec
