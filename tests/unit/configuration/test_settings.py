from datetime import UTC, datetime

import msgspec
import pytest

from plumbline.configuration import DEFAULTS, Settings, compiled, decode, load
from plumbline.configuration.document import DocumentSection
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.environment import PRODUCTION
from plumbline.domain.errors import ConfigurationError
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.subject import Subject

ACCOUNT, REGION = "111122223333", "eu-west-1"
CLUSTER = Subject(ACCOUNT, REGION, "payments-prod")


@pytest.mark.parametrize("text", ["", "{}", "# nothing\n", "scope:\nroutes:\nparameters:\n", "---\n"])
def test_an_empty_document_gives_the_defaults(text: str) -> None:
    assert load(text) == DEFAULTS
    assert decode(compiled(text)) == DEFAULTS


def test_an_empty_deployed_document_gives_the_defaults() -> None:
    assert decode(b"") == DEFAULTS
    assert decode(b" \n") == DEFAULTS


@pytest.mark.parametrize("content", [b"scope:\n  regions: [eu-west-1]\n", b'{"routes": 5}', b"\xff"])
def test_a_deployed_document_that_cannot_be_decoded_says_so(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"^the deployed configuration cannot be read: "):
        decode(content)


def test_the_checked_model_and_the_settings_have_the_same_defaults() -> None:
    model = DocumentSection().model_dump(mode="json", by_alias=True)
    assert msgspec.convert(model, Settings) == DEFAULTS


def test_the_checked_model_and_the_settings_have_the_same_keys() -> None:
    for name, field in DocumentSection.model_fields.items():
        settings = getattr(DEFAULTS, name)
        if isinstance(settings, msgspec.Struct):
            expected = {one.encode_name for one in msgspec.structs.fields(settings)}
            # How environments are told apart is a section of its own in the document.
            expected -= {"environment"} if isinstance(settings, ParameterSet) else set()
            assert {one.alias for one in field.annotation.model_fields.values()} == expected  # type: ignore[union-attr]


def test_what_the_scope_leaves_open_is_where_plumbline_runs() -> None:
    scope = DEFAULTS.scope.seen_from(ACCOUNT, REGION)
    assert (scope.accounts, scope.regions) == ((ACCOUNT,), (REGION,))
    assert scope.admits(CLUSTER)
    assert scope.admits(Subject(ACCOUNT, REGION))
    assert not scope.admits(Subject(ACCOUNT, "us-east-1", "payments-prod"))
    assert not scope.admits(Subject("444455556666", REGION, "payments-prod"))


def test_a_listed_scope_is_not_widened() -> None:
    scope = load("scope: {accounts: ['444455556666'], regions: [us-east-1]}").scope.seen_from(ACCOUNT, REGION)
    assert (scope.listed_accounts, scope.regions) == (("444455556666",), ("us-east-1",))


def test_an_excluded_account_is_never_watched() -> None:
    text = f"scope: {{accounts: ['444455556666', '{ACCOUNT}'], excluded-accounts: ['{ACCOUNT}'], regions: [{REGION}]}}"
    scope = load(text).scope
    assert scope.listed_accounts == ("444455556666",)
    assert not scope.admits(CLUSTER)


def test_the_organization_is_every_account_but_the_excluded_ones() -> None:
    scope = load("scope: {accounts: organization, excluded-accounts: ['444455556666'], regions: [eu-west-1]}").scope
    assert scope.whole_organization
    assert scope.listed_accounts is None
    assert scope.admits(CLUSTER)
    assert not scope.admits(Subject("444455556666", REGION, "payments-prod"))


@pytest.mark.parametrize(
    ("patterns", "watched"),
    [
        ("{}", True),
        ("{include: ['payments-*']}", True),
        ("{include: ['batch-*']}", False),
        ("{include: ['batch-*', 'payments-prod']}", True),
        ("{exclude: ['*-prod']}", False),
        ("{include: ['payments-prod'], exclude: ['payments-*']}", False),
        (f"{{include: ['arn:aws:eks:*:{ACCOUNT}:cluster/*']}}", True),
        ("{exclude: ['arn:aws:eks:eu-west-1:*']}", False),
    ],
)
def test_clusters_are_watched_by_pattern_and_an_exclusion_wins(patterns: str, watched: bool) -> None:
    scope = load(f"scope: {{clusters: {patterns}}}").scope.seen_from(ACCOUNT, REGION)
    assert scope.admits(CLUSTER) is watched


