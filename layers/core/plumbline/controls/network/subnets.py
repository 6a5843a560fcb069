"""Subnets: they are large enough, and have addresses left."""

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.errors import EvidenceUnreadable
from plumbline.domain.evidence.ec2 import Subnet
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import Section
from plumbline.domain.need import from_kubernetes, known, present
from plumbline.domain.network import ClusterSubnet
from plumbline.domain.node_facts import Cni
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

# AWS keeps the first four addresses of a subnet and the last.
RESERVED = 5
IPV6 = "ipv6"


class FreeAddresses(Parameters, frozen=True):
    """Free addresses of cluster subnets, and free shares of node subnets, below which it fails and warns."""

    cluster_min: int = 6
    cluster_recommended: int = 16
    warn_ratio: float = 0.20
    fail_ratio: float = 0.10


@control(
    "network.subnet-free-ips",
    title="Cluster, node and pod subnets have free addresses",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "Cluster subnets: FAIL, critical, below cluster-min free addresses, WARN below cluster-recommended. Subnets of "
        "nodes and of pods: FAIL when the free share is below fail-ratio, WARN below warn-ratio. PASS otherwise. Pod "
        "subnets of IPv6 clusters are NOT_APPLICABLE; subnets that only ENIConfigs name are not seen as long as the "
        "Kubernetes API of the cluster is not read."
    ),
    remediation=(
        "Add subnets or a secondary CIDR (100.64.0.0/10) with custom networking, or enable prefix delegation; add "
        "cluster subnets with aws eks update-cluster-config --name <cluster> --resources-vpc-config subnetIds=<subnets>"
    ),
    flags=frozenset({Flag.VOLATILE}),
)
def subnet_has_free_addresses(used: ClusterSubnet, cluster: Cluster, cni: Section[Cni], p: FreeAddresses) -> Verdict:
    """Without free addresses no pod starts, no node joins, and EKS cannot upgrade the control plane.

    A /24 holds 251 addresses, not 256, and an address just freed rests for half a minute.
    """
    free = present(used.subnet.available_ip_address_count, "Subnets[].AvailableIpAddressCount")
    for_pods = used.of_nodes or ((used.of_fargate or used.of_pods) and not _is_ipv6(cluster))
    if not used.of_control_plane and not for_pods:
        return not_applicable("ipv6", f"pods take IPv6 addresses in {used.subnet.subnet_id}")
    usable = 2 ** (32 - _prefix(used.subnet)) - RESERVED
    observed = {"free": free, "usable": usable}
    name = used.subnet.subnet_id
    text = f"{name} has {free} of {usable} addresses free"
    if used.of_control_plane and free < p.cluster_min:
        told = f"{text}: EKS needs {p.cluster_min} to upgrade the cluster"
        return failed("upgrade_blocked", told, observed=observed, severity=Severity.CRITICAL)
    if for_pods and free < p.warn_ratio * usable:
        text += _mitigated(cni)
    if for_pods and free < p.fail_ratio * usable:
        return failed("nearly_full", text, observed=observed)
    doubts = ["filling_up"] if for_pods and free < p.warn_ratio * usable else []
    doubts += ["few_for_upgrades"] if used.of_control_plane and free < p.cluster_recommended else []
    return warned(doubts, text, observed=observed) if doubts else passed(text, observed=observed)


def _mitigated(cni: Section[Cni]) -> str:
    found = known(cni, None)
    return f"; in use against that: {', '.join(found.mitigations)}" if found and found.mitigations else ""


class Sizes(Parameters, frozen=True):
    """Prefix lengths: a longer one fails, and a longer one than recommended warns."""

    max_prefix: int = 21
    recommended_prefix: int = 20


@control(
    "network.subnet-size",
    title="Node and pod subnets are large enough by design",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the prefix of a subnet that pods take addresses from is longer than max-prefix, WARN when longer "
        "than recommended-prefix, PASS otherwise. For small subnets of nodes it is UNKNOWN when the Kubernetes API of "
        "the cluster was not read. NOT_APPLICABLE for subnets of the control plane alone, of nodes whose pods take "
        "addresses elsewhere (custom networking, an overlay network), and for IPv6 clusters."
    ),
    remediation="New node group in larger subnets, or ENIConfig subnets from a secondary CIDR.",
)
def subnet_is_large_enough(used: ClusterSubnet, cluster: Cluster, cni: Section[Cni], p: Sizes) -> Verdict:
    """Every pod takes an address of the VPC, and the range of a subnet can never be changed.

    A small subnet is found out on the day of the first large deployment.
    """
    if _is_ipv6(cluster):
        return not_applicable("ipv6", "pods take IPv6 addresses, of which there are enough")
    if not used.of_nodes and not used.of_fargate and not used.of_pods:
        return not_applicable("control_plane_only", "only interfaces of the control plane are in the subnet")
    name, prefix = used.subnet.subnet_id, _prefix(used.subnet)
    observed = {"cidr": used.subnet.cidr_block}
    text = f"{name} is a /{prefix}"
    if prefix <= p.recommended_prefix:
        return passed(text, observed=observed)
    if not used.of_fargate and not used.of_pods:
        networking = from_kubernetes(cni, f"{text}; whether pods take addresses from it")
        if networking.outside_of_vpc:
            return not_applicable("overlay", f"pods take addresses of {networking.overlay}", observed=observed)
        if networking.custom_networking:
            return not_applicable("custom_networking", f"pods take addresses of ENIConfigs, not of {name}")
    if prefix > p.max_prefix:
        return failed("subnet_too_small", f"{text}, at least a /{p.max_prefix} is wanted", observed=observed)
    return warned("subnet_small", f"{text}, a /{p.recommended_prefix} is recommended", observed=observed)


def _is_ipv6(cluster: Cluster) -> bool:
    config = cluster.kubernetes_network_config
    return config is not None and config.ip_family == IPV6


def _prefix(subnet: Subnet) -> int:
    bits = present(subnet.cidr_block or None, "Subnets[].CidrBlock").partition("/")[2]
    if not bits.isdecimal() or not 0 <= int(bits) <= 28:
        raise EvidenceUnreadable(f"{subnet.cidr_block!r} is no IPv4 range of a subnet")
    return int(bits)
