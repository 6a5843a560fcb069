"""Formats: which writer serves which format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, TextIO

import msgspec

from plumbline.domain.control import Control
from plumbline_cli.output.choices import Format
from plumbline_cli.scanning.reading import Assessed
from plumbline_cli.scanning.tally import Tally


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says of the scan as a whole.

    Attributes:
        context: of the kubeconfig that led to the one cluster scanned; empty where AWS listed the clusters.
        kubernetes: whether the clusters' Kubernetes APIs were read.
        remark: which controls were left out and how to have them judged; empty when none were.

    """

    account: str
    regions: tuple[str, ...]
    now: datetime
    controls: Mapping[str, Control]
    context: str = ""
    kubernetes: bool = False
    remark: str = ""

    @property
    def place(self) -> str:
        """Where the scan looked, for people."""
        parts = (
            f"Account {self.account}" if self.account else "",
            ", ".join(self.regions),
            f"Context {self.context}" if self.context else "",
        )
        return " · ".join(part for part in parts if part)


class Writer(Protocol):
    """Writes one format."""

    def add(self, assessed: Assessed) -> None:
        """Take the verdicts on one subject."""
        ...

    def close(self, tally: Tally) -> None:
        """Write what is left."""
        ...


def writer_for(wanted: Format, stream: TextIO, scanned: Scanned) -> Writer:
    """Return the writer of a format; what only one of them needs is imported here."""
    from plumbline_cli.output import records

    if wanted is Format.JSONL:
        return records.JsonLines(stream)
    if wanted is Format.CSV:
        return records.Csv(stream)
    if wanted is Format.JSON:
        return records.Json(stream, scanned)
    if wanted is Format.HTML:
        from plumbline_cli.output.page import Page

        return Page(stream, scanned)
    from plumbline_cli.output.table import Table

    return Table(stream, scanned)
