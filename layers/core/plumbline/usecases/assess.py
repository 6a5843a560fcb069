"""Assessing: evaluate a snapshot, reconcile it with the record, write what changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from plumbline import __version__
from plumbline.domain.causes import Parts
from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control
from plumbline.domain.depending import dependencies
from plumbline.domain.evaluation import Evaluation, counts_by_status, evaluate
from plumbline.domain.evidence.section import NotCollected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.findings import Reconciliation, reconcile
from plumbline.domain.freshness import missing_sections, section_times, unread_sections, without_stale
from plumbline.domain.index import Dependencies, reindexed
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.made_of import MadeOf
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.partial import in_scope
from plumbline.domain.patience import ripened
from plumbline.domain.records import Assessment, Coverage, Finding, Head, Posture, State, entry_key
from plumbline.domain.scopes import is_full, sections_of
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, REGION_SECTIONS, SHARED_SECTIONS, Snapshot
from plumbline.domain.subject import Level, Subject
from plumbline.domain.updates import UPDATE_FAILED
from plumbline.domain.verdict import Reason, Resource, Verdict
from plumbline.ports import Commit, PostureStore
from plumbline.usecases.attributing import LazyAttribution, since
from plumbline.usecases.committing import committed
from plumbline.usecases.recorded import counts_of, facts_of, findings_after


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One assessment to make: its id, what it looks at, why, and when."""

    id: str
    scopes: tuple[str, ...]
    trigger: str
    now: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment came to."""

    subject: Subject
    transitions: int
    by_status: dict[str, int]
    control_errors: tuple[str, ...] = ()
    deleted: bool = False


class Assessor:
    """Assesses subjects against a catalogue under a configuration."""

    def __init__(self, store: PostureStore, controls: Sequence[Control], parameters: ParameterSet) -> None:
        self._store = store
        self._controls = {control.id: control for control in controls}
        self._parameters = parameters
        self._configuration = fingerprint(msgspec.to_builtins(parameters))
        self._catalogue = fingerprint([__version__, sorted(self._controls)])

    def assess(self, snapshot: Snapshot, request: Request, facts: RegionFacts | None = None) -> Outcome:
        """Evaluate a snapshot and record what changed.

        Args:
            snapshot: the joined evidence of the subject.
            request: scopes, trigger and time of the assessment.
            facts: the region's facts when they are shared with other clusters of the region.

        Raises:
            ConflictError: somebody else kept writing for the same subject.
            StoreError: the record could not be read or written.

        """
        if _is_gone(snapshot):
            return self.retire(snapshot.subject, request)
        fresh = without_stale(snapshot, request.now)
        evaluation = evaluate(fresh, self._controls.values(), self._parameters, request.now, facts)
        full = is_full(request.scopes)
        unread = frozenset[str]() if full else unread_sections(fresh, request.now)
        scoped = evaluation if full else in_scope(evaluation, self._controls, request.scopes, unread)
        return self._recorded(
            snapshot.subject,
            lambda posture: self._plan(fresh, scoped, request, posture),
            scoped,
            dependencies(fresh, request.now, facts),
        )

    def retire(self, subject: Subject, request: Request) -> Outcome:
        """Close every finding of a cluster that no longer exists. A cluster never recorded is left alone."""
        posture = self._store.read(subject)
        if posture.head.revision == 0 or posture.head.deleted_at is not None:
            return Outcome(subject=subject, transitions=0, by_status={}, deleted=True)
        nothing = Evaluation(verdicts=(), controls=tuple(self._controls))
        outcome = self._recorded(subject, lambda found: self._retired(nothing, request, found), nothing, Dependencies())
        return msgspec.structs.replace(outcome, deleted=True)

    def fail(self, subject: Subject, request: Request, error: str) -> None:
        """Record that an assessment could not be made, and why: an auditor sees the gap."""

        def plan(posture: Posture) -> Commit:
            assessment = Assessment(
                id=request.id,
                at=request.now,
                scopes=request.scopes,
                coverage=Coverage(by_status={}),
                trigger=request.trigger,
                error=error,
            )
            return Commit(
                expected=posture,
                head=posture.head,
                entries=posture.entries,
                transitions=(),
                findings={},
                assessment=assessment,
            )

        self._recorded(subject, plan, Evaluation(verdicts=(), controls=()))

    def _recorded(
        self,
        subject: Subject,
        plan: Callable[[Posture], Commit],
        evaluation: Evaluation,
        depends_on: Dependencies | None = None,
    ) -> Outcome:
        commit = committed(self._store, subject, lambda posture: _indexed(plan(posture), depends_on))
        return Outcome(
            subject=subject,
            transitions=len(commit.transitions),
            by_status=counts_by_status(evaluation.verdicts),
            control_errors=evaluation.control_errors,
        )

    def _plan(self, snapshot: Snapshot, evaluation: Evaluation, request: Request, posture: Posture) -> Commit:
        times = section_times(snapshot)
        current = {
            identifier: self._controls[identifier]
            for identifier in evaluation.controls
            if not _is_outdated(self._controls[identifier], times, posture.head)
        }
        found = (verdict for verdict in evaluation.verdicts if verdict.control in current)
        verdicts = list(ripened(posture.entries, found, request.now))
        result, before = self._reconciled(
            posture, verdicts, current, request, MadeOf(snapshot, request.now), evaluation.undecided
        )
        head = self._head(snapshot, posture, result, request, times)
        wanted = sections_of(request.scopes) & _sections_for(snapshot)
        coverage = Coverage(
            by_status=counts_by_status(verdicts),
            missing=missing_sections(snapshot, wanted),
            controls=() if is_full(request.scopes) else tuple(sorted(current)),
            skipped=len(self._of_kind(snapshot.subject)) - len(current),
            control_errors=evaluation.control_errors,
        )
        return self._commit(posture, head, result, before, coverage, request)

    def _retired(self, nothing: Evaluation, request: Request, posture: Posture) -> Commit:
        everything = {**self._controls, UPDATE_FAILED.id: UPDATE_FAILED}
        result, before = self._reconciled(posture, [], everything, request)
        head = msgspec.structs.replace(posture.head, deleted_at=request.now, last_assessed_at=request.now, counts={})
        coverage = Coverage(by_status=counts_by_status(nothing.verdicts))
        return self._commit(posture, head, result, before, coverage, request)

    def _reconciled(
        self,
        posture: Posture,
        verdicts: Sequence[Verdict],
        controls: Mapping[str, Control],
        request: Request,
        parts: Parts = lambda _: frozenset(),
        undecided: frozenset[tuple[str, Resource]] = frozenset(),
    ) -> tuple[Reconciliation, dict[str, Finding]]:
        """Reconcile twice: once to learn what moves, once with what was recorded of just that."""
        head = posture.head
        onboarding = head.first_assessed_at is None
        attribute = LazyAttribution(
            lambda: self._store.changes_since(head.subject, since(head)),
            section_times=head.section_times,
            parameters_changed=not onboarding and head.configuration != self._configuration,
            catalogue_changed=not onboarding and head.catalogue != self._catalogue,
            parts=parts,
        )

        def run(states: Mapping[str, State]) -> Reconciliation:
            return reconcile(
                posture.entries,
                verdicts,
                controls,
                now=request.now,
                attribute=attribute,
                previous_states=states,
                assessment=request.id,
                onboarding=onboarding,
                undecided=undecided,
            )

        first = run({})
        if not first.transitions or onboarding:
            return first, {}
        touched = [entry_key(moved.control, moved.resource) for moved in first.transitions]
        before = self._store.open_findings(head.subject, touched)
        return run({key: finding.state for key, finding in before.items() if finding.open}), before

    def _head(
        self,
        snapshot: Snapshot,
        posture: Posture,
        result: Reconciliation,
        request: Request,
        times: Mapping[str, datetime],
    ) -> Head:
        head = posture.head
        full = is_full(request.scopes)
        newest = {
            name: max(at, head.section_times[name]) if name in head.section_times else at for name, at in times.items()
        }
        return msgspec.structs.replace(
            head,
            facts=facts_of(snapshot, self._parameters) or head.facts,
            counts=counts_of(result.entries),
            section_times={**head.section_times, **newest},
            # Verdicts of other scopes still stand under the configuration they were made with.
            configuration=self._configuration if full else head.configuration or self._configuration,
            catalogue=self._catalogue if full else head.catalogue or self._catalogue,
            first_assessed_at=head.first_assessed_at or request.now,
            last_assessed_at=request.now,
            deleted_at=None,
        )

    def _commit(
        self,
        posture: Posture,
        head: Head,
        result: Reconciliation,
        before: Mapping[str, Finding],
        coverage: Coverage,
        request: Request,
    ) -> Commit:
        assessment = Assessment(
            id=request.id,
            at=request.now,
            scopes=request.scopes,
            coverage=coverage,
            transitions=len(result.transitions),
            trigger=request.trigger,
        )
        return Commit(
            expected=posture,
            head=head,
            entries=result.entries,
            transitions=result.transitions,
            findings=findings_after(head, result, before),
            assessment=assessment,
        )

    def _of_kind(self, subject: Subject) -> list[Control]:
        return [control for control in self._controls.values() if control.level is subject.level]


def _indexed(commit: Commit, depends_on: Dependencies | None) -> Commit:
    """Return the commit with what changed of the reverse index; None leaves it as it is."""
    moved = reindexed(commit.head.index, depends_on) if depends_on is not None else None
    if moved is None:
        return commit
    head = msgspec.structs.replace(commit.head, index=moved.digests)
    return msgspec.structs.replace(commit, head=head, index=moved.sets)


def _is_gone(snapshot: Snapshot) -> bool:
    described = snapshot.cluster.cluster
    return (
        bool(snapshot.subject.cluster)
        and isinstance(described, NotCollected)
        and described.reason is Reason.NOT_FOUND_IN_LISTING
    )


def _is_outdated(control: Control, times: Mapping[str, datetime], head: Head) -> bool:
    """Whether verdicts on newer evidence are already recorded for the control."""
    return any(
        name in times and name in head.section_times and times[name] < head.section_times[name]
        for name in control.sections
    )


_SECTIONS_OF_LEVEL = {
    Level.CLUSTER: frozenset(CLUSTER_SECTIONS + KUBERNETES_SECTIONS),
    Level.REGION: frozenset(REGION_SECTIONS),
    Level.ACCOUNT: frozenset(ACCOUNT_SECTIONS),
    Level.FLEET: frozenset(SHARED_SECTIONS),
}


def _sections_for(snapshot: Snapshot) -> frozenset[str]:
    """Return the sections that there are to read of the subject: of the Kubernetes side only where somebody asked."""
    sections = _SECTIONS_OF_LEVEL[snapshot.subject.level]
    return sections if snapshot.kubernetes.api_groups.at else sections.difference(KUBERNETES_SECTIONS)
