"""raise_alerts: assessments in the history's stream that report transitions -> messages and events."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

from plumbline import runtime

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from plumbline.ports import Message

_processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
# Longer than a stream keeps a record.
_once = IdempotencyConfig(expires_after_seconds=7 * 24 * 3600)


@runtime.logger.inject_lambda_context(clear_state=True)
@runtime.metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Announce every assessment's transitions; return the records to try again."""
    _once.register_lambda_context(context)
    runtime.count("AssessmentsReported", len(event["Records"]))
    return process_partial_response(event, _raise, _processor, context)


def _raise(record: DynamoDBRecord) -> None:
    assessment = runtime.record_in(record.raw_event["dynamodb"]["NewImage"])
    raised = runtime.alert_raiser(_published_once).raise_for(assessment)
    runtime.count("TransitionsAnnounced", raised.transitions)
    runtime.count("Messages", raised.messages)
    extra = {"subject": assessment.subject.key, "transitions": raised.transitions, "messages": raised.messages}
    runtime.logger.info("announced", extra=extra)


def _published_once(announce: Callable[[Message], None]) -> Callable[[Message], None]:
    def publish(*, identity: str, message: Message) -> None:  # noqa: ARG001
        announce(message)

    once = idempotent_function(publish, data_keyword_argument="identity", persistence_store=_published(), config=_once)
    return lambda message: once(identity=message.id, message=message)


@cache
def _published() -> DynamoDBPersistenceLayer:
    return DynamoDBPersistenceLayer(
        table_name=runtime.variable("IDEMPOTENCY_TABLE"), boto3_client=runtime.own("dynamodb")
    )
