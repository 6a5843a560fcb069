"""One change of a snapshot each: functions that give a function from snapshot to snapshot."""

from collections.abc import Callable
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, Snapshot
from plumbline.domain.verdict import Reason
from tests.unit.baseline import READ_AT, read

Change = Callable[[Snapshot], Snapshot]

DENIED = NotCollected(Reason.ACCESS_DENIED, "the call was denied", READ_AT)
replace = msgspec.structs.replace


def nothing(snapshot: Snapshot) -> Snapshot:
    return snapshot


def all_of(*changes: Change) -> Change:
    def change(snapshot: Snapshot) -> Snapshot:
        for step in changes:
            snapshot = step(snapshot)
        return snapshot

    return change


def part_name(section: str) -> str:
    if section in CLUSTER_SECTIONS:
        return "cluster"
    return "account" if section in ACCOUNT_SECTIONS else "region"


def section(name: str, value: Any) -> Change:
    """Put a section, as it is, in place of the snapshot's."""

    def change(snapshot: Snapshot) -> Snapshot:
        part = part_name(name)
        return replace(snapshot, **{part: replace(getattr(snapshot, part), **{name: value})})

    return change


def without(name: str) -> Change:
    """Refuse every piece of a section; of a listing the listing itself, so that its items are unknown."""

    def change(snapshot: Snapshot) -> Snapshot:
        before = getattr(getattr(snapshot, part_name(name)), name)
        after: Any = DENIED
        if isinstance(before, Listed):
            after = Listed(names=DENIED)
        elif isinstance(before, dict):
            after = dict.fromkeys(before, DENIED)
        return section(name, after)(snapshot)

    return change


def undescribed(name: str, item: str) -> Change:
    """Refuse the description of one item of a listing."""

    def change(snapshot: Snapshot) -> Snapshot:
        before = getattr(snapshot.cluster, name)
        return section(name, replace(before, items=before.items | {item: DENIED}))(snapshot)

    return change


def cluster(**members: Any) -> Change:
    """Change members of the cluster's description."""

    def change(snapshot: Snapshot) -> Snapshot:
        described = snapshot.cluster.cluster
        assert isinstance(described, Collected)
        return section("cluster", read(replace(described.value, **members)))(snapshot)

    return change


def item(listing: str, name: str, **members: Any) -> Change:
    """Change members of one item of a listing."""

    def change(snapshot: Snapshot) -> Snapshot:
        before = getattr(snapshot.cluster, listing)
        described = replace(before.items[name].value, **members)
        return section(listing, replace(before, items=before.items | {name: read(described)}))(snapshot)

    return change


def nodegroup(name: str, **members: Any) -> Change:
    return item("nodegroups", name, **members)


def addon(name: str, **members: Any) -> Change:
    return item("addons", name, **members)


def insight(name: str, **members: Any) -> Change:
    return item("insights", name, **members)


def each(name: str, *values: Any) -> Change:
    """Put these values in place of a section's."""
    return section(name, read(tuple(values)))


def one(name: str, index: int, **members: Any) -> Change:
    """Change members of one entry of a section that holds a tuple."""

    def change(snapshot: Snapshot) -> Snapshot:
        part = getattr(snapshot, part_name(name))
        entries = list(getattr(part, name).value)
        entries[index] = replace(entries[index], **members)
        return section(name, read(tuple(entries)))(snapshot)

    return change
