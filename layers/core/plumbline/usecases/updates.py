"""Recording how updates ended: a failed one opens a finding, a successful one of its type closes it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from plumbline.domain.evaluation import counts_by_status
from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, OPEN, reconcile
from plumbline.domain.records import (
    Assessment,
    Cause,
    CauseKind,
    Change,
    Coverage,
    Entry,
    Finding,
    Posture,
    entry_key,
)
from plumbline.domain.subject import Subject
from plumbline.domain.updates import UPDATE_FAILED, EndedUpdate, judge_update
from plumbline.domain.verdict import Verdict
from plumbline.ports import Commit, PostureStore
from plumbline.usecases.committing import committed
from plumbline.usecases.recorded import counts_of, findings_after

# An update ends within this time of the call that started it, or is not waited for any more.
_LONGEST_UPDATE = NODEGROUP_TRANSITION_LIMIT + timedelta(hours=1)


class UpdateRecorder:
    """Records how updates ended. What is recorded already is not written again."""

    def __init__(self, store: PostureStore) -> None:
        self._store = store

    def record(self, subject: Subject, ended: Sequence[EndedUpdate], name: str, now: datetime) -> int:
        """Record updates that have ended.

        Args:
            subject: the cluster.
            ended: the updates, at most one of each resource and type.
            name: of the workflow that followed them; the record bears it.
            now: the time.

        Returns:
            How many transitions were recorded.

        Raises:
            ConflictError: somebody else kept writing for the same cluster.
            StoreError: the record could not be read or written.

        """
        moved = 0
        for update in ended:
            moved += self._record(subject, update, name, now)
        return moved

    def _record(self, subject: Subject, update: EndedUpdate, name: str, now: datetime) -> int:
        commit = committed(self._store, subject, lambda posture: self._plan(posture, update, name, now))
        return len(commit.transitions) if commit else 0

    def _plan(self, posture: Posture, update: EndedUpdate, name: str, now: datetime) -> Commit | None:
        key = entry_key(UPDATE_FAILED.id, update.resource)
        entry = posture.entries.get(key)
        is_open = entry is not None and entry.status in OPEN
        if not update.problem and not is_open:
            return None
        before = self._store.open_findings(posture.head.subject, [key]) if is_open else {}
        if not update.problem and not update.gone and _type(before.get(key)) != update.type:
            return None
        return self._commit(posture, {key: entry} if entry else {}, before, update, name, now)

    def _commit(
        self,
        posture: Posture,
        recorded: dict[str, Entry],
        before: dict[str, Finding],
        update: EndedUpdate,
        name: str,
        now: datetime,
    ) -> Commit | None:
        subject = posture.head.subject
        verdicts = () if update.gone else (_verdict(update),)
        result = reconcile(
            recorded,
            verdicts,
            {UPDATE_FAILED.id: UPDATE_FAILED},
            now=now,
            attribute=lambda *_: (self._cause(subject, update, now), True),
            previous_states={key: finding.state for key, finding in before.items() if finding.open},
            assessment=name,
        )
        if not result.transitions:
            return None
        kept = {key: entry for key, entry in posture.entries.items() if key not in recorded}
        entries = {**kept, **result.entries}
        return Commit(
            expected=posture,
            head=msgspec.structs.replace(posture.head, counts=counts_of(entries)),
            entries=entries,
            transitions=result.transitions,
            findings=findings_after(posture.head, result, before),
            assessment=Assessment(
                id=name,
                at=now,
                scopes=(),
                coverage=Coverage(by_status=counts_by_status(verdicts), controls=(UPDATE_FAILED.id,)),
                transitions=len(result.transitions),
                trigger="event",
            ),
        )

    def _cause(self, subject: Subject, update: EndedUpdate, now: datetime) -> Cause:
        """Name the call that started the update: its id says which one it was."""
        changes = self._store.changes_since(subject, now - _LONGEST_UPDATE)
        started: tuple[Change, ...] = tuple(one for one in changes if update.id and one.update_id == update.id)
        return Cause(kind=CauseKind.CHANGE, changes=started) if started else Cause(kind=CauseKind.SWEEP)


def _verdict(update: EndedUpdate) -> Verdict:
    return msgspec.structs.replace(
        judge_update(update), control=UPDATE_FAILED.id, resource=update.resource, severity=UPDATE_FAILED.severity
    )


def _type(finding: Finding | None) -> str:
    return str(finding.state.observed.get("type", "")) if finding else ""
