import msgspec
import pytest

from plumbline.domain.depending import dependencies
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2, eks
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.index import Kind, Place
from plumbline.domain.need import need
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.verdict import Reason
from tests.unit import surroundings
from tests.unit.baseline import compliant, compliant_account, compliant_fleet, compliant_region
from tests.unit.changes import Change, all_of, section, without
from tests.unit.names import ACCOUNT, ISSUER, NOW, OTHER_ACCOUNT, REGION, SUBNETS, VPC, listed, read
from tests.unit.surroundings import CONTROLLERS

THROTTLED = NotCollected(Reason.THROTTLED, "too many requests")
_GLOBAL = {Kind.ROLE, Kind.POLICY, Kind.USER, Kind.AUTOSCALER, Kind.ISSUER}


def of(kind: Kind, snapshot: Snapshot, account: str = ACCOUNT) -> set[str]:
    region = "" if kind in _GLOBAL else REGION
    return set(dependencies(snapshot, NOW).found.get(Place(account, region, kind), ()))


WHOLE = {
    Kind.VPC: {VPC},
    Kind.SUBNET: set(SUBNETS),
    Kind.SECURITY_GROUP: {"sg-cluster", "sg-nodes", "sg-default"},
    Kind.ROUTE_TABLE: {"rtb-main"},
    Kind.NETWORK_ACL: {"acl-1"},
    Kind.NAT_GATEWAY: {"nat-1"},
    Kind.LAUNCH_TEMPLATE: {"general", "lt-general", "lt-eks-general", "lt-eks-rocket", "lt-workers"},
    Kind.AUTO_SCALING_GROUP: {"eks-general", "eks-rocket", "workers"},
    Kind.INSTANCE: {"i-general", "i-rocket", "i-workers"},
    Kind.ROLE: {"admin", "cluster", "deploy", "fargate", "nodes", "orders", "workers", *CONTROLLERS},
    Kind.ISSUER: {ISSUER},
    Kind.KEY: {"1"},
    Kind.LOG_GROUP: {"/aws/eks/payments/cluster"},
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_cluster_depends_on_what_it_is_made_of(kind: Kind) -> None:
    assert of(kind, compliant()) == WHOLE[kind]


def test_a_region_depends_on_its_trails_and_an_account_on_the_roles_of_workloads() -> None:
    region, account = dependencies(compliant_region(), NOW), dependencies(compliant_account(), NOW)
    assert region.found == {Place(ACCOUNT, REGION, Kind.TRAIL): {"all"}}
    assert account.found == {Place(ACCOUNT, "", Kind.ROLE): {"orders"}}
    assert dependencies(compliant_fleet(), NOW).found == {}


def test_a_shared_vpc_is_its_owners() -> None:
    vpcs = section("vpcs", read((ec2.Vpc(vpc_id=VPC, owner_id=OTHER_ACCOUNT),)))(compliant())
    assert of(Kind.SUBNET, vpcs) == set()
    assert of(Kind.SUBNET, vpcs, OTHER_ACCOUNT) == set(SUBNETS)
    # A participant has security groups of its own in it.
    assert of(Kind.SECURITY_GROUP, vpcs) == WHOLE[Kind.SECURITY_GROUP]


def test_associations_are_known_by_their_own_ids() -> None:
    association = ec2.RouteTableAssociation(subnet_id=SUBNETS[0], route_table_association_id="rtbassoc-1")
    other = ec2.RouteTableAssociation(subnet_id="subnet-other", route_table_association_id="rtbassoc-2")
    table = ec2.RouteTable(route_table_id="rtb-1", vpc_id=VPC, associations=(association, other))
    changed = section("route_tables", read((table,)))(compliant())
    assert of(Kind.ROUTE_TABLE, changed) == {"rtb-1", "rtbassoc-1"}


def test_users_with_an_entry_are_watched() -> None:
    user = f"arn:aws:iam::{ACCOUNT}:user/people/jane"
    assert of(Kind.USER, section("access_entries", read((user,)))(compliant())) == {"jane"}


def test_policies_of_the_account_are_watched_and_those_of_aws_are_not() -> None:
    own = f"arn:aws:iam::{ACCOUNT}:policy/nodes"
    authorization = need(compliant().account.authorization)
    policies = (aws.AttachedPolicy(policy_arn=own), aws.AttachedPolicy(policy_arn="arn:aws:iam::aws:policy/X"))
    roles = tuple(msgspec.structs.replace(role, attached_managed_policies=policies) for role in authorization.roles)
    changed = section("authorization", read(msgspec.structs.replace(authorization, roles=roles)))(compliant())
    assert of(Kind.POLICY, changed) == {own}


@pytest.mark.parametrize("how", ["pod identity", "web identity"])
def test_the_autoscalers_role_is_known(how: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/scaler"
    if how == "pod identity":
        identity = eks.PodIdentity(association_id="a-1", service_account="cluster-autoscaler", role_arn=arn)
        changed = section("pod_identities", listed(**{"a-1": identity}))(compliant())
    else:
        trust = {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {f"{ISSUER}:sub": "system:serviceaccount:kube-system:cluster-autoscaler"}
                    },
                }
            ]
        }
        role = aws.Role(arn=arn, role_name="scaler", assume_role_policy_document=trust)
        roles = section("authorization", read(aws.Authorization(roles=(role,))))
        changed = all_of(section("pod_identities", listed()), roles)(compliant())
    assert of(Kind.AUTOSCALER, changed) == {"scaler"}
    assert of(Kind.AUTOSCALER, section("pod_identities", listed())(compliant())) == set()


def test_a_flow_log_is_known_by_its_id() -> None:
    logs = (ec2.FlowLog(resource_id=VPC, flow_log_id="fl-1"), ec2.FlowLog(resource_id="vpc-2", flow_log_id="fl-2"))
    assert of(Kind.FLOW_LOG, section("flow_logs", read(logs))(compliant())) == {"fl-1"}


@pytest.mark.parametrize(
    ("change", "unread"),
    [
        (section("nat_gateways", THROTTLED), {Kind.NAT_GATEWAY}),
        (section("security_groups", THROTTLED), {Kind.SECURITY_GROUP}),
        (without("nat_gateways"), set()),
    ],
)
def test_what_is_missing_for_now_is_told_apart_from_what_is_refused(change: Change, unread: set[Kind]) -> None:
    assert dependencies(change(compliant()), NOW).unread == unread


def test_without_any_evidence_nothing_is_claimed() -> None:
    empty = Snapshot(subject=compliant().subject)
    found = dependencies(empty, NOW)
    assert {place.kind for place in found.found} == {Kind.LOG_GROUP}
    assert found.unread >= {Kind.VPC, Kind.ROLE, Kind.KEY}


def test_the_default_group_is_the_one_of_the_clusters_own_vpc() -> None:
    other = msgspec.structs.replace(surroundings.security_groups()[2], group_id="sg-other", vpc_id="vpc-2")
    groups = section("security_groups", read((*surroundings.security_groups(), other)))(compliant())
    assert of(Kind.SECURITY_GROUP, groups) == WHOLE[Kind.SECURITY_GROUP]
