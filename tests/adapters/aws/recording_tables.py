"""The tables and their indexes as the template defines them, and a client that counts and can fail."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import boto3

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

POSTURE, HISTORY = "posture", "history"
REGION = "eu-west-1"

_INDEXES: dict[str, dict[str, tuple[str, str, str]]] = {
    POSTURE: {
        "open-by-severity": ("open_pk", "open_sk", "ALL"),
        "by-control": ("control_pk", "control_sk", "ALL"),
        "by-account": ("account_pk", "account_sk", "ALL"),
        "heads": ("heads_pk", "heads_sk", "KEYS_ONLY"),
    },
    HISTORY: {
        "by-account-month": ("account_month", "sk", "ALL"),
        "by-control-month": ("control_month", "sk", "ALL"),
    },
}


def created_tables() -> "DynamoDBClient":
    """Create both tables and return a client for them."""
    client = boto3.client("dynamodb", region_name=REGION)
    for table, indexes in _INDEXES.items():
        names = {"pk", "sk"} | {name for index in indexes.values() for name in index[:2]}
        client.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": index,
                    "KeySchema": [
                        {"AttributeName": hash_key, "KeyType": "HASH"},
                        {"AttributeName": range_key, "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": cast("Any", projection)},
                }
                for index, (hash_key, range_key, projection) in indexes.items()
            ],
        )
    return client


class Watched:
    """A client whose calls are kept, and whose calls can be made to fail.

    `around` gets the operation, its arguments and the call itself; it may raise before or after calling.
    """

    def __init__(self, client: "DynamoDBClient") -> None:
        self._client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.around: Callable[[str, dict[str, Any], Callable[[], Any]], Any] = lambda _name, _arguments, call: call()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        operation = getattr(self._client, name)

        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return self.around(name, arguments, lambda: operation(**arguments))

        return call

    @property
    def as_client(self) -> "DynamoDBClient":
        return cast("DynamoDBClient", self)

    def operations(self) -> list[str]:
        return [name for name, _ in self.calls]
