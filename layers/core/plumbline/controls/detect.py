"""Detection: attacks on the cluster are noticed."""

from plumbline.domain.control import Parameters, control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.account import Detector
from plumbline.domain.evidence.eks import Cluster
from plumbline.domain.judged import AccountRegion, Compute
from plumbline.domain.need import need
from plumbline.domain.pools import PoolKind
from plumbline.domain.shared import Detectors
from plumbline.domain.tools import RunningTools
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed, warned

ENABLED = "ENABLED"
AUDIT_LOGS = "EKS_AUDIT_LOGS"
# The newer feature replaces the older one; a detector may have either.
RUNTIME = frozenset({"RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING"})
RUNTIME_SECURITY, GUARDDUTY = "runtime-security", "GuardDuty agent"


@control(
    "detect.guardduty-eks-audit",
    title="GuardDuty watches EKS audit logs",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "PASS when a detector of the region is enabled with the feature EKS_AUDIT_LOGS. FAIL otherwise. UNKNOWN where "
        "GuardDuty is not offered. NOT_APPLICABLE without clusters."
    ),
    remediation=(
        "aws guardduty update-detector --region <region> --detector-id <id> "
        '--features \'[{"Name":"EKS_AUDIT_LOGS","Status":"ENABLED"}]\''
    ),
    references=("Security Hub GuardDuty.1, GuardDuty.5", "Prowler guardduty_eks_audit_log_enabled"),
)
def audit_logs_are_watched(region: AccountRegion, detectors: Detectors) -> Verdict:
    """A stolen credential behaves unlike its owner, and GuardDuty sees that in the audit log within minutes.

    It reads the log from the service itself: it neither needs the log in CloudWatch nor replaces it.
    """
    if not need(region.clusters):
        return not_applicable("no_clusters", f"{region.region} has no clusters")
    found = detectors.found
    enabled = [detector for detector in found if detector.status == ENABLED]
    observed = {"detectors": len(found), "enabled": bool(enabled), "watching": any(map(_watches, enabled))}
    if observed["watching"]:
        return passed(f"GuardDuty watches EKS audit logs in {region.region}", observed=observed)
    if detectors.missing:
        raise EvidenceMissing(detectors.missing)
    if not found:
        return failed("no_detector", f"GuardDuty is not set up in {region.region}", observed=observed)
    if not enabled:
        return failed("detector_off", f"GuardDuty is suspended in {region.region}", observed=observed)
    text = f"GuardDuty does not watch EKS audit logs in {region.region}"
    return failed("audit_logs_not_watched", text, observed=observed)


def _watches(detector: Detector) -> bool:
    return _has(detector, frozenset({AUDIT_LOGS}))


def _has(detector: Detector, features: frozenset[str]) -> bool:
    return any(feature.name in features and feature.status == ENABLED for feature in detector.features)


class Coverage(Parameters, frozen=True):
    """On which part of its nodes an agent must be ready."""

    min_ready_ratio: float = 0.9


@control(
    "detect.runtime-monitoring",
    title="Runtime threat detection runs on the nodes",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "PASS when GuardDuty Runtime Monitoring is enabled and its agent is ready on min-ready-ratio of the nodes, or "
        "the agent of another known tool is. WARN when one is enabled and covers less. FAIL otherwise. NOT_APPLICABLE "
        "on clusters with Fargate alone. Tools without an agent need an attestation."
    ),
    remediation=(
        "aws guardduty update-detector --detector-id <id> --features "
        '\'[{"Name":"RUNTIME_MONITORING","Status":"ENABLED","AdditionalConfiguration":'
        '[{"Name":"EKS_ADDON_MANAGEMENT","Status":"ENABLED"}]}]\''
    ),
    references=("Security Hub GuardDuty.7, GuardDuty.11", "Prowler guardduty_eks_runtime_monitoring_enabled"),
)
def threats_are_detected_at_run_time(
    cluster: Cluster, compute: Compute, detectors: Detectors, running: RunningTools, p: Coverage
) -> Verdict:
    """What an intruder does inside a container is in no audit log: only an agent on the node sees it.

    A feature that is enabled without its agent watches nothing.
    """
    if not cluster.auto_mode and compute.only(PoolKind.FARGATE):
        return not_applicable("fargate_only", f"{cluster.name} runs on Fargate alone")
    agents = running.seen(RUNTIME_SECURITY)
    covering = {agent.name for agent in agents if agent.runs(p.min_ready_ratio)}
    working = {agent.name for agent in agents if agent.ready}
    enabled = any(detector.status == ENABLED and _has(detector, RUNTIME) for detector in detectors.found)
    observed = {"guardduty": enabled, "agents": sorted({agent.name for agent in agents})}
    third = sorted(covering - {GUARDDUTY})
    if third or (enabled and GUARDDUTY in covering):
        return passed(f"{', '.join(third) or GUARDDUTY} watches the nodes", observed=observed)
    running.of(RUNTIME_SECURITY)
    if not enabled and detectors.missing:
        raise EvidenceMissing(detectors.missing)
    if enabled or working - {GUARDDUTY}:
        tool = "GuardDuty Runtime Monitoring" if enabled else ", ".join(sorted(working - {GUARDDUTY}))
        return warned("low_coverage", f"{tool} is enabled and covers too few nodes", observed=observed)
    return failed("no_runtime_monitoring", f"nothing watches the nodes of {cluster.name}", observed=observed)
