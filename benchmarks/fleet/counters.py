"""Counters: what has been called, and when."""

import resource
import time
from collections import Counter

import msgspec


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What happened since the last reset, by operation; times are Unix times, None when nothing was called."""

    calls: dict[str, int]
    throttled: dict[str, int]
    errors: dict[str, int]
    unknown: dict[str, int]
    connections: int
    peak_concurrency: int
    bytes_out: int
    first_call_at: float | None
    last_answer_at: float | None
    server_cpu_s: float

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.calls.values())


class Counters:
    """Counts calls while they are answered."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self.calls: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        self.connections = 0
        self._under_way = 0
        self._peak = 0
        self._bytes = 0
        self._first: float | None = None
        self._last: float | None = None
        self._cpu = _cpu_seconds()

    def begin(self, operation: str) -> None:
        """Count a call."""
        self.calls[operation] += 1
        self._under_way += 1
        self._peak = max(self._peak, self._under_way)
        self._first = self._first or time.time()

    def end(self, size: int) -> None:
        """Count its answer, of so many bytes."""
        self._under_way -= 1
        self._bytes += size
        self._last = time.time()

    def stats(self) -> Stats:
        """Return what was counted."""
        return Stats(
            calls=dict(sorted(self.calls.items())),
            throttled=dict(sorted(self.throttled.items())),
            errors=dict(sorted(self.errors.items())),
            unknown=dict(sorted(self.unknown.items())),
            connections=self.connections,
            peak_concurrency=self._peak,
            bytes_out=self._bytes,
            first_call_at=self._first,
            last_answer_at=self._last,
            server_cpu_s=round(_cpu_seconds() - self._cpu, 3),
        )


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
