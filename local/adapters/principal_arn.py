"""IAM: `aws:PrincipalArn` is the ARN of the role, also for a session of it.

ministack gives the ARN of the session, so a condition that names roles would refuse them.
"""

from __future__ import annotations

from typing import Any

from local.adapters.internals import require

_SESSION = ":assumed-role/"


def install() -> None:
    """Patches how ministack resolves the key."""
    evaluator = require("core.iam_evaluator", "_resolve_condition_key")
    resolve = evaluator._resolve_condition_key  # noqa: SLF001 (the adapter's subject is private)

    def resolved(key: str, context: Any) -> Any:
        value = resolve(key, context)
        return _of_role(value) if key.lower() == "aws:principalarn" and isinstance(value, str) else value

    evaluator._resolve_condition_key = resolved  # noqa: SLF001


def _of_role(arn: str) -> str:
    head, found, rest = arn.partition(_SESSION)
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.split('/')[0]}" if found else arn
