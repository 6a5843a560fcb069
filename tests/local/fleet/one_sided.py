"""Controls of which one sweep shows one side only, and why. A test fails when an entry is not true any more."""

from __future__ import annotations

from typing import NamedTuple

KEPT, NOT_KEPT = frozenset({"PASS"}), frozenset({"FAIL", "WARN"})


class OneSided(NamedTuple):
    """The side that one sweep never shows: `kept` or `not kept`."""

    missing: str
    why: str


ONE_SIDED = {
    "cost.idle-cluster": OneSided(
        "not kept", "a cluster is called idle after a week of sweeps that found nothing in it"
    ),
    "cost.node-utilization": OneSided(
        "not kept", "a pool is called empty after three sweeps in a row that found it so"
    ),
}
