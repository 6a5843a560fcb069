"""The page: docs/performance.md, in which each part of the benchmarks has a block of its own."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.workspace import REPOSITORY

PAGE = REPOSITORY / "docs" / "performance.md"
_SHOWN = ("plumbline", "botocore", "msgspec")


class PageError(RuntimeError):
    """The page has no block for a part."""


def write_block(page: Path, part: str, command: str, content: str) -> None:
    """Replace the block of a part: from `<!-- measured: part -->` to `<!-- end: part -->`.

    Args:
        page: the file.
        part: the name of the part.
        command: how to measure it again.
        content: what was measured, as Markdown.

    Raises:
        PageError: the page has no such block.

    """
    begin, end = f"<!-- measured: {part} -->", f"<!-- end: {part} -->"
    text = page.read_text()
    block = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not block.search(text):
        raise PageError(f"{page.name} has no block {begin} … {end}")
    filled = f"{begin}\n\n`{command}`, {_circumstances()}\n\n{content.strip()}\n\n{end}"
    page.write_text(block.sub(lambda _: filled, text))


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], left: int = 1) -> str:
    """Return a table as Markdown; the first `left` columns are text, the others numbers."""
    rules = ["---"] * left + ["--:"] * (len(headings) - left)
    lines = [headings, rules, *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def budgets(rows: Iterable[tuple[str, str, bool]]) -> str:
    """Return a table of budgets: what is wanted, what was measured, whether it is met."""
    return table(
        ("budget", "measured", ""), [(want, got, "met" if met else "**missed**") for want, got, met in rows], 3
    )


def _circumstances() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _SHOWN)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, {platform.system()}"
    load = f"15-minute load {os.getloadavg()[2]:.1f}"
    return f"{datetime.now(UTC):%Y-%m-%d}; Python {platform.python_version()}, {versions}; {machine}, {load}."
