"""A clock that moves when it is told to."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Implements `ports.Clock`."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, **parts: float) -> datetime:
        """Move on by a timedelta's arguments and return the new time."""
        self._now += timedelta(**parts)
        return self._now
