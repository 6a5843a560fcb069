from typing import Any

import pytest

from plumbline.domain.evidence import ec2, eks
from plumbline.domain.snapshot import Snapshot
from tests.unit.baseline import NAME, VPC, instance, instances, read, route_table, template_version
from tests.unit.changes import Change, all_of, cluster, each, nodegroup, one, section, undescribed, without
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label, named, verdicts_of

PRIVATE, REMOTE = "nodegroup.private-placement", "nodegroup.remote-access"
GENERAL, WORKERS, BATCH = "nodegroup/general", "auto-scaling-group/workers", "fargate-profile/batch"
OTHERS, AUTO = "compute-pool/unattached", "compute-pool/auto-mode"
GENERAL_NODE, WORKER_NODE = 0, 2
PUBLIC_SUBNET = each(
    "route_tables",
    route_table("rtb-main", main=True),
    route_table("rtb-public", subnets=("subnet-b",), gateway="igw-1"),
)


def main_table(**route: Any) -> Change:
    table = ec2.RouteTable(
        route_table_id="rtb-main",
        vpc_id=VPC,
        associations=(ec2.RouteTableAssociation(main=True),),
        routes=(ec2.Route(**({"destination_cidr_block": "0.0.0.0/0", "state": "active"} | route)),),
    )
    return each("route_tables", table)


def generated_template(data: ec2.LaunchTemplateData) -> Change:
    return one("launch_templates", 1, launch_template_data=data)


def also_runs(identifier: str, tag: str, value: str, **members: Any) -> Change:
    return each("instances", *instances(), instance(identifier, tag, value, **members))


AUTO_MODE = all_of(
    cluster(compute_config=eks.ComputeConfig(enabled=True, node_pools=("system",))),
    also_runs("i-auto", "eks:eks-cluster-name", NAME),
)
PUBLIC_TEMPLATE = generated_template(
    ec2.LaunchTemplateData(network_interfaces=(ec2.NetworkInterface(associate_public_ip_address=True),))
)
SSH = eks.RemoteAccess(ec2_ssh_key="ops")
SSH_FROM_BASTION = eks.RemoteAccess(ec2_ssh_key="ops", source_security_groups=("sg-bastion",))

CASES = [
    Case(
        PRIVATE,
        GENERAL,
        PUBLIC_SUBNET,
        FAIL,
        "public_subnet",
        message="general is public: its subnets subnet-b route to the internet",
    ),
    Case(PRIVATE, WORKERS, PUBLIC_SUBNET, FAIL, "public_subnet"),
    Case(PRIVATE, BATCH, PUBLIC_SUBNET, FAIL, "public_subnet"),
    Case(PRIVATE, GENERAL, main_table(gateway_id="igw-1"), FAIL, "public_subnet"),
    Case(
        PRIVATE,
        GENERAL,
        main_table(destination_cidr_block=None, destination_ipv6_cidr_block="::/0", gateway_id="igw-1"),
        FAIL,
        "public_subnet",
    ),
    Case(PRIVATE, GENERAL, main_table(gateway_id="igw-1", state="blackhole"), PASS),
    Case(PRIVATE, GENERAL, main_table(gateway_id="eigw-1"), PASS),
    Case(PRIVATE, GENERAL, main_table(gateway_id="igw-1", destination_cidr_block="203.0.113.0/24"), PASS),
    Case(
        PRIVATE,
        GENERAL,
        one("instances", GENERAL_NODE, public_ip_address="198.51.100.7"),
        FAIL,
        "public_address",
        message="general is public: its nodes i-general have public addresses",
    ),
    Case(PRIVATE, "nodegroup/rocket", one("instances", GENERAL_NODE, public_ip_address="198.51.100.7"), PASS),
    Case(PRIVATE, WORKERS, one("instances", WORKER_NODE, public_ip_address="198.51.100.7"), FAIL, "public_address"),
    Case(PRIVATE, GENERAL, PUBLIC_TEMPLATE, FAIL, "template_public_address"),
    Case(PRIVATE, GENERAL, all_of(PUBLIC_TEMPLATE, PUBLIC_SUBNET), FAIL, "public_subnet template_public_address"),
    Case(PRIVATE, GENERAL, PUBLIC_SUBNET, NA, "allowed_public", parameters={"allowed-public-pools": ["general"]}),
    Case(PRIVATE, AUTO, AUTO_MODE, PASS),
    Case(PRIVATE, AUTO, all_of(AUTO_MODE, main_table(gateway_id="igw-1")), FAIL, "public_subnet"),
    Case(
        PRIVATE,
        OTHERS,
        also_runs("i-lost", "Name", "nobody's", public_ip_address="198.51.100.7"),
        FAIL,
        "public_address",
    ),
    # A violation seen in a part of the evidence is one; without all of it nothing is private.
    Case(PRIVATE, GENERAL, all_of(PUBLIC_SUBNET, without("instances")), FAIL, "public_subnet"),
    Case(PRIVATE, GENERAL, all_of(PUBLIC_TEMPLATE, without("route_tables")), FAIL, "template_public_address"),
    Case(PRIVATE, GENERAL, without("instances"), UNKNOWN, "access_denied"),
    Case(PRIVATE, GENERAL, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(PRIVATE, GENERAL, without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(PRIVATE, GENERAL, without("route_tables"), UNKNOWN, "access_denied"),
    Case(PRIVATE, BATCH, without("instances"), PASS),
    Case(PRIVATE, GENERAL, each("route_tables"), UNKNOWN, "not_found_in_listing"),
    Case(PRIVATE, GENERAL, each("auto_scaling_groups"), UNKNOWN, "not_found_in_listing"),
    Case(PRIVATE, GENERAL, each("launch_templates"), UNKNOWN, "not_found_in_listing"),
    Case(PRIVATE, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(PRIVATE, BATCH, undescribed("fargate_profiles", "batch"), UNKNOWN, "access_denied"),
    Case(PRIVATE, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
    Case(PRIVATE, "fargate-profile/*", without("fargate_profiles"), UNKNOWN, "access_denied"),
    Case(PRIVATE, "auto-scaling-group/*", without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    # What nobody can list may hold nodes of no group.
    Case(PRIVATE, "compute-pool/*", without("instances"), UNKNOWN, "access_denied"),
    Case(PRIVATE, "compute-pool/*", without("cluster"), UNKNOWN, "access_denied"),
    Case(PRIVATE, GENERAL, nodegroup("general", status="UPDATING"), PASS, during_transition=True),
    # --- remote-access
    Case(
        REMOTE,
        GENERAL,
        nodegroup("general", remote_access=SSH),
        FAIL,
        "open_to_the_internet",
        CRITICAL,
        message="remote access with key pair ops and no source security group is open to the internet",
    ),
    Case(
        REMOTE,
        GENERAL,
        nodegroup("general", remote_access=SSH_FROM_BASTION),
        WARN,
        "key_pair",
        message="nodes accept the key pair ops",
    ),
    Case(
        REMOTE,
        GENERAL,
        nodegroup("general", remote_access=SSH_FROM_BASTION),
        FAIL,
        "key_pair",
        parameters={"key-pair": "fail"},
    ),
    Case(REMOTE, GENERAL, nodegroup("general", remote_access=eks.RemoteAccess()), PASS),
    Case(REMOTE, GENERAL, generated_template(ec2.LaunchTemplateData(key_name="ops")), WARN, "key_pair"),
    Case(REMOTE, GENERAL, one("instances", GENERAL_NODE, key_name="ops"), WARN, "key_pair"),
    Case(REMOTE, WORKERS, one("instances", WORKER_NODE, key_name="ops"), WARN, "key_pair"),
    Case(REMOTE, AUTO, AUTO_MODE, PASS),
    Case(REMOTE, BATCH, each("instances"), NA, "fargate"),
    Case(
        REMOTE,
        GENERAL,
        all_of(nodegroup("general", remote_access=SSH), without("instances")),
        FAIL,
        "open_to_the_internet",
        CRITICAL,
    ),
    Case(REMOTE, GENERAL, without("instances"), UNKNOWN, "access_denied"),
    Case(REMOTE, GENERAL, without("launch_templates"), UNKNOWN, "access_denied"),
    Case(REMOTE, GENERAL, without("auto_scaling_groups"), UNKNOWN, "access_denied"),
    Case(REMOTE, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(REMOTE, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_placement(case: Case) -> None:
    check(case)


def test_a_node_group_and_a_profile_of_one_name_are_two_resources() -> None:
    def same_name(snapshot: Snapshot) -> Snapshot:
        profiles = snapshot.cluster.fargate_profiles
        twin = profiles.items["batch"]
        renamed = type(profiles)(names=read(("general",)), items={"general": twin})
        return section("fargate_profiles", renamed)(snapshot)

    found = verdicts_of(named(PRIVATE), same_name)
    assert {"nodegroup/general", "fargate-profile/general"} <= set(found)


def test_the_drift_of_nodes_coming_and_going_does_not_change_the_evidence() -> None:
    one_node = one("instances", GENERAL_NODE, public_ip_address="198.51.100.7")
    other_node = one("instances", GENERAL_NODE, public_ip_address="198.51.100.8", instance_id="i-replaced")
    observed = [verdicts_of(named(PRIVATE), change)[GENERAL].observed for change in (one_node, other_node)]
    assert observed[0] == observed[1]
    assert observed[0]["nodes_with_public_address"] is True


def test_templates_of_other_groups_do_not_matter() -> None:
    public = template_version(
        "lt-other",
        1,
        launch_template_data=ec2.LaunchTemplateData(
            network_interfaces=(ec2.NetworkInterface(associate_public_ip_address=True),)
        ),
    )

    def with_other(snapshot: Snapshot) -> Snapshot:
        listed = snapshot.region.launch_templates
        return section("launch_templates", read((*listed.value, public)))(snapshot)  # type: ignore[union-attr]

    check(Case(PRIVATE, GENERAL, with_other, PASS))
