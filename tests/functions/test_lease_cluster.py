from typing import Any

import msgspec
import pytest

from functions.lease_cluster import app
from plumbline.domain.records import PendingChange
from plumbline.domain.subject import Subject
from tests.contracts.assessing import change
from tests.functions.conftest import House
from tests.functions.payloads import MEMBER, REGION, Context, as_json, payload

SUBJECT = Subject(MEMBER, REGION, "payments-prod")


def handler(event: dict[str, Any], context: Context) -> Any:
    return as_json(app.handler(event, context))


def happen(house: House, number: int, scope: str) -> None:
    now, owner = house.clock.now(), payload("lease_cluster_claim")["owner"]
    house.store.admit(SUBJECT, change(number, now, scope), PendingChange(update_id=f"update-{number}"), owner, now, 600)


def test_a_claim_answers_what_the_workflow_reads(house: House, context: Context) -> None:
    happen(house, 1, "logs")
    assert handler(payload("lease_cluster_claim"), context) == {
        "granted": True,
        "scopes": ["logs"],
        "since": "2026-03-01T12:00:00Z",
        "stable": True,
        "moving": [],
        "wait_seconds": 15,
        "ended": [],
        "kubernetes": False,
    }


def test_the_next_claim_of_a_round_carries_its_beginning(house: House, context: Context) -> None:
    happen(house, 1, "logs")
    house.stability.moving = {"update-1"}
    first = handler(payload("lease_cluster_claim"), context)
    house.clock.advance(hours=3)
    second = handler(payload("lease_cluster_claim") | {"since": first["since"]}, context)
    assert (first["stable"], second["stable"], second["since"]) == (False, True, first["since"])


def test_another_holder_gets_nothing(house: House, context: Context) -> None:
    happen(house, 1, "logs")
    answer = handler(payload("lease_cluster_claim") | {"owner": "another"}, context)
    assert (answer["granted"], answer["scopes"]) == (False, [])


def test_a_release_tells_whether_there_is_more(house: House, context: Context) -> None:
    happen(house, 1, "logs")
    handler(payload("lease_cluster_claim"), context)
    happen(house, 2, "nodegroup")
    assert handler(payload("lease_cluster_release"), context) == {"again": True}
    handler(payload("lease_cluster_claim"), context)
    assert handler(payload("lease_cluster_release"), context) == {"again": False}


def test_an_abandoned_lease_is_free_and_its_work_undone(house: House, context: Context) -> None:
    happen(house, 1, "logs")
    handler(payload("lease_cluster_claim"), context)
    assert handler(payload("lease_cluster_release") | {"action": "abandon"}, context) == {"again": False}
    answer = handler(payload("lease_cluster_claim") | {"owner": "another"}, context)
    assert (answer["granted"], answer["scopes"]) == (True, ["logs"])


def test_a_subject_without_a_region_is_leased_in_its_partition(house: House, context: Context) -> None:
    account = Subject(MEMBER, "", partition="aws-us-gov")
    ask = payload("lease_cluster_claim") | {"region": "", "cluster": "", "partition": "aws-us-gov"}
    house.store.admit(account, change(1, house.clock.now(), "account"), None, ask["owner"], house.clock.now(), 600)
    answer = handler(ask, context)
    assert (answer["granted"], answer["scopes"]) == (True, ["account"])


def test_an_unknown_action_is_refused(house: House, context: Context) -> None:
    with pytest.raises(msgspec.ValidationError, match="action"):
        handler(payload("lease_cluster_claim") | {"action": "steal"}, context)
    assert house.store.heads == {}
