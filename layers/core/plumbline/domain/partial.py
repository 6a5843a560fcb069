"""Partial assessments: what a look at a part of a subject may decide, and what it leaves as it is recorded."""

from collections.abc import Mapping, Sequence

from plumbline.domain.control import Control
from plumbline.domain.evaluation import Evaluation
from plumbline.domain.scopes import sections_of
from plumbline.domain.verdict import Reason, Status, Verdict


def in_scope(
    evaluation: Evaluation, controls: Mapping[str, Control], scopes: Sequence[str], unread: frozenset[str]
) -> Evaluation:
    """Keep the controls whose evidence the scopes refreshed, without verdicts that an unread section left undecided.

    Those would be UNKNOWN for want of a look, not of the cluster: what is recorded stands. What nobody can judge with
    every section read is UNKNOWN all the same. A control of which nothing is decided was not evaluated.

    Args:
        evaluation: of every control.
        controls: by id.
        scopes: what was looked at.
        unread: the sections of which no reading speaks for today.

    """
    refreshed = sections_of(scopes)
    touched = {identifier for identifier in evaluation.controls if controls[identifier].sections & refreshed}
    verdicts = [verdict for verdict in evaluation.verdicts if verdict.control in touched]
    decided = [verdict for verdict in verdicts if not _is_undecided(verdict, controls[verdict.control], unread)]
    undecided = {(v.control, v.resource) for v in verdicts} - {(v.control, v.resource) for v in decided}
    kept = touched - {control for control, _ in undecided} | {verdict.control for verdict in decided}
    return Evaluation(
        verdicts=tuple(decided),
        controls=tuple(identifier for identifier in evaluation.controls if identifier in kept),
        control_errors=tuple(identifier for identifier in evaluation.control_errors if identifier in kept),
        undecided=frozenset(undecided),
    )


def _is_undecided(verdict: Verdict, control: Control, unread: frozenset[str]) -> bool:
    missing = verdict.status is Status.UNKNOWN and verdict.reason == Reason.NOT_COLLECTED
    return missing and not unread.isdisjoint(control.sections)
