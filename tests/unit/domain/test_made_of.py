from plumbline.domain.evidence import ec2
from plumbline.domain.index import Kind
from plumbline.domain.made_of import MadeOf
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Resource
from tests.unit.baseline import compliant
from tests.unit.changes import section
from tests.unit.names import NODE_ROLE, NOW, SUBNETS, VPC, read


def parts(resource: Resource, kind: Kind, snapshot: Snapshot | None = None) -> set[str]:
    found = MadeOf(snapshot or compliant(), NOW)(resource)
    return {part.name for part in found if part.kind == kind}


GENERAL = Resource("nodegroup", "general")


def test_a_node_group_is_made_of_its_templates_groups_and_instances() -> None:
    assert parts(GENERAL, Kind.LAUNCH_TEMPLATE) == {"general", "lt-general", "lt-eks-general"}
    assert parts(GENERAL, Kind.AUTO_SCALING_GROUP) == {"eks-general"}
    assert parts(GENERAL, Kind.INSTANCE) == {"i-general"}
    assert parts(GENERAL, Kind.SUBNET) == set(SUBNETS)
    assert parts(GENERAL, Kind.ROUTE_TABLE) == {"rtb-main"}


def test_a_self_managed_group_has_its_own_template() -> None:
    assert parts(Resource("auto-scaling-group", "workers"), Kind.LAUNCH_TEMPLATE) == {"lt-workers"}


def test_a_vpc_is_made_of_its_default_group_and_its_ways_out() -> None:
    vpc = Resource("vpc", VPC)
    assert parts(vpc, Kind.SECURITY_GROUP) == {"sg-default"}
    assert parts(vpc, Kind.NAT_GATEWAY) == {"nat-1"}
    assert parts(vpc, Kind.ROUTE_TABLE) == {"rtb-main"}


def test_a_role_is_made_of_its_policies() -> None:
    assert "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy" in parts(Resource("iam-role", NODE_ROLE), Kind.POLICY)


def test_a_subnet_has_the_table_that_serves_it() -> None:
    own = ec2.RouteTable(
        route_table_id="rtb-own",
        vpc_id=VPC,
        associations=(ec2.RouteTableAssociation(subnet_id=SUBNETS[0]),),
    )
    changed = section("route_tables", read((own,)))(compliant())
    assert parts(Resource("subnet", SUBNETS[0]), Kind.ROUTE_TABLE, changed) == {"rtb-own"}
    assert parts(Resource("subnet", SUBNETS[1]), Kind.ROUTE_TABLE, changed) == set()


def test_of_what_is_not_known_nothing_is_said() -> None:
    assert MadeOf(compliant(), NOW)(Resource("cluster", "payments")) == frozenset()
    assert MadeOf(Snapshot(subject=compliant().subject), NOW)(GENERAL) == frozenset()
