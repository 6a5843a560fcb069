from datetime import timedelta

import pytest

from plumbline.domain.evidence import account as aws
from tests.unit.baseline import ACCOUNT, NOW
from tests.unit.changes import Change, all_of, member, without
from tests.unit.controls.cases import FAIL, PASS, UNKNOWN, Case, check, label, named, verdicts_of
from tests.unit.surroundings import access_key, root, user

ROOT, KEYS, ACCOUNT_OF_IT = "iam.root-user", "iam.access-key-rotation", f"account/{ACCOUNT}"


def summary(**members: int | None) -> Change:
    return member("summary", **members)


def report(*rows: aws.Credential) -> Change:
    return member("credential_report", rows=rows)


def used(days: float) -> Change:
    return report(root(password_last_used=NOW - timedelta(days=days)))


NO_CREDENTIALS = summary(account_password_present=0, account_mfa_enabled=0)
MANY = report(root(), *(user(f"u{number:02}", access_key(91 + number)) for number in range(12)))

CASES = [
    Case(
        ROOT,
        ACCOUNT_OF_IT,
        summary(account_access_keys_present=1),
        FAIL,
        "root_access_keys",
        message=f"the root user of {ACCOUNT} has access keys",
    ),
    Case(ROOT, ACCOUNT_OF_IT, summary(account_mfa_enabled=0), FAIL, "root_without_mfa"),
    # Removed centrally: there is nothing to protect.
    Case(ROOT, ACCOUNT_OF_IT, NO_CREDENTIALS, PASS),
    Case(
        ROOT,
        ACCOUNT_OF_IT,
        used(1),
        FAIL,
        "root_used",
        message=f"the root user of {ACCOUNT} was used on 2026-02-28 12:00",
    ),
    Case(ROOT, ACCOUNT_OF_IT, used(90), FAIL, "root_used"),
    Case(ROOT, ACCOUNT_OF_IT, used(90.01), PASS),
    Case(ROOT, ACCOUNT_OF_IT, used(7.5), PASS, parameters={"lookback-days": 7}),
    Case(
        ROOT,
        ACCOUNT_OF_IT,
        report(root(keys=(access_key(400, last_used=NOW - timedelta(days=2)),))),
        FAIL,
        "root_used",
    ),
    Case(
        ROOT,
        ACCOUNT_OF_IT,
        all_of(summary(account_access_keys_present=1, account_mfa_enabled=0), used(1)),
        FAIL,
        "root_access_keys root_without_mfa root_used",
    ),
    # The use of another user is none of the root user's.
    Case(ROOT, ACCOUNT_OF_IT, report(root(), aws.Credential(user="anna", password_last_used=NOW)), PASS),
    Case(ROOT, ACCOUNT_OF_IT, report(), UNKNOWN, "not_found_in_listing"),
    # A violation seen in a part of the evidence is one.
    Case(
        ROOT,
        ACCOUNT_OF_IT,
        all_of(summary(account_access_keys_present=1), without("credential_report")),
        FAIL,
        "root_access_keys",
    ),
    Case(ROOT, ACCOUNT_OF_IT, all_of(used(1), without("summary")), FAIL, "root_used"),
    Case(ROOT, ACCOUNT_OF_IT, summary(account_access_keys_present=None), UNKNOWN, "not_collected"),
    Case(ROOT, ACCOUNT_OF_IT, summary(account_password_present=None), UNKNOWN, "not_collected"),
    Case(ROOT, ACCOUNT_OF_IT, summary(account_mfa_enabled=None), UNKNOWN, "not_collected"),
    Case(ROOT, ACCOUNT_OF_IT, without("summary"), UNKNOWN, "access_denied"),
    Case(ROOT, ACCOUNT_OF_IT, without("credential_report"), UNKNOWN, "access_denied"),
    # --- access-key-rotation
    Case(
        KEYS,
        ACCOUNT_OF_IT,
        report(root(), user("ci", access_key(91)), user("anna", access_key(3), access_key(400))),
        FAIL,
        "keys_too_old",
        message="2 user(s) have access keys older than 90 days: anna, ci",
    ),
    Case(
        KEYS,
        ACCOUNT_OF_IT,
        MANY,
        FAIL,
        "keys_too_old",
        message=(
            "12 user(s) have access keys older than 90 days: "
            "u00, u01, u02, u03, u04, u05, u06, u07, u08, u09 and 2 more"
        ),
    ),
    Case(KEYS, ACCOUNT_OF_IT, report(root(), user("ci", access_key(90))), PASS),
    Case(KEYS, ACCOUNT_OF_IT, report(root(), user("ci", access_key(90.01))), FAIL, "keys_too_old"),
    Case(KEYS, ACCOUNT_OF_IT, report(root(), user("ci", access_key(91))), PASS, parameters={"max-age-days": 91}),
    Case(KEYS, ACCOUNT_OF_IT, report(root(), user("ci", access_key(400, active=False))), PASS),
    Case(KEYS, ACCOUNT_OF_IT, report(root(), user("ci")), PASS),
    Case(KEYS, ACCOUNT_OF_IT, report(root(keys=(access_key(400),))), PASS),
    Case(KEYS, ACCOUNT_OF_IT, report(user("ci", access_key(1, last_rotated=None))), UNKNOWN, "not_collected"),
    Case(KEYS, ACCOUNT_OF_IT, without("credential_report"), UNKNOWN, "access_denied"),
]


@pytest.mark.parametrize("case", CASES, ids=label)
def test_account(case: Case) -> None:
    check(case)


def test_growing_older_is_no_change_of_the_evidence() -> None:
    later = verdicts_of(named(KEYS), now=NOW + timedelta(days=200))[ACCOUNT_OF_IT]
    assert later.status is FAIL
    assert later.observed == verdicts_of(named(KEYS))[ACCOUNT_OF_IT].observed
