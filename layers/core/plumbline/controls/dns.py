"""DNS: names are resolved whatever fails, and however large the cluster grows."""

from plumbline.domain.addon_settings import AUTO_SCALING, AddonSettings
from plumbline.domain.control import Parameters, control
from plumbline.domain.dns_facts import ClusterDns
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.judged import Compute
from plumbline.domain.kubernetes_facts import ClusterNodes
from plumbline.domain.need import known, need
from plumbline.domain.pools import PoolKind
from plumbline.domain.tools import RunningTools
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, not_applicable, passed, warned

COREDNS = "coredns"
LEAST = 2
GROWING = ("Proportional autoscaler", "NodeLocal DNSCache")


class Growth(Parameters, frozen=True):
    """The largest cluster whose DNS need not grow with it, in nodes."""

    nodes_without_scaling: int = 16


@control(
    "dns.coredns-capacity",
    title="Cluster DNS is redundant and grows with the cluster",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when fewer than two replicas of CoreDNS are ready, or all run on one node. WARN when all run in one "
        "zone, or there are more than nodes-without-scaling nodes and neither the add-on's autoscaling, a proportional "
        "autoscaler nor NodeLocal DNSCache. NOT_APPLICABLE where Auto Mode runs all nodes: each has its own."
    ),
    remediation=(
        "aws eks update-addon --cluster-name <cluster> --addon-name coredns --configuration-values "
        '\'{"autoScaling":{"enabled":true}}\', or install NodeLocal DNSCache'
    ),
)
def dns_is_redundant_and_grows(
    cluster: Cluster,
    dns: ClusterDns,
    nodes: Section[ClusterNodes],
    settings: AddonSettings,
    running: RunningTools,
    compute: Compute,
    p: Growth,
) -> Verdict:
    """Every call by name begins with DNS: when CoreDNS is down or overloaded, everything is.

    EKS starts with two replicas, whatever the size of the cluster becomes.
    """
    if cluster.auto_mode and (compute.only(PoolKind.AUTO_MODE) or not compute.pools):
        return not_applicable("auto_mode", "Auto Mode runs DNS on each node")
    count = len(known(nodes, ClusterNodes(())).all)
    large = count > p.nodes_without_scaling
    observed = {"on_each_node": dns.on_each_node, "enough_replicas": dns.ready >= LEAST}
    if dns.on_each_node:
        return passed("CoreDNS runs on each node", observed=observed)
    need(dns.listed)
    if dns.ready < LEAST:
        text = f"{dns.ready} replica(s) of CoreDNS are ready, fewer than {LEAST}"
        return failed("too_few_replicas", text, observed=observed)
    places, zones = _spread(dns, need(nodes))
    observed |= {"one_node": places == 1, "one_zone": zones == 1, "large": large}
    if places == 1:
        return failed("one_node", "all replicas of CoreDNS run on one node", observed=observed)
    problems = {}
    if zones == 1:
        problems["one_zone"] = "all replicas of CoreDNS run in one zone"
    if large and not _grows(settings, running):
        problems["no_scaling"] = f"CoreDNS does not grow with the {count} nodes"
    if problems:
        return warned(list(problems), " and ".join(problems.values()), observed=observed)
    return passed("CoreDNS is redundant", observed=observed)


def _spread(dns: ClusterDns, nodes: ClusterNodes) -> tuple[int, int]:
    """Return on how many nodes the replicas run, and in how many zones as far as nodes tell theirs.

    Raises:
        EvidenceMissing: a node that might be in a second zone is not listed.

    """
    places = need(dns.nodes)
    zones = {nodes.by_name[name].zone for name in places if name in nodes.by_name} - {""}
    unlisted = sorted(places - nodes.by_name.keys())
    if len(zones) < LEAST <= len(places) and unlisted:
        raise EvidenceMissing(
            NotCollected(Reason.NOT_FOUND_IN_LISTING, f"node {', '.join(unlisted)} was not in the listing")
        )
    return len(places), len(zones)


def _grows(settings: AddonSettings, running: RunningTools) -> bool:
    """Whether anything adds replicas or caches as the cluster grows.

    Raises:
        EvidenceMissing: nothing does in what was read, and something that could is missing.

    """
    if any(running.seen_named(name) for name in GROWING):
        return True
    if settings.on(COREDNS, AUTO_SCALING):
        return True
    return any(running.named(name) for name in GROWING)
