"""HTTP API: the routes in the OpenAPI `Body` that SAM writes for AWS::Serverless::HttpApi."""

# ruff: noqa: SLF001 (the adapter's subject is private)
from __future__ import annotations

import uuid
from typing import Any

from local.adapters.internals import require

_ANY_METHOD = "x-amazon-apigateway-any-method"


def install() -> None:
    """Patches the CloudFormation handler of AWS::ApiGatewayV2::Api."""
    provisioners = require("services.cloudformation.provisioners", "_RESOURCE_HANDLERS", "_apigw_v2")
    apis = require("services.apigateway", "_routes", "_integrations", "_authorizers")
    handler = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    original_create, original_update = handler["create"], handler["update"]

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        api_id, attributes = original_create(logical_id, properties, stack)
        _load(apis, api_id, properties.get("Body"))
        return api_id, attributes

    def update(api_id: str, old: Any, new: dict[str, Any], stack: str, logical_id: str | None = None) -> Any:
        answer = original_update(api_id, old, new, stack, logical_id)
        _load(apis, answer[0], new.get("Body"))
        return answer

    handler["create"], handler["update"] = create, update


def _load(apis: Any, api_id: str, body: Any) -> None:
    if not isinstance(body, dict):
        return
    for table in (apis._routes, apis._integrations, apis._authorizers):
        table[api_id] = {}
    schemes = (body.get("components") or {}).get("securitySchemes") or {}
    for path, operations in (body.get("paths") or {}).items():
        for method, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration")
            if integration:
                _add_route(apis, api_id, _route_key(path, method), integration, _is_signed(operation, schemes))


def _route_key(path: str, method: str) -> str:
    if path == "/$default":
        return "$default"
    return f"{'ANY' if method == _ANY_METHOD else method.upper()} {path}"


def _is_signed(operation: dict[str, Any], schemes: dict[str, Any]) -> bool:
    names = [name for requirement in operation.get("security") or [] for name in requirement]
    kinds = [(schemes.get(name) or {}).get("x-amazon-apigateway-authtype") for name in names]
    return "awsSigv4" in kinds or "AWS_IAM" in names


def _add_route(apis: Any, api_id: str, key: str, integration: dict[str, Any], is_signed: bool) -> None:  # noqa: FBT001
    integration_id, route_id = uuid.uuid4().hex[:7], uuid.uuid4().hex[:7]
    apis._integrations[api_id][integration_id] = {
        "integrationId": integration_id,
        "integrationType": str(integration.get("type", "aws_proxy")).upper(),
        "integrationUri": integration.get("uri"),
        "integrationMethod": integration.get("httpMethod", "POST"),
        "payloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
        "connectionType": "INTERNET",
        "timeoutInMillis": 30000,
    }
    apis._routes[api_id][route_id] = {
        "routeId": route_id,
        "routeKey": key,
        "target": f"integrations/{integration_id}",
        "authorizationType": "AWS_IAM" if is_signed else "NONE",
        "apiKeyRequired": False,
    }
