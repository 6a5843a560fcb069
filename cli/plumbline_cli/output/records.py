"""Machine formats: JSON Lines, JSON and CSV, written while the scan runs."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from plumbline import __version__
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.rows import FIELDS, Row, row
from plumbline_cli.scanning.tally import Tally

if TYPE_CHECKING:
    from plumbline_cli.output.formats import Scanned

SCHEMA = "plumbline.scan/1"
# What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def encoded(value: Any) -> str:
    """Return a value as compact JSON on one line."""
    return msgspec.json.encode(value).decode()


class JsonLines:
    """One verdict a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def add(self, assessed: Assessed) -> None:
        """Write the verdicts on one subject."""
        self._stream.writelines(f"{encoded(row(assessed.subject, verdict))}\n" for verdict in assessed.verdicts)

    def close(self, tally: Tally) -> None:
        """Write nothing more: every line is a verdict."""


class Json:
    """One document: what was scanned, the verdicts, the summary."""

    def __init__(self, stream: TextIO, scanned: Scanned) -> None:
        self._stream = stream
        self._separator = ""
        head = {
            "schema": SCHEMA,
            "plumbline": __version__,
            "account": scanned.account,
            "regions": scanned.regions,
            "at": scanned.now,
            "kubernetes": scanned.kubernetes,
            "context": scanned.context,
        }
        self._stream.write(f'{encoded(head)[:-1]},\n"verdicts":[')

    def add(self, assessed: Assessed) -> None:
        """Write the verdicts on one subject."""
        for verdict in assessed.verdicts:
            self._stream.write(f"{self._separator}\n{encoded(row(assessed.subject, verdict))}")
            self._separator = ","

    def close(self, tally: Tally) -> None:
        """Write the summary."""
        self._stream.write(f'\n],\n"summary":{encoded(tally.document())}}}\n')


class Csv:
    """A table for spreadsheets; `observed` is JSON. A cell that would start a formula starts with an apostrophe."""

    def __init__(self, stream: TextIO) -> None:
        self._writer = csv.writer(stream, lineterminator="\n")
        self._writer.writerow(FIELDS)

    def add(self, assessed: Assessed) -> None:
        """Write the verdicts on one subject."""
        self._writer.writerows(_cells(row(assessed.subject, verdict)) for verdict in assessed.verdicts)

    def close(self, tally: Tally) -> None:
        """Write nothing more."""


def _cells(one: Row) -> list[str]:
    texts = [getattr(one, name) for name in FIELDS[:-1]]
    return [harmless(text) for text in (*texts, encoded(one.observed))]


def harmless(text: str) -> str:
    """Return a text that no spreadsheet computes."""
    return f"'{text}" if text.startswith(_FORMULA) else text
