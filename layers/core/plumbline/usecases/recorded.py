"""What is recorded beside the posture map: findings as they stand, and what a head says of a subject at a glance."""

from collections.abc import Mapping

import msgspec

from plumbline.domain.evidence.section import Collected
from plumbline.domain.findings import OPEN, Reconciliation
from plumbline.domain.inventory import listing_of
from plumbline.domain.parameters import ParameterSet
from plumbline.domain.records import Entry, Finding, Head, Transition, entry_key, split_entry_key
from plumbline.domain.snapshot import Snapshot
from plumbline.domain.subject import Subject


def findings_after(head: Head, result: Reconciliation, before: Mapping[str, Finding]) -> dict[str, Finding]:
    """Return the findings that transitions touched, as they stand after them, by entry key.

    Args:
        head: of the subject, as it will be recorded.
        result: the transitions, and the posture map after them.
        before: what was recorded of these findings.

    """
    environment = str(head.facts.get("environment") or "")
    return {
        entry_key(moved.control, moved.resource): finding_after(
            head.subject, moved, result.entries, before, environment
        )
        for moved in result.transitions
    }


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
