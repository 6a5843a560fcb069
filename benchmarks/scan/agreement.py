"""Agreement: what each tool says of the fleet against the truth, feature by feature."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

Truth = Mapping[str, int]


class Claim(NamedTuple):
    """Which verdicts of Plumbline say that a feature of the truth is there."""

    feature: str
    control: str
    status: str
    reason: str = ""
    kind: str = ""


CLAIMS = (
    Claim("addon_behind_default", "addon.version", "WARN"),
    Claim("addon_incompatible", "addon.version", "FAIL"),
    Claim("addon_unhealthy", "addon.health", "FAIL"),
    Claim("cluster_key_not_rotating", "encryption.kms-key-rotation", "FAIL"),
    Claim("cluster_key_not_usable", "encryption.kms-key-usable", "FAIL"),
    Claim("cluster_log_group_for_ever", "logging.log-group-retention", "WARN"),
    Claim("cluster_log_group_lacking", "logging.log-group-retention", "FAIL"),
    Claim("cluster_logging_incomplete", "logging.control-plane-types", "FAIL"),
    Claim("cluster_no_audit_trail_of_logins", "logging.audit-log", "FAIL"),
    Claim("cluster_production_no_deletion_protection", "cluster.deletion-protection", "FAIL"),
    Claim("cluster_secrets_not_encrypted", "encryption.secrets-customer-key", "FAIL"),
    Claim("cluster_tag_missing", "cluster.required-tags", "FAIL", kind="cluster"),
    Claim("cluster_unhealthy", "cluster.health", "FAIL"),
    Claim("cluster_version_forced_soon", "version.end-of-support-horizon", "FAIL"),
    Claim("cluster_version_past_extended_support", "version.standard-support", "FAIL", "unsupported"),
    Claim("cluster_version_past_standard_support", "version.standard-support", "FAIL"),
    Claim("cluster_version_three_behind", "version.minor-lag", "FAIL"),
    Claim("cluster_version_two_behind", "version.minor-lag", "WARN"),
    Claim("cluster_vpc_not_logged", "logging.vpc-flow-logs", "FAIL"),
    Claim("fargate_public", "nodegroup.private-placement", "FAIL", kind="fargate-profile"),
    Claim("fargate_tag_missing", "cluster.required-tags", "FAIL", kind="fargate-profile"),
    Claim("insight_error", "version.upgrade-insights", "FAIL"),
    Claim("insight_warning", "version.upgrade-insights", "WARN"),
    Claim("insight_unknown", "version.upgrade-insights", "UNKNOWN"),
    Claim("ng_ami_behind", "nodegroup.ami-current", "WARN"),
    Claim("ng_ami_far_behind", "nodegroup.ami-current", "FAIL"),
    Claim("ng_at_maximum", "nodegroup.scaling-headroom", "FAIL"),
    Claim("ng_custom_ami", "nodegroup.ami-current", "NOT_APPLICABLE", "custom_ami"),
    Claim("ng_degraded", "nodegroup.health", "FAIL", kind="nodegroup"),
    Claim("ng_instance_type_not_apt", "nodegroup.instance-generation", "WARN"),
    Claim("ng_launch_template_not_default", "nodegroup.launch-template-drift", "WARN"),
    Claim("ng_public", "nodegroup.private-placement", "FAIL", kind="nodegroup"),
    Claim("ng_size_fixed", "nodegroup.scaling-headroom", "WARN"),
    Claim("ng_ssh_open", "nodegroup.remote-access", "FAIL"),
    Claim("ng_ssh_restricted", "nodegroup.remote-access", "WARN"),
    Claim("ng_tag_missing", "cluster.required-tags", "FAIL", kind="nodegroup"),
    Claim("ng_update_share_large", "nodegroup.update-config", "WARN"),
    Claim("ng_update_share_too_large", "nodegroup.update-config", "FAIL"),
    Claim("ng_version_behind_cluster", "version.nodegroup-skew", "WARN"),
    Claim("region_trail_not_encrypted", "logging.cloudtrail", "WARN"),
    Claim("region_volumes_not_encrypted", "encryption.ebs-default", "FAIL"),
    Claim("role_too_broad", "nodegroup.role-permissions", "FAIL"),
    Claim("role_with_cni", "nodegroup.role-permissions", "WARN"),
)
_PROWLER_CHECKS = {
    "eks_cluster_deletion_protection_enabled": "cluster_no_deletion_protection",
    "eks_cluster_kms_cmk_encryption_in_secrets_enabled": "cluster_secrets_not_encrypted",
    "eks_cluster_not_publicly_accessible": "cluster_endpoint_open_to_world",
    "eks_control_plane_logging_all_types_enabled": "cluster_logging_incomplete",
}


class Agreement(NamedTuple):
    """How many features a tool tells, and for those it gets wrong (said, true)."""

    compared: int
    wrong: dict[str, tuple[int, int]]


def compared(said: Mapping[str, int], truth: Truth) -> Agreement:
    """Compare counts by feature with the truth."""
    wrong = {name: (count, truth.get(name, 0)) for name, count in said.items() if count != truth.get(name, 0)}
    return Agreement(len(said), wrong)


def plumbline_says(verdicts: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """Count the features that lines of `plumbline scan --format jsonl` tell."""
    rows = [dict(verdict) for verdict in verdicts]
    return {claim.feature: sum(_tells(claim, row) for row in rows) for claim in CLAIMS}


def _tells(claim: Claim, row: Mapping[str, object]) -> bool:
    return (
        row["control"] == claim.control
        and row["status"] == claim.status
        and claim.reason in (row["reason"], "")
        and claim.kind in (row["resource_kind"], "")
    )


def of_plumbline(directory: Path, printed: Path, truth: Truth) -> Agreement:  # noqa: ARG001 (one form for all tools)
    """Read what a scan printed."""
    return compared(plumbline_says(map(json.loads, printed.read_text().splitlines())), truth)


def of_custodian(directory: Path, printed: Path, truth: Truth) -> Agreement:  # noqa: ARG001
    """Read the resources that each policy found; policies are called as the features."""
    found = {path.parent.name: len(json.loads(path.read_text())) for path in directory.rglob("resources.json")}
    return compared(found, truth)


def of_prowler(directory: Path, printed: Path, truth: Truth) -> Agreement:  # noqa: ARG001
    """Read the failed checks that have a feature."""
    found: Counter[str] = Counter(dict.fromkeys(_PROWLER_CHECKS.values(), 0))
    for path in directory.rglob("*.ocsf.json"):
        for result in json.loads(path.read_text()):
            feature = _PROWLER_CHECKS.get(result["metadata"]["event_code"])
            found[feature or ""] += result["status_code"] == "FAIL"
    del found[""]
    return compared(found, truth)
