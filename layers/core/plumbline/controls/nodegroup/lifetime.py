"""Lifetime: images and nodes are young, and of a family that still gets fixes."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from plumbline.domain.ami import CUSTOM
from plumbline.domain.control import Parameters, control
from plumbline.domain.ec2_facts import Images
from plumbline.domain.evidence.ec2 import Image
from plumbline.domain.evidence.section import Collected, Section
from plumbline.domain.facts import Now
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import from_kubernetes, if_asked, known, need, present
from plumbline.domain.node_facts import NEVER
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

# Not `Amazon Linux 2023`.
_AMAZON_LINUX_2 = re.compile(r"Amazon Linux 2(?!\d)", re.ASCII)
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
        "FAIL when the image type matches a retired pattern or a node reports Amazon Linux 2, WARN for a retiring "
        "pattern, PASS otherwise. For custom images, self-managed nodes and Karpenter the operating system that nodes "
        "report decides alone: UNKNOWN when none runs, or the Kubernetes API of the cluster was not read. "
        "NOT_APPLICABLE for Fargate, Auto Mode and hybrid nodes."
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
    reported = sorted_unique(node.status.node_info.os_image for node in known(pool.nodes, ()))
    retired = [image for image in reported if _AMAZON_LINUX_2.match(image)]
    observed: dict[str, Any] = {"ami_type": kind}
    if retired:
        observed["retired_systems"] = retired
        text = f"nodes of {pool.name} run {', '.join(retired)}, for which AWS publishes no images any more"
        return failed("family_retired", text, observed=observed)
    if kind == CUSTOM:
        return _judge_reported(pool, observed)
    if any(fnmatchcase(kind, pattern) for pattern in p.retired):
        return failed("family_retired", f"AWS publishes no images of type {kind} any more", observed=observed)
    if any(fnmatchcase(kind, pattern) for pattern in p.retiring):
        return warned("family_retiring", f"AWS will soon publish no images of type {kind}", observed=observed)
    if_asked(pool.nodes, ())
    return passed(f"AWS publishes images of type {kind}", observed=observed)


def _judge_reported(pool: ComputePool, observed: Mapping[str, Any]) -> Verdict:
    nodes = from_kubernetes(pool.nodes, f"which operating system the nodes of {pool.name} run")
    if not nodes:
        text = f"no node of {pool.name} runs that could tell its operating system"
        return unknown(Reason.NOT_COLLECTED, text, observed=observed)
    return passed(f"no node of {pool.name} runs a retired operating system", observed=observed)


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
        "deprecation. WARN when its oldest node is older than max-node-age-days, or its NodePool never expires nodes. "
        "PASS otherwise. NOT_APPLICABLE for Fargate, Auto Mode and hybrid nodes. Nodes of no group are UNKNOWN without "
        "the Kubernetes API."
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
    oldest, expiry = _oldest(pool), _expiry(pool)
    observed = {"images": list(in_use), "self_chosen": chosen} | ({"expire_after": expiry} if expiry else {})
    expected = {"oldest_node": oldest.date().isoformat() if oldest else None}
    problems = _problems(described, now, p if chosen else None)
    if problems:
        return failed(list(problems), "; ".join(problems.values()), observed=observed, expected=expected)
    doubts = {}
    if oldest and oldest < now - timedelta(days=p.max_node_age_days):
        doubts["node_too_old"] = f"the oldest node of {pool.name} has run since {oldest:%Y-%m-%d}"
    if expiry == NEVER:
        doubts["never_expires"] = f"NodePool {pool.name} never replaces its nodes"
    if doubts:
        return warned(list(doubts), "; ".join(doubts.values()), observed=observed, expected=expected)
    need(pool.instances)
    need(images)
    if pool.kind is PoolKind.UNATTACHED:
        from_kubernetes(pool.nodes, f"from which images the nodes of {pool.name} are made, and how long")
    if pool.kind is PoolKind.KARPENTER:
        need(pool.node_pool)
    if_asked(pool.nodes, ())
    unlisted = sorted(set(in_use) - {image.image_id for image in described})
    if chosen and (unlisted or not in_use):
        text = f"image {', '.join(unlisted) or 'of the pool'} was not in the listing"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    return passed(f"the nodes and images of {pool.name} are young enough", observed=observed, expected=expected)


def _oldest(pool: ComputePool) -> datetime | None:
    """Return since when the oldest node runs: as an instance, or in the cluster."""
    launched = [one.launch_time for one in known(pool.instances, ())]
    joined = [node.metadata.creation_timestamp for node in known(pool.nodes, ())]
    return min((at for at in (*launched, *joined) if at), default=None)


def _expiry(pool: ComputePool) -> str | None:
    """Return after which time a NodePool replaces its nodes; None for pools of another kind."""
    described = known(pool.node_pool, None)
    return described.spec.template.spec.expire_after if described else None


def _is_self_chosen(pool: ComputePool) -> bool:
    """Whether the image is the customer's choice: also of instances of no group, once Karpenter's are told apart."""
    if pool.kind is PoolKind.UNATTACHED:
        return isinstance(pool.nodes, Collected)
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
