"""Contract: a poison record of a stream is isolated, retried, buried, and blocks nobody."""

from __future__ import annotations

import json

import pytest

from local.launcher import EmbeddedAws
from tests.local.conftest import Receive


@pytest.mark.parametrize("poison", ["crash", "reported"])
def test_a_poison_record_is_buried_and_the_others_pass(
    embedded: EmbeddedAws, stack: dict[str, str], receive: Receive, poison: str
) -> None:
    dynamodb = embedded.client("dynamodb")
    names = [f"{poison}-{name}" for name in ("first", "poison", "last")]
    for name in names:
        mark = {poison: {"BOOL": True}} if name.endswith("poison") else {}
        dynamodb.put_item(TableName=stack["TableName"], Item={"pk": {"S": name}, **mark})

    seen = [message["Body"] for message in receive(stack["SeenUrl"], 2)]
    [buried] = receive(stack["FailedUrl"], 1)

    assert set(seen) == {names[0], names[2]}
    info = json.loads(buried["Body"])
    assert info["DDBStreamBatchInfo"]["batchSize"] == 1
    assert info["requestContext"]["condition"] == "RetryAttemptsExhausted"
