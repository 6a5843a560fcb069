from datetime import timedelta
from typing import Any

import pytest

from plumbline.domain.evidence import eks
from tests.unit.baseline import NOW, versions
from tests.unit.changes import Change, all_of, cluster, each, insight, nodegroup, undescribed, without
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

SUPPORT, HORIZON, LAG = "version.standard-support", "version.end-of-support-horizon", "version.minor-lag"
INSIGHTS, SKEW = "version.upgrade-insights", "version.nodegroup-skew"
CLUSTER, UPGRADE, ROLLBACK, GENERAL = "cluster/payments", "insight/upgrade", "insight/rollback", "nodegroup/general"
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


def reports(status: str, name: str = "upgrade", **members: Any) -> Change:
    return insight(name, insight_status=eks.InsightStatus(status=status, reason="a blocker"), **members)


def calls(*user_agents: str) -> eks.InsightSummary:
    clients = tuple(
        eks.ClientStat(user_agent=agent, last_request_time=NOW - timedelta(days=2)) for agent in user_agents
    )
    return eks.InsightSummary(
        deprecation_details=(
            eks.Deprecation(usage="/apis/policy/v1beta1/x", client_stats=clients),
            eks.Deprecation(usage="/apis/policy/v1beta1/unused"),
        )
    )


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
    # --- upgrade-insights
    Case(
        INSIGHTS,
        UPGRADE,
        reports("ERROR"),
        FAIL,
        "upgrade_blocked",
        message="EKS reports 'about upgrade' as ERROR: a blocker",
    ),
    Case(INSIGHTS, UPGRADE, reports("WARNING"), WARN, "upgrade_at_risk"),
    Case(INSIGHTS, UPGRADE, reports("UNKNOWN"), UNKNOWN, "not_collected"),
    Case(INSIGHTS, ROLLBACK, reports("ERROR", "rollback"), WARN, "rollback_at_risk"),
    Case(INSIGHTS, ROLLBACK, reports("WARNING", "rollback"), WARN, "rollback_at_risk"),
    Case(INSIGHTS, "insight/hybrid", reports("ERROR", "hybrid"), NA, "other_category"),
    Case(INSIGHTS, UPGRADE, insight("upgrade", last_refresh_time=NOW - timedelta(hours=48)), PASS),
    Case(
        INSIGHTS,
        UPGRADE,
        insight("upgrade", last_refresh_time=NOW - timedelta(hours=48, seconds=1)),
        UNKNOWN,
        "not_collected",
        message="EKS last refreshed 'about upgrade' on 2026-02-27 11:59, more than 48 hours ago",
    ),
    Case(INSIGHTS, UPGRADE, insight("upgrade", last_refresh_time=None), UNKNOWN, "not_collected"),
    Case(
        INSIGHTS,
        UPGRADE,
        reports("ERROR", category_specific_summary=calls("kubectl/v1", "monitor/v2")),
        FAIL,
        "upgrade_blocked",
        parameters={"ignore-user-agents": ["^monitor/"]},
        message=(
            "EKS reports 'about upgrade' as ERROR: /apis/policy/v1beta1/x was last called on 2026-02-27 12:00 "
            "by monitor/v2"
        ),
    ),
    Case(
        INSIGHTS,
        UPGRADE,
        reports("ERROR", category_specific_summary=calls("monitor/v1", "monitor/v2")),
        WARN,
        "upgrade_at_risk",
        parameters={"ignore-user-agents": ["^monitor/"]},
    ),
    Case(
        INSIGHTS,
        UPGRADE,
        reports("ERROR"),
        FAIL,
        "upgrade_blocked",
        parameters={"ignore-user-agents": [".*"]},
    ),
    Case(INSIGHTS, UPGRADE, undescribed("insights", "upgrade"), UNKNOWN, "access_denied"),
    Case(INSIGHTS, "insight/*", without("insights"), UNKNOWN, "access_denied"),
    Case(INSIGHTS, UPGRADE, insight("upgrade"), UNKNOWN, "control_error", parameters={"ignore-user-agents": ["("]}),
    # --- nodegroup-skew
    Case(
        SKEW,
        GENERAL,
        nodegroup("general", version="1.32"),
        WARN,
        "nodes_behind",
        message="nodes at 1.32 are 1 minor(s) behind the control plane at 1.33",
    ),
    Case(SKEW, GENERAL, nodegroup("general", version="1.31"), FAIL, "nodes_behind"),
    Case(SKEW, GENERAL, nodegroup("general", version="1.30"), FAIL, "nodes_behind", CRITICAL),
    Case(
        SKEW,
        GENERAL,
        nodegroup("general", version="1.34"),
        FAIL,
        "nodes_newer",
        CRITICAL,
        message="nodes at 1.34 are newer than the control plane at 1.33",
    ),
    Case(
        SKEW,
        GENERAL,
        all_of(cluster(version="1.27"), nodegroup("general", version="1.25")),
        FAIL,
        "nodes_behind",
        CRITICAL,
    ),
    Case(SKEW, GENERAL, all_of(cluster(version="1.28"), nodegroup("general", version="1.26")), FAIL, "nodes_behind"),
    Case(SKEW, GENERAL, nodegroup("general", version="1.31"), WARN, "nodes_behind", parameters={"fail-skew": 3}),
    Case(
        SKEW,
        GENERAL,
        nodegroup("general", version="1.31"),
        FAIL,
        "nodes_behind",
        CRITICAL,
        parameters={"hard-limit": 2},
    ),
    Case(SKEW, GENERAL, nodegroup("general", version=None, ami_type="CUSTOM"), NA, "custom_ami"),
    Case(SKEW, GENERAL, nodegroup("general", version="1.x"), UNKNOWN, "parse_error"),
    Case(SKEW, GENERAL, nodegroup("general", status="UPDATING"), PASS, during_transition=True),
    Case(SKEW, GENERAL, without("cluster"), UNKNOWN, "access_denied"),
    Case(SKEW, GENERAL, undescribed("nodegroups", "general"), UNKNOWN, "access_denied"),
    Case(SKEW, "nodegroup/*", without("nodegroups"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_version(case: Case) -> None:
    check(case)
