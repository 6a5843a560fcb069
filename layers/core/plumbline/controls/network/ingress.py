"""Ingress: no administrative traffic gets in from everywhere."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.ec2 import NetworkAcl, SecurityGroup
from plumbline.domain.network import (
    TCP,
    UDP,
    ClusterNetworkAcl,
    ClusterSecurityGroup,
    Ports,
    acl_admits,
    admits_all_traffic,
    open_ports,
)
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, warned

# What network ACLs are asked about: remote login.
LOGIN_PORTS = (22, 3389)


class Administrative(Parameters, frozen=True):
    """The ports by which nodes are administered, and those that node-port services take: `22` or `2379-2380`."""

    admin_ports: tuple[int | str, ...] = (22, 3389, 10250, 10255, "2379-2380")
    nodeport_range: str = "30000-32767"

    def __post_init__(self) -> None:
        for text in (*self.admin_ports, self.nodeport_range):
            Ports.parse(text)

    @property
    def admin(self) -> tuple[Ports, ...]:
        """The administrative ports."""
        return tuple(Ports.parse(text) for text in self.admin_ports)


@control(
    "network.open-admin-ingress",
    title="Security groups and network ACLs of the cluster admit no administrative traffic from everywhere",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "Judged are the groups of the control plane, of running nodes and of node templates, and the ACLs of their "
        "subnets. FAIL when a group admits everybody on a port of admin-ports, or all traffic. WARN when it does so "
        "in nodeport-range, or when the first matching inbound rule of an ACL allows 22 or 3389 from everywhere."
    ),
    remediation="aws ec2 revoke-security-group-ingress --group-id <sg> --ip-permissions <permissions>",
    references=(
        "Security Hub EC2.13, EC2.14, EC2.18, EC2.19, EC2.21",
        "Prowler ec2_networkacl_allow_ingress_tcp_port_22",
        "Prowler ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    ),
)
def nobody_administers_from_everywhere(guard: ClusterSecurityGroup | ClusterNetworkAcl, p: Administrative) -> Verdict:
    """Ports of remote login, the kubelet and etcd give whoever gets through them a node, and with it the cluster.

    The default network ACL lets everything pass, so an open ACL is only a warning: the groups still stand before it.
    """
    return _group(guard.group, p) if isinstance(guard, ClusterSecurityGroup) else _acl(guard.acl)


def _group(group: SecurityGroup, p: Administrative) -> Verdict:
    tcp = sorted(set(open_ports(group, TCP)))
    either = sorted({*tcp, *open_ports(group, UDP)})
    all_traffic = admits_all_traffic(group)
    observed = {"open_to_everybody": [str(ports) for ports in either], "all_traffic": all_traffic}
    if all_traffic:
        return failed("all_traffic_open", f"{group.group_id} admits all traffic from everywhere", observed=observed)
    admin = [str(ports) for ports in p.admin if any(ports.overlaps(opened) for opened in tcp)]
    if admin:
        text = f"{group.group_id} admits everybody on the administrative port(s) {', '.join(admin)}"
        return failed("admin_port_open", text, observed=observed)
    if any(Ports.parse(p.nodeport_range).overlaps(opened) for opened in either):
        text = f"{group.group_id} admits everybody on node ports ({p.nodeport_range})"
        return warned("node_ports_open", text, observed=observed)
    return passed(f"{group.group_id} admits no administrative traffic from everywhere", observed=observed)


def _acl(acl: NetworkAcl) -> Verdict:
    admitted = [port for port in LOGIN_PORTS if acl_admits(acl, port)]
    observed = {"open_to_everybody": [str(port) for port in admitted]}
    if admitted:
        kind = "the default network ACL" if acl.is_default else "network ACL"
        text = f"{kind} {acl.network_acl_id} allows port(s) {', '.join(map(str, admitted))} from everywhere"
        return warned("acl_admits_login", text, observed=observed)
    return passed(f"network ACL {acl.network_acl_id} allows no remote login from everywhere", observed=observed)
