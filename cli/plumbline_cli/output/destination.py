"""Where a report goes: standard output, or a file that appears only when it is complete."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from plumbline.domain.errors import PlumblineError


class OutputError(PlumblineError):
    """The report cannot be written where it was asked for."""


@contextmanager
def opened(path: Path | None) -> Iterator[TextIO]:
    """Open the destination for UTF-8 text. A scan that is cut short leaves an earlier report as it was.

    Raises:
        OutputError: the file cannot be written; known before the scan begins.

    """
    if path is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        sys.stdout.flush()
        return
    # A device or a pipe is written as it is: it must not be replaced by a file.
    whole = path if path.exists() and not path.is_file() else path.with_name(f"{path.name}.part")
    try:
        stream = whole.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with stream:
            yield stream
        if whole != path:
            whole.replace(path)
    except BaseException:
        if whole != path:
            whole.unlink(missing_ok=True)
        raise
