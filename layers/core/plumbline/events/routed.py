"""What reading an event comes to: nothing, or a change and the subjects that it concerns."""

import msgspec

from plumbline.domain.index import Dependency
from plumbline.domain.records import Change, PendingChange
from plumbline.domain.subject import Subject


class Ignored(msgspec.Struct, frozen=True):
    """An event that says nothing about any posture, and why."""

    reason: str


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """An event that does. Each subject that it concerns gets the change recorded.

    Attributes:
        change: what to record.
        wait: what to wait for before looking; None for nothing.
        subjects: concerned in any case.
        resources: what depends on any of these is concerned.
        candidates: clusters concerned if they are known.
        clusters_of: regions all of whose known clusters are concerned.
        regions_of: accounts all of whose watched regions are concerned.
        made_by: what depends on any of these made the change in its own work, and is not concerned.
        notice: what operators must know besides, for people.

    """

    change: Change
    wait: PendingChange | None = None
    subjects: tuple[Subject, ...] = ()
    resources: tuple[Dependency, ...] = ()
    candidates: tuple[Subject, ...] = ()
    clusters_of: tuple[Subject, ...] = ()
    regions_of: tuple[str, ...] = ()
    made_by: tuple[Dependency, ...] = ()
    notice: str = ""
