"""Small controls, verdicts and moments for tests of the record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from plumbline.domain.control import Control, Flag, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.records import Cause, CauseKind
from plumbline.domain.verdict import Pillar, Resource, Severity, Status, Verdict, passed

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CLUSTER = Resource("cluster", "payments")


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


def example_control(
    identifier: str = "logging.audit-log",
    flags: frozenset[Flag] = frozenset(),
    severity: Severity = Severity.HIGH,
) -> Control:
    @control(
        identifier,
        title="Logs are on",
        pillar=Pillar.SEC,
        severity=severity,
        rule="PASS when on.",
        remediation="switch on --name <cluster>",
        flags=flags,
    )
    def logs_are_on(cluster: Cluster) -> Verdict:
        """Without logs nobody knows. They are off by default."""
        return passed(cluster.name)

    return logs_are_on


LOGGING = example_control()
VOLATILE = example_control("nodegroup.scaling-headroom", frozenset({Flag.VOLATILE}), Severity.MEDIUM)
DATED = example_control("version.end-of-support-horizon", frozenset({Flag.DATE_DRIVEN}))

SWEEP = Cause(kind=CauseKind.SWEEP)


def found(
    status: Status,
    of: Control = LOGGING,
    resource: Resource = CLUSTER,
    **changes: Any,
) -> Verdict:
    verdict = Verdict(
        status=status,
        control=of.id,
        resource=resource,
        severity=of.severity,
        reasons=("off",) if status is Status.FAIL else (),
        observed={"enabled": status is Status.PASS} if status is not Status.UNKNOWN else {},
    )
    return msgspec.structs.replace(verdict, **changes)
