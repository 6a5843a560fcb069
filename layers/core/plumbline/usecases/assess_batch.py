"""Assessing many: the subjects of one region with what they share, none hindering another."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from plumbline.domain.errors import PlumblineError
from plumbline.domain.evidence.section import Collected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.freshness import without_stale
from plumbline.domain.inventory import inventory_of, listing_from
from plumbline.domain.partitions import subject_in
from plumbline.domain.snapshot import Listing, Snapshot
from plumbline.domain.subject import Level, Subject
from plumbline.ports import EvidenceStore, FindingQueries, Target
from plumbline.usecases.assess import Assessor, Outcome, Request
from plumbline.usecases.collect import Shared, join, load_region

_PAGE = 200


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
    """Assesses subjects from the evidence kept of them: clusters, and what they share."""

    def __init__(self, assessor: Assessor, evidence: EvidenceStore, queries: FindingQueries) -> None:
        self._assessor = assessor
        self._evidence = evidence
        self._queries = queries

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
                snapshot = self._joined(subject, shared, request)
                is_shared = snapshot.region is shared.region
                outcomes.append(self._assessor.assess(snapshot, request, facts if is_shared else None))
            except PlumblineError as error:
                failed[subject.name] = f"{type(error).__name__}: {error}"
                self._assessor.fail(subject, request, failed[subject.name])
        return _report(outcomes, failed)

    def assess_shared(self, subjects: Iterable[Subject], request: Request) -> Report:
        """Assess accounts and the fleet. What fails is recorded and stops no other.

        Raises:
            StoreError: a failure could not be recorded.

        """
        outcomes: list[Outcome] = []
        failed: dict[str, str] = {}
        for subject in subjects:
            try:
                outcomes.append(self._assessor.assess(self._shared(subject, request), request))
            except PlumblineError as error:
                failed[subject.name] = f"{type(error).__name__}: {error}"
                self._assessor.fail(subject, request, failed[subject.name])
        return _report(outcomes, failed)

    def _shared(self, subject: Subject, request: Request) -> Snapshot:
        if subject.level is Level.ACCOUNT:
            return Snapshot(subject=subject, account=self._evidence.get_account(subject.account))
        return Snapshot(subject=subject, inventory=Collected(self._listings(), request.now))

    def _joined(self, subject: Subject, shared: Shared, request: Request) -> Snapshot:
        snapshot = join(self._evidence, subject, shared)
        if subject.level is not Level.REGION:
            return snapshot
        found = self._listings(subject.account, subject.region)
        return msgspec.structs.replace(snapshot, inventory=inventory_of(found, shared.region.clusters, request.now))

    def _listings(self, account: str = "", region: str = "") -> tuple[Listing, ...]:
        """Return what the heads know of the clusters that were ever described, page by page."""
        listings: list[Listing | None] = []
        cursor = ""
        while True:
            page = self._queries.clusters(account=account, region=region, limit=_PAGE, cursor=cursor)
            listings += [listing_from(head.subject, head.facts) for head in page.items]
            cursor = page.cursor
            if not cursor:
                return tuple(one for one in listings if one is not None)

    def assess_one(self, subject: Subject, request: Request) -> Report:
        """Assess one subject.

        Raises:
            ConflictError: somebody else kept writing for the same cluster.
            StoreError: the record could not be read or written.

        """
        if subject.level in (Level.ACCOUNT, Level.FLEET):
            snapshot = self._shared(subject, request)
        else:
            target = Target(subject.account, subject.region)
            snapshot = self._joined(subject, load_region(self._evidence, target), request)
        return _report([self._assessor.assess(snapshot, request)], {})

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
