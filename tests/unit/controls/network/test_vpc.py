import pytest

from plumbline.domain.evidence import ec2, eks
from tests.unit.baseline import VPC, read, template_version
from tests.unit.changes import DENIED, Change, all_of, cluster, each, keyed, one, undescribed, without
from tests.unit.controls.cases import FAIL, LOW, PASS, UNKNOWN, Case, check, label
from tests.unit.names import DEFAULT_GROUP
from tests.unit.surroundings import permission, security_group

DNS, DEFAULT, HOME = "network.vpc-dns", "network.default-sg-restricted", f"vpc/{VPC}"
DEFAULT_INDEX = 2
INSIDE = permission("-1", None, "10.0.0.0/8")


def dns(*, support: bool, hostnames: bool) -> Change:
    return keyed("vpc_attributes", VPC, read(ec2.VpcAttributes(dns_support=support, dns_hostnames=hostnames)))


INBOUND = one("security_groups", DEFAULT_INDEX, ip_permissions=(INSIDE,))
OUTBOUND = one("security_groups", DEFAULT_INDEX, ip_permissions_egress=(INSIDE, INSIDE))
USED_BY_NODE = one("instances", 0, security_groups=(ec2.GroupReference(group_id=DEFAULT_GROUP),))
USED_BY_TEMPLATE = each(
    "launch_templates",
    template_version("lt-eks-general", 1),
    template_version("lt-eks-rocket", 1),
    template_version(
        "lt-workers",
        1,
        launch_template_data=ec2.LaunchTemplateData(
            network_interfaces=(ec2.NetworkInterface(groups=(DEFAULT_GROUP,)),)
        ),
    ),
)

CASES = [
    Case(
        DNS,
        HOME,
        dns(support=True, hostnames=False),
        FAIL,
        "dns_hostnames_off",
        message="DNS hostnames of the VPC: off",
    ),
    Case(DNS, HOME, dns(support=False, hostnames=True), FAIL, "dns_support_off"),
    Case(DNS, HOME, dns(support=False, hostnames=False), FAIL, "dns_support_off dns_hostnames_off"),
    Case(DNS, HOME, keyed("vpc_attributes", VPC, DENIED), UNKNOWN, "access_denied"),
    Case(DNS, "vpc/vpc-2", cluster(resources_vpc_config=eks.VpcConfig(vpc_id="vpc-2")), UNKNOWN, "not_collected"),
    Case(DNS, "vpc/*", cluster(resources_vpc_config=eks.VpcConfig()), UNKNOWN, "not_collected"),
    Case(DEFAULT, "vpc/*", cluster(resources_vpc_config=eks.VpcConfig()), UNKNOWN, "not_collected"),
    Case(DNS, "vpc/*", without("cluster"), UNKNOWN, "access_denied"),
    # --- default-sg-restricted
    Case(
        DEFAULT,
        HOME,
        INBOUND,
        FAIL,
        "default_group_open",
        LOW,
        message="the default group sg-default has 1 inbound and 0 outbound rule(s)",
    ),
    Case(DEFAULT, HOME, OUTBOUND, FAIL, "default_group_open", LOW),
    Case(DEFAULT, HOME, all_of(INBOUND, USED_BY_NODE), FAIL, "default_group_open"),
    Case(DEFAULT, HOME, all_of(INBOUND, USED_BY_TEMPLATE), FAIL, "default_group_open"),
    # Not known to be unused is treated as used.
    Case(DEFAULT, HOME, all_of(INBOUND, without("instances")), FAIL, "default_group_open"),
    Case(DEFAULT, HOME, all_of(INBOUND, undescribed("nodegroups", "general")), FAIL, "default_group_open"),
    Case(DEFAULT, HOME, USED_BY_NODE, PASS),
    # Only the VPC's own group counts.
    Case(
        DEFAULT,
        HOME,
        each(
            "security_groups",
            security_group(DEFAULT_GROUP, "default"),
            ec2.SecurityGroup(group_id="sg-x", group_name="default", vpc_id="vpc-2", ip_permissions=(INSIDE,)),
        ),
        PASS,
    ),
    Case(DEFAULT, HOME, each("security_groups"), UNKNOWN, "not_found_in_listing"),
    Case(DEFAULT, HOME, without("security_groups"), UNKNOWN, "access_denied"),
    Case(DEFAULT, "vpc/*", without("cluster"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_vpc(case: Case) -> None:
    check(case)
