"""Adapters that make ministack behave as AWS does where the templates depend on it.

Each module fills one gap and says which. It checks the internals it touches when it is installed, so a
ministack that differs from the pinned one is refused at start, not found out in a strange run later.
"""

from __future__ import annotations

from local.adapters import (
    cloudformation_conditions,
    cloudformation_types,
    credentials,
    distributed_map,
    dynamodb_streams,
    eventbridge,
    executions,
    http_api,
    lambda_layers,
    lambda_runtime,
    metric_math_alarms,
    organization,
    principal_arn,
    scheduler,
    secure_transport,
    state_tasks,
)

__all__ = ["credentials", "install", "organization"]
_ALL = (
    cloudformation_conditions,
    lambda_layers,
    lambda_runtime,
    secure_transport,
    principal_arn,
    dynamodb_streams,
    eventbridge,
    scheduler,
    state_tasks,
    distributed_map,
    executions,
    http_api,
    metric_math_alarms,
    cloudformation_types,
)


def install() -> None:
    """Installs every adapter into the ministack of this process; raises `InternalsDifferError`."""
    for adapter in _ALL:
        adapter.install()
