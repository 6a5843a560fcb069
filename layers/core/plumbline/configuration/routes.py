"""Routes: which topic a transition goes to, by the rules of the document; the first rule that fits decides."""

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Literal

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.records import Transition, TransitionKind
from plumbline.domain.verdict import Severity, Status

# A transition, its control and its cluster's environment give a topic, or None for no alert.
Route = Callable[[Transition, Control, str], str | None]
Topic = Literal["critical", "standard", "digest", "none"]
# What the environment is called when nothing says which it is.
UNKNOWN_ENVIRONMENT = "unknown"


class Rule(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """One rule: an empty condition fits everything. `to` is the topic; `none` keeps the transition silent.

    A recovery is matched by the severity and status that it ends, so it goes where the finding went.
    """

    to: Topic
    severities: tuple[Severity, ...] = ()
    statuses: tuple[Status, ...] = ()
    areas: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    transitions: tuple[TransitionKind, ...] = ()

    def fits(self, transition: Transition, control: Control, environment: str) -> bool:
        """Whether the rule speaks of the transition."""
        severity, status = told_as(transition)
        name = environment.lower() or UNKNOWN_ENVIRONMENT
        return (
            _is_one_of(severity, self.severities)
            and _is_one_of(status, self.statuses)
            and _is_one_of(control.area, self.areas)
            and _is_one_of(transition.kind, self.transitions)
            and (not self.environments or any(fnmatchcase(name, pattern.lower()) for pattern in self.environments))
        )


def route_by(rules: Sequence[Rule], otherwise: Route) -> Route:
    """Return the route that the rules make; what no rule fits goes the other way."""

    def route(transition: Transition, control: Control, environment: str) -> str | None:
        rule = next((rule for rule in rules if rule.fits(transition, control, environment)), None)
        if rule is None:
            return otherwise(transition, control, environment)
        return None if rule.to == "none" else rule.to

    return route


def told_as(transition: Transition) -> tuple[Severity, Status]:
    """Return the severity and status a transition is told as: for a recovery those that ended."""
    if transition.kind is not TransitionKind.RESOLVED or transition.before is None:
        return transition.after.severity, transition.after.status
    before = transition.before
    lost = before.status is Status.UNKNOWN and transition.held is not None
    return before.severity, transition.held if lost and transition.held else before.status


def _is_one_of(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted
