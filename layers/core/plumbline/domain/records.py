"""Records: what is kept of assessments. The posture (now) and the history (ever), as values."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource, Severity, Status


class TransitionKind(StrEnum):
    """What happened to a finding."""

    OPENED = "opened"
    CHANGED = "changed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"


class CauseKind(StrEnum):
    """What a transition is attributed to."""

    CHANGE = "change"
    SWEEP = "sweep"
    CLOCK = "clock"
    CATALOGUE = "catalogue"
    PARAMETER = "parameter"


class Actor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who made a change, from where, with what."""

    arn: str = ""
    type: str = ""
    session_issuer: str = ""
    source_ip: str = ""
    user_agent: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recorded CloudTrail event.

    Attributes:
        event_id: CloudTrail's own id; a second delivery of it changes nothing.
        name: the API call.
        at: when the call was made.
        scopes: what is looked at again; a change without any is context, never a cause.
        areas: the control areas the call can touch; empty means all of them.
        sections: the evidence that the call itself changes; empty means all that its scopes look at.
        resource: the resource the call names, if it names one.
        request: the call's parameters without secrets and large values.

    """

    event_id: str
    name: str
    at: datetime
    actor: Actor = Actor()
    scopes: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    resource: Resource = NO_RESOURCE
    request: dict[str, Any] = {}
    update_id: str = ""


class Cause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a transition happened. Two changes that both fit are both named."""

    kind: CauseKind
    changes: tuple[Change, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side of a transition: the verdict as it stood."""

    status: Status
    severity: Severity
    reasons: tuple[str, ...] = ()
    message: str = ""
    observed: dict[str, Any] = {}
    expected: dict[str, Any] = {}


class Transition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a finding; append-only.

    Attributes:
        after: the new verdict. For a deleted resource it is PASS with reason `resource_deleted`.
        before: the recorded verdict; its observed evidence is known only while the finding was open.
        before_since: since when `before` held.
        opened_at: when the finding was first opened, for durations.
        held: the status that a finding had before its evidence went missing, when `before` is UNKNOWN.
        drift: whether it is drift: not explained by the clock, a catalogue or a parameter.

    """

    kind: TransitionKind
    at: datetime
    control: str
    resource: Resource
    after: State
    before: State | None = None
    before_since: datetime | None = None
    opened_at: datetime | None = None
    held: Status | None = None
    cause: Cause
    drift: bool = True
    assessment: str = ""
    onboarding: bool = False


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The current record of a verdict that is not PASS or NOT_APPLICABLE; kept, closed, once resolved."""

    subject: Subject
    control: str
    resource: Resource
    state: State
    open: bool
    opened_at: datetime
    changed_at: datetime
    openings: int = 1
    environment: str = ""
    cause: Cause | None = None

    @property
    def id(self) -> str:
        """The identity: subject, control, resource kind and name. Never message text."""
        return finding_id(self.subject.key, self.control, self.resource)


def finding_id(subject_key: str, control: str, resource: Resource) -> str:
    """Return the identity of a finding as one text."""
    return f"{subject_key}|{control}|{resource.kind}|{resource.name}"


def entry_key(control: str, resource: Resource) -> str:
    """Return the key of a verdict within its subject."""
    return f"{control}|{resource.kind}|{resource.name}"


def split_entry_key(key: str) -> tuple[str, Resource]:
    """Return control and resource of an entry's key; a name may hold the separator."""
    control, kind, name = key.split("|", 2)
    return control, Resource(kind, name)


class Entry(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What the posture map keeps of one control on one resource.

    Attributes:
        status: the recorded status, or None while only a transition in progress was seen.
        held: the status a finding had before its evidence went missing.
        fingerprint: of the observed evidence; empty for volatile controls.
        yardstick: fingerprint of what was expected.
        since: since when the status holds.
        opened_at: since when the finding is open, or None.
        openings: how often it has been opened.
        candidate: a new status of a volatile control, seen once.
        observed: the evidence of a verdict that is no finding, when it is small: what was before a violation.
        pending_since: since when the resource has been in transition.
        lasting_since: since when something has been seen that is wrong only when it lasts.

    """

    status: Status | None = None
    severity: Severity = Severity.INFO
    reasons: tuple[str, ...] = ()
    fingerprint: str = ""
    yardstick: str = ""
    since: datetime | None = None
    opened_at: datetime | None = None
    openings: int = 0
    held: Status | None = None
    candidate: Status | None = None
    pending_since: datetime | None = None
    observed: dict[str, Any] = {}
    lasting_since: datetime | None = None


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to assess a cluster, held by one workflow execution until it releases it or it expires."""

    owner: str
    expires_at: datetime

    def live(self, now: datetime) -> bool:
        """Whether the lease still binds others."""
        return now < self.expires_at


class PendingChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the next assessment has to wait for: an update, a part of the cluster, or a time.

    Attributes:
        update_id: the update; without one, the part named, and without that the cluster itself, must be at rest.
        nodegroup, addon, fargate_profile, capability: the part that the update is of; at most one.
        not_before: a time to wait for; nothing is asked of EKS then.
        quiet_until: how long more of the same is expected; with anything else to look at nobody waits for it.

    """

    update_id: str = ""
    nodegroup: str = ""
    addon: str = ""
    fargate_profile: str = ""
    capability: str = ""
    not_before: datetime | None = None
    quiet_until: datetime | None = None


class Unreported(msgspec.Struct, frozen=True, kw_only=True):
    """Transitions already recorded that no assessment record speaks of yet: their commit was cut short.

    `sequence` and `at` are those of the first one's history record.
    """

    sequence: int
    at: datetime
    transitions: int


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The head item of a subject: one read tells an assessment what it must know.

    The store alone moves what `STORE_OWNED` names; an assessment writes the rest.

    Attributes:
        sequence, chain: number and hash of the last history record.
        recorded_at: time of the last history record; the next one is never earlier.
        revision: grows with every write to the head; writers require it unchanged.
        map_digest: of the posture map that belongs to this head; empty when there is none.
        unreported: transitions that the next assessment record has to report besides its own.
        facts: version, status, environment and tags, for lists of clusters.
        counts: control area -> status -> count, for the fleet's heat map.
        section_times: section -> when the evidence of the recorded verdicts was read; older evidence never
            overwrites newer.
        configuration, catalogue: digests that the recorded verdicts were made with.
        index: place -> digest of what the reverse index holds of the subject there.
        pending, waits: scopes that wait for the next assessment, and the updates it has to wait for.
        claimed, claimed_waits: those that the lease holder took; the next holder gets them if this one crashes.

    """

    subject: Subject
    sequence: int = 0
    chain: str = ""
    recorded_at: datetime | None = None
    revision: int = 0
    map_digest: str = ""
    unreported: Unreported | None = None
    facts: dict[str, Any] = {}
    counts: dict[str, dict[str, int]] = {}
    section_times: dict[str, datetime] = {}
    configuration: str = ""
    catalogue: str = ""
    index: dict[str, str] = {}
    lease: Lease | None = None
    pending: frozenset[str] = frozenset()
    waits: tuple[PendingChange, ...] = ()
    claimed: frozenset[str] = frozenset()
    claimed_waits: tuple[PendingChange, ...] = ()
    first_assessed_at: datetime | None = None
    last_assessed_at: datetime | None = None
    deleted_at: datetime | None = None


STORE_OWNED = (
    "sequence",
    "chain",
    "recorded_at",
    "revision",
    "map_digest",
    "unreported",
    "lease",
    "pending",
    "waits",
    "claimed",
    "claimed_waits",
)


class Posture(msgspec.Struct, frozen=True, kw_only=True):
    """The recorded state of a subject: its head and the map of every verdict."""

    head: Head
    entries: dict[str, Entry] = {}


class Coverage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was evaluated in an assessment and what was not, and why.

    Attributes:
        by_status: verdicts by status.
        missing: section -> reason of each piece of evidence that was not collected.
        controls: ids evaluated; empty means the whole catalogue.
        skipped: ids not evaluated because the scope did not refresh their evidence.
        control_errors: ids of controls that raised.

    """

    by_status: dict[str, int]
    missing: dict[str, str] = {}
    controls: tuple[str, ...] = ()
    skipped: int = 0
    control_errors: tuple[str, ...] = ()


class Assessment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of one subject for one scope.

    Attributes:
        transitions: how many transitions its record reports: its own, and those of an earlier commit cut short.
        first_sequence, first_at: of the first of them, filled in by the store.

    """

    id: str
    at: datetime
    scopes: tuple[str, ...]
    coverage: Coverage
    transitions: int = 0
    first_sequence: int = 0
    first_at: datetime | None = None
    trigger: str = "sweep"
    error: str = ""


class RecordKind(StrEnum):
    """The kinds of history records."""

    TRANSITION = "transition"
    ASSESSMENT = "assessment"
    CHANGE = "change"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One history record, chained to the one before it for the same subject.

    `body` is the JSON of a Transition, Assessment or Change; `hash` covers everything else, `previous` included.
    """

    subject: Subject
    sequence: int
    at: datetime
    kind: RecordKind
    body: dict[str, Any]
    previous: str
    hash: str
