from typing import Any

import pytest

from plumbline.domain.evidence import account as aws
from tests.unit.baseline import OTHER_ACCOUNT, REGION, TRAIL, management_selectors, read, trail
from tests.unit.changes import DENIED, Change, all_of, each, section, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, WARN, Case, check, label

CLOUDTRAIL, HERE = "logging.cloudtrail", f"region/{REGION}"
ORGANIZATION_TRAIL = f"arn:aws:cloudtrail:{REGION}:{OTHER_ACCOUNT}:trail/org"
SECOND = TRAIL.replace("trail/all", "trail/second")


def described(**members: Any) -> Change:
    return each("trails", trail(**members))


def selects(*selectors: aws.TrailSelectors) -> Change:
    return section("trail_selectors", {TRAIL: read(selectors[0])})


def advanced(*conditions: tuple[str, tuple[str, ...]]) -> Change:
    fields = tuple(aws.FieldSelector(field=field, equals=equals) for field, equals in conditions)
    return selects(aws.TrailSelectors(advanced_event_selectors=(aws.AdvancedEventSelector(field_selectors=fields),)))


def state(**members: Any) -> Change:
    return section("trail_status", {TRAIL: read(aws.TrailStatus(**members))})


def organization_trail(**members: Any) -> Change:
    """The trail belongs to another account, which does not show its selectors."""
    return all_of(
        described(trail_arn=ORGANIZATION_TRAIL, **members),
        section("trail_status", {ORGANIZATION_TRAIL: read(aws.TrailStatus(is_logging=True))}),
        section("trail_selectors", {ORGANIZATION_TRAIL: DENIED}),
    )


def second_trail(**members: Any) -> Change:
    """A second trail, complete, beside the first."""
    return all_of(
        each("trails", trail(log_file_validation_enabled=False), trail(trail_arn=SECOND, name="second", **members)),
        section("trail_status", {name: read(aws.TrailStatus(is_logging=True)) for name in (TRAIL, SECOND)}),
        section("trail_selectors", {name: read(management_selectors()) for name in (TRAIL, SECOND)}),
    )


CASES = [
    Case(CLOUDTRAIL, HERE, described(is_multi_region_trail=False), PASS),
    Case(
        CLOUDTRAIL,
        HERE,
        described(is_multi_region_trail=False, home_region="us-east-1"),
        FAIL,
        "no_covering_trail",
        message="no trail records the management events of eu-west-1",
    ),
    Case(CLOUDTRAIL, HERE, each("trails"), FAIL, "no_covering_trail"),
    Case(CLOUDTRAIL, HERE, state(is_logging=False), FAIL, "no_covering_trail"),
    Case(CLOUDTRAIL, HERE, selects(management_selectors("ReadOnly")), FAIL, "no_covering_trail"),
    Case(CLOUDTRAIL, HERE, selects(management_selectors("WriteOnly")), PASS),
    Case(CLOUDTRAIL, HERE, selects(aws.TrailSelectors()), FAIL, "no_covering_trail"),
    Case(CLOUDTRAIL, HERE, advanced(("eventCategory", ("Management",))), PASS),
    Case(CLOUDTRAIL, HERE, advanced(("eventCategory", ("Management",)), ("readOnly", ("false",))), PASS),
    Case(
        CLOUDTRAIL,
        HERE,
        advanced(("eventCategory", ("Management",)), ("readOnly", ("true",))),
        FAIL,
        "no_covering_trail",
    ),
    Case(CLOUDTRAIL, HERE, advanced(("eventCategory", ("Data",))), FAIL, "no_covering_trail"),
    Case(
        CLOUDTRAIL,
        HERE,
        described(log_file_validation_enabled=False),
        WARN,
        "no_validation",
        message="trail all covers eu-west-1, but its log files are not validated",
    ),
    Case(CLOUDTRAIL, HERE, described(kms_key_id=None), WARN, "no_kms_key"),
    Case(CLOUDTRAIL, HERE, state(is_logging=True, latest_delivery_error="NoSuchBucket"), WARN, "delivery_error"),
    Case(
        CLOUDTRAIL,
        HERE,
        described(kms_key_id=None, log_file_validation_enabled=False),
        WARN,
        "no_validation no_kms_key",
    ),
    Case(
        CLOUDTRAIL,
        HERE,
        described(kms_key_id=None, log_file_validation_enabled=False),
        PASS,
        parameters={"require-validation": False, "require-kms": False},
    ),
    # One good trail is enough.
    Case(CLOUDTRAIL, HERE, second_trail(), PASS, message="trail second covers eu-west-1"),
    Case(CLOUDTRAIL, HERE, organization_trail(is_organization_trail=True), PASS, "org_trail_unverified"),
    Case(CLOUDTRAIL, HERE, organization_trail(is_organization_trail=True, kms_key_id=None), WARN, "no_kms_key"),
    Case(CLOUDTRAIL, HERE, organization_trail(is_organization_trail=False), UNKNOWN, "access_denied"),
    # In the account that owns it, an organization's trail shows its selectors.
    Case(
        CLOUDTRAIL,
        HERE,
        all_of(described(is_organization_trail=True), without("trail_selectors")),
        UNKNOWN,
        "access_denied",
    ),
    Case(CLOUDTRAIL, HERE, without("trails"), UNKNOWN, "access_denied"),
    Case(CLOUDTRAIL, HERE, without("trail_status"), UNKNOWN, "access_denied"),
    Case(CLOUDTRAIL, HERE, without("trail_selectors"), UNKNOWN, "access_denied"),
    Case(CLOUDTRAIL, HERE, section("trail_status", {}), UNKNOWN, "not_collected"),
    Case(CLOUDTRAIL, HERE, all_of(state(is_logging=False), without("trail_selectors")), FAIL, "no_covering_trail"),
    Case(CLOUDTRAIL, HERE, without("clusters"), PASS),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_trail(case: Case) -> None:
    check(case)
