"""Lambda from a DynamoDB stream: retry limit, age limit, bisect, partial failures, on-failure queue.

ministack's own poller has none of these: one poison record blocks its shard for ever.
"""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from local.adapters.internals import require

_Record = dict[str, Any]
# The service retries until a record expires; here it gives up after so many times.
_RETRIES_WITHOUT_LIMIT = 10
_LONGEST_PAUSE = 5.0


@dataclass
class _Batch:
    """One read of a stream: the records there are, and those of them that pass the filters."""

    mapping: dict[str, Any]
    function: Any
    source: str
    position: int
    raw: list[_Record]
    records: list[_Record]

    @property
    def mapping_id(self) -> str:
        return str(self.mapping["UUID"])

    @property
    def key(self) -> tuple[str, str, int]:
        return self.mapping_id, _sequence(self.records[0]), len(self.records)

    def is_too_old(self) -> bool:
        limit = int(self.mapping.get("MaximumRecordAgeInSeconds") or -1)
        return 0 < limit < time.time() - _created(self.records[0])

    def retry_limit(self) -> int:
        limit = self.mapping.get("MaximumRetryAttempts")
        return _RETRIES_WITHOUT_LIMIT if limit in (None, -1) else int(limit)


def _sequence(record: _Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _created(record: _Record) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def install() -> None:
    """Puts the poller in ministack's place and starts it."""
    functions = require(
        "services.lambda_svc",
        "_poll_dynamodb_streams",
        "_iter_all_esms",
        "_apply_filter_criteria",
        "_execute_function",
        "_send_ddb_stream_failure_record",
        "_get_func_record_for_qualifier",
        "_dynamodb_stream_positions",
        "_dynamodb_stream_table_from_arn_spec",
        "_request_account_id",
        "_request_region",
        "_ensure_poller",
        "parse_arn",
    )
    tables = require(
        "services.dynamodb", "_tables", "stream_records_since", "stream_start_position", "stream_end_position"
    )
    poller = _Poller(functions, tables)
    functions._poll_dynamodb_streams = poller.poll
    functions._ensure_poller()


class _Poller:
    def __init__(self, functions: Any, tables: Any) -> None:
        self._functions = functions
        self._tables = tables
        self._failures: dict[tuple[str, str, int], tuple[int, float]] = {}  # batch -> (failures, not before)
        self._pieces: dict[str, list[int]] = {}  # mapping -> sizes of the pieces of a split batch

    def poll(self) -> bool:
        """One round over all mappings; whether any of them had work."""
        has_worked = False
        for account, region, mapping in self._functions._iter_all_esms():
            tokens = (
                self._functions._request_account_id.set(account),
                self._functions._request_region.set(region),
            )
            try:
                while self._step(mapping):
                    has_worked = True
            finally:
                self._functions._request_account_id.reset(tokens[0])
                self._functions._request_region.reset(tokens[1])
        return has_worked

    def _step(self, mapping: dict[str, Any]) -> bool:
        batch = self._next_batch(mapping)
        if batch is None:
            return False
        if not batch.records:
            return self._finish(batch, len(batch.raw))
        if time.time() < self._failures.get(batch.key, (0, 0.0))[1]:
            return False
        return self._invoke(batch)

    def _next_batch(self, mapping: dict[str, Any]) -> _Batch | None:
        source = mapping.get("EventSourceArn", "")
        if not mapping.get("Enabled", True) or ":dynamodb:" not in source or "/stream/" not in source:
            return None
        spec = self._functions.parse_arn(source)
        table, _ = self._functions._dynamodb_stream_table_from_arn_spec(spec) or (None, None)
        name, qualifier = mapping["FunctionName"], mapping.get("Qualifier")
        function, _ = self._functions._get_func_record_for_qualifier(name, qualifier)
        known = (self._tables._tables.get(table) or {}).get("LatestStreamArn")
        if not table or function is None or known != source:
            return None
        position = self._position(mapping, table)
        size = (self._pieces.get(mapping["UUID"]) or [int(mapping.get("BatchSize", 100))])[0]
        raw = self._tables.stream_records_since(table, position, size)
        if not raw:
            self._pieces.pop(mapping["UUID"], None)
            return None
        if self._is_collecting(mapping, raw, size):
            return None
        return _Batch(mapping, function, source, position, raw, self._functions._apply_filter_criteria(raw, mapping))

    def _position(self, mapping: dict[str, Any], table: str) -> int:
        oldest = self._tables.stream_start_position(table)
        from_start = mapping.get("StartingPosition") == "TRIM_HORIZON"
        first = oldest if from_start else self._tables.stream_end_position(table)
        positions = self._functions._dynamodb_stream_positions
        return max(int(positions.setdefault(mapping["UUID"], first)), int(oldest))

    def _is_collecting(self, mapping: dict[str, Any], raw: list[_Record], size: int) -> bool:
        window = float(mapping.get("MaximumBatchingWindowInSeconds") or 0)
        is_young = time.time() - _created(raw[0]) < window
        return is_young and len(raw) < size and not self._pieces.get(mapping["UUID"])

    def _invoke(self, batch: _Batch) -> bool:
        result = self._functions._execute_function(batch.function, {"Records": batch.records})
        first_failed = _first_failed(batch, result)
        if first_failed is None:
            self._failures.pop(batch.key, None)
            batch.mapping["LastProcessingResult"] = "OK"
            return self._finish(batch, len(batch.raw))
        batch.mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        if first_failed > 0:
            return self._finish(batch, first_failed)
        return self._failed(batch, result)

    def _failed(self, batch: _Batch, result: dict[str, Any]) -> bool:
        size = len(batch.raw)
        if batch.mapping.get("BisectBatchOnFunctionError") and size > 1:
            rest = (self._pieces.get(batch.mapping_id) or [size])[1:]
            self._pieces[batch.mapping_id] = [size // 2, size - size // 2, *rest]
            return True
        failures = self._failures.get(batch.key, (0, 0.0))[0] + 1
        if failures > batch.retry_limit() or batch.is_too_old():
            self._failures.pop(batch.key, None)
            reason = "MaxRecordAgeExceeded" if batch.is_too_old() else "RetryAttemptsExhausted"
            self._functions._send_ddb_stream_failure_record(
                batch.mapping, batch.function, batch.records, batch.source, result, reason
            )
            return self._finish(batch, size)
        pause = min(0.2 * 2 ** (failures - 1), _LONGEST_PAUSE)
        self._failures[batch.key] = (failures, time.time() + pause)
        return False

    def _finish(self, batch: _Batch, count: int) -> bool:
        self._functions._dynamodb_stream_positions[batch.mapping_id] = batch.position + count
        pieces = self._pieces.get(batch.mapping_id)
        if pieces:
            pieces[0] -= count
            if pieces[0] <= 0:
                pieces.pop(0)
            if not pieces:
                del self._pieces[batch.mapping_id]
        return True


def _first_failed(batch: _Batch, result: dict[str, Any]) -> int | None:
    """Where in the raw batch the first failed record is, or None when all were taken."""
    if result.get("error"):
        return 0
    body = result.get("body")
    reports = "ReportBatchItemFailures" in (batch.mapping.get("FunctionResponseTypes") or [])
    if not reports or not isinstance(body, dict):
        return None
    failed = [item.get("itemIdentifier") for item in body.get("batchItemFailures") or []]
    if not failed:
        return None
    order = [_sequence(record) for record in batch.raw]
    return min((order.index(name) for name in failed if name in order), default=0)
