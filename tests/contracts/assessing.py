"""Assessments in small: from statuses by resource to what a store is asked to write."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from plumbline.domain.control import Control
from plumbline.domain.findings import reconcile
from plumbline.domain.records import (
    Assessment,
    Change,
    Coverage,
    Entry,
    PendingChange,
    Posture,
    Record,
    RecordKind,
    Transition,
    entry_key,
)
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Resource, Status, Verdict
from plumbline.ports import Commit, PostureStore
from plumbline.usecases.recorded import finding_after
from tests.unit.domain.examples import LOGGING, SWEEP, found

SUBJECT = Subject("111122223333", "eu-west-1", "payments")
OTHER = Subject("111122223333", "us-east-1", "orders")
LEASE = 600


def group(number: int) -> Resource:
    return Resource("nodegroup", f"group-{number}")


def statuses(count: int, status: Status) -> dict[Resource, Status]:
    return {group(number): status for number in range(count)}


def commit_of(
    posture: Posture,
    judged: Mapping[Resource, Status],
    at: datetime,
    name: str = "a1",
    control: Control = LOGGING,
) -> Commit:
    """Return the commit of an assessment that found these statuses, and nothing else of the control."""
    verdicts: list[Verdict] = [found(status, control, resource) for resource, status in judged.items()]
    result = reconcile(
        posture.entries,
        verdicts,
        {control.id: control},
        now=at,
        attribute=lambda *_: (SWEEP, True),
        assessment=name,
        onboarding=posture.head.first_assessed_at is None,
    )
    subject = posture.head.subject
    return Commit(
        expected=posture,
        head=msgspec.structs.replace(
            posture.head, first_assessed_at=posture.head.first_assessed_at or at, last_assessed_at=at
        ),
        entries=result.entries,
        transitions=result.transitions,
        findings={
            entry_key(moved.control, moved.resource): finding_after(subject, moved, result.entries, {}, "prod")
            for moved in result.transitions
        },
        assessment=Assessment(
            id=name,
            at=at,
            scopes=("cluster",),
            coverage=Coverage(by_status={"PASS": 1}),
            transitions=len(result.transitions),
        ),
    )


def assess(
    store: PostureStore,
    judged: Mapping[Resource, Status],
    at: datetime,
    name: str = "a1",
    subject: Subject = SUBJECT,
    control: Control = LOGGING,
) -> tuple[Record, ...]:
    return store.commit(commit_of(store.read(subject), judged, at, name, control))


def change(number: int, at: datetime, *scopes: str) -> Change:
    return Change(event_id=f"event-{number}", name="UpdateClusterConfig", at=at, scopes=scopes or ("cluster",))


def wait(number: int) -> PendingChange:
    return PendingChange(update_id=f"update-{number}")


def kinds(records: Iterable[Record]) -> list[str]:
    return [str(record.kind) for record in records]


def transitions_of(records: Iterable[Record]) -> list[Transition]:
    return [msgspec.convert(record.body, Transition) for record in records if record.kind is RecordKind.TRANSITION]


def states_after(transitions: Iterable[Transition]) -> dict[str, Status]:
    """Fold transitions to the last status of each finding."""
    return {entry_key(moved.control, moved.resource): moved.after.status for moved in transitions}


def recorded_open(entries: Mapping[str, Entry]) -> dict[str, Status]:
    return {key: entry.status for key, entry in entries.items() if entry.status is not None and entry.opened_at}
