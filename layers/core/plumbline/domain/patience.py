"""Patience: what is wrong only when it lasts is judged by how long the record has seen it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from plumbline.domain.records import Entry, entry_key
from plumbline.domain.verdict import Patience, Status, Verdict


def ripened(recorded: Mapping[str, Entry], verdicts: Iterable[Verdict], now: datetime) -> Iterator[Verdict]:
    """Yield the verdicts, those that wait for time judged by the record: PASS, then WARN, then FAIL.

    Args:
        recorded: the posture map.
        verdicts: of one assessment.
        now: the time of the assessment. What was not seen before is seen since then.

    """
    for verdict in verdicts:
        if verdict.patience is None:
            yield verdict
        else:
            entry = recorded.get(entry_key(verdict.control, verdict.resource))
            yield _judged(verdict, verdict.patience, (entry.lasting_since if entry else None) or now, now)


def _judged(verdict: Verdict, patience: Patience, since: datetime, now: datetime) -> Verdict:
    lasted = now - since
    status = Status.PASS
    if lasted > patience.fail_after:
        status = Status.FAIL
    elif lasted > patience.warn_after:
        status = Status.WARN
    message = f"{verdict.message}, seen since {since:%Y-%m-%d}"
    return msgspec.structs.replace(verdict, status=status, message=message, lasting_since=since)
