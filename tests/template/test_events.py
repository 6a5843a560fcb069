"""What the rules deliver is what the event table knows."""

import json
from typing import Any

import pytest

from plumbline.events.patterns import LONGEST_PATTERN, patterns, sources
from tests.template.loading import HUB, MEMBER, of_type, referred

PATTERNS = patterns()
OWN, FORWARDED = of_type("AWS::Events::Rule"), of_type("AWS::Events::Rule", MEMBER)


def test_there_is_a_rule_for_each_pattern_and_no_other() -> None:
    assert set(OWN) == {"MemberEvents", *(f"Own{name}" for name in PATTERNS)}
    assert set(FORWARDED) == {f"Forward{name}" for name in PATTERNS}


@pytest.mark.parametrize("name", PATTERNS)
def test_the_rules_say_what_the_table_says(name: str) -> None:
    assert OWN[f"Own{name}"]["EventPattern"] == PATTERNS[name]
    assert FORWARDED[f"Forward{name}"]["EventPattern"] == PATTERNS[name]


@pytest.mark.parametrize("rule", [*OWN.values(), *FORWARDED.values()])
def test_no_pattern_is_longer_than_eventbridge_takes(rule: dict[str, Any]) -> None:
    assert len(json.dumps(rule["EventPattern"])) <= LONGEST_PATTERN


def test_the_hubs_bus_takes_what_members_forward() -> None:
    assert OWN["MemberEvents"]["EventPattern"] == {"source": sources()}
    assert referred(OWN["MemberEvents"]["EventBusName"]) == {"HubBus"}
    assert [name for name, rule in OWN.items() if "EventBusName" in rule] == ["MemberEvents"]
    assert {name for rule in FORWARDED.values() for name in referred(rule["Targets"][0]["Arn"])} == {"HubBusArn"}


@pytest.mark.parametrize("name", OWN)
def test_every_rule_of_the_hub_ends_in_the_queue_and_is_admitted_there(name: str) -> None:
    (target,) = OWN[name]["Targets"]
    assert referred(target["Arn"]) == {"EventQueue"}
    assert referred(target["DeadLetterConfig"]) == {"EventDeadLetters"}
    policies = of_type("AWS::SQS::QueuePolicy", HUB)
    for policy in ("EventQueuePolicy", "EventDeadLettersPolicy"):
        (statement,) = policies[policy]["PolicyDocument"]["Statement"]
        assert name in referred(statement["Condition"])
