"""Parts of evidence: which sections are due, what new reading replaces, and which of two readings is fresher."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.domain import related
from plumbline.domain.evidence import account as aws
from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.section import NOT_ASKED, Collected, Listed, NotCollected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.need import joined, known
from plumbline.domain.scopes import DAILY_SECTIONS, max_age, refresh_after
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence, pieces
from plumbline.domain.verdict import Reason

Part = TypeVar("Part", ClusterEvidence, RegionEvidence, AccountEvidence)


def updated(part: Part, fresh: Part, sections: Iterable[str]) -> Part:
    """Return a part with the sections just read taken from `fresh`."""
    return msgspec.structs.replace(part, **{name: getattr(fresh, name) for name in sections})


# What is known of each trail or repository is as old as the listing of them, which may be empty.
_LISTED_BY = {
    "trail_status": "trails",
    "trail_selectors": "trails",
    "repository_policies": "repositories",
    "lifecycle_policies": "repositories",
}
# What passes by itself: worth asking again with the next sweep.
_PASSING = frozenset({Reason.THROTTLED, Reason.ENDPOINT_UNREACHABLE})


def awake(
    part: RegionEvidence | AccountEvidence, sections: frozenset[str], resting: frozenset[str], now: datetime
) -> frozenset[str]:
    """Return the sections without those whose turn it is not, unless they were never read or are too old to judge."""

    def is_awake(name: str) -> bool:
        ages = [piece.at for piece in pieces(getattr(part, name))]
        listing = _LISTED_BY.get(name)
        return any(at is None or now - at > max_age(name) for at in ages) or (listing is not None and is_awake(listing))

    return frozenset(name for name in sections if name not in resting or is_awake(name))


def due(part: RegionEvidence | AccountEvidence, sections: frozenset[str], now: datetime) -> frozenset[str]:
    """Return the sections to read again: those of every sweep, and daily ones that are missing or too old."""

    def is_due(name: str) -> bool:
        listing = _LISTED_BY.get(name)
        value = getattr(part, name)
        return any(_is_due(name, value, piece, now) for piece in pieces(value)) or (
            listing is not None and is_due(listing)
        )

    return frozenset(name for name in sections if name not in DAILY_SECTIONS or is_due(name))


def _is_due(name: str, value: Any, piece: Any, now: datetime) -> bool:
    if piece.at is None or now - piece.at >= refresh_after(name):
        return True
    # What one of many things refuses (another account's key or trail) is asked again tomorrow, not every hour.
    return isinstance(piece, NotCollected) and (not isinstance(value, dict) or piece.reason in _PASSING)


def without_due(
    region: RegionEvidence, sections: frozenset[str], now: datetime, forced: frozenset[str] = frozenset()
) -> RegionEvidence:
    """Return the region without what of these daily sections is due, or in a section that must be read again."""
    kept: dict[str, Any] = {}
    for name in sections:
        value = getattr(region, name)
        if isinstance(value, dict):
            kept[name] = {
                key: piece
                for key, piece in value.items()
                if name not in forced and not _is_due(name, value, piece, now)
            }
        elif name in forced or _is_due(name, value, value, now):
            kept[name] = NOT_ASKED
    return msgspec.structs.replace(region, **kept)


def incomplete(region: RegionEvidence, clusters: related.Clusters, sections: frozenset[str]) -> frozenset[str]:
    """Return the daily sections that are missing, or lack something that the clusters name by now."""

    def is_incomplete(name: str) -> bool:
        value = getattr(region, name)
        missing = not isinstance(value, dict) and not isinstance(value, Collected)
        return missing or bool(related.lacking(region, clusters, name))

    return frozenset(name for name in sections if is_incomplete(name))


# Catalogues of what never changes its name: two readings of them add up.
_CATALOGUES = frozenset({"ami_releases", "instance_types", "images"})


def fresher(region: RegionEvidence, overlay: RegionEvidence) -> RegionEvidence:
    """Join two readings of a region: of each section, and of each key or trail in it, the one read later.

    Of two as old as each other the overlay's counts: it was made from the region's.
    """
    replaced: dict[str, Any] = {}
    for name in RegionEvidence.__struct_fields__:
        shared, own = getattr(region, name), getattr(overlay, name)
        if isinstance(shared, dict):
            merged = shared | {key: piece for key, piece in own.items() if _is_later(piece, shared.get(key))}
            if merged != shared:
                replaced[name] = merged
        elif name in _CATALOGUES and isinstance(shared, Collected) and isinstance(own, Collected):
            replaced[name] = Collected(_added_up(name, region, overlay), min(shared.at, own.at))
        elif _is_later(own, shared):
            replaced[name] = own
    return msgspec.structs.replace(region, **replaced) if replaced else region


def _added_up(name: str, region: RegionEvidence, overlay: RegionEvidence) -> Any:
    merged = related.held(region, name) | related.held(overlay, name)
    return merged if name == "ami_releases" else tuple(merged.values())


def _is_later(own: Any, shared: Any) -> bool:
    if isinstance(own, Listed):
        return _is_later(own.names, shared.names)
    if own.at is None:
        return False
    return shared is None or shared.at is None or own.at >= shared.at


def with_groups(evidence: ClusterEvidence, fresh: ClusterEvidence) -> ClusterEvidence:
    """Return a cluster with the node groups just read in place of what was known of them; those gone are left out."""
    items = evidence.nodegroups.items | fresh.nodegroups.items
    gone = {
        name
        for name, read in fresh.nodegroups.items.items()
        if isinstance(read, NotCollected) and read.reason is Reason.NOT_FOUND_IN_LISTING
    }
    left = {name: item for name, item in sorted(items.items()) if name not in gone}
    names = joined(lambda _: tuple(left), evidence.nodegroups.names)
    return msgspec.structs.replace(evidence, nodegroups=Listed(names=names, items=left))


def of_groups(evidence: ClusterEvidence, names: frozenset[str]) -> ClusterEvidence:
    """Return a cluster with only these of its node groups."""
    listed = evidence.nodegroups
    items = {name: item for name, item in listed.items.items() if name in names}
    return msgspec.structs.replace(evidence, nodegroups=Listed(names=listed.names, items=items))


def with_compute(
    region: RegionEvidence, fresh: RegionEvidence, cluster: str, evidence: ClusterEvidence
) -> RegionEvidence:
    """Return a region's Auto Scaling groups and templates of one cluster, those just read in place of known ones.

    They are as old as the oldest of them.
    """
    one = {cluster: evidence}
    names = related.group_names(one) | related.self_managed_groups(one, known(region.auto_scaling_groups, ()))
    groups = joined(
        lambda before, read: tuple(
            group for name, group in (_by_name(before) | _by_name(read)).items() if name in names
        ),
        region.auto_scaling_groups,
        fresh.auto_scaling_groups,
    )
    used = related.template_versions(one, known(groups, ()))
    templates = joined(
        lambda before, read: tuple(
            version for version in (*_without_templates(before, read), *read) if version.launch_template_id in used
        ),
        region.launch_templates,
        fresh.launch_templates,
    )
    return msgspec.structs.replace(region, auto_scaling_groups=groups, launch_templates=templates)


def _by_name(groups: Iterable[ec2.AutoScalingGroup]) -> dict[str, ec2.AutoScalingGroup]:
    return {group.auto_scaling_group_name: group for group in groups}


def _without_templates(
    versions: Iterable[ec2.LaunchTemplateVersion], replaced: Iterable[ec2.LaunchTemplateVersion]
) -> Iterator[ec2.LaunchTemplateVersion]:
    read = {version.launch_template_id for version in replaced}
    return (version for version in versions if version.launch_template_id not in read)


def lists_roles(account: AccountEvidence) -> bool:
    """Whether the account lets its roles be listed; if it does not, those that clusters name are read one by one."""
    listed = account.authorization
    return not (isinstance(listed, NotCollected) and listed.reason is Reason.ACCESS_DENIED)


def with_named_roles(account: AccountEvidence, region: RegionEvidence) -> AccountEvidence:
    """Return an account that does not list its roles with those that were read one by one."""
    read = [piece for piece in region.named_roles.values() if isinstance(piece, Collected)]
    if lists_roles(account) or not read:
        return account
    policies = {policy.arn: policy for piece in read for policy in piece.value.policies}
    found = aws.Authorization(
        roles=tuple(piece.value.role for piece in read), policies=tuple(policies.values()), complete=False
    )
    return msgspec.structs.replace(account, authorization=Collected(found, min(piece.at for piece in read)))


def narrowed(region: RegionEvidence, cluster: str) -> RegionEvidence:
    """Return a region's evidence with only this cluster's instances and log group: what its overlay keeps."""
    group = f"/aws/eks/{cluster}/cluster"
    return msgspec.structs.replace(
        region,
        instances=joined(
            lambda found: found.get(cluster, ()), RegionFacts(region, AccountEvidence()).instances_by_cluster
        ),
        log_groups=joined(lambda found: tuple(one for one in found if one.log_group_name == group), region.log_groups),
    )


def still_ahead(overlay: RegionEvidence) -> RegionEvidence:
    """Return what a sweep leaves of an overlay: the daily facts, which the sweep itself may not read again.

    What the catalogues lack the sweep reads for all clusters.
    """
    kept = DAILY_SECTIONS & frozenset(RegionEvidence.__struct_fields__) - _CATALOGUES
    return updated(RegionEvidence(), overlay, kept)


def cluster_names(region: RegionEvidence) -> tuple[str, ...]:
    """Return the clusters listed in a region; none when the listing is missing."""
    return region.clusters.value if isinstance(region.clusters, Collected) else ()
