"""route_audit_log: lines of control planes' audit logs from the stream -> recorded changes and workflows."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from plumbline import runtime
from plumbline.domain.errors import EventError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A batch that fails as a whole is reported like any other: every delivery is tried again, then set aside.
_processor = BatchProcessor(event_type=EventType.KinesisDataStreams, raise_on_entire_batch_failure=False)


@runtime.logger.inject_lambda_context(clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Route every delivery; return those to try again."""
    runtime.count("AuditDeliveriesReceived", len(event["Records"]))
    return process_partial_response(event, _route, _processor, context)


def _route(record: KinesisStreamRecord) -> None:
    """Route one delivery. One that cannot be understood goes to the dead letters at once: no retry mends it."""
    content = base64.b64decode(record.kinesis.data)
    try:
        became = runtime.router().route_log(content, runtime.variable("AWS_REGION"), _refused)
    except EventError as error:
        runtime.dead_letters().set_aside(record.kinesis.data, error.reason)
        _refused(error.reason)
        return
    for action, lines in became.items():
        runtime.count(f"AuditLines{action.title()}", lines)


def _refused(reason: str) -> None:
    runtime.count("AuditLinesRefused")
    runtime.logger.error("audit log refused", extra={"reason": reason})
