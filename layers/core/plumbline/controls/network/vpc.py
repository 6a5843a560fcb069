"""The VPC: names resolve, and its default security group opens nothing."""

from plumbline.domain.control import control
from plumbline.domain.evidence.ec2 import VpcAttributes
from plumbline.domain.need import known
from plumbline.domain.network import DefaultGroup
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed


@control(
    "network.vpc-dns",
    title="DNS support and DNS hostnames are enabled in the VPC",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule="PASS when both are enabled, else FAIL.",
    remediation=(
        "aws ec2 modify-vpc-attribute --vpc-id <vpc> --enable-dns-support, then "
        "aws ec2 modify-vpc-attribute --vpc-id <vpc> --enable-dns-hostnames"
    ),
)
def vpc_resolves_names(vpc: VpcAttributes) -> Verdict:
    """Without both, nodes cannot register, and the names of private endpoints do not resolve in the VPC.

    Nodes that run already keep working until they are replaced, so the damage shows late.
    """
    observed = {"dns_support": vpc.dns_support, "dns_hostnames": vpc.dns_hostnames}
    off = {} if vpc.dns_support else {"dns_support_off": "DNS support"}
    off |= {} if vpc.dns_hostnames else {"dns_hostnames_off": "DNS hostnames"}
    if off:
        return failed(list(off), f"{' and '.join(off.values())} of the VPC: off", observed=observed)
    return passed("DNS support and DNS hostnames of the VPC are enabled", observed=observed)


@control(
    "network.default-sg-restricted",
    title="The VPC's default security group allows nothing",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the group named default has any rule, inbound or outbound; low when neither the control plane nor a "
        "node or template uses it. PASS otherwise."
    ),
    remediation="Revoke the rules of the default group of <vpc>; use dedicated groups.",
    references=("Security Hub EC2.2", "Prowler ec2_securitygroup_default_restrict_traffic"),
)
def default_group_allows_nothing(default: DefaultGroup) -> Verdict:
    """Whatever is launched without a security group gets this one, and its members may all talk to each other.

    Empty, it turns a forgotten setting into a thing that cannot be reached, which somebody notices.
    """
    inbound, outbound = len(default.group.ip_permissions), len(default.group.ip_permissions_egress)
    observed = {
        "group": default.group.group_id,
        "inbound_rules": inbound,
        "outbound_rules": outbound,
        "in_use": known(default.in_use, None),
    }
    if not inbound and not outbound:
        return passed(f"the default group {default.group.group_id} allows nothing", observed=observed)
    text = f"the default group {default.group.group_id} has {inbound} inbound and {outbound} outbound rule(s)"
    # Not known to be unused is treated as used.
    severity = None if known(default.in_use, otherwise=True) else Severity.LOW
    return failed("default_group_open", text, observed=observed, severity=severity)
