"""Lifetime: images and nodes are young, and of a family that still gets fixes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from plumbline.domain.ami import CUSTOM
from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import Images
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.ec2 import Image
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import Now
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import known, need, present, without_kubernetes
from plumbline.domain.pools import ComputePool, PoolKind
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
    not_applicable,
    passed,
    unknown,
    warned,
)

_NOT_CHOSEN = (PoolKind.FARGATE, PoolKind.AUTO_MODE, PoolKind.HYBRID)


class Families(Parameters, frozen=True):
    """Patterns of image types that get no images any more, and that soon get none."""

    retired: tuple[str, ...] = ("AL2_*",)
    retiring: tuple[str, ...] = ("WINDOWS_CORE_2019_*", "WINDOWS_FULL_2019_*")


@control(
    "nodegroup.ami-family-supported",
    title="Node operating system family still receives EKS images",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the image type matches a retired pattern, WARN for a retiring one, PASS otherwise. For custom "
        "images and self-managed nodes the operating system that nodes report decides: UNKNOWN as long as the "
        "Kubernetes API of the cluster is not read. NOT_APPLICABLE for Fargate, Auto Mode and hybrid nodes."
    ),
    remediation=(
        "Create a group with --ami-type AL2023_x86_64_STANDARD (or a Bottlerocket type), drain and delete the old one; "
        "the family cannot be changed in place."
    ),
)
def image_family_is_supported(pool: ComputePool, p: Families) -> Verdict:
    """A family without new images gets no fix for its kernel or container runtime, and none for the next version.

    Moving takes a new group: the family of a group cannot be changed.
    """
    if pool.kind in _NOT_CHOSEN:
        return not_applicable("no_image_to_choose", f"the images of {pool.name} are chosen by AWS or not on EC2")
    ami_type = pool.group.ami_type if pool.group else CUSTOM
    kind = present(ami_type, "nodegroup.amiType")
    observed = {"ami_type": kind}
    if kind == CUSTOM:
        raise EvidenceMissing(without_kubernetes(f"which operating system the nodes of {pool.name} run"))
    if any(fnmatchcase(kind, pattern) for pattern in p.retired):
        return failed("family_retired", f"AWS publishes no images of type {kind} any more", observed=observed)
    if any(fnmatchcase(kind, pattern) for pattern in p.retiring):
        return warned("family_retiring", f"AWS will soon publish no images of type {kind}", observed=observed)
    return passed(f"AWS publishes images of type {kind}", observed=observed)


class Ages(Parameters, frozen=True):
    """Days that a chosen image, and a node, may be old."""

    max_image_age_days: int = 90
    max_node_age_days: int = 90


@control(
    "nodegroup.node-age",
    title="Nodes and custom images are replaced regularly",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when the pool uses a custom or self-chosen image older than max-image-age-days, or an image past its "
        "deprecation. WARN when its oldest node is older than max-node-age-days. PASS otherwise. NOT_APPLICABLE for "
        "Fargate, Auto Mode and hybrid nodes. Nodes of no group are UNKNOWN without the Kubernetes API."
    ),
    remediation="Rebuild the image and roll the group; give NodePools an expireAfter such as 720h.",
    references=("Prowler ec2_instance_older_than_specific_days",),
)
def nodes_are_replaced_regularly(pool: ComputePool, images: Section[Images], now: Now, p: Ages) -> Verdict:
    """A node collects what runs on it: files, leaks, and whatever somebody left there. Only a new one has none of it.

    A custom image gets no fix until somebody builds the next, and nothing at AWS says that it is old.
    """
    if pool.kind in _NOT_CHOSEN:
        return not_applicable("no_image_to_choose", f"the nodes of {pool.name} are replaced by AWS or not on EC2")
    chosen, in_use = _is_self_chosen(pool), _images_in_use(pool)
    listed = known(images, None)
    described = [image for image in (listed.of(name) for name in in_use) if image] if listed else []
    oldest = min((one.launch_time for one in known(pool.instances, ()) if one.launch_time), default=None)
    observed = {"images": list(in_use), "self_chosen": chosen}
    expected = {"oldest_node": oldest.date().isoformat() if oldest else None}
    problems = _problems(described, now, p if chosen else None)
    if problems:
        return failed(list(problems), "; ".join(problems.values()), observed=observed, expected=expected)
    if oldest and oldest < now - timedelta(days=p.max_node_age_days):
        text = f"the oldest node of {pool.name} has run since {oldest:%Y-%m-%d}"
        return warned("node_too_old", text, observed=observed, expected=expected)
    need(pool.instances)
    need(images)
    if pool.kind is PoolKind.UNATTACHED:
        raise EvidenceMissing(without_kubernetes(f"from which images the nodes of {pool.name} are made, and how long"))
    unlisted = sorted(set(in_use) - {image.image_id for image in described})
    if chosen and (unlisted or not in_use):
        text = f"image {', '.join(unlisted) or 'of the pool'} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    return passed(f"the nodes and images of {pool.name} are young enough", observed=observed, expected=expected)


def _is_self_chosen(pool: ComputePool) -> bool:
    return pool.kind is PoolKind.SELF_MANAGED or (pool.group is not None and pool.group.ami_type == CUSTOM)


def _images_in_use(pool: ComputePool) -> tuple[str, ...]:
    """Return the images of running nodes; without any, the one of the template. EKS names custom ones as release."""
    running = [instance.image_id for instance in known(pool.instances, ())]
    template = known(pool.template, None)
    of_template = template.launch_template_data.image_id if template else None
    released = pool.group.release_version if pool.group and _is_self_chosen(pool) else None
    named = [released] if released and released.startswith("ami-") else []
    return sorted_unique([*running, *named]) or sorted_unique([of_template])


def _problems(images: Iterable[Image], now: datetime, limit: Ages | None) -> dict[str, str]:
    found = {}
    for image in images:
        if image.deprecation_time and image.deprecation_time <= now:
            found["image_deprecated"] = f"image {image.image_id} is deprecated since {image.deprecation_time:%Y-%m-%d}"
        created = image.creation_date
        if limit and created and created < now - timedelta(days=limit.max_image_age_days):
            found["image_too_old"] = f"image {image.image_id} was made on {created:%Y-%m-%d}"
    return found
