"""Facts of network policies: what could enforce them, and how many there are."""

import msgspec

from plumbline.domain.evidence.kubernetes.scaling import NodeClass
from plumbline.domain.evidence.kubernetes.workloads import Workload
from plumbline.domain.evidence.section import Section

_CNI = ("kube-system", "aws-node")
_SWITCH = "enable-network-policy"


class NetworkEngines(msgspec.Struct, frozen=True, kw_only=True):
    """What tells whether network policies are enforced, besides settings of add-ons and tools.

    Attributes:
        agent_enabled: the agent of the VPC CNI's DaemonSet is told to enforce them.
        classes: from which Auto Mode makes nodes.
        policies: how many network policies there are.

    """

    agent_enabled: Section[bool]
    classes: Section[tuple[NodeClass, ...]]
    policies: Section[int]


def agent_enabled(daemon_sets: tuple[Workload, ...]) -> bool:
    """Whether the agent beside the VPC CNI is told to enforce network policies."""
    return any(
        container.flags.get(_SWITCH) == "true"
        for one in daemon_sets
        if (one.namespace, one.name) == _CNI
        for container in one.template.containers
    )
