"""The service models that the simulators speak: botocore's own, loaded when first needed."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.model import OperationModel, ServiceModel

# Signing name of a request -> botocore's name of the service.
SERVICES: Mapping[str, str] = {
    "autoscaling": "autoscaling",
    "cloudtrail": "cloudtrail",
    "ec2": "ec2",
    "ecr": "ecr",
    "eks": "eks",
    "guardduty": "guardduty",
    "iam": "iam",
    "kms": "kms",
    "logs": "logs",
    "organizations": "organizations",
    "servicequotas": "service-quotas",
    "ssm": "ssm",
}


# Signing names that differ from botocore's, of services whose errors are only imitated.
_OTHER_NAMES: Mapping[str, str] = {"monitoring": "cloudwatch", "states": "stepfunctions"}


@functools.cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@functools.cache
def service_model(signing_name: str) -> ServiceModel:
    """The model of the service that signs as `signing_name`."""
    return _session().get_service_model(_boto_name(signing_name))


def _boto_name(signing_name: str) -> str:
    return SERVICES.get(signing_name) or _OTHER_NAMES.get(signing_name, signing_name)


@functools.cache
def paging_rule(signing_name: str, operation: str) -> Mapping[str, Any] | None:
    """botocore's paginator entry for an operation, or None when it does not page."""
    try:
        rule: dict[str, Any] = _session().get_paginator_model(_boto_name(signing_name)).get_paginator(operation)
    except ValueError:
        return None
    return rule


@functools.cache
def routes(signing_name: str) -> tuple[tuple[str, re.Pattern[str], OperationModel], ...]:
    """(method, path pattern, operation) of a REST service, the most literal path first."""
    model = service_model(signing_name)
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path = operation.http["requestUri"].split("?")[0]
        pattern = re.sub(r"\{(\w+)(\+?)\}", _named_group, path)
        found.append((operation.http["method"], re.compile(pattern + "$"), operation))
    return tuple(sorted(found, key=lambda route: route[1].groups))


def _named_group(field: re.Match[str]) -> str:
    return f"(?P<{field[1]}>{'.+' if field[2] else '[^/]+'})"
