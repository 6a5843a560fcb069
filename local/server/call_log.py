"""Counts the API calls that reach the embedded AWS."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class CallLog:
    """Calls by account, region and operation (`eks:DescribeCluster`)."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, account: str, region: str, operation: str) -> None:
        """Counts one call."""
        self.counts[account, region, operation] += 1

    def as_rows(self) -> list[dict[str, str | int]]:
        """One row for each account, region and operation, sorted."""
        return [
            {"account": account, "region": region, "operation": operation, "calls": calls}
            for (account, region, operation), calls in sorted(self.counts.items())
        ]
