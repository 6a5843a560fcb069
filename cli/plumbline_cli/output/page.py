"""The HTML report: one page that needs nothing else, to read, filter, print and send."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, TextIO

from jinja2 import Environment, FunctionLoader, StrictUndefined

from plumbline import __version__
from plumbline.domain.verdict import Severity, Status
from plumbline_cli.output.groups import ORDER, Collector, Line, resource_name, subject_name, worst_first
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.tally import Tally
from plumbline_cli.terminal import plain

if TYPE_CHECKING:
    from plumbline_cli.output.formats import Scanned

_MOST_CAUSES = 8
# Of one control: a browser shows some ten thousands of rows.
MOST_SHOWN = 500


class Page:
    """Writes the page when the scan is done."""

    def __init__(self, stream: TextIO, scanned: Scanned) -> None:
        self._stream = stream
        self._scanned = scanned
        self._collector = Collector(scanned, keep=MOST_SHOWN)

    def add(self, assessed: Assessed) -> None:
        """Take the verdicts on one subject."""
        self._collector.add(assessed)

    def close(self, tally: Tally) -> None:
        """Write the page."""
        style, script = _part("page.css"), _part("page.js")
        page = _environment().get_template("page.html.jinja")
        lines: list[Line] = sorted(self._collector.lines, key=worst_first)
        stream = page.stream(
            version=__version__,
            scanned=self._scanned,
            tally=tally,
            lines=lines,
            groups=self._collector.groups(),
            areas=self._collector.areas,
            closed=self._collector.closed,
            causes=tally.unread.most_common(_MOST_CAUSES),
            statuses=[status for status in Status if tally.by_status[status]],
            severities=[severity for severity in Severity if tally.failed_by_severity[severity]],
            order=ORDER,
            several_regions=len(self._scanned.regions) > 1,
            environments=any(line.environment for line in lines),
            style=style,
            script=script,
            # The page runs its own script and nothing else, whatever a name in it holds.
            script_hash=b64encode(sha256(script.encode()).digest()).decode(),
            style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        )
        stream.enable_buffering(100)
        self._stream.writelines(stream)


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_part), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = plain
    environment.globals.update(subject_name=subject_name, resource_name=resource_name)
    return environment


def _part(name: str) -> str:
    return files("plumbline_cli.output").joinpath(name).read_text(encoding="utf-8")
