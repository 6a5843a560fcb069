"""The credential report: IAM makes it on request, takes its time, and hands it out as CSV."""

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

import msgspec

from plumbline.adapters.aws import plan
from plumbline.adapters.aws.calls import Api
from plumbline.domain.evidence.account import AccessKey, Credential, CredentialReport
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.verdict import Reason

# A report takes seconds; one that takes longer is there with the next sweep, for IAM keeps it for four hours.
WAITS = (1, 2, 4, 8)
_KEYS = (1, 2)
# What IAM writes where there is nothing to write.
_NOTHING = frozenset({"", "N/A", "no_information", "not_supported"})


class _Answer(msgspec.Struct, rename="pascal"):
    content: bytes
    generated_time: datetime


def read_credential_report(api: Api) -> Section[CredentialReport]:
    """Ask for a report, wait a little until it is made, and read the columns that controls judge."""
    asked = api.one(plan.GENERATE_REPORT, str)
    if isinstance(asked, NotCollected):
        return asked
    answer = _handed_out(api)
    if isinstance(answer, NotCollected):
        return answer
    if answer.value is None:
        return NotCollected(Reason.NOT_COLLECTED, f"{plan.CREDENTIAL_REPORT.name}: the report is not made yet", api.now)
    try:
        report = CredentialReport(generated_at=answer.value.generated_time, rows=_rows(answer.value.content))
    except (KeyError, ValueError, csv.Error) as error:
        detail = f"{plan.CREDENTIAL_REPORT.name} unexpected answer: {error!r}"
        return NotCollected(Reason.PARSE_ERROR, detail, api.now)
    return Collected(report, api.now)


def _handed_out(api: Api) -> Section[_Answer | None]:
    """Ask for the report until it is there."""
    answer: Section[_Answer | None] = api.optional(plan.CREDENTIAL_REPORT, _Answer, None)
    for seconds in WAITS:
        if isinstance(answer, NotCollected) or answer.value is not None:
            break
        api.sleep(seconds)
        answer = api.optional(plan.CREDENTIAL_REPORT, _Answer, None)
    return answer


def _rows(content: bytes) -> tuple[Credential, ...]:
    """Read the rows.

    Raises:
        KeyError, ValueError, csv.Error: a column is missing, or holds what it never does.

    """
    return tuple(_credential(row) for row in csv.DictReader(content.decode("utf-8").splitlines(), strict=True))


def _credential(row: Mapping[str, str]) -> Credential:
    return Credential(
        user=row["user"],
        password_last_used=_time(row["password_last_used"]),
        mfa_active=_flag(row["mfa_active"]),
        keys=tuple(chain.from_iterable(_key(row, f"access_key_{number}") for number in _KEYS)),
    )


def _key(row: Mapping[str, str], prefix: str) -> Iterator[AccessKey]:
    """Yield the key, unless there is none: the report has columns for two keys of everybody."""
    key = AccessKey(
        active=_flag(row[f"{prefix}_active"]) or False,
        last_rotated=_time(row[f"{prefix}_last_rotated"]),
        last_used=_time(row[f"{prefix}_last_used_date"]),
    )
    if key != AccessKey():
        yield key


def _flag(text: str) -> bool | None:
    return None if text in _NOTHING else msgspec.convert(text.lower(), bool, strict=False)


def _time(text: str) -> datetime | None:
    return None if text in _NOTHING else datetime.fromisoformat(text)
