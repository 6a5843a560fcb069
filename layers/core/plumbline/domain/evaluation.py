"""Evaluation: every control on every resource of a snapshot. Same snapshot, same time, same bytes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.errors import EvidenceMissing, ParameterError
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import NotCollected, Section
from plumbline.domain.facts import RegionFacts
from plumbline.domain.need import known
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, REGION_SECTIONS, Snapshot, oldest_of
from plumbline.domain.verdict import Reason, Resource, Severity, Status, Verdict, unknown
from plumbline.domain.view import View

replace = msgspec.structs.replace


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
        resource alone, and its id is listed under `control_errors`. Where nobody asked for the Kubernetes side,
        controls that can judge nothing without it are left out.

    """
    judging = Judging(snapshot, controls, parameters, now, facts)
    verdicts = tuple(judging.verdicts())
    return Evaluation(
        verdicts=verdicts,
        controls=tuple(control.id for control in judging.controls),
        control_errors=tuple(sorted(judging.errors)),
    )


class _Found(NamedTuple):
    """A resource to judge."""

    resource: Resource
    evidence: Section[Any]
    in_transition: bool


class Judging:
    """An evaluation under way, for who reads verdicts one by one: a large cluster has millions of them.

    Args:
        snapshot, controls, parameters, now, facts: as `evaluate` takes them.

    Attributes:
        controls: those that are evaluated, by id.
        errors: the ids of those that failed; complete when all verdicts were read.

    """

    def __init__(
        self,
        snapshot: Snapshot,
        controls: Iterable[Control],
        parameters: ParameterSet,
        now: datetime,
        facts: RegionFacts | None = None,
    ) -> None:
        described = known(snapshot.cluster.cluster, None)
        environment = parameters.environment.of(described, snapshot.subject.account)
        self._view = View(snapshot, now, facts, environment)
        self._parameters = parameters
        level, asked = snapshot.subject.level, self._view.kubernetes.asked
        chosen = (control for control in controls if control.level is level and (asked or not control.needs_kubernetes))
        self.controls = tuple(sorted(chosen, key=lambda control: control.id))
        self.errors: set[str] = set()
        # What many controls share is found once: resources in order, facts, and how old a section is.
        self._resources: dict[tuple[type, ...], list[_Found]] = {}
        self._facts: dict[Any, Section[Any]] = {}
        self._ages: dict[str, datetime | None] = {}

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the verdicts by control and resource."""
        for control in self.controls:
            yield from self._all_of(control)

    def _all_of(self, control: Control) -> Iterator[Verdict]:
        judge: Callable[[Resource, Any], Verdict] | None = None
        evidence_at = self._oldest(control)
        identifier, severity = control.id, control.severity
        for resource, evidence, in_transition in self._found(control.resource_types):
            if isinstance(evidence, NotCollected):
                verdict = _missing(evidence)
            else:
                judge = judge or self._judge(control, resource)
                verdict = judge(resource, evidence.value)
            yield replace(
                verdict,
                control=identifier,
                resource=resource,
                severity=verdict.severity or severity,
                evidence_at=evidence_at,
                during_transition=in_transition,
            )

    def _found(self, kinds: tuple[type, ...]) -> list[_Found]:
        if kinds not in self._resources:
            found = [
                _Found(resource, evidence, _in_transition(evidence))
                for kind in kinds
                for resource, evidence in RESOURCES[kind].find(self._view)
            ]
            found.sort(key=lambda one: (one.resource.kind, one.resource.name))
            self._resources[kinds] = found
        return self._resources[kinds]

    def _judge(self, control: Control, first: Resource) -> Callable[[Resource, Any], Verdict]:
        """Return the control with its facts and parameters at hand, as they are for the first resource.

        What fails for all resources fails once; parameters are resolved anew only where they may differ.
        """
        parameters = self._parameters.resolver(control, self._view.snapshot.subject, self._view.environment.name)
        try:
            arguments = self._arguments(control)
            if control.parameters_argument and parameters.are_common:
                arguments[control.parameters_argument] = parameters.of(first)
        except Exception as error:  # noqa: BLE001 - as below
            failure = self._failure(control, error)
            return lambda _, __: failure
        argument = "" if parameters.are_common else control.parameters_argument
        judged = control.judge

        def judge(resource: Resource, evidence: Any) -> Verdict:
            try:
                if argument:
                    arguments[argument] = parameters.of(resource)
                return judged(evidence, **arguments)
            except Exception as error:  # noqa: BLE001 - one bad control never hides another: it is recorded and counted
                return self._failure(control, error)

        return judge

    def _failure(self, control: Control, error: Exception) -> Verdict:
        if isinstance(error, EvidenceMissing):
            return _missing(error.missing)
        if isinstance(error, ParameterError):
            return unknown(Reason.CONTROL_ERROR, f"the configured parameters do not fit: {error}")
        self.errors.add(control.id)
        return unknown(Reason.CONTROL_ERROR, f"the control failed: {type(error).__name__}: {error}")

    def _arguments(self, control: Control) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for fact in control.facts:
            section = self._fact(fact.type)
            if fact.tolerates_absence:
                arguments[fact.argument] = section
            elif isinstance(section, NotCollected):
                raise EvidenceMissing(section)
            else:
                arguments[fact.argument] = section.value
        return arguments

    def _fact(self, kind: Any) -> Section[Any]:
        if kind not in self._facts:
            self._facts[kind] = FACTS[kind].build(self._view)
        return self._facts[kind]

    def _oldest(self, control: Control) -> datetime | None:
        return min((at for at in map(self._age, control.sections) if at is not None), default=None)

    def _age(self, section: str) -> datetime | None:
        if section in REGION_SECTIONS or section in ACCOUNT_SECTIONS:
            return self._view.facts.oldest(section)
        if section not in self._ages:
            self._ages[section] = oldest_of(getattr(self._view.snapshot.part_of(section), section))
        return self._ages[section]


def _missing(section: NotCollected) -> Verdict:
    return unknown(section.reason, section.detail or f"evidence is missing: {section.reason}")


def _in_transition(evidence: Section[Any]) -> bool:
    if isinstance(evidence, NotCollected):
        return False
    # What Kubernetes calls a status is a struct: only EKS and KMS say it in a word.
    status = getattr(evidence.value, "status", None)
    return isinstance(status, str) and status in eks.TRANSITIONAL


def counts_by_status(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Count verdicts by status, for coverage and tables."""
    counts = dict.fromkeys((str(status) for status in Status), 0)
    for verdict in verdicts:
        counts[verdict.status] += 1
    return counts


def worst(severities: Iterable[Severity]) -> Severity | None:
    """Return the worst of some severities, or None of none."""
    return min(severities, key=lambda severity: severity.rank, default=None)
