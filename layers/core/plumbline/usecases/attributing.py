"""Attributing: which recorded changes a transition may come from, read only when there is a transition."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from plumbline.domain.causes import Parts, attribution, oldest_reading
from plumbline.domain.control import Control
from plumbline.domain.findings import NODEGROUP_TRANSITION_LIMIT, Attribute
from plumbline.domain.records import Cause, Change, Entry, Head
from plumbline.domain.verdict import Resource, Verdict

# A change may be older than the last reading by as long as the transition it started.
LONGEST_TRANSITION = NODEGROUP_TRANSITION_LIMIT


class LazyAttribution:
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
        """Return the cause of a transition, and whether it is drift."""
        if self._attribute is None:
            self._attribute = attribution(
                self._read(),
                section_times=self._section_times,
                parameters_changed=self._parameters_changed,
                catalogue_changed=self._catalogue_changed,
                parts=self._parts,
            )
        return self._attribute(control, resource, entry, verdict)


def since(head: Head) -> datetime | None:
    """Return since when changes may be the cause of what is found now; None before the first reading."""
    oldest = oldest_reading(head.section_times)
    return oldest - LONGEST_TRANSITION if oldest else None
