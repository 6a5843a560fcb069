"""A fake evidence source with the pool that the real one has."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tests.fakes.evidence_source import FakeEvidenceSource

T = TypeVar("T")
R = TypeVar("R")


class LaidDown(FakeEvidenceSource):
    """Answers what was laid down, one item after the other."""

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        return map(function, items)
