"""Workloads: the owners of pods with their pod templates (controls.md 0.6), made while reading.

Of an environment variable the name is kept and whether it holds a literal, never the value; of commands and arguments
the flags that controls read; of annotations all keys, and the values of those that controls read.
"""

from datetime import datetime

import msgspec

from plumbline.domain.evidence.kubernetes.objects import LabelSelector, Requirement


# Evidence is a tree: it is kept from the garbage collector, which would go through all of a cluster again and again.
class EnvVar(msgspec.Struct, frozen=True, gc=False):
    """An environment variable.

    Attributes:
        name: of the variable.
        literal: a value that is not empty stands in the template.
        access_key: that value looks like an AWS access key id.
        secret: the Secret that the value comes from, or empty.
        setting: the value, for the few settings of the CNI that controls read; empty for everything else.

    """

    name: str
    literal: bool = False
    access_key: bool = False
    secret: str = ""
    setting: str = ""


class Security(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The security context of a pod or a container; None where the field is absent.

    Attributes:
        seccomp, app_armor: the profile's type.
        selinux: SELinux options are set.
        sysctls: names of kernel parameters that the pod sets.

    """

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    privileged: bool | None = None
    host_process: bool | None = None
    allow_privilege_escalation: bool | None = None
    read_only_root_filesystem: bool | None = None
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    seccomp: str | None = None
    app_armor: str | None = None
    selinux: bool = False
    sysctls: tuple[str, ...] = ()


class Port(msgspec.Struct, frozen=True, gc=False):
    """A port of a container; `host_port` is 0 when it takes none of the node's."""

    container_port: int = 0
    name: str = ""
    host_port: int = 0
    protocol: str = "TCP"


class Probe(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A probe, with the API's defaults filled in (seconds); `handler` tells two handlers apart, it is a digest."""

    handler: str
    kind: str
    period: int = 10
    timeout: int = 1
    initial_delay: int = 0
    failure_threshold: int = 3


class Mount(msgspec.Struct, frozen=True, gc=False):
    """A volume mounted into a container."""

    volume: str
    read_only: bool = False


class PreStop(msgspec.Struct, frozen=True, gc=False):
    """A hook before the container stops; `sleep` in seconds, None when it does something else or is not told."""

    sleep: int | None = None


class Container(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A container of a template. Init containers with restartPolicy Always are sidecars, judged like containers.

    Attributes:
        requests, limits: quantities as written, by resource name.
        env_from_secrets: Secrets of which all keys become variables.
        flags: of command and arguments, those that controls read: name without dashes -> value (`true` without one).

    """

    name: str
    image: str
    init: bool = False
    sidecar: bool = False
    image_pull_policy: str = ""
    security: Security = Security()
    env: tuple[EnvVar, ...] = ()
    env_from_secrets: tuple[str, ...] = ()
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    ports: tuple[Port, ...] = ()
    readiness: Probe | None = None
    liveness: Probe | None = None
    startup: Probe | None = None
    pre_stop: PreStop | None = None
    mounts: tuple[Mount, ...] = ()
    flags: dict[str, str] = {}


class Volume(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A volume of a template; `host_path` and `claim` are empty when it is neither."""

    name: str
    host_path: str = ""
    claim: str = ""
    service_account_token: bool = False


class Toleration(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A taint that the pod puts up with; an empty key with Exists means every taint."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class AntiAffinity(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule that keeps pods apart; `required` when the scheduler must obey it."""

    topology_key: str
    selector: LabelSelector | None
    required: bool


class SpreadConstraint(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A topology spread constraint; `required` when unsatisfiable means not scheduled."""

    topology_key: str
    selector: LabelSelector | None
    required: bool


class PodTemplate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a pod is made from.

    Attributes:
        annotations: every key; values only of those that controls read, else empty.
        node_affinity: required terms, each a tuple of expressions that hold together; any term will do.
        requests: of the pod as a whole, where the pod sets them.
        grace_seconds: terminationGracePeriodSeconds, 30 when absent as the API fills it in.

    """

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    containers: tuple[Container, ...] = ()
    security: Security = Security()
    volumes: tuple[Volume, ...] = ()
    service_account: str = "default"
    automount_token: bool | None = None
    host_network: bool = False
    host_pid: bool = False
    host_ipc: bool = False
    host_users: bool | None = None
    os: str = ""
    node_name: str = ""
    node_selector: dict[str, str] = {}
    node_affinity: tuple[tuple[Requirement, ...], ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    anti_affinity: tuple[AntiAffinity, ...] = ()
    spread: tuple[SpreadConstraint, ...] = ()
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    grace_seconds: int = 30
    readiness_gates: int = 0
    scheduler: str = ""


class ClaimTemplate(msgspec.Struct, frozen=True, gc=False):
    """A claim that a StatefulSet makes for each of its pods; None is the default class."""

    name: str
    storage_class: str | None = None


class Workload(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An owner of pods.

    Attributes:
        kind: Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet (one without Deployment), or Pod.
        owner: the kind of the object that controls it, empty when nothing does (a Job of a CronJob has `CronJob`).
        replicas: spec.replicas, None when absent (the API means 1).
        ready, desired: status; for a DaemonSet the nodes it is ready on and should be on.
        strategy: of a Deployment: RollingUpdate or Recreate.
        ttl: a Job says when it is cleaned up; a CronJob's Jobs.
        schedule: of a CronJob.

    """

    kind: str
    namespace: str
    name: str
    template: PodTemplate
    labels: dict[str, str] = {}
    created: datetime | None = None
    owner: str = ""
    replicas: int | None = None
    ready: int = 0
    desired: int = 0
    strategy: str = ""
    ttl: bool = False
    schedule: str = ""
    claims: tuple[ClaimTemplate, ...] = ()

    @property
    def path(self) -> str:
        """Namespace and name, the name under which the workload is judged."""
        return f"{self.namespace}/{self.name}"


class Pod(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Where a pod runs and what it asks for: what templates cannot say.

    Attributes:
        owner_kind, owner: the controller as the pod names it; a ReplicaSet of a Deployment is already resolved to
            the Deployment. Empty for a pod without controller.
        cpu: requested, in thousandths of a core; memory: requested, in bytes; both as the scheduler counts them.
        claims: claims it mounts.
        provisioned: the annotation CapacityProvisioned of a pod on Fargate, or empty.

    """

    namespace: str
    owner_kind: str
    owner: str
    node: str
    phase: str
    ready: bool
    host_network: bool
    cpu: int
    memory: int
    claims: tuple[str, ...]
    provisioned: str
    windows: bool


class Pods(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The pods of a cluster.

    Attributes:
        placed: every pod that has not ended.
        bare: owners that no list of owners has: pods without controller, ReplicaSets without Deployment.
        images: the distinct images running.

    """

    placed: tuple[Pod, ...] = ()
    bare: tuple[Workload, ...] = ()
    images: tuple[str, ...] = ()
