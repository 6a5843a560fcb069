"""Parts of evidence: which sections are due, what new reading replaces, and which of two readings is fresher."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.domain import related
from plumbline.domain.evidence.section import Collected, NotCollected
from plumbline.domain.facts import RegionFacts
from plumbline.domain.need import joined, known
from plumbline.domain.scopes import DAILY, DAILY_SECTIONS
from plumbline.domain.snapshot import AccountEvidence, ClusterEvidence, RegionEvidence, pieces

Part = TypeVar("Part", ClusterEvidence, RegionEvidence, AccountEvidence)


def updated(part: Part, fresh: Part, sections: Iterable[str]) -> Part:
    """Return a part with the sections just read taken from `fresh`."""
    return msgspec.structs.replace(part, **{name: getattr(fresh, name) for name in sections})


# What is known of each trail is as old as the listing of them, which may be empty.
_LISTED_BY = {"trail_status": "trails", "trail_selectors": "trails"}


def due(part: RegionEvidence | AccountEvidence, sections: frozenset[str], now: datetime) -> frozenset[str]:
    """Return the sections to read again: those of every sweep, and daily ones that are missing or a day old."""

    def is_due(name: str) -> bool:
        listing = _LISTED_BY.get(name)
        return _is_due(getattr(part, name), now) or (listing is not None and is_due(listing))

    return frozenset(name for name in sections if name not in DAILY_SECTIONS or is_due(name))


def _is_due(value: Any, now: datetime) -> bool:
    # What one of many things refuses (another account's key or trail) is asked again tomorrow, not every hour.
    one_of_many = isinstance(value, dict)
    return any(
        piece.at is None or now - piece.at >= DAILY or (isinstance(piece, NotCollected) and not one_of_many)
        for piece in pieces(value)
    )


def uncovered(region: RegionEvidence, clusters: related.Clusters, sections: frozenset[str]) -> frozenset[str]:
    """Return the daily sections that lack something the clusters name by now: a new key, image type or machine type."""
    named: dict[str, tuple[frozenset[str], Iterable[str]]] = {
        "keys": (related.key_arns(clusters), region.keys),
        "key_rotations": (related.key_arns(clusters), region.key_rotations),
        "ami_releases": (related.release_parameters(clusters), known(region.ami_releases, {})),
        "instance_types": (
            related.instance_types(
                clusters,
                known(region.auto_scaling_groups, ()),
                known(region.launch_templates, ()),
                known(region.instances, ()),
            ),
            {one.instance_type for one in known(region.instance_types, ())},
        ),
    }
    return frozenset(name for name in sections & named.keys() if not named[name][0] <= set(named[name][1]))


def fresher(region: RegionEvidence, overlay: RegionEvidence) -> RegionEvidence:
    """Join two readings of a region: of each section, and of each key or trail in it, the one read later."""
    replaced = {}
    for name in RegionEvidence.__struct_fields__:
        shared, own = getattr(region, name), getattr(overlay, name)
        if isinstance(shared, dict):
            merged = shared | {key: piece for key, piece in own.items() if _is_later(piece, shared.get(key))}
            if merged != shared:
                replaced[name] = merged
        elif _is_later(own, shared):
            replaced[name] = own
    return msgspec.structs.replace(region, **replaced) if replaced else region


def _is_later(own: Any, shared: Any) -> bool:
    if own.at is None:
        return False
    return shared is None or shared.at is None or own.at > shared.at


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
    """Return what a sweep leaves of an overlay: the daily facts, which the sweep itself may not read again."""
    return updated(RegionEvidence(), overlay, DAILY_SECTIONS & frozenset(RegionEvidence.__struct_fields__))


def cluster_names(region: RegionEvidence) -> tuple[str, ...]:
    """Return the clusters listed in a region; none when the listing is missing."""
    return region.clusters.value if isinstance(region.clusters, Collected) else ()
