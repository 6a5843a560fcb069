"""Network policies: something enforces them."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from plumbline.domain.addon_settings import NETWORK_POLICY, AddonSettings
from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.kubernetes.cluster import CniSettings
from plumbline.domain.evidence.kubernetes.scaling import NodeClass
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.judged import Compute
from plumbline.domain.need import known, need
from plumbline.domain.network_engines import NetworkEngines
from plumbline.domain.pools import PoolKind
from plumbline.domain.tools import RunningTools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

VPC_CNI = "vpc-cni"
NETWORK, DAEMON_SET = "network", "DaemonSet"
# Engines with an agent on each node: by name in the table of tools.
AGENTS = {"calico": "Calico", "cilium": "Cilium", "antrea": "Antrea"}
READY = 0.9


class PolicyEngines(Parameters, frozen=True):
    """The engines that are accepted."""

    engines: tuple[str, ...] = (VPC_CNI, *AGENTS)


@control(
    "network.policy-engine",
    title="A network-policy engine enforces NetworkPolicy objects",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when the VPC CNI enforces them (by its add-on's settings or its agent's argument), the node agents of "
        "Calico, Cilium or Antrea are ready, or Auto Mode does with the controller on and networkPolicy in every "
        "NodeClass. WARN when a NodeClass lacks it, or on clusters with Fargate alone. FAIL otherwise."
    ),
    remediation=(
        "aws eks update-addon --cluster-name <cluster> --addon-name vpc-cni --configuration-values "
        '\'{"enableNetworkPolicy":"true"}\' --resolve-conflicts PRESERVE'
    ),
    references=(
        "CIS 4.3.1, 5.4.4",
        "Prowler eks_cluster_network_policy_enabled (tests only that a security group exists)",
    ),
)
def network_policies_are_enforced(
    cluster: Cluster,
    compute: Compute,
    settings: AddonSettings,
    engines: NetworkEngines,
    switches: Section[CniSettings],
    running: RunningTools,
    p: PolicyEngines,
) -> Verdict:
    """Policies that nothing enforces are worse than none: they look like a wall, and everything passes.

    Without an engine every pod can speak to every other, and one that is taken over reaches them all.
    """
    attempts = _attempts(cluster, settings, engines, switches, running)
    found, missing = _enforcing([one for one in attempts if one[0] in p.engines])
    fargate_only = not cluster.auto_mode and compute.only(PoolKind.FARGATE)
    observed = {"engines": found, "fargate_only": fargate_only, "classes": []}
    count = known(engines.policies, 0)
    more = f"; {count} network policies have no effect" if count else ""
    if fargate_only:
        return warned("fargate_only", f"nothing enforces network policies on Fargate{more}", observed=observed)
    if found:
        return passed(f"{', '.join(found)} enforces network policies", observed=observed)
    if missing:
        raise EvidenceMissing(missing)
    if cluster.auto_mode and VPC_CNI in p.engines and need(switches).network_policy_controller:
        lacking = _lacking(need(engines.classes))
        text = f"network policies are not enforced on nodes of {', '.join(lacking) or 'any class'}{more}"
        return warned("node_class_without_policy", text, observed=observed | {"classes": lacking})
    return failed("no_policy_engine", f"nothing enforces network policies in {cluster.name}{more}", observed=observed)


_Attempt = tuple[str, Callable[[], bool]]


def _attempts(
    cluster: Cluster,
    settings: AddonSettings,
    engines: NetworkEngines,
    switches: Section[CniSettings],
    running: RunningTools,
) -> Iterator[_Attempt]:
    """Yield what may hold, by engine."""
    yield VPC_CNI, lambda: settings.on(VPC_CNI, NETWORK_POLICY)
    yield VPC_CNI, lambda: need(engines.agent_enabled)
    yield VPC_CNI, lambda: _in_auto_mode(cluster, engines, switches)
    for engine, name in AGENTS.items():
        yield engine, partial(_is_ready, running, name)


def _enforcing(attempts: Iterable[_Attempt]) -> tuple[list[str], NotCollected | None]:
    """Return the engines that enforce, and why others may be missing."""
    found: set[str] = set()
    missing: NotCollected | None = None
    for engine, holds in attempts:
        try:
            if holds():
                found.add(engine)
        except EvidenceMissing as error:
            missing = missing or error.missing
    return sorted(found), missing


def _in_auto_mode(cluster: Cluster, engines: NetworkEngines, switches: Section[CniSettings]) -> bool:
    if not cluster.auto_mode or not need(switches).network_policy_controller:
        return False
    classes = need(engines.classes)
    return bool(classes) and not _lacking(classes)


def _lacking(classes: tuple[NodeClass, ...]) -> list[str]:
    return sorted(one.name for one in classes if not one.spec.network_policy)


def _is_ready(running: RunningTools, name: str) -> bool:
    seen = running.seen(NETWORK, DAEMON_SET)
    if any(tool.name == name and tool.runs(READY) for tool in seen):
        return True
    running.of(NETWORK, DAEMON_SET)
    return False
