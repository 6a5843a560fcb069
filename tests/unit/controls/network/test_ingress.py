import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import VPC, template_version
from tests.unit.changes import Change, all_of, cluster, each, one, undescribed, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of
from tests.unit.names import CONTROL_PLANE_GROUP, DEFAULT_GROUP, NODE_GROUP, SUBNETS
from tests.unit.surroundings import acl_entry, narrow_acl, network_acl, permission

INGRESS = "network.open-admin-ingress"
CONTROL_PLANE, NODES, ACL = f"security-group/{CONTROL_PLANE_GROUP}", f"security-group/{NODE_GROUP}", "network-acl/acl-1"
EVERYBODY, EVERYBODY_6 = "0.0.0.0/0", "::/0"


def admits(*permissions: ec2.IpPermission, index: int = 0) -> Change:
    return one("security_groups", index, ip_permissions=permissions)


def tcp(first: int, last: int | None = None, *cidrs: str) -> Change:
    return admits(permission("tcp", (first, last or first), *(cidrs or (EVERYBODY,))))


def acl(*entries: ec2.NetworkAclEntry, **members: object) -> Change:
    return each("network_acls", network_acl(*entries, **members))


ALLOW_ALL, DENY_ALL = acl_entry(100, "allow"), acl_entry(32767, "deny")

