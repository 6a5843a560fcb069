"""Health: the verdict on what EKS itself reports of a cluster, node group, Fargate profile or add-on."""

from collections.abc import Iterable
from typing import Any

from plumbline.domain.evidence.eks import TRANSITIONAL, HealthIssue
from plumbline.domain.verdict import Reason, Verdict, failed, passed, unknown, warned

HEALTHY = "ACTIVE"
FAILED = frozenset({"DEGRADED", "FAILED", "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED"})


def judge_health(what: str, status: str, issues: Iterable[HealthIssue]) -> Verdict:
    """Return the verdict on a status and its health issues; the codes of the issues are its reasons.

    Evaluation marks a verdict on a resource in transition, so what is still in transition here has lasted too long.
    """
    found = sorted(issues, key=lambda issue: (issue.code, issue.message))
    observed = health_observed(status, found)
    if found or status in FAILED:
        return failed(health_reasons(status, found), f"{what} {health_sentence(status, found)}", observed=observed)
    if status == HEALTHY:
        return passed(f"{what} is active without health issues", observed=observed)
    if status in TRANSITIONAL:
        return warned("in_transition", f"{what} is still {status}", observed=observed)
    return unknown(Reason.PARSE_ERROR, f"{what} has the status {status!r}, which is not known", observed=observed)


def health_observed(status: str, issues: Iterable[HealthIssue]) -> dict[str, Any]:
    """Return the evidence a health verdict rests on."""
    return {"status": status, "issues": sorted({issue.code for issue in issues})}


def health_reasons(status: str, issues: Iterable[HealthIssue]) -> tuple[str, ...]:
    """Return the codes of the issues, or the status when EKS names no issue."""
    return tuple(sorted({issue.code for issue in issues})) or (status.lower(),)


def health_sentence(status: str, issues: Iterable[HealthIssue]) -> str:
    """Return the predicate of a sentence: the status and every issue in EKS's own words."""
    told = "; ".join(f"{issue.code}: {issue.message}".removesuffix(": ") for issue in issues)
    return f"is {status} with {told}" if told else f"is {status}"
