"""Version: the cluster can be upgraded in time, and so can its nodes."""

import re
from datetime import UTC, datetime, timedelta

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.evidence.eks import Cluster, ClusterVersion, Insight, NodeGroup, minor_of
from plumbline.domain.facts import EXTENDED_SUPPORT, STANDARD_SUPPORT, UNSUPPORTED, Now, VersionCalendar
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

_NEXT_MINOR = (
    "Upgrade one minor at a time: aws eks update-cluster-version --name <cluster> --kubernetes-version <next>, "
    "then node groups and add-ons."
)


class ExtendedSupport(Parameters, frozen=True):
    """Whether the surcharge of extended support is accepted."""

    allow_extended: bool = False


@control(
    "version.standard-support",
    title="Control plane runs a Kubernetes minor version that is in standard support",
    pillar=Pillar.OPS,
    severity=Severity.HIGH,
    rule=(
        "PASS in standard support. FAIL in extended support (WARN with allow-extended), critical when the version is "
        "unsupported. UNKNOWN when AWS does not list the version."
    ),
    remediation=_NEXT_MINOR,
    references=("Security Hub EKS.2", "Prowler eks_cluster_uses_a_supported_version", "hardeneks check_eks_version"),
)
def version_is_in_standard_support(cluster: Cluster, calendar: VersionCalendar, p: ExtendedSupport) -> Verdict:
    """After standard support a cluster costs a surcharge for every hour, and after extended support no fix comes.

    What counts is the phase the version is in today; the upgrade policy only says what happens at its end.
    """
    observed = {"version": cluster.version}
    entry = calendar.of(cluster)
    if entry is None:
        return _not_in_calendar(cluster)
    phase = present(entry.version_status, "clusterVersions[].versionStatus")
    expected = {"version_status": phase}
    if phase == STANDARD_SUPPORT:
        return passed(f"{cluster.version} is in standard support", observed=observed, expected=expected)
    if phase == EXTENDED_SUPPORT:
        judged = warned if p.allow_extended else failed
        text = f"{cluster.version} is in extended support, which AWS bills with a surcharge for every cluster hour"
        return judged("extended_support", text, observed=observed, expected=expected)
    if phase == UNSUPPORTED:
        text = f"{cluster.version} is no longer supported by EKS"
        return failed("unsupported", text, observed=observed, expected=expected, severity=Severity.CRITICAL)
    return unknown(Reason.CATALOGUE_GAP, f"AWS lists {cluster.version} as {phase!r}, which is not a known phase")


def _not_in_calendar(cluster: Cluster) -> Verdict:
    return unknown(
        Reason.NOT_FOUND_IN_LISTING,
        f"AWS does not list version {cluster.version}",
        observed={"version": cluster.version},
    )


class Horizon(Parameters, frozen=True):
    """Days left at which a date warns or fails."""

    warn_days: int = 90
    fail_days: int = 30


