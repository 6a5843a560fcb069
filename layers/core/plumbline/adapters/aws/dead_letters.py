"""Dead letters: messages that no retry will make right, set aside with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.adapters.aws.failures import as_store_errors

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST_REASON = 512


class DeadLetters:
    """A queue for messages that cannot be understood."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def set_aside(self, body: str, reason: str) -> None:
        """Keep a message with the attribute `reason`.

        Raises:
            StoreError: it could not be kept; it must be tried again.

        """
        with as_store_errors("setting a message aside"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": _printable(reason)}},
            )


def _printable(reason: str) -> str:
    """Return the reason as a message attribute may hold it: not empty, without control characters."""
    plain = "".join(character if character.isprintable() else " " for character in reason)
    return plain[:_LONGEST_REASON] or "no reason given"
