"""Support: the version has fixes today, and enough time is left to leave it."""

from datetime import UTC, datetime

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.evidence.eks import Cluster, ClusterVersion
from plumbline.domain.facts import EXTENDED_SUPPORT, STANDARD_SUPPORT, UNSUPPORTED, Now, VersionCalendar
from plumbline.domain.need import present
from plumbline.domain.verdict import (
    Pillar,
    Reason,
    Severity,
    Verdict,
    failed,
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
