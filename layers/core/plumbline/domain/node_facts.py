"""Facts about nodes: what makes and removes them, how pods on them get addresses, and what of it is in use."""

from collections.abc import Iterable
from functools import cached_property

import msgspec

from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence.kubernetes.scaling import NodePool
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.need import without_kubernetes
from plumbline.domain.pool_members import of_auto_mode
from plumbline.domain.tools import Tool, Tools

NEVER = "Never"


class NodePools:
    """The NodePools of a cluster."""

    def __init__(self, found: Iterable[NodePool]) -> None:
        self.all = tuple(found)

    @cached_property
    def of_karpenter(self) -> tuple[NodePool, ...]:
        """Those whose nodes Karpenter makes."""
        return tuple(pool for pool in self.all if not of_auto_mode(pool))

    @cached_property
    def consolidating(self) -> tuple[str, ...]:
        """Names of those that remove nodes which are not needed: unless told otherwise all do."""
        return tuple(sorted(pool.name for pool in self.all if pool.spec.disruption.consolidate_after != NEVER))


class Autoscalers:
    """What adds and removes nodes: the Deployments of Karpenter and of Cluster Autoscaler.

    Args:
        karpenter, cluster_autoscaler: the Deployments, by image or by name.
        missing: why there may be others.

    """

    def __init__(
        self, karpenter: Iterable[Workload], cluster_autoscaler: Iterable[Workload], missing: NotCollected | None
    ) -> None:
        self.karpenter = tuple(karpenter)
        self.cluster_autoscaler = tuple(cluster_autoscaler)
        self.missing = missing

    def need_complete(self, what: str) -> None:
        """Make sure that an autoscaler that was not seen is not there.

        Raises:
            EvidenceMissing: one may be there; `what` says what only the Kubernetes API could have told.

        """
        if self.missing is not None:
            raise EvidenceMissing(without_kubernetes(what) if self.missing.at is None else self.missing)

    @property
    def discovers_groups(self) -> bool:
        """Whether every Cluster Autoscaler finds its groups by their tags."""
        return all(flag_of(one, "node-group-auto-discovery") for one in self.cluster_autoscaler)


def flag_of(workload: Workload, name: str) -> str:
    """Return the value of a flag of any container of the workload, or empty."""
    values = (container.flags.get(name, "") for container in workload.template.containers)
    return next((value for value in values if value), "")


def tools_named(tools: Tools, name: str, what: str) -> tuple[Tool, ...]:
    """Return where a tool was seen.

    Raises:
        EvidenceMissing: it was not seen and may be there; `what` says what only the Kubernetes API could have told.

    """
    seen = tools.seen_named(name)
    if seen:
        return seen
    try:
        return tools.named(name)
    except EvidenceMissing as error:
        if error.missing.at is None:
            raise EvidenceMissing(without_kubernetes(what)) from error
        raise


class Cni(msgspec.Struct, frozen=True, kw_only=True):
    """How pods get their addresses.

    Attributes:
        vpc: the VPC CNI runs, or Auto Mode does: pods take addresses of subnets.
        overlay: the network tool that runs in its place, or empty.
        prefix_delegation, custom_networking: switches of the VPC CNI for Linux nodes.
        windows_prefix_delegation: the switch for Windows nodes.

    """

    vpc: bool
    overlay: str = ""
    prefix_delegation: bool = False
    custom_networking: bool = False
    windows_prefix_delegation: Section[bool]

    @property
    def outside_of_vpc(self) -> bool:
        """Whether pods take no addresses of subnets."""
        return bool(self.overlay) and not self.vpc

    @property
    def mitigations(self) -> tuple[str, ...]:
        """What is in use against running out of addresses, in words."""
        found = {"prefix delegation": self.prefix_delegation, "custom networking": self.custom_networking}
        return tuple(name for name, used in found.items() if used)


class Balancers(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds of subnets load balancers look for by tag; those that name their subnets look for none.

    Attributes:
        any: there is a load balancer at all.
        public, private: one looks for subnets of that kind.
        missing: why there may be others.

    """

    any: bool
    public: bool
    private: bool
    missing: NotCollected | None


class RepairTools(msgspec.Struct, frozen=True):
    """Tools in the cluster that act on what the monitoring agent reports of nodes."""

    names: tuple[str, ...]


class EbsClaims(msgspec.Struct, frozen=True):
    """The StatefulSets with volumes on EBS, and why there may be others."""

    owners: tuple[Workload, ...]
    missing: NotCollected | None


class Shrinking(msgspec.Struct, frozen=True):
    """What inside of a cluster shrinks its capacity when it is not needed, in words, and why there may be more."""

    found: tuple[str, ...]
    missing: NotCollected | None


class PodRole(msgspec.Struct, frozen=True, kw_only=True):
    """An IAM role that service accounts of a cluster take.

    Attributes:
        arn, account: of the role, and the cluster's account.
        role: None when the account's listing lacks it.
        namespaces: of the service accounts that take it.
        session_tags: every one of them takes it through Pod Identity, which tells AWS the namespace.

    """

    arn: str
    account: str
    role: aws.Role | None
    namespaces: tuple[str, ...]
    session_tags: bool


class Fullest(msgspec.Struct, frozen=True):
    """How many of something there are; where each of many holds some, in the fullest of them, which `where` names."""

    count: int
    where: str = ""


class Sizes(msgspec.Struct, frozen=True, kw_only=True):
    """How large a cluster is, by dimension of the scalability envelope.

    Attributes:
        counts: by the dimension's name, such as `pods-per-namespace`.
        on_nodes: of every node: its name, the pods on it, its cores.

    """

    counts: dict[str, Section[Fullest]]
    on_nodes: Section[tuple[tuple[str, int, int], ...]]
