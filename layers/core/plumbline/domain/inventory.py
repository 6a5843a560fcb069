"""The inventory: what is known of the clusters of a region or the fleet, for controls that compare or count them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.evidence.section import Collected, NotCollected, Section, not_collected
from plumbline.domain.image_names import repository_of
from plumbline.domain.kubernetes_facts import KubernetesFacts
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
        repositories=_repositories(KubernetesFacts(snapshot.kubernetes)),
    )


# A head keeps them: with more it is not told which.
_MOST_REPOSITORIES = 500
_ECR = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(.+)", re.ASCII)


def _repositories(kubernetes: KubernetesFacts) -> tuple[str, ...] | None:
    """Return the ECR repositories of the images of all workloads and running pods, or None when some are missing."""
    pods = kubernetes.placements
    if isinstance(pods, NotCollected) or isinstance(kubernetes.complete_workloads, NotCollected):
        return None
    images = {container.image for one in kubernetes.workloads.all for container in one.template.containers}
    found = (_ECR.fullmatch(repository_of(image)) for image in {*images, *pods.value.images})
    named = tuple(sorted({"/".join(match.groups()) for match in found if match}))
    return named if len(named) <= _MOST_REPOSITORIES else None


def uses(clusters: Iterable[Listing], account: str, region: str, repository: str) -> bool:
    """Whether one of the clusters uses a repository; one of which that is not known may."""
    wanted = f"{account}/{region}/{repository}"
    return any(one.repositories is None or wanted in one.repositories for one in clusters)


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
