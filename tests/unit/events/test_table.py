import botocore.session
import pytest

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.scopes import Scope, sections_of
from plumbline.domain.snapshot import SECTIONS
from plumbline.events import EKS_EVENTS, IGNORED_EKS_EVENTS, EventRule
from plumbline.events.table import CLUSTER_CONFIG_MEMBERS, TAGGED_PARTS, rule_of

MODEL = botocore.session.get_session().get_service_model("eks")
WRITES = frozenset(name for name in MODEL.operation_names if not name.startswith(("Describe", "List")))
# Areas of the specification; some have no control of their own yet.
AREAS = frozenset(
    [
        "version",
        "addon",
        "logging",
        "encryption",
        "nodegroup",
        "cluster",
        "access",
        "network",
        "iam",
        "detect",
        "registry",
        "image",
        "rbac",
        "namespace",
        "policy",
        "platform",
        "workload",
        "scaling",
        "capacity",
        "dns",
        "storage",
        "ingress",
        "observability",
        "fargate",
        "cost",
    ]
)


def members_of(call: str) -> set[str]:
    shape = MODEL.operation_model(call).input_shape
    return set(shape.members) if shape else set()


def test_every_write_of_the_eks_api_is_in_the_table_or_ignored() -> None:
    known = set(EKS_EVENTS) | IGNORED_EKS_EVENTS | {"UpdateClusterConfig"}
    assert known - WRITES == set(), "the table names calls that EKS does not have"
    assert WRITES - known == set(), "EKS has new write calls: add them to the table or to the ignored ones"


def test_every_member_of_update_cluster_config_is_in_the_table() -> None:
    assert members_of("UpdateClusterConfig") - {"name", "clientRequestToken"} == set(CLUSTER_CONFIG_MEMBERS)


@pytest.mark.parametrize("name", sorted(EKS_EVENTS))
def test_a_rule_names_known_areas_and_a_member_that_the_call_has(name: str) -> None:
    rule = EKS_EVENTS[name]
    assert set(rule.areas) <= AREAS
    assert rule.scopes
    if rule.resource_member:
        assert rule.resource_member in members_of(name)
        assert rule.resource_kind


def test_a_config_update_of_several_members_widens() -> None:
    rule = rule_of("UpdateClusterConfig", {"logging": {}, "upgradePolicy": {}})
    assert rule is not None
    assert rule.areas == ("logging", "version")
    assert rule.scopes == (Scope.CLUSTER_CONFIG, Scope.LOGS)


def test_a_config_update_of_an_unknown_member_looks_at_everything() -> None:
    rule = rule_of("UpdateClusterConfig", {"somethingNew": {}})
    assert rule is not None
    assert rule.scopes == (Scope.CLUSTER,)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_scope_reads_known_sections(scope: Scope) -> None:
    assert sections_of([scope]) <= frozenset(SECTIONS)
    assert sections_of([scope])


def test_an_unknown_scope_reads_everything() -> None:
    assert sections_of(["invented"]) == frozenset(SECTIONS)


def test_every_control_section_is_read_by_a_full_assessment() -> None:
    for control in load_catalogue():
        assert control.sections <= sections_of([Scope.CLUSTER]), control.id


def test_a_config_update_waits_and_an_access_entry_does_not() -> None:
    """An entry is there at once; waiting for the cluster would hold it back while another update runs."""
    waiting = {name for name, rule in EKS_EVENTS.items() if rule.waits}
    assert {"UpdateClusterVersion", "CreateNodegroup", "UpdateAddon", "AssociateIdentityProviderConfig"} <= waiting
    assert not waiting & {"CreateAccessEntry", "AssociateAccessPolicy", "CreatePodIdentityAssociation", "TagResource"}


@pytest.mark.parametrize(
    ("kind", "scopes"),
    [
        ("cluster", (Scope.CLUSTER_CONFIG, Scope.NODEGROUP, Scope.FARGATE_PROFILE)),
        ("nodegroup", (Scope.NODEGROUP,)),
        ("fargateprofile", (Scope.FARGATE_PROFILE,)),
        ("addon", (Scope.CLUSTER_CONFIG, Scope.NODEGROUP, Scope.FARGATE_PROFILE)),
    ],
)
@pytest.mark.parametrize("call", ["TagResource", "UntagResource"])
def test_tagging_means_what_is_tagged(call: str, kind: str, scopes: tuple[Scope, ...]) -> None:
    arn = f"arn:aws:eks:eu-west-1:222233334444:{kind}/payments/blue/1234"
    rule = rule_of(call, {"resourceArn": arn})
    assert rule is not None
    assert rule.scopes == scopes


@pytest.mark.parametrize("rule", [*EKS_EVENTS.values(), *CLUSTER_CONFIG_MEMBERS.values(), *TAGGED_PARTS.values()])
def test_only_a_rule_that_names_a_group_looks_at_one_group(rule: EventRule) -> None:
    if rule.one_group:
        assert rule.resource_kind == "nodegroup"
        assert Scope.NODEGROUP in rule.scopes
