"""Reporting: from what is assessed, subject by subject, to the report, the summary and the exit code."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from plumbline_cli.output.destination import opened
from plumbline_cli.output.formats import Scanned, writer_for
from plumbline_cli.scanning.asking import Asked
from plumbline_cli.scanning.progress import TerminalProgress
from plumbline_cli.scanning.reading import Assessed, Plan, Progress
from plumbline_cli.scanning.selection import left_out
from plumbline_cli.scanning.summary import summarize
from plumbline_cli.scanning.tally import USAGE, Tally
from plumbline_cli.terminal import notes, plain


def report(asked: Asked, plan: Plan, subjects: Callable[[Progress], Iterator[Assessed]]) -> int:
    """Write the report while the subjects are read, then the summary; return the exit code.

    Raises:
        OutputError: the report cannot be written where it was asked for.

    """
    started = time.monotonic()
    options, scanned = asked.options, _scanned(asked, plan)
    tally = Tally(options.fail_on)
    with opened(options.output) as stream:
        writer = writer_for(options.format, stream, scanned)
        with TerminalProgress(notes()) as progress:
            for assessed in subjects(progress):
                writer.add(tally.counted(assessed))
        tally.gone = progress.gone_clusters
        writer.close(tally)
    summarize(notes(), tally, scanned, time.monotonic() - started)
    return tally.exit_code


def refuse(reason: str) -> int:
    """Say why there is no scan; return the exit code."""
    lines = "\n".join(plain(line) for line in reason.splitlines())
    notes().print(f"Error: {lines}")
    return USAGE


def _scanned(asked: Asked, plan: Plan) -> Scanned:
    options = asked.options
    return Scanned(
        account=plan.account,
        regions=plan.regions,
        now=plan.now,
        controls={control.id: control for control in plan.controls},
        context=asked.lead.context if asked.lead else "",
        kubernetes=options.inside,
        remark=left_out(plan.controls, options.controls, inside=options.inside),
    )
