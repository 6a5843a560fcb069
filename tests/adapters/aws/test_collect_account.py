"""Accounts: the credential report, organizations, and roles where an account refuses to list them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec
import pytest

from plumbline.adapters.aws.credential_report import WAITS
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.domain.evidence.account import AccessKey, Credential, CredentialReport, PolicyText
from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.need import need
from plumbline.domain.snapshot import CLUSTER_SECTIONS, AccountEvidence, ClusterEvidence
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from plumbline.ports import Target
from tests.adapters.aws.cycle import TARGET, Cycle
from tests.adapters.aws.stub import ACCOUNT, NOW, OTHER_REGION, REGION, Refusal, SimulatedAws, sessions_of, source_of
from tests.adapters.aws.worlds import ADMINISTRATOR, Shape, cluster_name, world_of

pytestmark = pytest.mark.usefixtures("simulated_credentials")

HOUR = timedelta(hours=1)
NODE_ROLE, CLUSTER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/node-0", f"arn:aws:iam::{ACCOUNT}:role/cluster"
OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/own"


def aws_of(**shape: int) -> SimulatedAws:
    return SimulatedAws(world_of(Shape(clusters=1, **shape)))  # type: ignore[arg-type]


def account_of(aws: SimulatedAws, *sections: str) -> AccountEvidence:
    return source_of(aws).collect_account(ACCOUNT, frozenset(sections), NOW)


# --- credential report


def test_only_the_columns_that_are_judged_are_kept() -> None:
    assert account_of(aws_of(), "credential_report").credential_report == Collected(
        CredentialReport(
            generated_at=NOW,
            rows=(
                Credential(user="<root_account>", mfa_active=True),
                Credential(
                    user="ops",
                    password_last_used=datetime(2026, 2, 1, 10, tzinfo=UTC),
                    mfa_active=False,
                    keys=(AccessKey(active=True, last_rotated=datetime(2025, 12, 1, tzinfo=UTC)),),
                ),
            ),
        ),
        NOW,
    )


def slow_report(seconds: float) -> tuple[SimulatedAws, AwsEvidenceSource, list[float]]:
    """An account whose report takes so many seconds; what is slept is kept."""
    world = world_of(Shape(clusters=0))
    slept: list[float] = []
    world.clock = lambda: NOW + timedelta(seconds=sum(slept))
    world.settle_seconds = seconds
    aws = SimulatedAws(world)
    sessions = sessions_of(aws)
    sessions.sleep = slept.append
    return aws, AwsEvidenceSource(sessions), slept


def test_a_report_that_is_being_made_is_waited_for() -> None:
    aws, source, slept = slow_report(seconds=3)
    report = source.collect_account(ACCOUNT, frozenset({"credential_report"}), NOW).credential_report
    assert isinstance(report, Collected)
    assert slept == [1, 2]
    assert (aws.calls["iam:GenerateCredentialReport"], aws.calls["iam:GetCredentialReport"]) == (1, 3)


def test_a_report_that_takes_long_is_left_to_the_next_sweep() -> None:
    aws, source, slept = slow_report(seconds=3600)
    report = source.collect_account(ACCOUNT, frozenset({"credential_report"}), NOW).credential_report
    assert report == NotCollected(Reason.NOT_COLLECTED, "iam:GetCredentialReport: the report is not made yet", NOW)
    assert tuple(slept) == WAITS
    assert aws.calls["iam:GetCredentialReport"] == len(WAITS) + 1


@pytest.mark.parametrize("operation", ["GenerateCredentialReport", "GetCredentialReport"])
def test_a_refused_report_says_why(operation: str) -> None:
    aws = aws_of()
    aws.refuse(f"iam:{operation}", Refusal("AccessDenied", 403))
    report = account_of(aws, "credential_report").credential_report
    assert report == NotCollected(Reason.ACCESS_DENIED, f"iam:{operation} AccessDenied: no", NOW)


@pytest.mark.parametrize(
    "row",
    [
        {"user": "ops", "password_last_used": "yesterday", "mfa_active": "true"},
        {"user": "ops", "password_last_used": "N/A", "mfa_active": "perhaps"},
    ],
)
def test_a_report_that_cannot_be_read_is_a_parse_error(row: dict[str, str]) -> None:
    world = world_of(Shape(clusters=0))
    world.accounts[ACCOUNT].credentials = [row]
    report = account_of(SimulatedAws(world), "credential_report").credential_report
    assert isinstance(report, NotCollected)
    assert report.reason is Reason.PARSE_ERROR
    assert report.detail.startswith("iam:GetCredentialReport unexpected answer: ")


# --- organization, users


def test_an_account_in_no_organization_is_an_answer() -> None:
    aws = aws_of()
    aws.refuse("organizations:DescribeOrganization", Refusal("AWSOrganizationsNotInUseException"))
    assert account_of(aws, "organization").organization == Collected("", NOW)


def test_a_refused_organization_is_missing() -> None:
    aws = aws_of()
    aws.refuse("organizations:DescribeOrganization", Refusal("AccessDeniedException"))
    assert isinstance(account_of(aws, "organization").organization, NotCollected)


def test_what_an_account_holds_is_read() -> None:
    account = account_of(aws_of(), "authorization", "organization", "saml_providers")
    assert need(account.authorization).users == (f"arn:aws:iam::{ACCOUNT}:user/ops",)
    assert need(account.authorization).complete
    assert need(account.organization) == "o-1"
    assert need(account.saml_providers) == (f"arn:aws:iam::{ACCOUNT}:saml-provider/corp",)


# --- roles one by one


@pytest.fixture
def refusing() -> Cycle:
    """A region of an account that does not list its principals, but shows each."""
    aws = aws_of(nodegroups=1, profiles=0)
    aws.refuse("iam:GetAccountAuthorizationDetails", Refusal("AccessDenied", 403))
    policy = quote('{"Statement": []}')
    aws.bodies |= {
        "iam:GetRole": body("GetRole", f"<Role><Arn>{NODE_ROLE}</Arn><RoleName>node-0</RoleName></Role>"),
        "iam:ListAttachedRolePolicies": body(
            "ListAttachedRolePolicies",
            "<IsTruncated>false</IsTruncated><AttachedPolicies>"
            "<member><PolicyName>a</PolicyName><PolicyArn>arn:aws:iam::aws:policy/a</PolicyArn></member>"
            f"<member><PolicyName>own</PolicyName><PolicyArn>{OWN_POLICY}</PolicyArn></member></AttachedPolicies>",
        ),
        "iam:ListRolePolicies": body(
            "ListRolePolicies",
            "<IsTruncated>false</IsTruncated><PolicyNames><member>inline</member></PolicyNames>",
        ),
        "iam:GetRolePolicy": body(
            "GetRolePolicy",
            f"<RoleName>node-0</RoleName><PolicyName>inline</PolicyName><PolicyDocument>{policy}</PolicyDocument>",
        ),
        "iam:GetPolicy": body("GetPolicy", "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>"),
        "iam:GetPolicyVersion": body(
            "GetPolicyVersion",
            f"<PolicyVersion><Document>{policy}</Document><IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>",
        ),
    }
    return Cycle(aws)


def body(operation: str, content: str) -> bytes:
    return f"<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>".encode()


def test_roles_that_clusters_name_are_read_one_by_one(refusing: Cycle) -> None:
    calls = refusing.sweep()
    assert {name: count for name, count in calls.items() if name.startswith("iam:") and "Role" in name} == {
        "iam:GetRole": 2,
        "iam:ListAttachedRolePolicies": 2,
        "iam:ListRolePolicies": 2,
        "iam:GetRolePolicy": 2,
    }
    assert (calls["iam:GetPolicy"], calls["iam:GetPolicyVersion"]) == (2, 2)
    assert set(refusing.store.get_region(TARGET).named_roles) == {NODE_ROLE, CLUSTER_ROLE}


def test_they_stand_for_the_listing_and_absence_then_proves_nothing(refusing: Cycle) -> None:
    refusing.sweep()
    found = need(refusing.snapshot(cluster_name(0)).account.authorization)
    assert not found.complete
    role = found.roles[0]
    assert [policy.policy_arn for policy in role.attached_managed_policies] == ["arn:aws:iam::aws:policy/a", OWN_POLICY]
    assert [policy.policy_document for policy in role.role_policy_list] == [{"Statement": []}]
    (policy,) = found.policies
    assert (policy.arn, policy.policy_version_list[0].document) == (OWN_POLICY, {"Statement": []})
    assert policy.policy_version_list[0].is_default_version


def test_they_are_read_once_a_day(refusing: Cycle) -> None:
    refusing.sweep()
    assert "iam:GetRole" not in refusing.sweep(NOW + HOUR)
    assert refusing.sweep(NOW + 24 * HOUR)["iam:GetRole"] == 2


def test_they_are_not_read_where_the_account_lists_them() -> None:
    cycle = Cycle(aws_of())
    assert "iam:GetRole" not in cycle.sweep()
    assert cycle.store.get_region(TARGET).named_roles == {}


def test_one_that_is_refused_leaves_the_others(refusing: Cycle) -> None:
    refusing.aws.refuse("iam:GetRole", Refusal("AccessDenied", 403, holding="RoleName=cluster"))
    refusing.sweep()
    roles = refusing.store.get_region(TARGET).named_roles
    assert roles[CLUSTER_ROLE] == NotCollected(Reason.ACCESS_DENIED, "iam:GetRole AccessDenied: no", NOW)
    assert isinstance(roles[NODE_ROLE], Collected)
    assert len(need(refusing.snapshot(cluster_name(0)).account.authorization).roles) == 1


def test_when_all_are_refused_the_account_s_refusal_stays(refusing: Cycle) -> None:
    refusing.aws.refuse("iam:GetRole", Refusal("AccessDenied", 403))
    refusing.sweep()
    authorization = refusing.snapshot(cluster_name(0)).account.authorization
    assert isinstance(authorization, NotCollected)
    assert authorization.detail == "iam:GetAccountAuthorizationDetails AccessDenied: no"


def test_one_refused_policy_makes_its_role_missing(refusing: Cycle) -> None:
    refusing.aws.refuse("iam:GetPolicy", Refusal("AccessDenied", 403))
    refusing.sweep()
    role = refusing.store.get_region(TARGET).named_roles[NODE_ROLE]
    assert role == NotCollected(Reason.ACCESS_DENIED, "iam:GetPolicy AccessDenied: no", NOW)


# --- registry, detectors


def test_a_repository_without_policies_has_none() -> None:
    sections = frozenset({"repository_policies", "lifecycle_policies"})
    region = source_of(aws_of(repositories=2)).collect_region(TARGET, sections, NOW)
    none, some = "team/app-000", "team/app-001"
    assert region.repository_policies == {
        none: Collected(PolicyText(), NOW),
        some: Collected(PolicyText(document={"Statement": []}), NOW),
    }
    assert region.lifecycle_policies[none] == Collected(PolicyText(), NOW)
    assert isinstance(region.repositories, NotCollected)


def test_a_refused_listing_of_repositories_asks_for_no_policies() -> None:
    aws = aws_of()
    aws.refuse("ecr:DescribeRepositories", Refusal("AccessDeniedException"))
    sections = frozenset({"repositories", "repository_policies"})
    region = source_of(aws).collect_region(TARGET, sections, NOW)
    assert isinstance(region.repositories, NotCollected)
    assert region.repository_policies == {}


def test_a_policy_that_is_no_json_is_a_parse_error() -> None:
    aws = aws_of(repositories=1)
    aws.bodies["ecr:GetRepositoryPolicy"] = b'{"policyText": "<policy/>"}'
    region = source_of(aws).collect_region(TARGET, frozenset({"repository_policies"}), NOW)
    policy = region.repository_policies["team/app-000"]
    assert isinstance(policy, NotCollected)
    assert policy.reason is Reason.PARSE_ERROR


def test_a_region_without_a_detector_lists_none() -> None:
    region = source_of(aws_of(detectors=0)).collect_region(TARGET, frozenset({"detectors"}), NOW)
    assert region.detectors == Listed(names=Collected((), NOW))


# --- access


def test_who_may_administer_a_cluster_is_read() -> None:
    source = source_of(aws_of(entries=3, administrators=1, associations=1))
    part = source.collect_cluster(Subject(ACCOUNT, REGION, cluster_name(0)), frozenset(CLUSTER_SECTIONS), NOW)
    assert len(need(part.access_entries)) == 3
    ((principal, policies),) = part.administrators.items.items()
    assert principal == f"arn:aws:iam::{ACCOUNT}:role/person-000"
    assert [policy.policy_arn for policy in need(policies)] == [ADMINISTRATOR]
    assert [need(one).role_arn for one in part.pod_identities.items.values()] == [f"arn:aws:iam::{ACCOUNT}:role/app"]
    assert (need(part.identity_providers), need(part.capabilities)) == (("corp",), ("ARGOCD",))


def test_a_cluster_that_knows_the_config_map_alone_has_no_entries_and_is_not_asked() -> None:
    world = world_of(Shape(clusters=1))
    world.place(ACCOUNT, REGION).clusters[cluster_name(0)].description["accessConfig"] = {
        "authenticationMode": "CONFIG_MAP"
    }
    aws = SimulatedAws(world)
    sections = frozenset({"cluster", "access_entries", "administrators"})
    part = source_of(aws).collect_cluster(Subject(ACCOUNT, REGION, cluster_name(0)), sections, NOW)
    assert part.access_entries == Collected((), NOW)
    assert part.administrators == Listed(names=Collected((), NOW))
    assert aws.calls == {"eks:DescribeCluster": 1}


# What EKS says of a cluster without access entries, and of any other request that it does not like.
INVALID = Refusal("InvalidRequestException", 400)


@pytest.mark.parametrize("mode", ["API", "API_AND_CONFIG_MAP"])
def test_in_another_mode_the_same_answer_is_a_refusal(mode: str) -> None:
    world = world_of(Shape(clusters=1))
    world.place(ACCOUNT, REGION).clusters[cluster_name(0)].description["accessConfig"] = {"authenticationMode": mode}
    part = entries_of(SimulatedAws(world))
    assert isinstance(part.cluster, Collected)
    assert isinstance(part.access_entries, NotCollected)
    assert part.access_entries.detail == "eks:ListAccessEntries InvalidRequestException: no"
    assert isinstance(part.administrators.names, NotCollected)


def test_of_a_cluster_that_could_not_be_described_nobody_knows_that_it_has_no_entries() -> None:
    aws = aws_of()
    aws.refuse("eks:DescribeCluster", Refusal("AccessDeniedException", 403))
    part = entries_of(aws)
    assert isinstance(part.access_entries, NotCollected)
    assert isinstance(part.administrators.names, NotCollected)


def entries_of(aws: SimulatedAws) -> ClusterEvidence:
    aws.refuse("eks:ListAccessEntries", INVALID)
    sections = frozenset({"cluster", "access_entries", "administrators"})
    return source_of(aws).collect_cluster(Subject(ACCOUNT, REGION, cluster_name(0)), sections, NOW)


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")])
def test_the_policy_of_administrators_is_of_the_region_s_partition(region: str, partition: str) -> None:
    aws = aws_of()
    subject = Subject(ACCOUNT, region, cluster_name(0), partition)
    source_of(aws).collect_cluster(subject, frozenset({"administrators"}), NOW)
    assert quote(f"arn:{partition}:eks::aws:cluster-access-policy", safe="") in aws.requests[0][3]


# --- add-ons


def test_of_an_add_on_s_configuration_only_what_is_judged_is_kept() -> None:
    world = world_of(Shape(clusters=1))
    installed = world.place(ACCOUNT, REGION).clusters[cluster_name(0)].addons
    name = min(installed)
    installed[name]["configurationValues"] = '{"enableNetworkPolicy": "true", "env": {"TOKEN": "s3cret"}}'
    source = source_of(SimulatedAws(world))
    part = source.collect_cluster(Subject(ACCOUNT, REGION, cluster_name(0)), frozenset({"addons"}), NOW)
    assert need(part.addons.items[name]).switches == {"enableNetworkPolicy": True}
    assert all(need(one).switches == {} for other, one in part.addons.items.items() if other != name)
    assert b"s3cret" not in msgspec.json.encode(part)


# --- images, volumes


def test_an_image_that_no_longer_exists_hides_no_other_and_is_asked_for_again() -> None:
    world = world_of(Shape(clusters=1))
    world.place(ACCOUNT, REGION).instances[0]["ImageId"] = "ami-gone"
    cycle = Cycle(SimulatedAws(world))
    assert cycle.sweep()["ec2:DescribeImages"] == 1
    assert [image.image_id for image in need(cycle.store.get_region(TARGET).images)] == ["ami-1"]
    assert cycle.sweep(NOW + HOUR)["ec2:DescribeImages"] == 1


def test_a_new_image_is_read_and_the_known_ones_keep_their_age() -> None:
    world = world_of(Shape(clusters=1))
    cycle = Cycle(SimulatedAws(world))
    cycle.sweep()
    place = world.place(ACCOUNT, REGION)
    place.images.append({"ImageId": "ami-2"})
    place.instances[0]["ImageId"] = "ami-2"
    assert cycle.sweep(NOW + HOUR)["ec2:DescribeImages"] == 1
    asked = [request for *_, operation, request in cycle.aws.requests if operation == "ec2:DescribeImages"]
    assert "ami-2" in asked[1]
    assert "ami-1" not in asked[1]
    images = cycle.store.get_region(TARGET).images
    assert sorted(image.image_id for image in need(images)) == ["ami-1", "ami-2"]
    assert isinstance(images, Collected)
    assert images.at == NOW


@pytest.mark.parametrize("section", ["instances", "volumes"])
def test_what_aws_manages_is_asked_for(section: str) -> None:
    aws = aws_of()
    source_of(aws).collect_region(Target(ACCOUNT, OTHER_REGION), frozenset({section}), NOW)
    assert "IncludeManagedResources=true" in aws.requests[0][3]


def test_what_was_throttled_is_asked_with_the_next_sweep() -> None:
    aws = SimulatedAws(world_of(Shape(clusters=2, keys=2)))
    aws.refuse("kms:DescribeKey", Refusal("ThrottlingException", holding="key/0"))
    cycle = Cycle(aws)
    cycle.sweep()
    assert cycle.sweep(NOW + HOUR)["kms:DescribeKey"] == 1
