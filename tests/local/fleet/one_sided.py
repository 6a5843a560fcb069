"""Controls of which AWS evidence decides one side only, and why. A test fails when an entry is not true any more."""

from __future__ import annotations

from typing import NamedTuple

KEPT, NOT_KEPT = frozenset({"PASS"}), frozenset({"FAIL", "WARN"})


class OneSided(NamedTuple):
    """The side that AWS evidence alone never shows: `kept` or `not kept`."""

    missing: str
    why: str


ONE_SIDED = {
    "cost.off-peak-scaling": OneSided(
        "not kept", "without a scheduled action only Kubernetes tells that no downscaler and no NodePool shrinks it"
    ),
}
