"""The plan: how many requests a cluster takes, `33 + q + further pages` (evidence plan D.5)."""

from collections import Counter
from math import ceil

from benchmarks.kubernetes.serving import Served
from plumbline.adapters.kubernetes.kinds import KINDS, PAGE_SIZE

# As the plan counts them: 31 lists that are always read, and the two answers of discovery.
ALWAYS = 33
DISCOVERY = "discovery"


def planned(served: Served) -> dict[str, int]:
    """Return how often each kind, by its plural, is to be asked for."""
    asked: Counter[str] = Counter({DISCOVERY: 2})
    for kind in KINDS:
        if not kind.optional or kind.label in served.kinds:
            asked[kind.plural] += 1 if kind.name else max(1, _pages(served.kinds.get(kind.label, 0)))
    return dict(asked)


def terms(served: Served) -> tuple[int, int, int]:
    """Return the terms of the sum: what is always asked, q of the kinds that discovery has found, further pages."""
    found = sum(kind.optional and kind.label in served.kinds for kind in KINDS)
    listed = {kind.label for kind in KINDS if not kind.name}
    further = sum(_pages(count) - 1 for label, count in served.kinds.items() if label in listed and count)
    return ALWAYS, found, further


def _pages(objects: int) -> int:
    return ceil(objects / PAGE_SIZE)
