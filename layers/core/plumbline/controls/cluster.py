"""Cluster: the cluster resource itself is healthy, guarded and accounted for."""

import re
from collections.abc import Mapping

import msgspec

from plumbline.domain.control import Flag, Parameters, control
from plumbline.domain.environment import PRODUCTION, Environment
from plumbline.domain.errors import EvidenceMissing
from plumbline.domain.evidence.eks import Cluster, FargateProfile, NodeGroup
from plumbline.domain.health import health_reasons, judge_health
from plumbline.domain.judged import AccountRegion, Insights
from plumbline.domain.need import need
from plumbline.domain.shared import QuotaUsage
from plumbline.domain.verdict import Pillar, Severity, Status, Verdict, failed, not_applicable, passed, warned


@control(
    "cluster.health",
    title="The cluster is active and EKS reports no health or configuration issue",
    pillar=Pillar.REL,
    severity=Severity.HIGH,
    rule=(
        "FAIL when the cluster failed, EKS reports a health issue, or a misconfiguration insight is in error. WARN "
        "when such an insight warns. PASS when the cluster is active."
    ),
    remediation="Restore the missing role, subnet, security group or key named in the issue.",
)
def cluster_is_healthy(cluster: Cluster, insights: Insights) -> Verdict:
    """A cluster whose role, subnet or key is gone still answers today, but cannot be upgraded or repaired.

    EKS notices this long before the workloads do.
    """
    health = judge_health(f"cluster {cluster.name}", cluster.status, cluster.health.issues)
    found = sorted(
        (insight.insight_status.status, insight.name)
        for insight in insights.found
        if insight.category == "MISCONFIGURATION"
    )
    observed = health.observed | {"misconfigurations": [list(pair) for pair in found]}
    errors = [name for status, name in found if status == "ERROR"]
    warnings = [name for status, name in found if status == "WARNING"]
    told = [health.message] if health.status is not Status.PASS else []
    told += [f"EKS reports {name!r} as {status}" for status, name in found if status in ("ERROR", "WARNING")]
    text = "; ".join(told)
    if health.status is Status.FAIL or errors:
        issues = health_reasons(cluster.status, cluster.health.issues) if health.status is Status.FAIL else ()
        return failed((*issues, *(["misconfiguration"] if errors else [])), text, observed=observed)
    if insights.missing:
        raise EvidenceMissing(insights.missing)
    if warnings:
        return warned("misconfiguration", text, observed=observed)
    return msgspec.structs.replace(health, observed=observed)


class Guarded(Parameters, frozen=True):
    """The environments that are guarded; empty means all."""

    environments: tuple[str, ...] = PRODUCTION


@control(
    "cluster.deletion-protection",
    title="Deletion protection is on",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when deletion protection is off or absent on a cluster of the environments named, PASS when it is on. "
        "NOT_APPLICABLE in other environments, UNKNOWN when it is off and nothing says which environment it is."
    ),
    remediation="aws eks update-cluster-config --name <cluster> --deletion-protection",
    references=("Prowler eks_cluster_deletion_protection_enabled",),
)
def cluster_is_protected_from_deletion(cluster: Cluster, environment: Environment, p: Guarded) -> Verdict:
    """One call with the wrong name deletes a control plane and every object in it, and nothing brings it back.

    Protection turns that into two deliberate calls.
    """
    observed = {"deletion_protection": cluster.deletion_protection, "environment": environment.name}
    protected = passed("deletion protection is on", observed=observed)
    if cluster.deletion_protection and environment.name is None:
        return protected
    if p.environments and not environment.is_one_of(p.environments):
        return not_applicable("other_environment", f"the environment is {environment.name}", observed=observed)
    if cluster.deletion_protection:
        return protected
    return failed("deletion_protection_off", "deletion protection is off", observed=observed)


