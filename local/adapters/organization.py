"""IAM: the condition key aws:PrincipalOrgID speaks of the example fleet's organization."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

from collections.abc import Callable

from local.adapters.internals import require
from local.simulators.world import World


def install(world: Callable[[], World]) -> None:
    """Makes ministack's evaluator resolve organization ids from the world."""
    evaluator = require("core.iam_evaluator", "_principal_org_id")

    def organization_of(account: str) -> str | None:
        current = world()
        if account not in [row["Id"] for row in current.members]:
            return None
        return str(current.organization["Id"])

    evaluator._principal_org_id = organization_of
