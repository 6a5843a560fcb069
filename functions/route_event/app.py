"""route_event: events from the queue -> recorded changes and workflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from plumbline import runtime
from plumbline.domain.errors import EventError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A batch that fails as a whole is reported like any other: every message is tried again, then set aside by the queue.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@runtime.logger.inject_lambda_context(clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Route every message; return those to try again."""
    runtime.count("EventsReceived", len(event["Records"]))
    return process_partial_response(event, _route, _processor, context)


def _route(record: SQSRecord) -> None:
    """Route one message. One that cannot be understood goes to the dead letters at once: no retry mends it."""
    try:
        disposition = runtime.router().route(record.body)
    except EventError as error:
        runtime.dead_letters().set_aside(record.body, error.reason)
        runtime.count("EventsRefused")
        runtime.logger.error("event refused", extra={"reason": error.reason, "message_id": record.message_id})
        return
    runtime.count(f"Events{disposition.action.title()}")
    runtime.logger.info(disposition.action, extra={"detail": disposition.detail})
    if disposition.notice:
        runtime.count("OperatorNotices")
        runtime.logger.error("operators must know", extra={"notice": disposition.notice, "detail": disposition.detail})
