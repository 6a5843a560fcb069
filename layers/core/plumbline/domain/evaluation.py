"""Evaluation: every control on every resource of a snapshot. Same snapshot, same time, same bytes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.errors import EvidenceMissing, ParameterError
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import RegionFacts
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, REGION_SECTIONS, Snapshot, oldest_of
from plumbline.domain.verdict import Reason, Resource, Severity, Status, Verdict, unknown
from plumbline.domain.view import View


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The verdicts on one snapshot, in a stable order, and the controls that were evaluated.

    `undecided` are controls with resources on which nothing can be said without evidence that was not looked at.
    """

    verdicts: tuple[Verdict, ...]
    controls: tuple[str, ...]
    control_errors: tuple[str, ...] = ()
    undecided: frozenset[tuple[str, Resource]] = frozenset()


def evaluate(
    snapshot: Snapshot,
    controls: Iterable[Control],
    parameters: ParameterSet,
    now: datetime,
    facts: RegionFacts | None = None,
) -> Evaluation:
    """Evaluate controls on a snapshot.

    Args:
        snapshot: the evidence of one subject; only controls for its kind of subject are evaluated.
        controls: the catalogue, or a part of it.
        parameters: what configuration says.
        now: the time of the assessment, with a time zone.
        facts: the region's facts when they are shared with other clusters of the region.

    Returns:
        One verdict for each control and resource; a control that raises gives UNKNOWN (`control_error`) for that
        resource alone, and its id is listed under `control_errors`.

    """
    cluster = snapshot.cluster.cluster
    described = cluster.value if isinstance(cluster, Collected) else None
    environment = parameters.environment.of(described, snapshot.subject.account)
    view = View(snapshot, now, facts, environment)
    level = snapshot.subject.level
    chosen = sorted((control for control in controls if control.level is level), key=lambda control: control.id)
    judge = _Judge(view, parameters)
    verdicts = [verdict for control in chosen for verdict in judge.all_of(control)]
    verdicts.sort(key=lambda verdict: (verdict.control, verdict.resource))
    return Evaluation(
        verdicts=tuple(verdicts),
        controls=tuple(control.id for control in chosen),
        control_errors=tuple(sorted(judge.errors)),
    )


class _Judge:
    def __init__(self, view: View, parameters: ParameterSet) -> None:
        self.view = view
        self.parameters = parameters
        self.errors: set[str] = set()
        self._ages: dict[str, datetime | None] = {}

    def all_of(self, control: Control) -> Iterable[Verdict]:
        evidence_at = self._oldest(control)
        for kind in control.resource_types:
            for resource, evidence in RESOURCES[kind].find(self.view):
                yield self._finished(control, resource, evidence, evidence_at)

    def _finished(
        self, control: Control, resource: Resource, evidence: Section[Any], evidence_at: datetime | None
    ) -> Verdict:
        verdict = self._judged(control, resource, evidence)
        severity = verdict.severity or control.severity
        return msgspec.structs.replace(
            verdict,
            control=control.id,
            resource=resource,
            severity=severity,
            evidence_at=evidence_at,
            during_transition=_in_transition(evidence),
        )

    def _judged(self, control: Control, resource: Resource, evidence: Section[Any]) -> Verdict:
        if isinstance(evidence, NotCollected):
            return _missing(evidence)
        try:
            arguments = self._arguments(control, resource)
            return control.judge(evidence.value, **arguments)
        except EvidenceMissing as error:
            return _missing(error.missing)
        except ParameterError as error:
            return unknown(Reason.CONTROL_ERROR, f"the configured parameters do not fit: {error}")
        except Exception as error:  # noqa: BLE001 - one bad control never hides another: it is recorded and counted
            self.errors.add(control.id)
            return unknown(Reason.CONTROL_ERROR, f"the control failed: {type(error).__name__}: {error}")

    def _arguments(self, control: Control, resource: Resource) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for fact in control.facts:
            section = FACTS[fact.type].build(self.view)
            if fact.tolerates_absence:
                arguments[fact.argument] = section
            elif isinstance(section, NotCollected):
                raise EvidenceMissing(section)
            else:
                arguments[fact.argument] = section.value
        if control.parameters_argument:
            arguments[control.parameters_argument] = self.parameters.of(
                control, self.view.snapshot.subject, self.view.environment.name, resource
            )
        return arguments

    def _oldest(self, control: Control) -> datetime | None:
        return min((at for at in map(self._age, control.sections) if at is not None), default=None)

    def _age(self, section: str) -> datetime | None:
        if section in REGION_SECTIONS or section in ACCOUNT_SECTIONS:
            return self.view.facts.oldest(section)
        if section not in self._ages:
            self._ages[section] = oldest_of(getattr(self.view.snapshot.part_of(section), section))
        return self._ages[section]


def _missing(section: NotCollected) -> Verdict:
    return unknown(section.reason, section.detail or f"evidence is missing: {section.reason}")


def _in_transition(evidence: Section[Any]) -> bool:
    if isinstance(evidence, NotCollected):
        return False
    return getattr(evidence.value, "status", "ACTIVE") in eks.TRANSITIONAL


def counts_by_status(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Count verdicts by status, for coverage and tables."""
    counts = dict.fromkeys((str(status) for status in Status), 0)
    for verdict in verdicts:
        counts[verdict.status] += 1
    return counts


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the worst of some severities, or None of none."""
    return min(severities, key=lambda severity: severity.rank, default=None)
