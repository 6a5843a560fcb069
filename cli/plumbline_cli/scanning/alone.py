"""A cluster alone: judged by what its Kubernetes API lists, where nobody gave credentials of AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn, TypeVar, cast

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.environment import Environment
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evaluation import Judging
from plumbline.domain.evidence import eks
from plumbline.domain.evidence.section import Collected, Listed, NotCollected, Section, not_collected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.ports import KubernetesSource
from plumbline_cli.scanning.insides import closed_because
from plumbline_cli.scanning.reading import Assessed, Plan, Progress
from plumbline_cli.scanning.selection import NothingSelectedError, sections_for

Part = TypeVar("Part", AccountEvidence, RegionEvidence, ClusterEvidence)

WITHOUT_AWS = not_collected("only EKS knows, and no credentials of AWS were given (--profile or --region)")
_INSIDE = frozenset(KUBERNETES_SECTIONS)
# Parameters may name an environment, and without a name it is missing by itself.
_TOLD_OTHERWISE = frozenset({Environment})


def judged_alone(controls: Iterable[Control]) -> tuple[Control, ...]:
    """Return the controls that can be judged by the Kubernetes API alone, each for what is found there.

    Raises:
        NothingSelectedError: there is none among them.

    """
    narrowed = (msgspec.structs.replace(control, resource_types=_kinds_inside(control)) for control in controls)
    judged = tuple(control for control in narrowed if control.resource_types and _is_inside(control))
    if not judged:
        raise NothingSelectedError("these controls need the AWS side of the cluster: add --profile or --region")
    return judged


class Alone:
    """Reads and evaluates one cluster."""

    def __init__(self, source: KubernetesSource, subject: Subject, plan: Plan, progress: Progress) -> None:
        """Prepare; nothing is read yet. Of the plan count the controls, the parameters and the time."""
        self._source = source
        self._subject = subject
        self._plan = plan
        self._progress = progress

    def assessed(self) -> Iterator[Assessed]:
        """Yield the cluster."""
        subject, plan = self._subject, self._plan
        self._progress.inside(subject.cluster, 1)
        listed = self._source.collect_kubernetes(subject, sections_for(plan.controls) & _INSIDE, plan.now)
        self._progress.cluster()
        named: Section[eks.Cluster] = Collected(cast("eks.Cluster", _Named(subject.cluster)), plan.now)
        snapshot = Snapshot(
            subject=subject,
            cluster=msgspec.structs.replace(_missing(ClusterEvidence()), cluster=named),
            region=_missing(RegionEvidence()),
            account=_missing(AccountEvidence()),
            kubernetes=listed,
        )
        judging = Judging(snapshot, plan.controls, plan.parameters, plan.now)
        yield Assessed(
            subject=subject,
            verdicts=judging.verdicts(),
            environment=plan.parameters.environment.of(None, subject.account) or "",
            closed=closed_because(listed),
        )


class _Named:
    """A cluster of which the name is known; whatever else a control asks EKS about is missing, not absent."""

    status = ""
    tags: dict[str, str] = {}  # noqa: RUF012 - nothing is ever put in

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, member: str) -> NoReturn:
        raise EvidenceMissing(WITHOUT_AWS)


def _missing(part: Part) -> Part:
    """Return a part with the reason in every section why it is missing."""
    reasons: dict[type, Any] = {NotCollected: WITHOUT_AWS, Listed: Listed[Any](names=WITHOUT_AWS)}
    fields = ((name, reasons.get(type(getattr(part, name)))) for name in part.__struct_fields__)
    return msgspec.structs.replace(part, **{name: reason for name, reason in fields if reason is not None})


def _kinds_inside(control: Control) -> tuple[type, ...]:
    return tuple(
        kind for kind in control.resource_types if kind is eks.Cluster or _INSIDE.issuperset(RESOURCES[kind].sections)
    )


def _is_inside(control: Control) -> bool:
    """Whether the Kubernetes API says something of it, and no fact is needed that only AWS has."""
    needed = (fact.type for fact in control.facts if not fact.tolerates_absence)
    return not _INSIDE.isdisjoint(control.sections) and not any(_is_outside(kind) for kind in needed)


def _is_outside(kind: Any) -> bool:
    sections = FACTS[kind].sections
    return kind not in _TOLD_OTHERWISE and bool(sections) and _INSIDE.isdisjoint(sections)
