"""Events of other services, as CloudTrail and EventBridge write them."""

import json
from typing import Any

from plumbline.events import Ignored, Routed, read_event

ACCOUNT, REGION = "222233334444", "eu-west-1"
DEPLOY = {
    "type": "AssumedRole",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ci",
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "userName": "deploy"}},
}
SERVICE_EVENT = "AWS Service Event via CloudTrail"


def call(service: str, name: str, request: dict[str, Any] | None = None, **detail: Any) -> dict[str, Any]:
    """An API call as EventBridge delivers it."""
    kind = detail.pop("detail_type", "AWS API Call via CloudTrail")
    return {
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": f"aws.{service}",
        "account": ACCOUNT,
        "region": detail.get("awsRegion", REGION),
        "time": "2026-03-01T14:02:30Z",
        "resources": [],
        "detail": {
            "eventID": "related-1",
            "eventName": name,
            "eventSource": f"{service}.amazonaws.com",
            "eventTime": "2026-03-01T14:02:11Z",
            "awsRegion": REGION,
            "recipientAccountId": ACCOUNT,
            "readOnly": False,
            "userIdentity": DEPLOY,
            "requestParameters": request,
            "responseElements": None,
            **detail,
        },
    }


def native(kind: str, detail: dict[str, Any], source: str = "aws.eks", **envelope: Any) -> dict[str, Any]:
    """An event that nobody called."""
    return {
        "id": "native-1",
        "detail-type": kind,
        "source": source,
        "account": ACCOUNT,
        "region": REGION,
        "time": "2026-03-01T14:02:30Z",
        "resources": [],
        "detail": detail,
        **envelope,
    }


def read(event: dict[str, Any]) -> Routed:
    """Read an event that concerns somebody."""
    got = read_event(json.dumps(event))
    assert isinstance(got, Routed), got
    return got


def reason(event: dict[str, Any]) -> str:
    """Read an event that concerns nobody; return why."""
    got = read_event(json.dumps(event))
    assert isinstance(got, Ignored), got
    return got.reason
