"""Cuts a whole answer into pages as the service does, by botocore's paginator model."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from local.simulators.errors import AwsError
from local.simulators.models import paging_rule, service_model

# Where the service model states no limit: (page size when none is asked, largest that may be asked).
_SIZES: Mapping[tuple[str, str], tuple[int, int]] = {
    ("autoscaling", "DescribeAutoScalingGroups"): (50, 100),
    ("autoscaling", "DescribePolicies"): (50, 100),
    ("autoscaling", "DescribeScheduledActions"): (50, 100),
    ("ec2", "DescribeFlowLogs"): (1000, 1000),
    ("ec2", "DescribeImages"): (1000, 1000),
    ("ec2", "DescribeInstances"): (1000, 1000),
    ("ec2", "DescribeLaunchTemplateVersions"): (200, 200),
    ("ec2", "DescribeVolumes"): (500, 500),
    ("ec2", "DescribeVpcEndpoints"): (1000, 1000),
    ("ecr", "DescribeRepositories"): (100, 1000),
    ("iam", "GetAccountAuthorizationDetails"): (100, 1000),
}
_BAD_TOKEN: Mapping[str, str] = {
    "autoscaling": "InvalidNextToken",
    "ec2": "InvalidNextToken",
    "guardduty": "BadRequestException",
    "iam": "InvalidInput",
    "organizations": "InvalidInputException",
    "servicequotas": "InvalidPaginationTokenException",
}


def page(service: str, operation: str, result: dict[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The page of `result` that `params` ask for, with the token of the next page when there is one."""
    rule = paging_rule(service, operation)
    if rule is None:
        return result
    keys = rule["result_key"] if isinstance(rule["result_key"], list) else [rule["result_key"]]
    rows = [(key, row) for key in keys for row in result.get(key, ())]
    start = _offset(service, operation, params.get(rule["input_token"]))
    stop = start + _size(service, operation, params.get(rule["limit_key"]))
    cut = {**result, **{key: [row for owner, row in rows[start:stop] if owner == key] for key in keys}}
    has_more = stop < len(rows)
    if has_more:
        cut[rule["output_token"]] = _token(operation, stop)
    if "more_results" in rule:
        cut[rule["more_results"]] = has_more
    return cut


def _size(service: str, operation: str, asked: int | None) -> int:
    usual, largest = _limits(service, operation)
    if asked is None:
        return usual
    if not 1 <= asked <= largest:
        raise AwsError(_invalid(service), f"The page size must be between 1 and {largest}")
    return asked


def _limits(service: str, operation: str) -> tuple[int, int]:
    rule = paging_rule(service, operation) or {}
    shape = service_model(service).operation_model(operation).input_shape
    stated = shape.members[rule["limit_key"]].metadata.get("max") if shape else None
    return _SIZES.get((service, operation)) or (stated or 100, stated or 100)


def _invalid(service: str) -> str:
    return "InvalidParameterValue" if service in ("ec2", "autoscaling", "iam") else "InvalidParameterException"


def _token(operation: str, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([operation, offset]).encode()).decode()


def _offset(service: str, operation: str, token: str | None) -> int:
    if token is None:
        return 0
    try:
        owner, offset = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        owner, offset = None, 0
    if owner != operation:
        raise AwsError(_BAD_TOKEN.get(service, "InvalidParameterException"), "The pagination token is not valid")
    return int(offset)
