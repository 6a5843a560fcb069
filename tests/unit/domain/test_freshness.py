from datetime import timedelta

import pytest

from plumbline.domain.evidence import Collected, Listed, NotCollected
from plumbline.domain.evidence.account import Key
from plumbline.domain.evidence.eks import Addon, ClusterVersion
from plumbline.domain.freshness import missing_sections, section_times, without_stale
from plumbline.domain.scopes import DAILY, GRACE, max_age
from plumbline.domain.snapshot import ClusterEvidence, RegionEvidence, Snapshot
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import Reason
from tests.unit.domain.examples import NOON

SUBJECT = Subject("111122223333", "eu-west-1", "payments")
ADDON = Addon(addon_name="vpc-cni", addon_version="v1", status="ACTIVE")
EARLIER = NOON - timedelta(hours=1)


def snapshot(**region: object) -> Snapshot:
    addons = Listed(names=Collected(("vpc-cni",), NOON), items={"vpc-cni": Collected(ADDON, EARLIER)})
    return Snapshot(
        subject=SUBJECT,
        cluster=ClusterEvidence(addons=addons),
        region=RegionEvidence(**region),  # type: ignore[arg-type]
    )


def test_fresh_evidence_is_left_as_it_is() -> None:
    fresh = snapshot(versions=Collected((), NOON))
    assert without_stale(fresh, NOON) == fresh


@pytest.mark.parametrize(("section", "limit"), [("versions", DAILY + GRACE), ("log_groups", GRACE)])
def test_a_section_may_be_as_old_as_its_refresh_and_a_grace(section: str, limit: timedelta) -> None:
    assert max_age(section) == limit
    made = snapshot(**{section: Collected((), NOON - limit)})
    assert isinstance(getattr(without_stale(made, NOON).region, section), Collected)
    stale = getattr(without_stale(made, NOON + timedelta(seconds=1)).region, section)
    assert isinstance(stale, NotCollected)
    assert stale.reason is Reason.NOT_COLLECTED
    assert stale.detail == f"the evidence is {int(limit.total_seconds() // 3600)} hours old"


def test_one_stale_item_leaves_the_others() -> None:
    late = without_stale(snapshot(), EARLIER + GRACE + timedelta(minutes=1))
    assert isinstance(late.cluster.addons.names, Collected)
    assert isinstance(late.cluster.addons.items["vpc-cni"], NotCollected)


def test_mappings_are_judged_by_value() -> None:
    key = Key(arn="arn:aws:kms:eu-west-1:111122223333:key/1", key_state="Enabled")
    made = snapshot(keys={"old": Collected(key, NOON - timedelta(days=3)), "new": Collected(key, NOON)})
    keys = without_stale(made, NOON).region.keys
    assert isinstance(keys["old"], NotCollected)
    assert isinstance(keys["new"], Collected)


def test_a_section_was_read_when_its_oldest_piece_was() -> None:
    assert section_times(snapshot(versions=Collected((), NOON))) == {"addons": EARLIER, "versions": NOON}


def test_missing_sections_name_their_reason() -> None:
    made = snapshot(
        versions=Collected((ClusterVersion(cluster_version="1.33"),), NOON),
        log_groups=NotCollected(Reason.ACCESS_DENIED, "logs:DescribeLogGroups", NOON),
    )
    assert missing_sections(made, frozenset({"versions", "log_groups", "addons"})) == {"log_groups": "access_denied"}
