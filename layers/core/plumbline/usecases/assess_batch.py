"""Assessing many: the subjects of one region with what they share, none hindering another."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from plumbline.domain.errors import PlumblineError
from plumbline.domain.facts import RegionFacts
from plumbline.domain.freshness import without_stale
from plumbline.domain.partitions import subject_in
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.subject import Subject
from plumbline.ports import EvidenceStore, Target
from plumbline.usecases.assess import Assessor, Outcome, Request
from plumbline.usecases.collect import join, load_region


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the assessments of a batch came to.

    Attributes:
        assessed: how many subjects were assessed.
        transitions: how many were recorded.
        by_status: verdicts by status.
        control_errors: ids of controls that raised.
        failed: name of each subject that could not be assessed -> why; a region has its account's and its own name.

    """

    assessed: int
    transitions: int
    by_status: dict[str, int]
    control_errors: tuple[str, ...] = ()
    failed: dict[str, str] = {}


class BatchAssessor:
    """Assesses subjects of one region from the evidence kept of them."""

    def __init__(self, assessor: Assessor, evidence: EvidenceStore) -> None:
        self._assessor = assessor
        self._evidence = evidence

    def assess(self, target: Target, names: Iterable[str], request: Request) -> Report:
        """Assess clusters, and the region itself under the empty name. What fails is recorded and stops no other.

        Raises:
            StoreError: the region's evidence, or a failure, could not be read or recorded.

        """
        shared = load_region(self._evidence, target)
        of_region = Snapshot(
            subject=subject_in(target.account, target.region), region=shared.region, account=shared.account
        )
        fresh = without_stale(of_region, request.now)
        facts = RegionFacts(fresh.region, fresh.account)
        outcomes: list[Outcome] = []
        failed: dict[str, str] = {}
        for name in names:
            subject = subject_in(target.account, target.region, name)
            try:
                snapshot = join(self._evidence, subject, shared)
                is_shared = snapshot.region is shared.region
                outcomes.append(self._assessor.assess(snapshot, request, facts if is_shared else None))
            except PlumblineError as error:
                failed[subject.name] = f"{type(error).__name__}: {error}"
                self._assessor.fail(subject, request, failed[subject.name])
        return _report(outcomes, failed)

    def assess_one(self, subject: Subject, request: Request) -> Report:
        """Assess one cluster.

        Raises:
            ConflictError: somebody else kept writing for the same cluster.
            StoreError: the record could not be read or written.

        """
        return _report([self._assessor.assess(join(self._evidence, subject), request)], {})

    def fail(self, target: Target, names: Iterable[str], request: Request, error: str) -> Report:
        """Record for each subject that it could not be assessed.

        Raises:
            StoreError: it could not be recorded.

        """
        failed: dict[str, str] = {}
        for name in names:
            subject = subject_in(target.account, target.region, name)
            self._assessor.fail(subject, request, error)
            failed[subject.name] = error
        return _report([], failed)


def _report(outcomes: Iterable[Outcome], failed: dict[str, str]) -> Report:
    found = list(outcomes)
    by_status: Counter[str] = Counter()
    for outcome in found:
        by_status.update(outcome.by_status)
    return Report(
        assessed=len(found),
        transitions=sum(outcome.transitions for outcome in found),
        by_status=dict(sorted(by_status.items())),
        control_errors=tuple(sorted({control for outcome in found for control in outcome.control_errors})),
        failed=failed,
    )
