from typing import Any

import pytest

from plumbline.domain.snapshot import Listing
from tests.unit.baseline import TAGS, cluster_listing
from tests.unit.changes import Change, each, without
from tests.unit.controls.cases import FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

REHEARSAL = "version.rehearsal-cluster"
PRODUCTION, TRIAL = (f"cluster/{cluster_listing(name).arn}" for name in ("payments", "payments-test"))


def fleet(*others: Listing, **members: Any) -> Change:
    return each("inventory", cluster_listing(**members), *others)


def trial(version: str = "1.33", environment: str = "test", **members: Any) -> Listing:
    return cluster_listing("payments-test", environment, version=version, **members)


UNTAGGED: dict[str, Any] = {"tags": {}}

CASES = [
    Case(
        REHEARSAL,
        PRODUCTION,
        fleet(trial("1.32")),
        FAIL,
        "not_rehearsed",
        message="the newest version tried outside of production of application shop is 1.32; this cluster runs 1.33",
    ),
    Case(REHEARSAL, PRODUCTION, fleet(trial("1.33")), PASS),
    Case(REHEARSAL, PRODUCTION, fleet(trial("1.34")), PASS),
    # Compared as numbers.
    Case(REHEARSAL, PRODUCTION, fleet(trial("1.9")), FAIL, "not_rehearsed"),
    Case(REHEARSAL, PRODUCTION, fleet(trial("1.32"), cluster_listing("other", "dev")), PASS),
    Case(
        REHEARSAL,
        PRODUCTION,
        fleet(),
        WARN,
        "no_rehearsal_cluster",
        message="no non-production cluster of application shop is known",
    ),
    Case(REHEARSAL, PRODUCTION, fleet(trial(environment="production")), WARN, "no_rehearsal_cluster"),
    Case(REHEARSAL, PRODUCTION, fleet(trial(status="DELETING")), WARN, "no_rehearsal_cluster"),
    Case(REHEARSAL, PRODUCTION, fleet(trial(environment="", **UNTAGGED)), WARN, "no_rehearsal_cluster"),
    # Another group's clusters prove nothing, unless the cluster belongs to none.
    Case(REHEARSAL, PRODUCTION, fleet(trial(tags={"application": "search"})), WARN, "no_rehearsal_cluster"),
    Case(REHEARSAL, PRODUCTION, fleet(trial(tags={"application": "search"}), tags=TAGS), PASS),
    Case(
        REHEARSAL,
        PRODUCTION,
        fleet(trial(tags={"application": "search", "owner": "team-payments"})),
        PASS,
        parameters={"group-tag": "Owner"},
    ),
    Case(REHEARSAL, TRIAL, fleet(trial()), NA, "not_production", message="the environment is test"),
    # Tags win over what the account says.
    Case(REHEARSAL, PRODUCTION, fleet(tags={"Environment": "Dev"}), NA, "not_production"),
    Case(REHEARSAL, PRODUCTION, fleet(trial(), tags={"stage": "live"}, environment="dev"), NA, "not_production"),
    Case(
        REHEARSAL,
        PRODUCTION,
        fleet(trial(), tags={"stage": "live"}, environment="dev"),
        PASS,
        parameters={"environment-tag": "stage", "production-values": ["Live"]},
    ),
    Case(REHEARSAL, PRODUCTION, fleet(trial(), environment="", **UNTAGGED), UNKNOWN, "not_collected"),
    Case(REHEARSAL, PRODUCTION, fleet(trial(), version="next"), UNKNOWN, "parse_error"),
    Case(REHEARSAL, PRODUCTION, fleet(trial("1.32"), status="UPDATING"), FAIL, "not_rehearsed", during_transition=True),
    Case(REHEARSAL, "cluster/*", without("inventory"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_rehearsal(case: Case) -> None:
    check(case)
