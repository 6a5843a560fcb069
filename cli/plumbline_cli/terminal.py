"""The terminal: two consoles, and text from outside made safe to show."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

# Wide enough for a message beside its resource where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL = 160


def notes() -> Console:
    """Return the console for everything that is not the answer: standard error."""
    from rich.console import Console

    return Console(file=sys.stderr, highlight=False, soft_wrap=True, emoji=False, markup=False)


def answers(file: object) -> Console:
    """Return the console for tables: as wide as the terminal, or wide enough without one."""
    from rich.console import Console

    stream = file if hasattr(file, "isatty") else sys.stdout
    width = None if stream.isatty() else WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, highlight=False, emoji=False, markup=False, width=width)  # type: ignore[arg-type]


def plain(text: str) -> str:
    """Return text from outside with every character that could steer a terminal made visible."""
    return "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text)


def say(text: str) -> None:
    """Write one note."""
    notes().print(text)
