"""The pool: one bounded set of threads for all calls of a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Pool:
    """Runs functions side by side, never more than `width` at once.

    Work that the pool's own threads hand to it runs in turn, in the thread that asks: a worker never waits for
    another one, so nesting cannot deadlock, and many clusters at once cost no more threads than one.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._inside = threading.local()
        self._executor = ThreadPoolExecutor(width, thread_name_prefix="plumbline", initializer=self._enter)

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield the results in the order of the items. An error of one call is raised where its result is due."""
        if getattr(self._inside, "yes", False):
            return map(function, items)
        return self._executor.map(function, items)

    def run(self, jobs: Iterable[Callable[[], R]]) -> list[R]:
        """Run every job and return the results in order."""
        return list(self.map(_call, jobs))

    def close(self) -> None:
        """Give the threads back; work not yet begun is dropped."""
        self._executor.shutdown(cancel_futures=True)

    def _enter(self) -> None:
        self._inside.yes = True


def _call(job: Callable[[], R]) -> R:
    return job()