CASES = [
    Case(
        INGRESS,
        CONTROL_PLANE,
        tcp(22),
        FAIL,
        "admin_port_open",
        message="sg-cluster admits everybody on the administrative port(s) 22",
    ),
    Case(INGRESS, CONTROL_PLANE, tcp(22, 22, EVERYBODY_6), FAIL, "admin_port_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(22, 22, "10.0.0.0/8", EVERYBODY), FAIL, "admin_port_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(20, 21), PASS),
    Case(INGRESS, CONTROL_PLANE, tcp(20, 22), FAIL, "admin_port_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(2380), FAIL, "admin_port_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(2381), PASS),
    Case(INGRESS, CONTROL_PLANE, tcp(10250), FAIL, "admin_port_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(443), PASS),
    Case(INGRESS, CONTROL_PLANE, tcp(443), FAIL, "admin_port_open", parameters={"admin-ports": ["440-443"]}),
    Case(INGRESS, CONTROL_PLANE, tcp(22), PASS, parameters={"admin-ports": []}),
    Case(INGRESS, CONTROL_PLANE, tcp(22), UNKNOWN, "control_error", parameters={"admin-ports": ["ssh"]}),
    Case(INGRESS, CONTROL_PLANE, tcp(22, 22, "203.0.113.0/24"), PASS),
    Case(INGRESS, CONTROL_PLANE, admits(permission("udp", (22, 22), EVERYBODY)), PASS),
    Case(
        INGRESS,
        CONTROL_PLANE,
        admits(permission("-1", None, EVERYBODY)),
        FAIL,
        "all_traffic_open",
        message="sg-cluster admits all traffic from everywhere",
    ),
    Case(INGRESS, CONTROL_PLANE, admits(permission("-1", (-1, -1), EVERYBODY_6)), FAIL, "all_traffic_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(0, 65535), FAIL, "admin_port_open"),
    Case(
        INGRESS,
        CONTROL_PLANE,
        tcp(30000, 30010),
        WARN,
        "node_ports_open",
        message="sg-cluster admits everybody on node ports (30000-32767)",
    ),
    Case(INGRESS, CONTROL_PLANE, admits(permission("udp", (32767, 40000), EVERYBODY)), WARN, "node_ports_open"),
    Case(INGRESS, CONTROL_PLANE, tcp(32768), PASS),
    Case(INGRESS, CONTROL_PLANE, tcp(32768), WARN, "node_ports_open", parameters={"nodeport-range": "32768-33000"}),
    # The groups of templates count before any node runs with them.
    Case(INGRESS, NODES, admits(permission("tcp", (22, 22), EVERYBODY), index=1), FAIL, "admin_port_open"),
    Case(
        INGRESS,
        "security-group/sg-default",
        one("instances", 2, security_groups=(ec2.GroupReference(group_id=DEFAULT_GROUP),)),
        PASS,
    ),
    Case(
        INGRESS,
        "security-group/sg-extra",
        cluster(resources_vpc_config=eks.VpcConfig(vpc_id=VPC, subnet_ids=SUBNETS, security_group_ids=("sg-extra",))),
        UNKNOWN,
        "not_found_in_listing",
    ),
    Case(INGRESS, CONTROL_PLANE, without("security_groups"), UNKNOWN, "access_denied"),
    # A violation seen in a part of the evidence is one.
    Case(INGRESS, CONTROL_PLANE, all_of(tcp(22), without("instances")), FAIL, "admin_port_open"),
    Case(INGRESS, "security-group/*", without("instances"), UNKNOWN, "access_denied"),
    Case(INGRESS, "security-group/*", without("launch_templates"), UNKNOWN, "access_denied"),
    Case(INGRESS, "security-group/*", undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(INGRESS, "security-group/*", without("cluster"), UNKNOWN, "access_denied"),
    # --- network ACLs
    Case(
        INGRESS,
        ACL,
        acl(ALLOW_ALL, DENY_ALL),
        WARN,
        "acl_admits_login",
        message="network ACL acl-1 allows port(s) 22, 3389 from everywhere",
    ),
    Case(
        INGRESS,
        ACL,
        acl(ALLOW_ALL, DENY_ALL, is_default=True),
        WARN,
        "acl_admits_login",
        message="the default network ACL acl-1 allows port(s) 22, 3389 from everywhere",
    ),
    # The first rule that matches decides, whatever the order of the answer.
    Case(INGRESS, ACL, acl(ALLOW_ALL, acl_entry(90, "deny")), PASS),
    Case(INGRESS, ACL, acl(acl_entry(110, "deny"), ALLOW_ALL), WARN, "acl_admits_login"),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", (22, 22)), DENY_ALL), WARN, "acl_admits_login"),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", (443, 443)), DENY_ALL), PASS),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", (3000, 4000)), DENY_ALL), WARN, "acl_admits_login"),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", cidr_block="10.0.0.0/8"), DENY_ALL), PASS),
    Case(
        INGRESS,
        ACL,
        acl(acl_entry(100, "allow", cidr_block=None, ipv6_cidr_block="::/0"), DENY_ALL),
        WARN,
        "acl_admits_login",
    ),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", protocol="17"), DENY_ALL), PASS),
    Case(INGRESS, ACL, acl(acl_entry(100, "allow", egress=True)), PASS),
    Case(
        INGRESS,
        "network-acl/*",
        acl(DENY_ALL, associations=(ec2.NetworkAclAssociation(subnet_id="subnet-a"),)),
        UNKNOWN,
        "not_found_in_listing",
        message="the network ACL of subnet-b, subnet-c was not in the listing",
    ),
    Case(INGRESS, "network-acl/*", without("network_acls"), UNKNOWN, "access_denied"),
    Case(INGRESS, "network-acl/*", without("fargate_profiles"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_ingress(case: Case) -> None:
    check(case)


def test_acls_of_other_subnets_and_groups_of_others_are_not_judged() -> None:
    other = network_acl(
        ALLOW_ALL, network_acl_id="acl-other", associations=(ec2.NetworkAclAssociation(subnet_id="subnet-z"),)
    )
    found = verdicts_of(named(INGRESS), each("network_acls", narrow_acl(), other))
    assert set(found) == {CONTROL_PLANE, NODES, ACL}


def test_groups_of_an_interface_of_a_template_count() -> None:
    data = ec2.LaunchTemplateData(network_interfaces=(ec2.NetworkInterface(groups=(DEFAULT_GROUP,)),))
    templates = each(
        "launch_templates",
        template_version("lt-eks-general", 1, launch_template_data=data),
        template_version("lt-eks-rocket", 1),
        template_version("lt-workers", 1),
    )
    assert f"security-group/{DEFAULT_GROUP}" in verdicts_of(named(INGRESS), templates)
