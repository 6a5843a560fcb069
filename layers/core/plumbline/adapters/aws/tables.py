"""Tables: the few DynamoDB calls that the stores make, with their failures as errors of the domain."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004

from plumbline.adapters.aws.failures import as_store_errors, code_of
from plumbline.domain.errors import ConflictError, StoreError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        PutTypeDef,
        QueryOutputTypeDef,
        TransactWriteItemTypeDef,
    )

    from plumbline.adapters.aws.items import Item, Read

# Limits of TransactWriteItems and BatchGetItem (DynamoDB, service quotas).
LARGEST_TRANSACTION = 100
LARGEST_BATCH = 100

# The client has its own retries; these are for what it does not try again: a transaction that was cancelled by
# throttling, and one whose answer was lost.
ATTEMPTS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0

_LOST = "ConditionalCheckFailed"
_BUSY = "TransactionConflict"
_THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"})
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


class RefusedError(ConflictError):
    """A transaction was refused: `failed` are the positions of the actions whose condition did not hold.

    Empty when another transaction was at the same items all the time.
    """

    def __init__(self, failed: frozenset[int]) -> None:
        super().__init__("somebody else wrote first")
        self.failed = failed


@dataclass(frozen=True)
class Condition:
    """What must hold for a write."""

    expression: str
    values: Item = field(default_factory=dict)


ABSENT = Condition("attribute_not_exists(pk)")


def put(table: str, item: Item, condition: Condition | None = None) -> TransactWriteItemTypeDef:
    """Return the action that writes an item, under a condition if there is one."""
    action: PutTypeDef = {"TableName": table, "Item": item}
    if condition:
        action["ConditionExpression"] = condition.expression
    if condition and condition.values:
        action["ExpressionAttributeValues"] = condition.values
    return {"Put": action}


class Tables:
    """The posture and the history table behind one client.

    Args:
        client: a botocore or boto3 client for DynamoDB.
        posture, history: names of the tables.
        sleep, jitter: waits for seconds; a random number from 0 to 1. Tests pass their own.

    """

    def __init__(
        self,
        client: DynamoDBClient,
        posture: str,
        history: str,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self.posture = posture
        self.history = history
        self._sleep = sleep
        self._jitter = jitter

    def pause(self, attempt: int) -> None:
        """Wait before the attempt after this one, longer each time, never as long as somebody else."""
        self._sleep(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt) * (0.5 + self._jitter() / 2))

    def get(self, table: str, key: Item) -> Read | None:
        """Read one item consistently."""
        with as_store_errors("reading a record"):
            return self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")

    def get_many(self, table: str, keys: Sequence[Item]) -> list[Read]:
        """Read items consistently, in any order; those that do not exist are left out."""
        found: list[Read] = []
        for start in range(0, len(keys), LARGEST_BATCH):
            waiting: Sequence[Any] = keys[start : start + LARGEST_BATCH]
            for attempt in range(ATTEMPTS):
                with as_store_errors("reading records"):
                    answer = self._client.batch_get_item(
                        RequestItems={table: {"Keys": waiting, "ConsistentRead": True}}
                    )
                found += answer["Responses"].get(table, [])
                unanswered = answer["UnprocessedKeys"].get(table)
                waiting = unanswered["Keys"] if unanswered else ()
                if not waiting:
                    break
                self.pause(attempt)
            else:
                raise StoreError(f"reading records: {len(waiting)} were not answered: throttled")
        return found

    def query(self, **arguments: Any) -> QueryOutputTypeDef:
        """Ask one page of a query, with the arguments of botocore's `query`."""
        with as_store_errors("reading records"):
            return self._client.query(**arguments)

    def query_all(self, **arguments: Any) -> Iterator[Read]:
        """Ask every page of a query and yield its items."""
        while True:
            page = self.query(**arguments)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def put_if(self, table: str, item: Item, condition: Condition) -> None:
        """Write one item under a condition.

        Raises:
            ConflictError: the condition does not hold.

        """
        try:
            self._client.put_item(**put(table, item, condition)["Put"])
        except ClientError as error:
            if code_of(error) in ("ConditionalCheckFailedException", "TransactionConflictException"):
                raise ConflictError("somebody else wrote first") from error
            raise StoreError(f"writing a record: {error}") from error
        except BotoCoreError as error:
            raise StoreError(f"writing a record: {error}") from error

    def transact(self, actions: Sequence[TransactWriteItemTypeDef], landed: Callable[[], bool]) -> None:
        """Write all of the actions or none, once, also when an answer is lost.

        Args:
            actions: at most 100, of 4 MB together.
            landed: tells whether they are written; asked when an answer was lost or a condition failed.

        Raises:
            RefusedError: a condition does not hold.
            StoreError: anything else.

        """
        # The same token makes DynamoDB answer a repeated request without writing again.
        token = hashlib.sha256(msgspec.msgpack.encode(actions, order="sorted")).hexdigest()[:36]
        for attempt in range(ATTEMPTS):
            failure = self._attempt(actions, token)
            if failure is None or landed():
                return
            if isinstance(failure, RefusedError) and failure.failed:
                raise failure
            self.pause(attempt)
        if isinstance(failure, RefusedError):
            raise failure
        raise StoreError(f"writing records: given up after {ATTEMPTS} attempts: {failure}") from failure

    def _attempt(self, actions: Sequence[TransactWriteItemTypeDef], token: str) -> Exception | None:
        """Return why the actions are not known to be written, None when they are."""
        try:
            self._client.transact_write_items(TransactItems=actions, ClientRequestToken=token)
        except ClientError as error:
            reasons = _reasons(error)
            if _LOST in reasons or _BUSY in reasons:
                return RefusedError(frozenset(place for place, reason in enumerate(reasons) if reason == _LOST))
            if code_of(error) in _TRANSIENT or _THROTTLED & set(reasons):
                return error
            raise StoreError(f"writing records: {error} {reasons or ''}".rstrip()) from error
        except (HTTPClientError, ConnectionError) as error:
            return error
        except BotoCoreError as error:
            raise StoreError(f"writing records: {error}") from error
        return None


def _reasons(error: ClientError) -> list[str]:
    reasons: list[dict[str, str]] = error.response.get("CancellationReasons", [])  # type: ignore[assignment]
    return [reason.get("Code", "None") for reason in reasons]
