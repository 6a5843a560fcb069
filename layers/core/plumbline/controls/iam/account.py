"""The account: its root user is locked away, and keys do not grow old."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from plumbline.domain.control import Parameters, control
from plumbline.domain.evidence.account import AccountSummary, Credential, CredentialReport
from plumbline.domain.evidence.section import Section
from plumbline.domain.facts import Now
from plumbline.domain.need import known, need, present
from plumbline.domain.shared import Account
from plumbline.domain.verdict import Pillar, Reason, Severity, Verdict, failed, passed, unknown

ROOT = "<root_account>"
# Keys kept as evidence, the oldest: an account may have thousands.
MOST_KEYS = 100
MOST_NAMES = 10


class Lookback(Parameters, frozen=True):
    """Days in which the root user must not have been used."""

    lookback_days: int = 90


@control(
    "iam.root-user",
    title="The account root user is locked away",
    pillar=Pillar.SEC,
    severity=Severity.CRITICAL,
    rule=(
        "FAIL when the root user has access keys, or a password without MFA, or was used in the last lookback-days. "
        "PASS otherwise, also when its credentials were removed centrally. UNKNOWN when the credential report could "
        "not be read."
    ),
    remediation=(
        "Delete root keys, enable MFA, or remove root credentials of member accounts through central root management."
    ),
    references=(
        "Security Hub IAM.4, IAM.6, IAM.9",
        "Prowler iam_root_mfa_enabled, iam_no_root_access_key, iam_avoid_root_usage",
    ),
)
def root_user_is_locked_away(
    account: Account, summary: Section[AccountSummary], report: Section[CredentialReport], now: Now, p: Lookback
) -> Verdict:
    """No policy limits the root user: whoever has it has every cluster of the account, and its logs.

    Day-to-day work never needs it, so any use of it is worth a question.
    """
    counted = known(summary, AccountSummary())
    row = _root_of(known(report, None))
    used = _last_use(row) if row else None
    observed = {
        "access_keys": counted.account_access_keys_present,
        "password": counted.account_password_present,
        "mfa": counted.account_mfa_enabled,
        "last_used": used.isoformat() if used else None,
    }
    problems = {}
    if counted.account_access_keys_present:
        problems["root_access_keys"] = "has access keys"
    if counted.account_password_present and counted.account_mfa_enabled == 0:
        problems["root_without_mfa"] = "has a password without MFA"
    if used and used >= now - timedelta(days=p.lookback_days):
        problems["root_used"] = f"was used on {used:%Y-%m-%d %H:%M}"
    if problems:
        text = f"the root user of {account.account} {' and '.join(problems.values())}"
        return failed(list(problems), text, observed=observed)
    read = need(summary)
    present(read.account_access_keys_present, "SummaryMap.AccountAccessKeysPresent")
    if present(read.account_password_present, "SummaryMap.AccountPasswordPresent"):
        present(read.account_mfa_enabled, "SummaryMap.AccountMFAEnabled")
    need(report)
    if row is None:
        text = "the credential report has no row for the root user"
        return unknown(Reason.NOT_FOUND_IN_LISTING, text, observed=observed)
    return passed(f"the root user of {account.account} is locked away", observed=observed)


def _root_of(report: CredentialReport | None) -> Credential | None:
    return next((row for row in report.rows if row.user == ROOT), None) if report else None


def _last_use(row: Credential) -> datetime | None:
    uses = [row.password_last_used, *(key.last_used for key in row.keys)]
    return max((use for use in uses if use), default=None)


class KeyAge(Parameters, frozen=True):
    """Days after which an access key is too old."""

    max_age_days: int = 90


@control(
    "iam.access-key-rotation",
    title="IAM user access keys are rotated or absent",
    pillar=Pillar.SEC,
    severity=Severity.MEDIUM,
    rule=(
        "FAIL when an active access key of a user was made more than max-age-days ago; the users are named. PASS "
        "otherwise. The keys of the root user are judged by iam.root-user."
    ),
    remediation=(
        "Replace users by roles; aws iam update-access-key --user-name <user> --access-key-id <id> --status Inactive, "
        "then delete the key."
    ),
    references=("Security Hub IAM.3", "Prowler iam_rotate_access_key_90_days"),
)
def access_keys_are_young(account: Account, report: CredentialReport, now: Now, p: KeyAge) -> Verdict:
    """A key works from anywhere until somebody deletes it, and nobody remembers every place it was copied to.

    The older it is, the more of those places there are.
    """
    keys = sorted(_active_keys(report.rows))
    oldest = keys[:MOST_KEYS]
    observed = {"oldest_keys": [[made.isoformat(), user] for made, user in oldest]}
    old = sorted({user for made, user in keys if made < now - timedelta(days=p.max_age_days)})
    if old:
        more = f" and {len(old) - MOST_NAMES} more" if len(old) > MOST_NAMES else ""
        text = (
            f"{len(old)} user(s) have access keys older than {p.max_age_days} days: {', '.join(old[:MOST_NAMES])}{more}"
        )
        return failed("keys_too_old", text, observed=observed)
    text = f"no active access key in {account.account} is older than {p.max_age_days} days"
    return passed(text, observed=observed)


def _active_keys(rows: Iterable[Credential]) -> Iterable[tuple[datetime, str]]:
    for row in rows:
        for key in row.keys:
            if key.active and row.user != ROOT:
                yield present(key.last_rotated, "access_key_last_rotated"), row.user
