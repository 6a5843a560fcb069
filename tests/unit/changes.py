"""One change of a snapshot each: functions that give a function from snapshot to snapshot."""

from collections.abc import Callable
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, Listed, NotCollected
from plumbline.domain.kubernetes_evidence import KUBERNETES_SECTIONS
from plumbline.domain.snapshot import ACCOUNT_SECTIONS, CLUSTER_SECTIONS, SHARED_SECTIONS, Snapshot
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
    if section in KUBERNETES_SECTIONS:
        return "kubernetes"
    return "account" if section in ACCOUNT_SECTIONS else "region"


def section(name: str, value: Any) -> Change:
    """Put a section, as it is, in place of the snapshot's."""

    def change(snapshot: Snapshot) -> Snapshot:
        if name in SHARED_SECTIONS:
            return replace(snapshot, **{name: value})
        part = part_name(name)
        return replace(snapshot, **{part: replace(getattr(snapshot, part), **{name: value})})

    return change


def without(name: str) -> Change:
    """Refuse every piece of a section; of a listing the listing itself, so that its items are unknown."""

    def change(snapshot: Snapshot) -> Snapshot:
        before = getattr(snapshot.part_of(name), name)
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
        before = getattr(snapshot.part_of(name), name)
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
        before = getattr(snapshot.part_of(listing), listing)
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
        entries = list(getattr(snapshot.part_of(name), name).value)
        entries[index] = replace(entries[index], **members)
        return section(name, read(tuple(entries)))(snapshot)

    return change


def member(name: str, **members: Any) -> Change:
    """Change members of a section that holds one struct."""

    def change(snapshot: Snapshot) -> Snapshot:
        return section(name, read(replace(getattr(snapshot.part_of(name), name).value, **members)))(snapshot)

    return change


def keyed(name: str, key: str, value: Any) -> Change:
    """Put a value, as it is, under one key of a section that is a mapping."""

    def change(snapshot: Snapshot) -> Snapshot:
        return section(name, getattr(snapshot.part_of(name), name) | {key: value})(snapshot)

    return change


def roles(*changed: Any, **members: Any) -> Change:
    """Put these roles over those of the account with their ARNs; the others stay."""

    def change(snapshot: Snapshot) -> Snapshot:
        authorization = snapshot.account.authorization
        assert isinstance(authorization, Collected)
        by_arn = {role.arn: role for role in (*authorization.value.roles, *changed)}
        return member("authorization", roles=tuple(by_arn.values()), **members)(snapshot)

    return change


def without_role(arn: str) -> Change:
    """Take a role out of the listing of the account."""

    def change(snapshot: Snapshot) -> Snapshot:
        authorization = snapshot.account.authorization
        assert isinstance(authorization, Collected)
        left = tuple(role for role in authorization.value.roles if role.arn != arn)
        return member("authorization", roles=left)(snapshot)

    return change
