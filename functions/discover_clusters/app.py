"""discover_clusters: what the schedule or a person starts a sweep with -> the manifest of what it has to visit."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from plumbline import runtime
from plumbline.usecases.discover import discover

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Sweep(msgspec.Struct, frozen=True):
    """A sweep: its name, and the time it was scheduled for; without one it is now."""

    assessment: str
    time: datetime | None = None


@runtime.logger.inject_lambda_context(correlation_id_path="assessment", clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Write the manifest of accounts and regions; return where it is and how long."""
    sweep = msgspec.convert(event, Sweep)
    tick = sweep.time or runtime.clock.now()
    manifest = discover(runtime.fleet(), runtime.evidence_store(), tick)
    runtime.count("Targets", manifest.targets)
    return {
        "assessment": sweep.assessment,
        "tick": tick.isoformat(),
        "bucket": runtime.variable("EVIDENCE_BUCKET"),
        "key": manifest.key,
        "count": manifest.targets,
    }
