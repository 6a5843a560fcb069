"""Cases: one change of the compliant baseline, and the exact verdict it gives."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control
from plumbline.domain.evaluation import evaluate
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.patience import ripened
from plumbline.domain.records import Entry, entry_key
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.subject import Level
from plumbline.domain.verdict import Severity, Status, Verdict
from tests.unit.baseline import NOW, compliant, compliant_account, compliant_fleet, compliant_region
from tests.unit.changes import Change, nothing

PASS, FAIL, WARN, UNKNOWN, NA = Status.PASS, Status.FAIL, Status.WARN, Status.UNKNOWN, Status.NOT_APPLICABLE
CRITICAL, HIGH, MEDIUM, LOW = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


class Case(msgspec.Struct, frozen=True):
    """A change and what the control says then.

    Attributes:
        resource: `kind/name` of the resource judged.
        reasons: every reason code, separated by spaces.
        severity: only where it differs from the control's own.
        message: the whole message, where it matters.
        seen_since: since when the record has seen what is wrong only when it lasts.

    """

    control: str
    resource: str
    change: Change
    status: Status
    reasons: str = ""
    severity: Severity | None = None
    message: str | None = None
    parameters: Mapping[str, Any] = {}
    now: datetime = NOW
    during_transition: bool = False
    seen_since: datetime | None = None


def named(identifier: str) -> Control:
    return next(control for control in load_catalogue() if control.id == identifier)


_BASELINES = {
    Level.CLUSTER: compliant,
    Level.REGION: compliant_region,
    Level.ACCOUNT: compliant_account,
    Level.FLEET: compliant_fleet,
}


def baseline_of(control: Control) -> Snapshot:
    return _BASELINES[control.level]()


def verdicts_of(
    control: Control, change: Change = nothing, parameters: Mapping[str, Any] | None = None, now: datetime = NOW
) -> dict[str, Verdict]:
    """Return the control's verdicts on the changed baseline by `kind/name`."""
    configured = ParameterSet(fleet={control.id: dict(parameters or {})})
    evaluation = evaluate(change(baseline_of(control)), [control], configured, now)
    assert evaluation.control_errors == ()
    found = {f"{verdict.resource.kind}/{verdict.resource.name}": verdict for verdict in evaluation.verdicts}
    assert len(found) == len(evaluation.verdicts)
    return found


def check(case: Case) -> None:
    control = named(case.control)
    verdict = verdicts_of(control, case.change, case.parameters, case.now)[case.resource]
    if case.seen_since:
        recorded = {entry_key(control.id, verdict.resource): Entry(lasting_since=case.seen_since)}
        [verdict] = ripened(recorded, [verdict], case.now)
    said = (verdict.status, set(verdict.reasons), verdict.severity, verdict.during_transition)
    expected = (case.status, set(case.reasons.split()), case.severity or control.severity, case.during_transition)
    assert said == expected, verdict.message
    assert case.message is None or verdict.message == case.message


def label(case: Case) -> str:
    return f"{case.control}-{case.status}-{case.reasons.replace(' ', '+') or 'plain'}"


def ago(days: float) -> datetime:
    """Return the time that many days before the tests' now."""
    return NOW - timedelta(days=days)
