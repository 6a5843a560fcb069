"""Detection: attacks on the cluster are noticed."""

from plumbline.domain.control import control
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.account import Detector
from plumbline.domain.judged import AccountRegion
from plumbline.domain.need import need
from plumbline.domain.shared import Detectors
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, not_applicable, passed

ENABLED = "ENABLED"
AUDIT_LOGS = "EKS_AUDIT_LOGS"


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
    return any(feature.name == AUDIT_LOGS and feature.status == ENABLED for feature in detector.features)
