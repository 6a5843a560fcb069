"""Upgrades: nothing stands in the way of the next one."""

import re
from collections.abc import Mapping
from datetime import timedelta

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster, Insight, NodeGroup, minor_of
from plumbline.domain.facts import Now
from plumbline.domain.judged import sorted_unique
from plumbline.domain.need import present
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


class InsightRules(Parameters, frozen=True):
    """How old an insight may be, and which callers of deprecated APIs do not count (regular expressions)."""

    stale_hours: int = 48
    ignore_user_agents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for pattern in self.ignore_user_agents:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"ignore-user-agents: {pattern!r} is no regular expression: {error}") from error

    def ignores(self, insight: Insight) -> bool:
        """Whether every known caller of the deprecated APIs is one that does not count."""
        agents = _user_agents(insight)
        return bool(agents) and all(any(re.search(p, agent) for p in self.ignore_user_agents) for agent in agents)


@control(
    "version.upgrade-insights",
    title="EKS cluster insights report no upgrade or rollback blockers",
    pillar=Pillar.OPS,
    severity=Severity.HIGH,
    rule=(
        "Upgrade readiness: ERROR is FAIL (WARN when ignore-user-agents covers every caller), WARNING is WARN. "
        "Rollback readiness: ERROR or WARNING is WARN. UNKNOWN when EKS could not tell or last looked more than "
        "stale-hours ago."
    ),
    remediation=(
        "Migrate the API calls or manifests named in the insight, then aws eks start-insights-refresh "
        "--cluster-name <cluster> and read again."
    ),
)
def insight_reports_no_blocker(insight: Insight, now: Now, p: InsightRules) -> Verdict:
    """EKS checks every day what would break in the next upgrade, from API calls to add-ons.

    Calls count for 30 days, so an insight stays in error after the fix: the last call tells whether it holds.
    """
    if insight.category not in ("UPGRADE_READINESS", "ROLLBACK_READINESS"):
        return not_applicable("other_category", f"the insight is about {insight.category.lower() or 'nothing known'}")
    status = insight.insight_status.status
    observed = _insight_observed(insight)
    refreshed = present(insight.last_refresh_time, "insights[].lastRefreshTime")
    if refreshed < now - timedelta(hours=p.stale_hours):
        text = f"EKS last refreshed {insight.name!r} on {refreshed:%Y-%m-%d %H:%M}, more than {p.stale_hours} hours ago"
        return unknown(Reason.NOT_COLLECTED, text, observed=observed)
    text = _insight_sentence(insight)
    if status == "PASSING":
        return passed(text, observed=observed)
    if status == "ERROR" and insight.category == "UPGRADE_READINESS" and not p.ignores(insight):
        return failed("upgrade_blocked", text, observed=observed)
    if status in ("ERROR", "WARNING"):
        reason = "upgrade_at_risk" if insight.category == "UPGRADE_READINESS" else "rollback_at_risk"
        return warned(reason, text, observed=observed)
    return unknown(Reason.NOT_COLLECTED, text, observed=observed)


def _insight_observed(insight: Insight) -> dict[str, object]:
    summary = insight.category_specific_summary
    return {
        "category": insight.category,
        "status": insight.insight_status.status,
        "kubernetes_version": insight.kubernetes_version,
        "deprecated_apis": list(sorted_unique(d.usage for d in summary.deprecation_details if d.client_stats)),
        "user_agents": list(_user_agents(insight)),
        "resources": list(sorted_unique(r.kubernetes_resource_uri or r.arn for r in insight.resources)),
        "addons": list(sorted_unique(addon.name for addon in summary.addon_compatibility_details)),
    }


def _user_agents(insight: Insight) -> tuple[str, ...]:
    details = insight.category_specific_summary.deprecation_details
    return sorted_unique(client.user_agent for detail in details for client in detail.client_stats)


def _insight_sentence(insight: Insight) -> str:
    said = f"EKS reports {insight.name!r} as {insight.insight_status.status or 'nothing'}"
    because = insight.insight_status.reason
    calls = [
        (client.last_request_time, detail.usage, client.user_agent)
        for detail in insight.category_specific_summary.deprecation_details
        for client in detail.client_stats
        if client.last_request_time
    ]
    if calls:
        at, usage, agent = max(calls)
        return f"{said}: {usage} was last called on {at:%Y-%m-%d %H:%M} by {agent}"
    return f"{said}: {because}" if because else said


class NodeSkew(Parameters, frozen=True):
    """Minors a node may be behind; up to `two_minors_until` the upstream skew policy allows one less."""

    fail_skew: int = 2
    hard_limit: int = 3
    two_minors_until: str = "1.27"

    def __post_init__(self) -> None:
        minor_of(self.two_minors_until)

    def limit_of(self, cluster: Cluster) -> int:
        """Return the skew from which nodes are unsupported."""
        return min(self.hard_limit, 2) if cluster.minor <= minor_of(self.two_minors_until) else self.hard_limit


@control(
    "version.nodegroup-skew",
    title="Managed node groups run the control-plane minor version",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "PASS at the same minor, WARN one behind, FAIL from fail-skew on; critical from hard-limit on (2 for clusters "
        "up to two-minors-until) and when nodes are newer than the API server. NOT_APPLICABLE for a custom image."
    ),
    remediation=(
        "aws eks update-nodegroup-version --cluster-name <cluster> --nodegroup-name <group> "
        "--kubernetes-version <cluster minor>"
    ),
)
def node_group_runs_the_control_plane_minor(group: NodeGroup, cluster: Cluster, p: NodeSkew) -> Verdict:
    """A kubelet too far behind the API server is unsupported and blocks the next upgrade.

    One minor behind is the normal state after a control-plane upgrade and keeps the rollback open.
    """
    if not group.version:
        return not_applicable("custom_ami", "the group runs a custom image; version.kubelet-skew judges its nodes")
    skew = cluster.minor - minor_of(group.version)
    observed = {"cluster_version": cluster.version, "nodegroup_version": group.version}
    return judge_skew(skew, group.version, cluster, p, observed)


def judge_skew(skew: int, version: str, cluster: Cluster, p: NodeSkew, observed: Mapping[str, str]) -> Verdict:
    """Judge nodes that run `version`, which is `skew` minors behind the control plane's."""
    if skew < 0:
        text = f"nodes at {version} are newer than the control plane at {cluster.version}"
        return failed("nodes_newer", text, observed=observed, severity=Severity.CRITICAL)
    text = f"nodes at {version} are {skew} minor(s) behind the control plane at {cluster.version}"
    if skew >= p.limit_of(cluster):
        return failed("nodes_behind", text, observed=observed, severity=Severity.CRITICAL)
    if skew >= p.fail_skew:
        return failed("nodes_behind", text, observed=observed)
    if skew > 0:
        return warned("nodes_behind", text, observed=observed)
    return passed(f"nodes run the control plane's {cluster.version}", observed=observed)
