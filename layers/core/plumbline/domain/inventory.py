"""The inventory: what is known of the clusters of a region or the fleet, for controls that compare or count them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.snapshot import Listing, Snapshot
from plumbline.domain.subject import Subject


class Inventory:
    """The clusters that are watched."""

    def __init__(self, clusters: Iterable[Listing]) -> None:
        self.clusters = tuple(sorted(clusters, key=lambda one: one.arn))


def listing_of(snapshot: Snapshot, environment: str) -> Listing | None:
    """Return the inventory's entry of a cluster, or None when it could not be described."""
    part, subject = snapshot.cluster, snapshot.subject
    if not isinstance(part.cluster, Collected):
        return None
    cluster = part.cluster.value
    groups = tuple(part.nodegroups.collected())
    return Listing(
        arn=subject.key,
        version=cluster.version,
        status=cluster.status,
        environment=environment,
        tags=dict(sorted(cluster.tags.items())),
        nodegroups=len(part.nodegroups.items),
        fargate_profiles=len(part.fargate_profiles.items),
        largest_nodegroup=max((group.scaling_config.desired_size or 0 for group in groups), default=0),
        pod_identities=len(part.pod_identities.items),
    )


def listing_from(subject: Subject, facts: Mapping[str, Any]) -> Listing | None:
    """Return the inventory's entry as a head recorded it, or None for a cluster never described."""
    return msgspec.convert({"arn": subject.key, **facts}, Listing) if facts.get("version") else None


def inventory_of(
    found: Iterable[Listing], listed: Section[tuple[str, ...]], now: datetime
) -> Section[tuple[Listing, ...]]:
    """Return a region's inventory, or why it is not complete: the listing was refused, or a cluster not yet described.

    Args:
        found: what the heads know.
        listed: the clusters that EKS lists.
        now: the time of the assessment.

    """
    if isinstance(listed, NotCollected):
        return listed
    known = tuple(found)
    undescribed = set(listed.value) - {one.arn.rpartition("/")[2] for one in known}
    if undescribed:
        return not_collected(f"{len(undescribed)} cluster(s) of the region have not been described yet")
    return Collected(known, now)
