"""How the embedded AWS tells what it is doing, for progress bars and for plain text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`done` of `total` parts of one piece of work are behind us; `detail` names the current one."""

    work: str
    done: int
    total: int
    detail: str = ""


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Tells nobody."""
