"""Reading an event: from EventBridge's envelope to the cluster, the change, and what to look at again (E.1)."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec

from plumbline.domain.errors import EventError
from plumbline.domain.records import Actor, Change, PendingChange
from plumbline.domain.scopes import Scope
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.table import IGNORED_EKS_EVENTS, EventRule, rule_of

API_CALL = "AWS API Call via CloudTrail"
EKS_SOURCE = "eks.amazonaws.com"

_READ_ONLY = re.compile(r"^(Describe|List|AccessKubernetesApi)")
# The parts of a cluster whose responses carry its name.
_RESPONSE_MEMBERS = ("nodegroup", "addon", "fargateProfile", "accessEntry", "association", "capability")
_ENCODED_MEMBERS = ("principalArn", "policyArn", "resourceArn")
_SECRET = re.compile(r"(secret|password|token|userdata|certificate|configurationvalues)", re.IGNORECASE)
_LONGEST_VALUE = 1024


class _Session(msgspec.Struct, frozen=True, rename="camel"):
    session_issuer: dict[str, Any] = {}


class _Identity(msgspec.Struct, frozen=True, rename="camel"):
    type: str = ""
    arn: str = ""
    invoked_by: str = ""
    account_id: str = ""
    session_context: _Session | None = None


class _Detail(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    event_id: str = msgspec.field(name="eventID")
    event_name: str
    event_source: str
    event_time: datetime
    aws_region: str
    recipient_account_id: str = ""
    user_identity: _Identity = _Identity()
    source_ip_address: str = msgspec.field(default="", name="sourceIPAddress")
    user_agent: str = ""
    request_parameters: dict[str, Any] | None = None
    response_elements: dict[str, Any] | None = None
    resources: list[dict[str, Any]] | None = None
    error_code: str | None = None
    read_only: bool | None = None


class _Envelope(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    detail_type: str = msgspec.field(name="detail-type")
    source: str
    account: str
    region: str
    detail: msgspec.Raw


class Ignored(msgspec.Struct, frozen=True):
    """An event that says nothing about a cluster's posture, and why."""

    reason: str


class Routed(msgspec.Struct, frozen=True):
    """An event that does: the cluster, the change to record, and what to wait for before looking."""

    subject: Subject
    change: Change
    wait: PendingChange


def read_event(text: bytes | str) -> Routed | Ignored:
    """Read one EventBridge event.

    Args:
        text: the event as JSON.

    Returns:
        What to do with it.

    Raises:
        EventError: it is malformed or names no cluster; the reason says what is wrong where.

    """
    envelope = _decode(text, _Envelope)
    if envelope.detail_type != API_CALL:
        return Ignored(f"detail-type {envelope.detail_type!r} is not an API call")
    detail = _decode(bytes(envelope.detail), _Detail)
    ignored = _reason_to_ignore(detail)
    return Ignored(ignored) if ignored else _route(envelope, detail)


def _decode(text: bytes | str, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise EventError(f"malformed event: {error}") from error
    except msgspec.DecodeError as error:
        raise EventError(f"not JSON: {error}") from error


def _reason_to_ignore(detail: _Detail) -> str:
    if detail.event_source != EKS_SOURCE:
        return f"event source {detail.event_source} is not watched"
    if detail.error_code:
        return f"the call failed with {detail.error_code}"
    if detail.read_only or _READ_ONLY.match(detail.event_name):
        return "the call only reads"
    if detail.event_name in IGNORED_EKS_EVENTS:
        return f"{detail.event_name} changes no cluster that Plumbline watches"
    return ""


def _route(envelope: _Envelope, detail: _Detail) -> Routed:
    request = _decoded(detail.request_parameters or {})
    cluster = _cluster_name(request, detail)
    if not cluster:
        raise EventError(f"{detail.event_name}: no cluster is named in the request, response or resources")
    # A call the table does not know may have changed anything.
    rule = rule_of(detail.event_name, request) or EventRule(scopes=(Scope.CLUSTER,))
    resource = _resource(rule, request)
    subject = Subject(
        account=detail.recipient_account_id or envelope.account,
        region=detail.aws_region,
        cluster=cluster,
        partition=_partition(detail),
    )
    update = ((detail.response_elements or {}).get("update") or {}).get("id") or ""
    change = Change(
        event_id=detail.event_id,
        name=detail.event_name,
        at=detail.event_time,
        actor=_actor(detail),
        scopes=tuple(str(scope) for scope in rule.scopes),
        areas=rule.areas,
        resource=resource,
        request=trimmed(request),
        update_id=update,
    )
    wait = PendingChange(
        update_id=update,
        nodegroup=resource.name if resource.kind == "nodegroup" else "",
        addon=resource.name if resource.kind == "addon" else "",
    )
    return Routed(subject, change, wait)


def _decoded(request: dict[str, Any]) -> dict[str, Any]:
    """Undo the URL encoding that path parameters may arrive with."""
    return {
        key: unquote(value) if key in _ENCODED_MEMBERS and isinstance(value, str) else value
        for key, value in request.items()
    }


def _cluster_name(request: dict[str, Any], detail: _Detail) -> str:
    response = detail.response_elements or {}
    candidates: list[object] = [request.get("name"), request.get("clusterName")]
    candidates.append(_member(response.get("cluster"), "name"))
    candidates += [_member(response.get(member), "clusterName") for member in _RESPONSE_MEMBERS]
    candidates.append(_cluster_in_arn(request.get("resourceArn")))
    candidates += [_cluster_in_arn(resource.get("ARN")) for resource in detail.resources or []]
    return next((name for name in candidates if isinstance(name, str) and name), "")


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _cluster_in_arn(arn: object) -> str | None:
    """Return the cluster in `…:cluster/<name>`, `…:nodegroup/<cluster>/<group>/<id>` and their like."""
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    if len(parts) != 6 or parts[2] != "eks":
        return None
    kind, _, rest = parts[5].partition("/")
    return rest.split("/")[0] if kind and rest else None


def _resource(rule: EventRule, request: dict[str, Any]) -> Resource:
    name = request.get(rule.resource_member) if rule.resource_member else None
    return Resource(rule.resource_kind, name) if isinstance(name, str) and name else NO_RESOURCE


def _partition(detail: _Detail) -> str:
    parts = detail.user_identity.arn.split(":")
    return parts[1] if len(parts) > 1 and parts[0] == "arn" else "aws"


def _actor(detail: _Detail) -> Actor:
    identity = detail.user_identity
    issuer = identity.session_context.session_issuer if identity.session_context else {}
    return Actor(
        arn=identity.arn or identity.invoked_by or str(issuer.get("arn", "")),
        type=identity.type,
        session_issuer=str(issuer.get("arn", "")),
        source_ip=detail.source_ip_address,
        user_agent=detail.user_agent,
    )


def trimmed(value: Any) -> Any:
    """Return request parameters without secrets and with large values cut: a record is for reading."""
    if isinstance(value, dict):
        return {key: "(removed)" if _SECRET.search(key) else trimmed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [trimmed(item) for item in value]
    if isinstance(value, str) and len(value) > _LONGEST_VALUE:
        return f"{value[:_LONGEST_VALUE]}… ({len(value)} characters)"
    return value
