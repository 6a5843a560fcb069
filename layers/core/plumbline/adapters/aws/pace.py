"""The pace of calls: slow enough that Plumbline never takes from the account's own automation what it needs.

A token bucket for each account, region and operation, refilled at the rates of evidence plan D.9.
"""

import threading
import time
from collections.abc import Callable

# Calls a second of each operation, by service as botocore names it. EC2 refills 20 a second, KMS answers hundreds; the
# others publish no limit for these operations, or ten times as much.
RATES = {"ec2": 5.0, "eks": 5.0, "kms": 20.0, "ecr": 10.0}
OTHERS = 2.0
# Seconds' worth of calls that may be made at once after a rest.
BURST_SECONDS = 1.0


class Pace:
    """Makes callers wait for their turn; any thread may ask. Whoever asks first is served first."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """Begin with full buckets.

        Args:
            clock: seconds, from any beginning.
            sleep: waits for so many seconds.

        """
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        # When each bucket will be full again: all that there is to know about a bucket.
        self._full_at: dict[tuple[str, str, str, str], float] = {}

    def wait(self, account: str, region: str, service: str, operation: str) -> None:
        """Return when the call may be made."""
        key = (account, region, service, operation)
        one = 1 / RATES.get(service, OTHERS)
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(key, now), now) + one
            self._full_at[key] = full_at
        due_in = full_at - now - max(BURST_SECONDS, one)
        if due_in > 0:
            self._sleep(due_in)
