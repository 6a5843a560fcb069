"""CloudFormation: conditions on `AWS::Region` and `AWS::AccountId`, which ministack takes literally."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

from typing import Any

from local.adapters.internals import require

_USERS = tuple(f"services.cloudformation.{name}" for name in ("changesets", "engine", "handlers", "stacks"))


def install() -> None:
    """Patches the evaluation of conditions wherever it is used."""
    engine = require("services.cloudformation.engine", "_evaluate_conditions")
    scope = require("core.responses", "get_account_id", "get_region")
    evaluate = engine._evaluate_conditions

    def evaluate_with_place(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
        place = {"AWS::AccountId": {"Value": scope.get_account_id()}, "AWS::Region": {"Value": scope.get_region()}}
        result: dict[str, bool] = evaluate(template, {**place, **params})
        return result

    for name in _USERS:
        require(name, "_evaluate_conditions")._evaluate_conditions = evaluate_with_place
