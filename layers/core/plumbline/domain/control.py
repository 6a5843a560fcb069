"""Controls: pure functions over evidence, described where they are written.

    @control(
        "logging.audit-log",
        title="Kubernetes audit log is delivered to CloudWatch Logs",
        ...
    )
    def audit_log_is_delivered(cluster: Cluster, p: RequiredTypes) -> Verdict:
        '''Why it matters: this becomes the auditor's rationale.'''

The annotation of the first parameter names the resource judged: the control is called once for each one. A union
judges several kinds. The other parameters are facts, by type, and at most one subclass of `Parameters`. A control is
called only when all of its evidence was collected; a parameter annotated `Section[...]` is handed over as it is, for
the control to decide what its absence means.
"""

import inspect
import types
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from plumbline.domain.errors import CatalogueError
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.providers import FACTS, RESOURCES
from plumbline.domain.subject import Level
from plumbline.domain.verdict import Pillar, Severity, Verdict


class Parameters(msgspec.Struct, frozen=True, rename="kebab", kw_only=True, forbid_unknown_fields=True):
    """The parameters of a control: fields with defaults, named in kebab-case in configuration."""


class Flag(StrEnum):
    """How a control's verdict may move (controls.md 0.3)."""

    VOLATILE = "volatile"
    DATE_DRIVEN = "date-driven"


class Fact(msgspec.Struct, frozen=True):
    """A fact a control asks for: the argument's name, its type, and whether it copes with absence itself."""

    argument: str
    type: Any
    tolerates_absence: bool


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the catalogue. `judge` is the function; everything else describes it."""

    id: str
    title: str
    rationale: str
    rule: str
    pillar: Pillar
    severity: Severity
    remediation: str
    references: tuple[str, ...]
    flags: frozenset[Flag]
    judge: Callable[..., Verdict]
    resource_types: tuple[type, ...]
    facts: tuple[Fact, ...]
    parameters: type[Parameters]
    parameters_argument: str | None

    @property
    def area(self) -> str:
        """The first word of the id."""
        return self.id.split(".")[0]

    @property
    def level(self) -> Level:
        """What it is evaluated for: each cluster, or once for what clusters share."""
        return RESOURCES[self.resource_types[0]].level

    @property
    def sections(self) -> frozenset[str]:
        """The sections of evidence it reads."""
        of_resources = (RESOURCES[kind].sections for kind in self.resource_types)
        return frozenset().union(*of_resources, *(FACTS[fact.type].sections for fact in self.facts))

    @property
    def needs_kubernetes(self) -> bool:
        """Whether it can judge nothing without the cluster's Kubernetes API: all its resources or a fact are there."""
        return all(_is_inside(RESOURCES[kind].sections) for kind in self.resource_types) or any(
            _is_inside(FACTS[fact.type].sections) for fact in self.facts if not fact.tolerates_absence
        )


def _is_inside(sections: tuple[str, ...]) -> bool:
    """Whether only the Kubernetes API has these sections."""
    return bool(sections) and frozenset(KUBERNETES_SECTIONS).issuperset(sections)


def control(
    identifier: str,
    *,
    title: str,
    pillar: Pillar,
    severity: Severity,
    rule: str,
    remediation: str,
    references: tuple[str, ...] = (),
    flags: frozenset[Flag] = frozenset(),
) -> Callable[[Callable[..., Verdict]], Control]:
    """Describe a control; the decorated function becomes a frozen `Control`. Nothing is registered.

    Args:
        identifier: `area.name`, as in the specification.
        title: what holds when the control passes.
        pillar: the Well-Architected pillar.
        severity: of a violation, unless the verdict says otherwise.
        rule: when it passes, fails and warns, in a sentence or two, for people.
        remediation: one line, preferably a command.
        references: the same rule elsewhere (CIS, Security Hub, other tools).
        flags: volatile, date-driven.

    Raises:
        CatalogueError: the function's annotations do not say what it reads, or the docstring is missing.

    """

    def describe(judge: Callable[..., Verdict]) -> Control:
        rationale = inspect.cleandoc(judge.__doc__ or "")
        if not rationale:
            raise CatalogueError(f"{identifier}: the docstring is the rationale, and it is missing")
        resource_types, facts, parameters, argument = _read_signature(identifier, judge)
        return Control(
            id=identifier,
            title=title,
            rationale=rationale,
            rule=rule,
            pillar=pillar,
            severity=severity,
            remediation=remediation,
            references=references,
            flags=flags,
            judge=judge,
            resource_types=resource_types,
            facts=facts,
            parameters=parameters,
            parameters_argument=argument,
        )

    return describe


def _read_signature(
    identifier: str, judge: Callable[..., Verdict]
) -> tuple[tuple[type, ...], tuple[Fact, ...], type[Parameters], str | None]:
    hints = get_type_hints(judge)
    if hints.pop("return", None) is not Verdict:
        raise CatalogueError(f"{identifier}: a control returns a Verdict")
    names = list(hints)
    if not names:
        raise CatalogueError(f"{identifier}: a control judges a resource, its first parameter")
    resource_types = _alternatives(hints[names[0]])
    for kind in resource_types:
        if kind not in RESOURCES:
            raise CatalogueError(f"{identifier}: {kind} is not a resource that can be judged")
    if len({RESOURCES[kind].level for kind in resource_types}) > 1:
        raise CatalogueError(f"{identifier}: it judges resources of different levels")
    facts: list[Fact] = []
    parameters: type[Parameters] = Parameters
    argument: str | None = None
    for name in names[1:]:
        hint = hints[name]
        if inspect.isclass(hint) and issubclass(hint, Parameters):
            parameters, argument = hint, name
        else:
            facts.append(_fact(identifier, name, hint))
    return resource_types, tuple(facts), parameters, argument


def _alternatives(hint: Any) -> tuple[type, ...]:
    if get_origin(hint) in (Union, types.UnionType):
        return get_args(hint)
    return (hint,)


def _fact(identifier: str, argument: str, hint: Any) -> Fact:
    options = _alternatives(hint)
    tolerates_absence = NotCollected in options
    kind = next((get_args(o)[0] for o in options if get_origin(o)), hint) if tolerates_absence else hint
    if kind not in FACTS:
        raise CatalogueError(f"{identifier}: parameter {argument!r}: {kind} is not a known fact")
    return Fact(argument, kind, tolerates_absence)
