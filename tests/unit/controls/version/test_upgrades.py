from datetime import timedelta
from typing import Any

import pytest

from plumbline.domain.evidence import eks
from tests.unit.baseline import NOW
from tests.unit.changes import Change, all_of, cluster, insight, nodegroup, undescribed, without
from tests.unit.controls.cases import CRITICAL, FAIL, NA, PASS, UNKNOWN, WARN, Case, check, label

INSIGHTS, SKEW = "version.upgrade-insights", "version.nodegroup-skew"
UPGRADE, ROLLBACK, GENERAL = "insight/upgrade", "insight/rollback", "nodegroup/general"


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
def test_upgrades(case: Case) -> None:
    check(case)
