from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.control import Control, Parameters, control
from plumbline.domain.errors import ParameterError
from plumbline.domain.evidence import eks
from plumbline.domain.parameters import Environments, ParameterSet, ResourceOverride, parse
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Pillar, Resource, Severity, Verdict, passed
from tests.unit.baseline import ACCOUNT, NAME, REGION, cluster

SUBJECT = Subject(ACCOUNT, REGION, NAME)
RESOURCE = Resource("deployment", "shop/cart")
ID = "version.limited"


class Limits(Parameters, frozen=True):
    max_count: int = 0
    note: str = "default"


def limited() -> Control:
    @control(ID, title="t", pillar=Pillar.OPS, severity=Severity.LOW, rule="r.", remediation="m")
    def limit_holds(cluster: eks.Cluster, p: Limits) -> Verdict:
        """One. Two."""
        return passed(f"{cluster.name} {p}")

    return limit_holds


def of(count: int) -> dict[str, dict[str, Any]]:
    return {ID: {"max-count": count}}


def resolved(parameters: ParameterSet, resource: Resource = RESOURCE, environment: str | None = "prod") -> Limits:
    found = parameters.of(limited(), SUBJECT, environment, resource)
    assert isinstance(found, Limits)
    return found


# From the widest word to the narrowest: each overrules those before it.
WORDS: list[dict[str, Any]] = [
    {"fleet": of(1)},
    {"environments": {"prod": of(2)}},
    {"clusters": {NAME: of(3)}},
    {"namespaces": {"shop": of(4)}},
    {"resources": (ResourceOverride(kind="deployment", name="shop/*", parameters=of(5)),)},
]


@pytest.mark.parametrize("narrowest", range(len(WORDS)))
def test_the_narrowest_word_wins(narrowest: int) -> None:
    said: dict[str, Any] = {}
    for word in WORDS[: narrowest + 1]:
        said |= word
    assert resolved(ParameterSet(**said)).max_count == narrowest + 1


NAMES = st.sampled_from(["a", "shop", "general"])
VALUES = st.fixed_dictionaries({}, optional={"max-count": st.integers(0, 9), "note": st.sampled_from(["x", "y"])})
SAID = st.fixed_dictionaries({}, optional={ID: VALUES, "version.other": VALUES})
OVERRIDES = st.builds(
    ResourceOverride,
    cluster=st.sampled_from(["*", NAME, "billing"]),
    kind=st.sampled_from(["*", "deployment", "nodegroup"]),
    name=st.sampled_from(["*", "shop/*", "*/cart", "general"]),
    parameters=SAID,
)


@given(
    parameters=st.builds(
        ParameterSet,
        fleet=SAID,
        environments=st.dictionaries(st.sampled_from(["prod", "dev"]), SAID),
        clusters=st.dictionaries(st.sampled_from([NAME, "pay*", "billing", SUBJECT.key]), SAID),
        namespaces=st.dictionaries(NAMES, SAID),
        resources=st.lists(OVERRIDES, max_size=4).map(tuple),
    ),
    resources=st.lists(
        st.builds(
            Resource, st.sampled_from(["deployment", "nodegroup"]), st.sampled_from(["shop/cart", "a/b", "general"])
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_one_resolver_says_of_each_resource_what_is_said_of_it_alone(
    parameters: ParameterSet, resources: list[Resource]
) -> None:
    resolver = parameters.resolver(limited(), SUBJECT, "prod")
    for resource in resources:
        said = dict(parameters.fleet.get(ID, {})) | parameters.environments.get("prod", {}).get(ID, {})
        for pattern, words in parameters.clusters.items():
            if pattern != "billing":
                said |= words.get(ID, {})
        if "/" in resource.name:
            said |= parameters.namespaces.get(resource.name.partition("/")[0], {}).get(ID, {})
        for one in parameters.resources:
            matched = (one.cluster, SUBJECT.cluster), (one.kind, resource.kind), (one.name, resource.name)
            if all(fnmatchcase(value, pattern) for pattern, value in matched):
                said |= one.parameters.get(ID, {})
        assert resolver.of(resource) == parse(limited(), said)


def test_without_a_word_the_default_holds() -> None:
    assert resolved(ParameterSet()) == Limits()


def test_a_word_about_one_parameter_leaves_the_others() -> None:
    parameters = ParameterSet(fleet={ID: {"note": "fleet"}}, clusters={NAME: of(3)})
    assert resolved(parameters) == Limits(max_count=3, note="fleet")


@pytest.mark.parametrize(
    "said",
    [
        {"environments": {"dev": of(2)}},
        {"clusters": {"billing": of(2)}},
        {"namespaces": {"other": of(2)}},
        {"resources": (ResourceOverride(kind="nodegroup", parameters=of(2)),)},
        {"resources": (ResourceOverride(name="shop/checkout", parameters=of(2)),)},
        {"resources": (ResourceOverride(cluster="billing", parameters=of(2)),)},
        {"fleet": {"version.other": {"max-count": 2}}},
    ],
)
def test_words_about_something_else_do_not_count(said: dict[str, Any]) -> None:
    assert resolved(ParameterSet(**said)) == Limits()


@pytest.mark.parametrize("pattern", [NAME, "pay*", SUBJECT.key])
def test_a_cluster_is_named_by_name_pattern_or_arn(pattern: str) -> None:
    assert resolved(ParameterSet(clusters={pattern: of(3)})).max_count == 3


def test_a_resource_without_a_namespace_is_in_none() -> None:
    parameters = ParameterSet(namespaces={"general": of(4)})
    assert resolved(parameters, Resource("nodegroup", "general")) == Limits()


def test_an_environment_nobody_named_has_no_word() -> None:
    assert resolved(ParameterSet(environments={"prod": of(2)}), environment=None) == Limits()


@pytest.mark.parametrize(
    ("values", "said"),
    [({"max-count": "many"}, "Expected `int`, got `str`"), ({"maximum": 1}, "unknown field `maximum`")],
)
def test_values_that_do_not_fit_are_refused(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ParameterError, match=f"^{ID}: .*{said}"):
        parse(limited(), values)


@pytest.mark.parametrize(
    ("tags", "by_account", "expected"),
    [
        ({"environment": "Prod"}, {ACCOUNT: "dev"}, "prod"),
        ({"Environment": "prod"}, {}, "prod"),
        ({}, {ACCOUNT: "Dev"}, "dev"),
        ({"environment": ""}, {ACCOUNT: "dev"}, "dev"),
        ({"stage": "prod"}, {}, None),
    ],
)
def test_the_tag_tells_the_environment_and_else_the_account(
    tags: dict[str, str], by_account: dict[str, str], expected: str | None
) -> None:
    described = eks.Cluster(name=NAME, arn=cluster().arn, status="ACTIVE", version="1.33", tags=tags)
    assert Environments(by_account=by_account).of(described, ACCOUNT) == expected


def test_without_a_description_only_the_account_tells() -> None:
    assert Environments(by_account={ACCOUNT: "dev"}).of(None, ACCOUNT) == "dev"
    assert Environments().of(None, ACCOUNT) is None
