"""One real API call of each event family, through to its alert. A long proof: every family waits for its alert."""

from __future__ import annotations

from typing import Any

import pytest

from local.demo.hub import Alert, Hub
from local.launcher import EmbeddedAws
from plumbline.domain.subject import Subject
from tests.embedded.conftest import ALERT_TOPICS, eventually, sweep
from tests.embedded.families import DEV, FAMILIES, Engineer, upgrade

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

WITHIN_SECONDS = 90.0


def alert_about(hub: Hub, subject: Subject, control: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return the transition of a control from the next alerts about a subject."""

    def told(alert: Alert) -> dict[str, Any] | None:
        found = [one for one in alert.document["transitions"] if one["control"] == control and one["kind"] in kinds]
        return found[0] if found else None

    return eventually(lambda: told(hub.wait_for_alert(subject.key, WITHIN_SECONDS)), bool, WITHIN_SECONDS) or {}


def actors(transition: dict[str, Any]) -> set[str]:
    """Return the roles that a transition's cause names."""
    arns = [change["actor"]["arn"] for change in transition["cause"].get("changes", [])]
    return {arn.split("/")[1] for arn in arns}


@pytest.mark.parametrize("name", FAMILIES)
def test_a_call_of_the_family_becomes_an_alert_and_a_recovery(name: str, embedded: EmbeddedAws, hub: Hub) -> None:
    family = FAMILIES[name]
    hub.subscribe(ALERT_TOPICS)
    hub.drain()
    engineer = Engineer(embedded, family.about)
    if family.breaks:
        family.breaks(engineer)
        broken = alert_about(hub, family.about, family.control, ("opened", "reopened", "changed"))
        assert broken["after"]["status"] in ("FAIL", "WARN")
        assert actors(broken) == {"deploy"}
    family.mends(engineer)
    mended = alert_about(hub, family.about, family.control, ("resolved",))
    assert mended["after"]["status"] in ("PASS", "NOT_APPLICABLE")
    assert actors(mended) == {"deploy"}


def test_the_next_sweep_judges_the_fleet_by_what_became_of_its_clusters(embedded: EmbeddedAws, hub: Hub) -> None:
    engineer = Engineer(embedded, DEV)
    if engineer.cluster["version"] == "1.33":
        upgrade(engineer)
    sweep(hub)
    found = hub.pages("/findings", control="version.rehearsal-cluster", limit="200")
    unrehearsed = {one["resource"]["name"].rpartition("/")[2] for one in found if one["state"]["status"] == "FAIL"}
    assert unrehearsed == {"shop-prod"}