@control(
    "version.end-of-support-horizon",
    title="Enough time is left before support ends or an automatic upgrade is forced",
    pillar=Pillar.OPS,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the upgrade is forced in fail-days or less: at the end of standard support under the policy "
        "STANDARD, else at the end of extended support. WARN when today's support phase ends in warn-days or less. "
        "PASS otherwise."
    ),
    remediation=(
        "Plan the upgrade; to stop the automatic one: aws eks update-cluster-config --name <cluster> "
        "--upgrade-policy supportType=EXTENDED (extra cost)."
    ),
    references=("Security Hub EKS.2 (no horizon)", "AWS Health AWS_EKS_PLANNED_LIFECYCLE_EVENT"),
    flags=frozenset({Flag.DATE_DRIVEN}),
)
def support_does_not_end_soon(cluster: Cluster, calendar: VersionCalendar, now: Now, p: Horizon) -> Verdict:
    """At the end of support EKS upgrades the control plane by itself, ready or not.

    A cluster without an upgrade policy goes through extended support first, as is the default of the service.
    """
    entry = calendar.of(cluster)
    if entry is None:
        return _not_in_calendar(cluster)
    policy = cluster.upgrade_policy.support_type if cluster.upgrade_policy else None
    observed = {"version": cluster.version, "support_type": policy or "EXTENDED"}
    forced = _end_of_standard(entry) if policy == "STANDARD" else _end_of_extended(entry)
    days = _days_until(forced, now)
    expected = {"forced_date": forced.date().isoformat(), "days_to_forced_date": days}
    if days <= p.fail_days:
        text = f"EKS forces the upgrade of {cluster.version} on {forced.date()}, {_in_days(days)}"
        return failed("upgrade_forced_soon", text, observed=observed, expected=expected)
    in_standard = present(entry.version_status, "clusterVersions[].versionStatus") == STANDARD_SUPPORT
    phase_end = _end_of_standard(entry) if in_standard else _end_of_extended(entry)
    days = _days_until(phase_end, now)
    expected |= {"phase_date": phase_end.date().isoformat(), "days_to_phase_date": days}
    phase = "standard" if in_standard else "extended"
    text = f"{phase} support of {cluster.version} ends on {phase_end.date()}, {_in_days(days)}"
    if days <= p.warn_days:
        return warned("support_ends_soon", text, observed=observed, expected=expected)
    return passed(text, observed=observed, expected=expected)


def _end_of_standard(entry: ClusterVersion) -> datetime:
    return present(entry.end_of_standard_support_date, "clusterVersions[].endOfStandardSupportDate")


def _end_of_extended(entry: ClusterVersion) -> datetime:
    return present(entry.end_of_extended_support_date, "clusterVersions[].endOfExtendedSupportDate")


def _days_until(date: datetime, now: datetime) -> int:
    return (date.astimezone(UTC).date() - now.astimezone(UTC).date()).days


def _in_days(days: int) -> str:
    return f"in {days} day(s)" if days >= 0 else f"{-days} day(s) ago"


class Lag(Parameters, frozen=True):
    """Minors the cluster may be behind the newest."""

    max_lag: int = 2


@control(
    "version.minor-lag",
    title="Control plane is not more than two minor versions behind the newest on offer",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule="FAIL when the cluster is more than max-lag minors behind the newest in standard support, WARN at max-lag.",
    remediation="Schedule upgrades at least every four months, the cadence of EKS releases.",
    references=("hardeneks check_eks_version",),
)
def cluster_keeps_up_with_new_versions(cluster: Cluster, calendar: VersionCalendar, p: Lag) -> Verdict:
    """EKS upgrades one minor at a time, so a cluster that falls behind has to catch up in several risky steps.

    A version released today raises every lag by one: that is a change of the catalogue, not of the cluster.
    """
    observed = {"version": cluster.version}
    newest = calendar.newest_in_standard_support(cluster)
    if newest is None:
        return unknown(Reason.CATALOGUE_GAP, "AWS lists no version in standard support", observed=observed)
    lag = newest - cluster.minor
    expected = {"newest": f"1.{newest}"}
    text = f"{cluster.version} is {max(lag, 0)} minor(s) behind 1.{newest}, the newest in standard support"
    if lag > p.max_lag:
        return failed("behind_newest", text, observed=observed, expected=expected)
    if lag == p.max_lag:
        return warned("behind_newest", text, observed=observed, expected=expected)
    return passed(text, observed=observed, expected=expected)


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
    if skew < 0:
        text = f"nodes at {group.version} are newer than the control plane at {cluster.version}"
        return failed("nodes_newer", text, observed=observed, severity=Severity.CRITICAL)
    text = f"nodes at {group.version} are {skew} minor(s) behind the control plane at {cluster.version}"
    if skew >= p.limit_of(cluster):
        return failed("nodes_behind", text, observed=observed, severity=Severity.CRITICAL)
    if skew >= p.fail_skew:
        return failed("nodes_behind", text, observed=observed)
    if skew > 0:
        return warned("nodes_behind", text, observed=observed)
    return passed(f"nodes run the control plane's {cluster.version}", observed=observed)
