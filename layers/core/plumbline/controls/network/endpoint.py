"""The API endpoint: who can reach it from outside, and whether nodes reach it from inside."""

import ipaddress

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing, EvidenceUnreadable
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.evidence.section import not_collected
from plumbline.domain.need import present
from plumbline.domain.network import EVERYWHERE
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class PublicAccess(Parameters, frozen=True):
    """How far the endpoint may be open: the widest IPv4 range, and the ranges allowed at all (empty means any)."""

    allow_restricted_public: bool = True
    max_ipv4_prefix: str = "/16"
    allowed_cidrs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        bits = self.max_ipv4_prefix.removeprefix("/")
        if not bits.isdecimal() or int(bits) > ipaddress.IPV4LENGTH:
            raise ValueError(f"max-ipv4-prefix: {self.max_ipv4_prefix!r} is not a prefix length such as /16")
        for cidr in self.allowed_cidrs:
            ipaddress.ip_network(cidr, strict=False)

    @property
    def shortest_prefix(self) -> int:
        """The number of bits a range has to name at least."""
        return int(self.max_ipv4_prefix.removeprefix("/"))

    def allows(self, network: Network) -> bool:
        """Whether a range lies in an allowed one, or none is named."""
        return not self.allowed_cidrs or any(_contains(cidr, network) for cidr in self.allowed_cidrs)


def _contains(cidr: str, network: Network) -> bool:
    outer = ipaddress.ip_network(cidr, strict=False)
    return (
        outer.version == network.version and network.prefixlen >= outer.prefixlen and network.network_address in outer
    )


@control(
    "network.endpoint-public-access",
    title="The public API endpoint is closed or restricted",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when public access is off. FAIL when it is on for everybody, for an IPv4 range wider than "
        "max-ipv4-prefix, or for a range outside allowed-cidrs, when that is set. When it is on for less: WARN, or "
        "FAIL with allow-restricted-public=false."
    ),
    remediation=(
        "aws eks update-cluster-config --name <cluster> --resources-vpc-config "
        "endpointPublicAccess=false,endpointPrivateAccess=true, or set publicAccessCidrs."
    ),
    references=(
        "CIS 5.4.1, 5.4.2",
        "Security Hub EKS.1 (fails any public endpoint)",
        "Prowler eks_cluster_not_publicly_accessible",
        "hardeneks check_endpoint_public_access",
    ),
)
def public_endpoint_is_closed_or_restricted(cluster: Cluster, p: PublicAccess) -> Verdict:
    """An API server that everybody can reach is one stolen credential, or one flaw of its own, away from everybody.

    The list of ranges means nothing while public access is off.
    """
    config = cluster.resources_vpc_config
    public = present(config.endpoint_public_access, "cluster.resourcesVpcConfig.endpointPublicAccess")
    cidrs = sorted(config.public_access_cidrs) if public else []
    observed = {"public_access": public, "public_access_cidrs": cidrs}
    if not public:
        return passed("public access is off", observed=observed)
    if not cidrs:
        raise EvidenceMissing(
            not_collected("the answer of AWS did not hold cluster.resourcesVpcConfig.publicAccessCidrs")
        )
    problems = _problems(cidrs, p)
    if problems:
        return failed(list(problems), f"the API is public: {'; '.join(problems.values())}", observed=observed)
    text = f"the API is public for {', '.join(cidrs)}"
    judged = warned if p.allow_restricted_public else failed
    return judged("restricted_public", text, observed=observed)


def _problems(cidrs: list[str], p: PublicAccess) -> dict[str, str]:
    networks = {cidr: _network(cidr) for cidr in cidrs}
    everybody = [cidr for cidr in cidrs if cidr in EVERYWHERE]
    rest = [cidr for cidr in cidrs if cidr not in EVERYWHERE]
    wide = [cidr for cidr in rest if networks[cidr].version == 4 and networks[cidr].prefixlen < p.shortest_prefix]
    strange = [cidr for cidr in rest if not p.allows(networks[cidr])]
    found = {}
    if everybody:
        found["open_to_everybody"] = f"it is open to everybody ({', '.join(everybody)})"
    if wide:
        found["range_too_wide"] = f"{', '.join(wide)} is wider than {p.max_ipv4_prefix}"
    if strange:
        found["range_not_allowed"] = f"configuration does not allow {', '.join(strange)}"
    return found


def _network(cidr: str) -> Network:
    try:
        return ipaddress.ip_network(cidr, strict=False)
    except ValueError as error:
        raise EvidenceUnreadable(f"{cidr!r} is no range of addresses") from error


@control(
    "network.endpoint-private-access",
    title="The private API endpoint is enabled",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule="PASS when private access is on, else FAIL.",
    remediation="aws eks update-cluster-config --name <cluster> --resources-vpc-config endpointPrivateAccess=true",
    references=("CIS 5.4.2", "Prowler eks_cluster_private_nodes_enabled (despite its name it tests this)"),
)
def private_endpoint_is_on(cluster: Cluster) -> Verdict:
    """Without it every call of a node to its API server leaves the VPC and comes back from the internet.

    The ranges allowed from outside must then hold every NAT gateway's address, and nodes are lost when one changes.
    """
    private = present(
        cluster.resources_vpc_config.endpoint_private_access, "cluster.resourcesVpcConfig.endpointPrivateAccess"
    )
    observed = {"private_access": private}
    if private:
        return passed("private access is on", observed=observed)
    return failed("private_access_off", "private access is off: nodes reach the API from outside", observed=observed)
