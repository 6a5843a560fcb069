"""Problems: what is wrong with a configuration document, where, and what would be right."""

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong. `line` and `column` count from 1; `where` is the path of keys, such as `scope.regions[0]`."""

    file: str
    line: int
    column: int
    where: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        """Return it as compilers do: file, line and column first, so that editors can jump there."""
        subject = f"{self.where}: " if self.where else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {subject}{self.reason}{hint}"


def nearest(name: str, names: Iterable[str]) -> str:
    """Return a hint at the known name most like this one; without a likeness, at all of them when they are few."""
    known = sorted(names)
    alike = get_close_matches(name, known, n=1, cutoff=0.6)
    if alike:
        return f"did you mean {alike[0]}?"
    return f"known here: {', '.join(known)}" if 0 < len(known) <= 12 else ""
