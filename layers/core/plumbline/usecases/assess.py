"""Assessing: evaluate a snapshot, reconcile it with the record, write what changed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from plumbline import __version__
from plumbline.domain.causes import Parts, attribution, oldest_reading
from plumbline.domain.chain import fingerprint
from plumbline.domain.control import Control
from plumbline.domain.depending import dependencies
from plumbline.domain.errors import ConflictError
from plumbline.domain.evaluation import Evaluation, counts_by_status, evaluate
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, OPEN, Attribute, Reconciliation, reconcile
from plumbline.domain.freshness import missing_sections, section_times, unread_sections, without_stale
from plumbline.domain.index import Dependencies, reindexed
from plumbline.domain.inventory import listing_of
from plumbline.domain.made_of import MadeOf
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.partial import in_scope
from plumbline.domain.records import (
    Assessment,
    Cause,
    Change,
    Coverage,
    Entry,
    Finding,
    Head,
    Posture,
    State,
    Transition,
    entry_key,
    split_entry_key,
)
from plumbline.domain.scopes import is_full, sections_of
from plumbline.domain.snapshot import (
    ACCOUNT_SECTIONS,
    CLUSTER_SECTIONS,
    REGION_SECTIONS,
    SHARED_SECTIONS,
    Snapshot,
)
from plumbline.domain.subject import Level, Subject
from plumbline.domain.updates import UPDATE_FAILED
from plumbline.domain.verdict import Reason, Resource, Verdict
from plumbline.ports import Commit, PostureStore

# Somebody else writing in between is rare; more often than this something is wrong.
COMMIT_ATTEMPTS = 5
# A change may be older than the last reading by as long as the transition it started.
LONGEST_TRANSITION = NODEGROUP_TRANSITION_LIMIT


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
        for attempt in range(1, COMMIT_ATTEMPTS + 1):
            commit = _indexed(plan(self._store.read(subject)), depends_on)
            try:
                self._store.commit(commit)
            except ConflictError:
                if attempt == COMMIT_ATTEMPTS:
                    raise
                continue
            break
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
        verdicts = [verdict for verdict in evaluation.verdicts if verdict.control in current]
        result, before = self._reconciled(
            posture, verdicts, current, request, MadeOf(snapshot, request.now), evaluation.undecided
        )
        head = self._head(snapshot, posture, result, request, times)
        wanted = sections_of(request.scopes) & _sections_for(snapshot.subject)
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
        attribute = _Lazy(
            lambda: self._store.changes_since(head.subject, _since(head)),
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
        environment = str(head.facts.get("environment") or "")
        findings = {
            entry_key(moved.control, moved.resource): finding_after(
                head.subject, moved, result.entries, before, environment
            )
            for moved in result.transitions
        }
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
            findings=findings,
            assessment=assessment,
        )

    def _of_kind(self, subject: Subject) -> list[Control]:
        return [control for control in self._controls.values() if control.level is subject.level]


class _Lazy:
    """Names causes; reads the recorded changes only when the first transition asks."""

    def __init__(
        self,
        read: Callable[[], Sequence[Change]],
        *,
        section_times: Mapping[str, datetime],
        parameters_changed: bool,
        catalogue_changed: bool,
        parts: Parts,
    ) -> None:
        self._read = read
        self._section_times = section_times
        self._parameters_changed = parameters_changed
        self._catalogue_changed = catalogue_changed
        self._parts = parts
        self._attribute: Attribute | None = None

    def __call__(
        self, control: Control, resource: Resource, entry: Entry | None, verdict: Verdict | None
    ) -> tuple[Cause, bool]:
        if self._attribute is None:
            self._attribute = attribution(
                self._read(),
                section_times=self._section_times,
                parameters_changed=self._parameters_changed,
                catalogue_changed=self._catalogue_changed,
                parts=self._parts,
            )
        return self._attribute(control, resource, entry, verdict)


def _indexed(commit: Commit, depends_on: Dependencies | None) -> Commit:
    """Return the commit with what changed of the reverse index; None leaves it as it is."""
    moved = reindexed(commit.head.index, depends_on) if depends_on is not None else None
    if moved is None:
        return commit
    head = msgspec.structs.replace(commit.head, index=moved.digests)
    return msgspec.structs.replace(commit, head=head, index=moved.sets)


def finding_after(
    subject: Subject,
    moved: Transition,
    entries: Mapping[str, Entry],
    before: Mapping[str, Finding],
    environment: str,
) -> Finding:
    """Return the finding as it stands after a transition."""
    key = entry_key(moved.control, moved.resource)
    entry, earlier = entries.get(key), before.get(key)
    opened_at = (entry.opened_at if entry else None) or moved.opened_at or moved.at
    return Finding(
        subject=subject,
        control=moved.control,
        resource=moved.resource,
        state=moved.after,
        open=moved.after.status in OPEN,
        opened_at=opened_at,
        changed_at=moved.at,
        openings=entry.openings if entry else (earlier.openings if earlier else 1),
        environment=environment,
        cause=moved.cause,
    )


def counts_of(entries: Mapping[str, Entry]) -> dict[str, dict[str, int]]:
    """Count recorded verdicts by area and status, for the fleet's heat map."""
    counts: dict[str, dict[str, int]] = {}
    for key in sorted(entries):
        status = entries[key].status
        if status is not None:
            area = counts.setdefault(split_entry_key(key)[0].split(".")[0], {})
            area[status] = area.get(status, 0) + 1
    return counts


def facts_of(snapshot: Snapshot, parameters: ParameterSet) -> dict[str, object]:
    """Return what lists of clusters show: version, status, environment, sizes, tags."""
    cluster = snapshot.cluster.cluster
    described = cluster.value if isinstance(cluster, Collected) else None
    listing = listing_of(snapshot, parameters.environment.of(described, snapshot.subject.account) or "")
    if listing is None:
        return {}
    facts: dict[str, object] = msgspec.to_builtins(listing)
    del facts["arn"]
    return facts


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


def _since(head: Head) -> datetime | None:
    oldest = oldest_reading(head.section_times)
    return oldest - LONGEST_TRANSITION if oldest else None


_SECTIONS_OF_LEVEL = {
    Level.CLUSTER: frozenset(CLUSTER_SECTIONS),
    Level.REGION: frozenset(REGION_SECTIONS),
    Level.ACCOUNT: frozenset(ACCOUNT_SECTIONS),
    Level.FLEET: frozenset(SHARED_SECTIONS),
}


def _sections_for(subject: Subject) -> frozenset[str]:
    return _SECTIONS_OF_LEVEL[subject.level]
