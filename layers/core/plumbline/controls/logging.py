"""Logging: what happened can be read afterwards."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed


class RequiredAuditTypes(Parameters, frozen=True):
    """The log types an investigation cannot do without."""

    required: tuple[str, ...] = ("audit", "authenticator")


@control(
    "logging.audit-log",
    title="Kubernetes audit log is delivered to CloudWatch Logs",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule="PASS when every required log type is enabled, FAIL otherwise.",
    remediation=(
        "aws eks update-cluster-config --name <cluster> "
        '--logging \'{"clusterLogging":[{"types":["audit","authenticator"],"enabled":true}]}\''
    ),
    references=("CIS 2.1.1", "Security Hub EKS.8", "hardeneks check_logs_are_enabled"),
)
def audit_log_is_delivered(cluster: Cluster, p: RequiredAuditTypes) -> Verdict:
    """Without the audit log nobody can tell afterwards who did what to the cluster through the Kubernetes API.

    It is off by default, and it cannot be switched on for the past.
    """
    return _judge_types(cluster, p.required)


def _judge_types(cluster: Cluster, required: tuple[str, ...]) -> Verdict:
    missing = [kind for kind in required if kind not in cluster.enabled_log_types]
    observed = {"enabled": sorted(cluster.enabled_log_types)}
    if missing:
        return failed("log_types_disabled", f"log types are off: {', '.join(missing)}", observed=observed)
    return passed(f"log types are on: {', '.join(required)}", observed=observed)