class RequiredTags(Parameters, frozen=True):
    """The tags everything carries, and regular expressions that the whole value must match."""

    required_keys: tuple[str, ...] = ("owner", "environment", "cost-center")
    allowed_values: dict[str, str] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, pattern in self.allowed_values.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"allowed-values: {key}: {pattern!r} is no regular expression: {error}") from error

    def patterns(self) -> dict[str, str]:
        """Return the patterns by key in lower case."""
        return {key.lower(): pattern for key, pattern in self.allowed_values.items()}


@control(
    "cluster.required-tags",
    title="Clusters, node groups and Fargate profiles carry the governance tags",
    pillar=Pillar.COST,
    severity=Severity.LOW,
    rule=(
        "FAIL when a required key is missing (whatever the case of its letters) or its value does not match the "
        "allowed pattern, PASS otherwise."
    ),
    remediation=(
        "aws eks tag-resource --resource-arn <arn> --tags owner=<team>,environment=<environment>,cost-center=<id>"
    ),
    references=("Security Hub EKS.6",),
)
def governance_tags_are_set(tagged: Cluster | NodeGroup | FargateProfile, p: RequiredTags) -> Verdict:
    """Without an owner nobody can be asked, and without a cost centre nobody pays.

    EKS does not pass the tags of a cluster on to its node groups and profiles: each carries its own.
    """
    tags = _own_tags(tagged.tags)
    patterns = p.patterns()
    required = sorted({key.lower() for key in p.required_keys})
    missing = [key for key in required if key not in tags]
    wrong = [key for key in required if key in tags and not re.fullmatch(patterns.get(key, ".*"), tags[key], re.DOTALL)]
    observed = {"tags": {key: tags[key] for key in required if key in tags}}
    told = [f"missing: {', '.join(missing)}"] if missing else []
    told += [f"{key} has the value {tags[key]!r}, which is not allowed" for key in wrong]
    if told:
        reasons = [*(["tag_missing"] if missing else []), *(["tag_value_not_allowed"] if wrong else [])]
        return failed(reasons, f"governance tags are not in order: {'; '.join(told)}", observed=observed)
    return passed(f"governance tags are set: {', '.join(required)}", observed=observed)


def _own_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in tags.items() if not key.lower().startswith("aws:")}


class Headroom(Parameters, frozen=True):
    """Shares of a quota from which it warns and fails, and the one quota that AWS gives no API for."""

    warn_ratio: float = 0.8
    fail_ratio: float = 0.95
    oidc_provider_quota: int = 100


@control(
    "cluster.quota-headroom",
    title="Usage stays below the service quotas that can stop the fleet",
    pillar=Pillar.REL,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when usage is fail-ratio of the quota or more, WARN from warn-ratio on, PASS below. Counted are clusters "
        "of the region, node groups, Fargate profiles and Pod Identity associations of the fullest cluster, nodes of "
        "the largest node group, and the account's IAM roles and OIDC providers. NOT_APPLICABLE without clusters."
    ),
    remediation=(
        "aws service-quotas request-service-quota-increase --region <region> --service-code eks --quota-code <code> "
        "--desired-value <n>"
    ),
    flags=frozenset({Flag.VOLATILE}),
)
def quotas_leave_headroom(quota: QuotaUsage, region: AccountRegion, p: Headroom) -> Verdict:
    """At a quota the next cluster, group or role is refused, often in the middle of an incident or an upgrade.

    A higher quota is granted in days, not in minutes, and some cannot be raised at all.
    """
    if not need(region.clusters):
        return not_applicable("no_clusters", f"{region.region} has no clusters")
    used, granted = need(quota.used), need(quota.allowed)
    allowed = float(p.oidc_provider_quota) if granted is None else granted
    observed, expected = {"used": used}, {"quota": allowed, "quota_code": quota.code}
    code = f" (quota code {quota.code})" if quota.code else ""
    text = f"{quota.name}: {used} of {allowed:g}{code}"
    if used >= p.fail_ratio * allowed:
        return failed("quota_nearly_used_up", text, observed=observed, expected=expected)
    if used >= p.warn_ratio * allowed:
        return warned("quota_filling_up", text, observed=observed, expected=expected)
    return passed(text, observed=observed, expected=expected)
