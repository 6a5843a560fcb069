from datetime import UTC, datetime

import pytest

from plumbline.configuration import load
from plumbline.configuration.routes import Rule, route_by
from plumbline.domain.catalogue import load_catalogue
from plumbline.domain.control import Control
from plumbline.domain.records import Cause, CauseKind, State, Transition, TransitionKind
from plumbline.domain.verdict import Resource, Severity, Status

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AUDIT_LOG = next(control for control in load_catalogue() if control.id == "logging.audit-log")


def state(status: Status = Status.FAIL, severity: Severity = Severity.HIGH) -> State:
    return State(status=status, severity=severity)


def transition(
    kind: TransitionKind = TransitionKind.OPENED,
    after: State | None = None,
    before: State | None = None,
    held: Status | None = None,
) -> Transition:
    return Transition(
        kind=kind,
        at=NOW,
        control=AUDIT_LOG.id,
        resource=Resource("cluster", "payments-prod"),
        after=after or state(),
        before=before,
        held=held,
        cause=Cause(kind=CauseKind.SWEEP),
    )


@pytest.mark.parametrize(
    ("condition", "environment", "fits"),
    [
        ("{}", "production", True),
        ("{severities: [critical, high]}", "production", True),
        ("{severities: [critical]}", "production", False),
        ("{statuses: [WARN]}", "production", False),
        ("{statuses: [FAIL]}", "production", True),
        ("{areas: [logging, addon]}", "production", True),
        ("{areas: [addon]}", "production", False),
        ("{environments: ['Prod*']}", "production", True),
        ("{environments: [sandbox]}", "production", False),
        ("{environments: [unknown]}", "", True),
        ("{environments: ['*']}", "", True),
        ("{transitions: [opened]}", "production", True),
        ("{transitions: [resolved]}", "production", False),
        ("{severities: [high], areas: [logging], environments: [production]}", "production", True),
        ("{severities: [high], areas: [addon], environments: [production]}", "production", False),
    ],
)
def test_a_rule_fits_when_all_of_its_conditions_do(condition: str, environment: str, fits: bool) -> None:
    rule = load(f"routes: [{condition.replace('{', '{to: critical, ')}]").routes[0]
    assert rule.fits(transition(), AUDIT_LOG, environment) is fits


def test_a_recovery_is_matched_by_what_it_ends() -> None:
    recovery = transition(TransitionKind.RESOLVED, state(Status.PASS, Severity.HIGH), state(severity=Severity.CRITICAL))
    assert Rule(to="critical", severities=(Severity.CRITICAL,)).fits(recovery, AUDIT_LOG, "")
    assert Rule(to="critical", statuses=(Status.FAIL,)).fits(recovery, AUDIT_LOG, "")
    assert not Rule(to="critical", severities=(Severity.HIGH,)).fits(recovery, AUDIT_LOG, "")


def test_a_recovery_from_lost_evidence_is_matched_by_what_was_lost() -> None:
    recovery = transition(TransitionKind.RESOLVED, state(Status.PASS), state(Status.UNKNOWN), held=Status.FAIL)
    assert Rule(to="critical", statuses=(Status.FAIL,)).fits(recovery, AUDIT_LOG, "")


def otherwise(moved: Transition, control: Control, environment: str) -> str | None:
    assert (moved.control, control, environment) == (AUDIT_LOG.id, AUDIT_LOG, "production")
    return "standard"


def test_the_first_rule_that_fits_decides() -> None:
    rules = load("routes: [{areas: [addon], to: none}, {areas: [logging], to: digest}, {to: critical}]").routes
    assert route_by(rules, otherwise)(transition(), AUDIT_LOG, "production") == "digest"


def test_none_keeps_a_transition_silent() -> None:
    assert route_by((Rule(to="none"),), otherwise)(transition(), AUDIT_LOG, "production") is None


def test_what_no_rule_fits_goes_the_other_way() -> None:
    assert (
        route_by((Rule(to="none", areas=("addon",)),), otherwise)(transition(), AUDIT_LOG, "production") == "standard"
    )
    assert route_by((), otherwise)(transition(), AUDIT_LOG, "production") == "standard"
