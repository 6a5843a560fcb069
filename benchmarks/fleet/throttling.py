"""Throttling: a token bucket for each account, region and operation."""

from collections.abc import Callable

from benchmarks.fleet.traits import Place


class Throttle:
    """Lets `burst` calls through at once and `rate` calls a second after that; a rate of 0 lets all through."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst or rate
        self._clock = clock
        self._buckets: dict[tuple[Place, str], tuple[float, float]] = {}

    def admits(self, place: Place, operation: str) -> bool:
        """Take a token for a call, if there is one."""
        if not self._rate:
            return True
        now = self._clock()
        tokens, at = self._buckets.get((place, operation), (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        admitted = tokens >= 1
        self._buckets[place, operation] = (tokens - 1 if admitted else tokens, now)
        return admitted

    def reset(self) -> None:
        """Fill all buckets."""
        self._buckets.clear()
