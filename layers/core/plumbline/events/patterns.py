"""Patterns: which events EventBridge has to deliver, made from the tables. The templates' rules are compared with them.

Reads and failed calls stay where they are. Of EKS every write is delivered, also one that the table does not know.
Several services share a pattern where none of them has a call of another's name.
"""

from collections.abc import Iterable
from typing import Any

from plumbline.events.native import NATIVE_EVENTS
from plumbline.events.reading import API_CALL, HEALTH_EVENT, SERVICE_EVENT, SIGN_IN
from plumbline.events.related import RELATED_CALLS, RELATED_SERVICE_EVENTS, ROOT_SIGN_IN

# EventBridge accepts patterns up to this length (service quotas).
LONGEST_PATTERN = 2048

Pattern = dict[str, Any]

_WRITES: Pattern = {"errorCode": [{"exists": False}], "readOnly": [False, {"exists": False}]}
# Tags of instances and volumes come by the thousand; only those of subnets are judged.
_TAGGING = ("CreateTags", "DeleteTags")


def patterns() -> dict[str, Pattern]:
    """Return the patterns by the name of the rule that delivers them."""
    return {
        "ClusterEvents": _pattern(["eks"], [API_CALL, SERVICE_EVENT, *sorted(NATIVE_EVENTS)], _WRITES),
        "ComputeCalls": _pattern(["ec2"], [API_CALL], {"eventName": _names(["ec2"], _TAGGING), **_WRITES}),
        "SubnetTags": _pattern(["ec2"], [API_CALL], {"eventName": list(_TAGGING), **_subnets(), **_WRITES}),
        "GroupCalls": _calls("autoscaling"),
        "AccountCalls": _calls("cloudtrail", "ecr", "guardduty", "iam", "kms", "logs"),
        "OrganizationCalls": _calls("organizations"),
        "RootSignIns": _pattern(
            ["signin"], [SIGN_IN], {"eventName": sorted(ROOT_SIGN_IN), "userIdentity": {"type": ["Root"]}}
        ),
        "HealthNotices": _pattern(["health"], [HEALTH_EVENT], {"service": ["EKS"]}),
    }


def sources() -> list[str]:
    """Return the sources of all patterns: what the hub's bus takes from the accounts that forward by them."""
    return sorted({source for pattern in patterns().values() for source in pattern["source"]})


def _calls(*services: str) -> Pattern:
    tells_itself = any(service in RELATED_SERVICE_EVENTS for service in services)
    detail_types = [API_CALL, *([SERVICE_EVENT] if tells_itself else [])]
    return _pattern(services, detail_types, {"eventName": _names(services), **_WRITES})


def _names(services: Iterable[str], without: Iterable[str] = ()) -> list[str]:
    found = {
        name
        for service in services
        for table in (RELATED_CALLS, RELATED_SERVICE_EVENTS)
        for name in table.get(service, {})
    }
    return sorted(found - set(without))


def _pattern(services: Iterable[str], detail_types: Iterable[str], detail: Pattern) -> Pattern:
    return {
        "source": [f"aws.{service}" for service in services],
        "detail-type": list(detail_types),
        "detail": detail,
    }


def _subnets() -> Pattern:
    return {"requestParameters": {"resourcesSet": {"items": {"resourceId": [{"prefix": "subnet-"}]}}}}
