"""Every control of the catalogue has somebody in the example fleet who keeps it and somebody who does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from local.fleet.build import build_world
from local.fleet.loading import load_fleet
from plumbline.domain.catalogue import load_catalogue
from tests.local.conftest import Clock, InProcess
from tests.local.fleet.one_sided import KEPT, NOT_KEPT, ONE_SIDED
from tests.local.fleet.sweeping import statuses, swept

CATALOGUE = sorted(control.id for control in load_catalogue())
COMPLIANT = ("payments-prod", "payments-staging", "platform-tools")


@pytest.fixture(scope="module")
def found() -> Mapping[str, Mapping[str, set[str]]]:
    """Control -> status -> subjects, after one sweep."""
    return statuses(swept(InProcess(build_world(load_fleet(), Clock()))))


@pytest.mark.parametrize("control", CATALOGUE)
def test_a_control_is_kept_by_one_and_not_by_another(control: str, found: Mapping[str, Mapping[str, set[str]]]) -> None:
    shown = found[control].keys()
    sides = {name for name, side in (("kept", KEPT), ("not kept", NOT_KEPT)) if side & shown}
    assert sides == {"kept", "not kept"} - {ONE_SIDED[control].missing if control in ONE_SIDED else ""}


def test_only_controls_of_the_catalogue_are_excused() -> None:
    assert ONE_SIDED.keys() <= set(CATALOGUE)


@pytest.mark.parametrize("name", COMPLIANT)
def test_the_well_kept_clusters_keep_every_control(name: str, found: Mapping[str, Mapping[str, set[str]]]) -> None:
    broken = {control: status for control, by in found.items() for status in by if name in by[status]}
    # The hub is outside of the VPC: the API server lets its addresses in, and theirs alone.
    assert broken.pop("network.endpoint-public-access") == "WARN"
    assert {control: status for control, status in broken.items() if status not in ("PASS", "NOT_APPLICABLE")} == {}
