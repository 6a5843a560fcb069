"""CloudTrail: the calls that change clusters are recorded."""

import msgspec

from plumbline.domain.arn import account_of
from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import TrailDescription, TrailSelectors, TrailStatus
from plumbline.domain.evidence.section import Collected, NotCollected, Section
from plumbline.domain.facts import Trails
from plumbline.domain.judged import AccountRegion
from plumbline.domain.verdict import Pillar, Severity, Verdict, failed, passed, unknown, warned


class TrailProtection(Parameters, frozen=True):
    """What a trail needs to be believed."""

    require_validation: bool = True
    require_kms: bool = True


class _Coverage(msgspec.Struct, frozen=True):
    """Whether a trail covers the region; None when that could not be read, for the reason in `missing`."""

    trail: TrailDescription
    covers: bool | None
    delivery_error: bool = False
    unverified: bool = False
    missing: NotCollected | None = None


@control(
    "logging.cloudtrail",
    title="A trail records management events of the region and is protected",
    pillar=Pillar.SEC,
    severity=Severity.HIGH,
    rule=(
        "A trail covers the region when it is multi-region or at home here, is logging, and selects management events "
        "with writes. FAIL when none does. WARN when covering trails lack log-file validation or a KMS key, or cannot "
        "deliver. The selectors of an organization's trail may be unreadable from a member account."
    ),
    remediation=(
        "aws cloudtrail create-trail --name <trail> --s3-bucket-name <bucket> --is-multi-region-trail "
        "--enable-log-file-validation --kms-key-id <key>, then aws cloudtrail start-logging --name <trail>"
    ),
    references=(
        "Security Hub CloudTrail.1, CloudTrail.2, CloudTrail.4",
        "Prowler cloudtrail_multi_region_enabled_logging_management_events",
        "Prowler cloudtrail_log_file_validation_enabled, cloudtrail_kms_encryption_enabled",
    ),
)
def trail_records_management_events(region: AccountRegion, trails: Trails, p: TrailProtection) -> Verdict:
    """Every change of a cluster through the AWS API is in CloudTrail, and nowhere else.

    The event history that is always on ends after ninety days and can be read, but not kept, alerted on or proved.
    """
    found = [
        _coverage(trail, trails, region.account)
        for trail in sorted(trails.candidates, key=lambda trail: trail.trail_arn)
    ]
    observed = {"trails": [_observed(coverage) for coverage in found]}
    covering = [coverage for coverage in found if coverage.covers]
    if not covering:
        unread = next((coverage.missing for coverage in found if coverage.missing), None)
        if unread:
            return unknown(unread.reason, unread.detail or "a trail could not be read", observed=observed)
        text = f"no trail records the management events of {region.region}"
        return failed("no_covering_trail", text, observed=observed)
    best = min(covering, key=lambda coverage: (len(_shortcomings(coverage, p)), coverage.unverified))
    name = best.trail.name or best.trail.trail_arn
    shortcomings = _shortcomings(best, p)
    if shortcomings:
        text = f"trail {name} covers {region.region}, but {' and '.join(shortcomings.values())}"
        return warned(list(shortcomings), text, observed=observed)
    reason = "org_trail_unverified" if best.unverified else ""
    return passed(f"trail {name} covers {region.region}", reason=reason, observed=observed)


def _coverage(trail: TrailDescription, trails: Trails, account: str) -> _Coverage:
    status: Section[TrailStatus] = trails.status_of(trail)
    if isinstance(status, NotCollected):
        return _Coverage(trail, covers=None, missing=status)
    error = bool(status.value.latest_delivery_error)
    if not status.value.is_logging:
        return _Coverage(trail, covers=False, delivery_error=error)
    selectors: Section[TrailSelectors] = trails.selectors_of(trail)
    if isinstance(selectors, Collected):
        return _Coverage(trail, covers=selectors.value.records_management_writes, delivery_error=error)
    if trail.is_organization_trail and account_of(trail.trail_arn) != account:
        return _Coverage(trail, covers=True, delivery_error=error, unverified=True)
    return _Coverage(trail, covers=None, delivery_error=error, missing=selectors)


def _shortcomings(coverage: _Coverage, p: TrailProtection) -> dict[str, str]:
    trail = coverage.trail
    found = {}
    if p.require_validation and not trail.log_file_validation_enabled:
        found["no_validation"] = "its log files are not validated"
    if p.require_kms and not trail.kms_key_id:
        found["no_kms_key"] = "it has no KMS key"
    if coverage.delivery_error:
        found["delivery_error"] = "its last delivery failed"
    return found


def _observed(coverage: _Coverage) -> dict[str, object]:
    trail = coverage.trail
    return {
        "arn": trail.trail_arn,
        "covers": coverage.covers,
        "validation": trail.log_file_validation_enabled,
        "kms": bool(trail.kms_key_id),
        "delivery_error": coverage.delivery_error,
    }
