"""Verdicts: what one control says of one resource, and the words it is said in (controls.md 0.1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec


class Status(StrEnum):
    """The five answers a control can give."""

    PASS = "PASS"  # noqa: S105 - an answer, not a password
    FAIL = "FAIL"
    WARN = "WARN"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


class Severity(StrEnum):
    """How much a violation matters, from worst to least."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical, growing as severity falls: sorts worst first."""
        return tuple(Severity).index(self)


class Pillar(StrEnum):
    """The Well-Architected pillar a control serves."""

    OPS = "OPS"
    SEC = "SEC"
    REL = "REL"
    PERF = "PERF"
    COST = "COST"


class Reason(StrEnum):
    """Why evidence could not be read: the closed list of reasons of UNKNOWN."""

    ACCESS_DENIED = "access_denied"
    THROTTLED = "throttled"
    ENDPOINT_UNREACHABLE = "endpoint_unreachable"
    NOT_FOUND_IN_LISTING = "not_found_in_listing"
    REGION_UNSUPPORTED = "region_unsupported"
    PARSE_ERROR = "parse_error"
    CATALOGUE_GAP = "catalogue_gap"
    FOREIGN_ACCOUNT = "foreign_account"
    NOT_COLLECTED = "not_collected"
    CONTROL_ERROR = "control_error"


# There are millions of these in a large cluster, and none refers back: the garbage collector need not look.
class Resource(msgspec.Struct, frozen=True, order=True, gc=False):
    """The thing judged, inside its cluster (or region): `kind` such as `nodegroup`, and its name."""

    kind: str
    name: str


NO_RESOURCE = Resource("", "")


class Patience(msgspec.Struct, frozen=True):
    """What is wrong only when it lasts: after how long it is a warning, and after how long a violation."""

    warn_after: timedelta
    fail_after: timedelta


class Verdict(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One control on one resource.

    A control fills status, reasons, message, observed, expected and, rarely, severity; evaluation adds the rest.

    Attributes:
        observed: the evidence fields that decided, as JSON values: what drift is measured on.
        expected: the yardstick where it is not the cluster's own (an AWS catalogue, a date); a change here alone
            is a change of the catalogue or the clock, not drift.
        evidence_at: when the oldest piece of evidence used was read.
        during_transition: the resource was being created, updated or deleted while it was read.
        patience: what was seen is wrong only when it lasts; the record says since when it does.
        lasting_since: since when it has been seen, once the record was asked.

    """

    status: Status
    reasons: tuple[str, ...] = ()
    message: str = ""
    observed: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    severity: Severity | None = None
    control: str = ""
    resource: Resource = NO_RESOURCE
    evidence_at: datetime | None = None
    during_transition: bool = False
    patience: Patience | None = None
    lasting_since: datetime | None = None

    @property
    def reason(self) -> str:
        """The first reason code, or an empty string for a plain PASS."""
        return self.reasons[0] if self.reasons else ""


def _codes(reason: str | Sequence[str]) -> tuple[str, ...]:
    return (reason,) if isinstance(reason, str) else tuple(sorted(set(reason)))


def passed(
    message: str = "",
    *,
    reason: str = "",
    observed: Mapping[str, Any] | None = None,
    expected: Mapping[str, Any] | None = None,
) -> Verdict:
    """PASS: the evidence was read completely and the rule holds."""
    return Verdict(
        status=Status.PASS,
        reasons=_codes(reason) if reason else (),
        message=message,
        observed=dict(observed or {}),
        expected=dict(expected or {}),
    )


def failed(
    reason: str | Sequence[str],
    message: str,
    *,
    observed: Mapping[str, Any] | None = None,
    expected: Mapping[str, Any] | None = None,
    severity: Severity | None = None,
) -> Verdict:
    """FAIL: the evidence shows a violation. `severity` raises or lowers the control's own."""
    return Verdict(
        status=Status.FAIL,
        reasons=_codes(reason),
        message=message,
        observed=dict(observed or {}),
        expected=dict(expected or {}),
        severity=severity,
    )


def warned(
    reason: str | Sequence[str],
    message: str,
    *,
    observed: Mapping[str, Any] | None = None,
    expected: Mapping[str, Any] | None = None,
    severity: Severity | None = None,
) -> Verdict:
    """WARN: no violation today, but a dated or soft threshold is crossed, or evidence is inconclusive."""
    return Verdict(
        status=Status.WARN,
        reasons=_codes(reason),
        message=message,
        observed=dict(observed or {}),
        expected=dict(expected or {}),
        severity=severity,
    )


def not_applicable(reason: str, message: str = "", *, observed: Mapping[str, Any] | None = None) -> Verdict:
    """NOT_APPLICABLE: the control has no meaning for this resource."""
    return Verdict(status=Status.NOT_APPLICABLE, reasons=(reason,), message=message, observed=dict(observed or {}))


def unknown(reason: Reason | str, message: str, *, observed: Mapping[str, Any] | None = None) -> Verdict:
    """UNKNOWN: evidence could not be read. Never counts as PASS and never resolves a finding."""
    return Verdict(status=Status.UNKNOWN, reasons=(str(reason),), message=message, observed=dict(observed or {}))


def lasting(reason: str, message: str, patience: Patience, *, observed: Mapping[str, Any] | None = None) -> Verdict:
    """Something that is wrong only when it lasts: UNKNOWN until the record says since when it has been seen."""
    return Verdict(
        status=Status.UNKNOWN, reasons=(reason,), message=message, observed=dict(observed or {}), patience=patience
    )
