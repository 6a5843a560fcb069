"""Control-plane logs: which there are, and how long they are kept."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.judged import ControlPlaneLogGroup
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

_ENABLE_TYPES = (
    "aws eks update-cluster-config --name <cluster> "
    '--logging \'{{"clusterLogging":[{{"types":[{}],"enabled":true}}]}}\''
)


class RequiredAuditTypes(Parameters, frozen=True):
    """The log types an investigation cannot do without."""

    required: tuple[str, ...] = ("audit", "authenticator")


@control(
    "logging.audit-log",
    title="Kubernetes audit log is delivered to CloudWatch Logs",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule="PASS when every required log type is enabled, FAIL otherwise.",
    remediation=_ENABLE_TYPES.format('"audit","authenticator"'),
    references=("CIS 2.1.1", "Security Hub EKS.8", "hardeneks check_logs_are_enabled"),
)
def audit_log_is_delivered(cluster: Cluster, p: RequiredAuditTypes) -> Verdict:
    """Without the audit log nobody can tell afterwards who did what to the cluster through the Kubernetes API.

    It is off by default, and it cannot be switched on for the past.
    """
    return _judge_types(cluster, p.required)


class RequiredTypes(Parameters, frozen=True):
    """The log types to keep; leave one out to accept its loss for its cost."""

    required: tuple[str, ...] = ("api", "audit", "authenticator", "controllerManager", "scheduler")


@control(
    "logging.control-plane-types",
    title="All control-plane log types are enabled",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule="PASS when every required log type is enabled, FAIL otherwise.",
    remediation=_ENABLE_TYPES.format('"api","audit","authenticator","controllerManager","scheduler"'),
    references=(
        "CIS 2.1.1",
        "Prowler eks_control_plane_logging_all_types_enabled",
        "hardeneks check_logs_are_enabled",
    ),
)
def control_plane_logs_are_complete(cluster: Cluster, p: RequiredTypes) -> Verdict:
    """Scheduler, controller and API logs tell why a workload did not start or was evicted.

    EKS runs the control plane, so these logs are the only way to look into it.
    """
    return _judge_types(cluster, p.required)


def _judge_types(cluster: Cluster, required: tuple[str, ...]) -> Verdict:
    missing = [kind for kind in required if kind not in cluster.enabled_log_types]
    observed = {"enabled": sorted(cluster.enabled_log_types)}
    if missing:
        return failed("log_types_disabled", f"log types are off: {', '.join(missing)}", observed=observed)
    return passed(f"log types are on: {', '.join(required)}", observed=observed)


class Retention(Parameters, frozen=True):
    """How long logs are kept at least, and whether with a key of one's own."""

    min_days: int = 90
    require_cmk: bool = False


@control(
    "logging.log-group-retention",
    title="Control-plane log group exists, keeps logs long enough and not for ever",
    pillar=Pillar.OPS,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when log types are enabled and the group is missing, keeps logs for less than min-days, or has no "
        "customer key where require-cmk asks for one. WARN when logs never expire. NOT_APPLICABLE without log types."
    ),
    remediation="aws logs put-retention-policy --log-group-name /aws/eks/<cluster>/cluster --retention-in-days 365",
    references=(
        "CIS 2.1.2",
        "Prowler cloudwatch_log_group_retention_policy_specific_days_enabled",
        "Prowler cloudwatch_log_group_kms_encryption_enabled",
    ),
)
def log_group_keeps_logs_long_enough(log_group: ControlPlaneLogGroup, cluster: Cluster, p: Retention) -> Verdict:
    """An intrusion is often found months after it began, and by then the logs must still be there.

    Logs that never expire cost more every month and are kept longer than most rules on data allow.
    """
    if not cluster.enabled_log_types:
        return not_applicable("logging_off", "no log type is enabled", observed={"log_types_enabled": False})
    group = log_group.group
    if group is None:
        text = f"logs are enabled, but log group {log_group.name} does not exist"
        return failed("log_group_missing", text, observed={"log_types_enabled": True, "exists": False})
    days, key = group.retention_in_days, group.kms_key_id
    observed = {"log_types_enabled": True, "exists": True, "retention_in_days": days, "kms_key": key}
    problems = {}
    if days is not None and days < p.min_days:
        problems["retention_too_short"] = f"keeps logs for {days} days, fewer than {p.min_days}"
    if p.require_cmk and not key:
        problems["no_customer_key"] = "is not encrypted with a customer key"
    if problems:
        return failed(list(problems), f"{log_group.name} {' and '.join(problems.values())}", observed=observed)
    if days is None:
        return warned("never_expires", f"{log_group.name} keeps logs for ever", observed=observed)
    return passed(f"{log_group.name} keeps logs for {days} days", observed=observed)
