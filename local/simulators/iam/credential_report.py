"""The credential report: made on request, at most every four hours, read as CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from local.simulators.calls import Call, simulates
from local.simulators.errors import AwsError

_LIFE = dt.timedelta(hours=4)
COLUMNS = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)


@simulates("iam", "GenerateCredentialReport")
def generate_credential_report(call: Call) -> dict[str, Any]:
    """Starts a report unless there is one that is younger than four hours."""
    now, report = call.world.clock(), call.account.report
    if report is not None and now - report["GeneratedTime"] < _LIFE:
        return {"State": "COMPLETE" if now >= report["GeneratedTime"] else "INPROGRESS"}
    call.account.report = {
        "Content": _as_csv(call),
        "ReportFormat": "text/csv",
        "GeneratedTime": now + dt.timedelta(seconds=call.world.settle_seconds),
    }
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


@simulates("iam", "GetCredentialReport")
def get_credential_report(call: Call) -> dict[str, Any]:
    """The report, when there is one, it is ready and not too old."""
    now, report = call.world.clock(), call.account.report
    if report is None:
        raise AwsError("ReportNotPresent", "No report exists. Please try to generate a report first.")
    if now < report["GeneratedTime"]:
        raise AwsError("ReportInProgress", "Report generation is in progress.")
    if now - report["GeneratedTime"] >= _LIFE:
        raise AwsError("ReportExpired", "The most recent report has expired. Please generate a new one.")
    return report


def _as_csv(call: Call) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="N/A", lineterminator="\n")
    writer.writeheader()
    writer.writerows(call.account.credentials)
    return text.getvalue().encode()
