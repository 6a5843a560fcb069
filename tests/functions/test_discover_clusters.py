from collections.abc import Callable
from datetime import datetime

import msgspec
import pytest

from functions.discover_clusters.app import handler
from plumbline import runtime
from plumbline.configuration.settings import FleetScope, Settings
from plumbline.domain.errors import ConfigurationError
from tests.functions.conftest import House
from tests.functions.payloads import HUB, MEMBER, Context, payload


def test_without_a_choice_the_hub_watches_itself(
    house: House, context: Context, counted: Callable[[], dict[str, float]]
) -> None:
    answer = handler(payload("discover_clusters"), context)
    assert answer == {
        "assessment": "sweep-1",
        "tick": "2026-03-01T14:00:00+00:00",
        "bucket": "evidence",
        "key": "manifests/sweep-20260301T140000Z.json",
        "count": 1,
    }
    assert house.evidence.manifests == {answer["key"]: [{"account": HUB, "region": "eu-west-1"}]}
    assert counted() == {"Targets": 1}


def test_listed_accounts_are_visited_in_every_region(house: House, context: Context) -> None:
    house.settings = Settings(scope=FleetScope(accounts=(HUB, MEMBER), regions=("eu-west-1", "us-east-1")))
    assert handler(payload("discover_clusters"), context)["count"] == 4


def test_a_sweep_started_by_hand_is_for_now(house: House, context: Context) -> None:
    assert handler({"assessment": "by-hand"}, context)["tick"] == house.clock.now().isoformat()


def test_the_organization_is_listed(house: House, context: Context, aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    organizations = runtime.own("organizations")
    organizations.create_organization(FeatureSet="ALL")
    organizations.create_account(Email="a@example.com", AccountName="a")
    house.settings = Settings(scope=FleetScope(accounts="organization"))
    answer = handler(payload("discover_clusters"), context)
    assert answer["count"] == 2


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_missing_variable_is_named(house: House, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLUMBLINE_ACCOUNT")
    with pytest.raises(ConfigurationError, match="PLUMBLINE_ACCOUNT is missing"):
        handler(payload("discover_clusters"), context)


@pytest.mark.filterwarnings("ignore:No application metrics to publish")
def test_a_wrong_payload_is_refused_with_the_place(house: House, context: Context) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.time"):
        handler({"assessment": "x", "time": "today"}, context)
    assert isinstance(house.clock.now(), datetime)
