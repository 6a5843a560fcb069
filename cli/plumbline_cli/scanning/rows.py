"""Rows: one verdict as every machine format writes it."""

from __future__ import annotations

from typing import Any

import msgspec

from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Severity, Verdict


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One control on one resource, in the fields and the order of the machine formats.

    `reason` holds the reason codes, joined by commas; `cluster` is empty for what concerns a whole
    region, `region` too for an account.
    """

    control: str
    status: str
    severity: str
    reason: str
    account: str
    region: str
    cluster: str
    resource_kind: str
    resource_name: str
    message: str
    observed: dict[str, Any]


FIELDS = Row.__struct_fields__


def row(subject: Subject, verdict: Verdict) -> Row:
    """Return a verdict as a row."""
    return Row(
        control=verdict.control,
        status=str(verdict.status),
        severity=str(verdict.severity or Severity.INFO),
        reason=",".join(verdict.reasons),
        account=subject.account,
        region=subject.region,
        cluster=subject.cluster,
        resource_kind=verdict.resource.kind,
        resource_name=verdict.resource.name,
        message=message_of(verdict),
        observed=verdict.observed,
    )


def message_of(verdict: Verdict) -> str:
    """Return the verdict's sentence; what was read in the middle of a change says so."""
    return f"{verdict.message} (during transition)".strip() if verdict.during_transition else verdict.message
