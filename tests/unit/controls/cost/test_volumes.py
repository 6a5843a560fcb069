"""Volumes that nothing uses: where Kubernetes does not say since when, the record does."""

from datetime import datetime
from typing import Any

import pytest

from plumbline.domain.evidence import ec2
from plumbline.domain.evidence.kubernetes import cluster as k8s
from plumbline.domain.evidence.kubernetes.objects import Meta
from tests.unit.baseline import NAME, read
from tests.unit.changes import Change, all_of, each, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, ago, check, label, named, verdicts_of
from tests.unit.surroundings import ebs_volume

ORPHANED, DATA, VOLUME = "cost.orphaned-volumes", "PersistentVolume/pv-data", "volume/vol-7"


def released(moved: datetime | None, created: datetime | None = None, phase: str = "Released") -> Change:
    status = k8s.VolumeStatus(phase=phase, last_phase_transition_time=moved)
    return each(
        "persistent_volumes",
        k8s.PersistentVolume(metadata=Meta(name="pv-data", creation_timestamp=created or ago(90)), status=status),
    )


def available(*tags: tuple[str, str], **members: Any) -> Change:
    told = tuple(ec2.Tag(key=key, value=value) for key, value in tags)
    return each("volumes", ebs_volume("vol-7", state="available", tags=told, **members))


OWN, FOREIGN = ("KubernetesCluster", NAME), ("kubernetes.io/cluster/long-gone", "owned")
REGION_OF = section("clusters", read((NAME, "shop")))
ELSEWHERE = section("clusters", read(("analytics", NAME)))

CASES = [
    Case(ORPHANED, DATA, released(ago(3)), PASS, message="pv-data is Released and no claim uses it for 3 days"),
    Case(ORPHANED, DATA, released(ago(8)), WARN, "orphaned"),
    Case(ORPHANED, DATA, released(ago(31), phase="Available"), FAIL, "orphaned"),
    Case(ORPHANED, DATA, released(ago(8)), FAIL, "orphaned", parameters={"grace-days": 2, "fail-days": 7}),
    Case(ORPHANED, DATA, released(None, created=ago(2)), PASS),
    # Older clusters do not tell since when: the record does.
    Case(ORPHANED, DATA, released(None), UNKNOWN, "orphaned", message="pv-data is Released and no claim uses it"),
    Case(
        ORPHANED,
        VOLUME,
        all_of(REGION_OF, available(OWN)),
        UNKNOWN,
        "orphaned",
        message="vol-7 is attached to nothing",
    ),
    Case(ORPHANED, VOLUME, all_of(REGION_OF, available(OWN)), WARN, "orphaned", seen_since=ago(8)),
    Case(ORPHANED, VOLUME, all_of(REGION_OF, available(OWN, create_time=ago(1))), PASS),
    Case(
        ORPHANED,
        VOLUME,
        all_of(REGION_OF, available(FOREIGN)),
        UNKNOWN,
        "orphaned",
        message="vol-7 is attached to nothing and belongs to no cluster here",
    ),
    Case(ORPHANED, VOLUME, all_of(REGION_OF, available(OWN), without("persistent_volumes")), UNKNOWN, "access_denied"),
    Case(ORPHANED, "volume/*", without("volumes"), UNKNOWN, "access_denied"),
    Case(ORPHANED, "volume/*", without("clusters"), UNKNOWN, "access_denied"),
    Case(ORPHANED, "PersistentVolume/*", without("persistent_volumes"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_orphaned_volumes(case: Case) -> None:
    check(case)


def test_a_volume_of_another_cluster_is_left_to_it_and_one_of_none_to_the_first_cluster() -> None:
    control = named(ORPHANED)
    shop = available(("KubernetesCluster", "shop"))
    assert VOLUME not in verdicts_of(control, all_of(REGION_OF, shop))
    assert VOLUME not in verdicts_of(control, all_of(ELSEWHERE, available(FOREIGN)))
    assert VOLUME in verdicts_of(control, all_of(ELSEWHERE, available(OWN)))


def test_an_available_volume_that_a_volume_object_holds_is_judged_once() -> None:
    held = each("volumes", ebs_volume("vol-1", state="available"))
    verdict = verdicts_of(named(ORPHANED), all_of(REGION_OF, held))["volume/vol-1"]
    assert (verdict.status, verdict.message) == (PASS, "vol-1 belongs to pv-data, which is judged by itself")
