from datetime import timedelta
from typing import Any

import pytest

from plumbline.domain.evidence import eks
from tests.unit.baseline import NOW, versions
from tests.unit.changes import Change, all_of, cluster, each, without
from tests.unit.controls.cases import CRITICAL, FAIL, PASS, UNKNOWN, WARN, Case, check, label

SUPPORT, HORIZON, LAG = "version.standard-support", "version.end-of-support-horizon", "version.minor-lag"
CLUSTER = "cluster/payments"
EXTENDED = cluster(upgrade_policy=eks.UpgradePolicy(support_type="EXTENDED"))


def calendar(**members: Any) -> Change:
    """Change the calendar's entry of the cluster's version."""
    entry: dict[str, Any] = {
        "cluster_version": "1.33",
        "version_status": "STANDARD_SUPPORT",
        "end_of_standard_support_date": NOW + timedelta(days=150),
        "end_of_extended_support_date": NOW + timedelta(days=515),
    }
    return each("versions", eks.ClusterVersion(**(entry | members)))


def standard_ends_in(days: int) -> Change:
    return calendar(end_of_standard_support_date=NOW + timedelta(days=days))


CASES = [
    Case(SUPPORT, CLUSTER, cluster(version="1.34"), PASS),
    Case(
        SUPPORT,
        CLUSTER,
        cluster(version="1.31"),
        FAIL,
        "extended_support",
        message="1.31 is in extended support, which AWS bills with a surcharge for every cluster hour",
    ),
    Case(SUPPORT, CLUSTER, cluster(version="1.31"), WARN, "extended_support", parameters={"allow-extended": True}),
    Case(SUPPORT, CLUSTER, cluster(version="1.30"), FAIL, "unsupported", CRITICAL),
    Case(SUPPORT, CLUSTER, cluster(version="1.30"), FAIL, "unsupported", CRITICAL, parameters={"allow-extended": True}),
    Case(SUPPORT, CLUSTER, cluster(version="1.29"), UNKNOWN, "not_found_in_listing"),
    Case(SUPPORT, CLUSTER, cluster(outpost_config={"outpostArns": []}), UNKNOWN, "not_found_in_listing"),
    Case(SUPPORT, CLUSTER, calendar(version_status=None), UNKNOWN, "not_collected"),
    Case(SUPPORT, CLUSTER, calendar(version_status="PREVIEW"), UNKNOWN, "catalogue_gap"),
    Case(SUPPORT, CLUSTER, without("versions"), UNKNOWN, "access_denied"),
    Case(SUPPORT, CLUSTER, without("cluster"), UNKNOWN, "access_denied"),
    Case(SUPPORT, CLUSTER, cluster(status="UPDATING"), PASS, during_transition=True),
    # --- end-of-support-horizon
    Case(HORIZON, CLUSTER, standard_ends_in(91), PASS),
    Case(
        HORIZON,
        CLUSTER,
        standard_ends_in(90),
        WARN,
        "support_ends_soon",
        message="standard support of 1.33 ends on 2026-05-30, in 90 day(s)",
    ),
    Case(HORIZON, CLUSTER, standard_ends_in(31), WARN, "support_ends_soon"),
    Case(
        HORIZON,
        CLUSTER,
        standard_ends_in(30),
        FAIL,
        "upgrade_forced_soon",
        message="EKS forces the upgrade of 1.33 on 2026-03-31, in 30 day(s)",
    ),
    Case(HORIZON, CLUSTER, all_of(standard_ends_in(30), EXTENDED), WARN, "support_ends_soon"),
    Case(HORIZON, CLUSTER, all_of(standard_ends_in(30), cluster(upgrade_policy=None)), WARN, "support_ends_soon"),
    Case(HORIZON, CLUSTER, all_of(cluster(version="1.31"), EXTENDED), PASS),
    Case(
        HORIZON,
        CLUSTER,
        cluster(version="1.31"),
        FAIL,
        "upgrade_forced_soon",
        message="EKS forces the upgrade of 1.31 on 2025-11-21, 100 day(s) ago",
    ),
    Case(HORIZON, CLUSTER, cluster(version="1.30", upgrade_policy=None), FAIL, "upgrade_forced_soon"),
    Case(HORIZON, CLUSTER, standard_ends_in(90), PASS, parameters={"warn-days": 89}),
    Case(HORIZON, CLUSTER, standard_ends_in(40), FAIL, "upgrade_forced_soon", parameters={"fail-days": 40}),
    Case(HORIZON, CLUSTER, standard_ends_in(91), WARN, "support_ends_soon", now=NOW + timedelta(days=1)),
    Case(HORIZON, CLUSTER, calendar(end_of_standard_support_date=None), UNKNOWN, "not_collected"),
    Case(HORIZON, CLUSTER, all_of(calendar(end_of_extended_support_date=None), EXTENDED), UNKNOWN, "not_collected"),
    Case(HORIZON, CLUSTER, cluster(version="1.29"), UNKNOWN, "not_found_in_listing"),
    Case(HORIZON, CLUSTER, without("versions"), UNKNOWN, "access_denied"),
    # --- minor-lag
    Case(LAG, CLUSTER, cluster(version="1.34"), PASS),
    Case(
        LAG,
        CLUSTER,
        cluster(version="1.32"),
        WARN,
        "behind_newest",
        message="1.32 is 2 minor(s) behind 1.34, the newest in standard support",
    ),
    Case(LAG, CLUSTER, cluster(version="1.31"), FAIL, "behind_newest"),
    Case(LAG, CLUSTER, cluster(version="1.31"), WARN, "behind_newest", parameters={"max-lag": 3}),
    # Minors are numbers: 1.9 is far behind 1.34, not ahead of it.
    Case(LAG, CLUSTER, cluster(version="1.9"), FAIL, "behind_newest"),
    Case(LAG, CLUSTER, cluster(version="1.40"), PASS),
    Case(LAG, CLUSTER, cluster(version="latest"), UNKNOWN, "parse_error"),
    Case(LAG, CLUSTER, each("versions", *versions()[:2]), UNKNOWN, "catalogue_gap"),
    Case(LAG, CLUSTER, cluster(outpost_config={"outpostArns": []}), UNKNOWN, "catalogue_gap"),
    Case(LAG, CLUSTER, without("versions"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_support(case: Case) -> None:
    check(case)