def at(hour: int) -> datetime:
    return datetime(2026, 3, 1, hour, 5, tzinfo=UTC)


def test_headline_areas_are_due_with_every_tick_and_others_every_six_hours() -> None:
    schedules = DEFAULTS.schedules
    assert [hour for hour in range(24) if schedules.is_due("logging", at(hour))] == list(range(24))
    assert [hour for hour in range(24) if schedules.is_due("network", at(hour))] == [0, 6, 12, 18]


def test_an_area_may_have_a_cadence_of_its_own() -> None:
    schedules = load("schedules: {headline-hours: 2, area-hours: {logging: 3}}").schedules
    assert [hour for hour in range(8) if schedules.is_due("version", at(hour))] == [0, 2, 4, 6]
    assert [hour for hour in range(8) if schedules.is_due("logging", at(hour))] == [0, 3, 6]


def test_the_sections_due_are_those_that_the_controls_due_read() -> None:
    controls = [control for control in load_catalogue() if control.area in ("addon", "logging")]
    schedules = load("schedules: {headline-hours: 6, area-hours: {addon: 1}}").schedules
    of_addons = frozenset[str]().union(*(control.sections for control in controls if control.area == "addon"))
    assert schedules.due_sections(controls, at(1)) == of_addons
    assert schedules.due_sections(controls, at(6)) == frozenset[str]().union(*(one.sections for one in controls))
    assert schedules.due_sections((), at(6)) == frozenset()


def test_production_by_another_name_reaches_the_controls_that_guard_it() -> None:
    settings = load("environments: {production: [prd, live]}")
    assert settings.parameter_set(load_catalogue()).fleet["cluster.deletion-protection"] == {
        "environments": ["prd", "live"]
    }


def test_environments_given_to_a_control_win_over_the_production_names() -> None:
    text = """
        environments: {production: [prd]}
        parameters: {fleet: {cluster.deletion-protection: {environments: []}}}
    """
    fleet = load(text).parameter_set(load_catalogue()).fleet
    assert fleet["cluster.deletion-protection"] == {"environments": []}


def test_controls_that_ask_for_the_fleets_accounts_get_those_of_the_scope() -> None:
    text = """
        scope: {accounts: [111122223333, 222233334444, 333344445555], excluded-accounts: [333344445555]}
        parameters: {fleet: {image.tag-policy: {forbidden-tags: [latest]}}}
    """
    accounts = ["111122223333", "222233334444"]
    assert load(text).parameter_set(load_catalogue()).fleet == {
        "image.allowed-registries": {"fleet-accounts": accounts},
        "image.tag-policy": {"fleet-accounts": accounts, "forbidden-tags": ["latest"]},
    }


def test_accounts_given_to_a_control_win_over_those_of_the_scope() -> None:
    text = """
        scope: {accounts: [111122223333]}
        parameters: {fleet: {image.tag-policy: {fleet-accounts: []}}}
    """
    assert load(text).parameter_set(load_catalogue()).fleet["image.tag-policy"] == {"fleet-accounts": []}


@pytest.mark.parametrize("accounts", ["organization", "[]"])
def test_accounts_that_the_document_does_not_list_are_handed_to_no_control(accounts: str) -> None:
    settings = load(f"scope: {{accounts: {accounts}}}")
    assert settings.parameter_set(load_catalogue()) == ParameterSet()


def test_without_other_names_no_parameter_is_set() -> None:
    assert DEFAULTS.environments.production == PRODUCTION
    assert DEFAULTS.parameter_set(load_catalogue()) == ParameterSet()


def test_environments_are_told_by_tag_and_account() -> None:
    text = """
        environments: {tag: stage, by-account: {111122223333: Production}}
        parameters: {environments: {Production: {version.minor-lag: {max-lag: 1}}}}
    """
    parameters = load(text).parameter_set(())
    assert parameters.environment.tag == "stage"
    assert parameters.environment.of(None, ACCOUNT) == "production"
    assert parameters.environments == {"production": {"version.minor-lag": {"max-lag": 1}}}
