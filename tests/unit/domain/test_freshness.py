from datetime import datetime, timedelta

import msgspec
import pytest

from plumbline.domain.evidence import Collected, Listed, NotCollected
from plumbline.domain.evidence.account import Key
from plumbline.domain.evidence.eks import Addon, Cluster, ClusterVersion, EncryptionConfig, KeyProvider
from plumbline.domain.evidence.section import Section
from plumbline.domain.freshness import missing_sections, section_times, unread_sections, without_stale
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


def unread(made: Snapshot, *names: str) -> set[str]:
    return {name for name in names if name in unread_sections(made, NOON)}


def test_what_nobody_asked_for_and_what_is_too_old_was_not_read() -> None:
    made = snapshot(versions=Collected((), NOON), log_groups=Collected((), NOON - GRACE - timedelta(seconds=1)))
    names = ("addons", "versions", "log_groups", "instances")
    assert unread(made, *names) == {"log_groups", "instances"}
    assert unread(without_stale(made, NOON), *names) == {"log_groups", "instances"}


@pytest.mark.parametrize("reason", [Reason.ACCESS_DENIED, Reason.NOT_COLLECTED])
def test_a_refusal_is_a_reading(reason: Reason) -> None:
    assert not unread(snapshot(log_groups=NotCollected(reason, "refused", NOON)), "log_groups")


def test_a_listing_of_which_an_item_is_missing_was_read() -> None:
    items = {"vpc-cni": NotCollected(Reason.NOT_COLLECTED, "not read")}
    addons: Listed[Addon] = Listed(names=Collected(("vpc-cni",), NOON), items={**items})
    assert not unread(Snapshot(subject=SUBJECT, cluster=ClusterEvidence(addons=addons)), "addons")


KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1"
WRAPPED = Cluster(
    name="payments",
    arn=SUBJECT.key,
    status="ACTIVE",
    version="1.33",
    encryption_config=(EncryptionConfig(resources=("secrets",), provider=KeyProvider(key_arn=KEY_ARN)),),
)


@pytest.mark.parametrize(
    ("encryption", "held", "is_unread"),
    [
        ((), {}, False),
        (WRAPPED.encryption_config, {}, True),
        (WRAPPED.encryption_config, {KEY_ARN[:-1] + "2": NOON}, True),
        (WRAPPED.encryption_config, {KEY_ARN: NOON - DAILY - GRACE - timedelta(seconds=1)}, True),
        (WRAPPED.encryption_config, {KEY_ARN: NOON}, False),
    ],
)
def test_what_is_read_thing_by_thing_was_read_when_what_the_cluster_names_was(
    encryption: tuple[EncryptionConfig, ...], held: dict[str, datetime], is_unread: bool
) -> None:
    cluster = msgspec.structs.replace(WRAPPED, encryption_config=encryption)
    keys: dict[str, Section[Key]] = {arn: Collected(Key(arn=arn, key_state="Enabled"), at) for arn, at in held.items()}
    made = Snapshot(
        subject=SUBJECT,
        cluster=ClusterEvidence(cluster=Collected(cluster, NOON)),
        region=RegionEvidence(keys=keys),
    )
    assert unread(made, "keys") == ({"keys"} if is_unread else set())
