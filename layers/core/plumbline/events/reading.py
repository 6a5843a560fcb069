"""Reading an event: from EventBridge's envelope to the change, whom it concerns, and what to look at again (E)."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

from plumbline.domain.errors import EventError
from plumbline.domain.records import Change, PendingChange
from plumbline.domain.scopes import Scope, nodegroup_scope
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.concerning import concerned
from plumbline.events.envelope import Envelope, Record, decode
from plumbline.events.naming import Request, arns_in, cluster_named, decoded, part_in_arn
from plumbline.events.native import NATIVE_EVENTS, read_health, read_native
from plumbline.events.related import RELATED_CALLS, RELATED_SERVICE_EVENTS, ROOT_SIGN_IN
from plumbline.events.routed import Ignored, Routed
from plumbline.events.rule import EventRule, RelatedRule
from plumbline.events.table import IGNORED_EKS_EVENTS, rule_of
from plumbline.events.trimming import trimmed

API_CALL = "AWS API Call via CloudTrail"
SERVICE_EVENT = "AWS Service Event via CloudTrail"
SIGN_IN = "AWS Console Sign In via CloudTrail"
HEALTH_EVENT = "AWS Health Event"
EKS = "eks"

_READ_ONLY = re.compile(r"^(Describe|List|AccessKubernetesApi)")
# The roles with which EKS and Auto Scaling carry out what a recorded call of EKS has asked for.
SERVICE_ROLES = frozenset(
    {
        "AWSServiceRoleForAmazonEKS",
        "AWSServiceRoleForAmazonEKSNodegroup",
        "AWSServiceRoleForAmazonEKSForFargate",
        "AWSServiceRoleForAutoScaling",
    }
)
_DONE_BY_SERVICES = frozenset({"ec2", "autoscaling", "iam"})


def read_event(text: bytes | str) -> Routed | Ignored:
    """Read one EventBridge event.

    Args:
        text: the event as JSON.

    Returns:
        What to do with it.

    Raises:
        EventError: it is malformed or names no cluster; the reason says what is wrong where.

    """
    envelope = decode(text, Envelope)
    if envelope.detail_type in NATIVE_EVENTS:
        return read_native(envelope)
    read = _READERS.get(envelope.detail_type)
    return read(envelope) if read else Ignored(f"detail-type {envelope.detail_type!r} is not watched")


def _read_call(envelope: Envelope) -> Routed | Ignored:
    record = envelope.record()
    ignored = _reason_to_ignore(record)
    if ignored:
        return Ignored(ignored)
    if record.service == EKS:
        return _of_eks(envelope, record)
    return _related(envelope, record, RELATED_CALLS[record.service])


def _reason_to_ignore(record: Record) -> str:
    if record.service != EKS and record.service not in RELATED_CALLS:
        return f"event source {record.event_source} is not watched"
    if record.error_code:
        return f"the call failed with {record.error_code}"
    if record.read_only or _READ_ONLY.match(record.event_name):
        return "the call only reads"
    issuer = record.user_identity.issuer.get("userName")
    if record.service in _DONE_BY_SERVICES and issuer in SERVICE_ROLES:
        return f"{issuer} carries out what was asked of EKS"
    if record.service == EKS and record.event_name in IGNORED_EKS_EVENTS:
        return f"{record.event_name} changes no cluster that Plumbline watches"
    return ""


# --- calls of EKS


def _of_eks(envelope: Envelope, record: Record) -> Routed:
    request = decoded(record.request_parameters or {})
    response = record.response_elements or {}
    cluster = cluster_named(request, response, arns_in(record.resources))
    if not cluster:
        raise EventError(f"{record.event_name}: no cluster is named in the request, response or resources")
    known = rule_of(record.event_name, request)
    # A call the table does not know may have changed anything.
    rule = known or EventRule(scopes=(Scope.CLUSTER,))
    update = (response.get("update") or {}).get("id") or request.get("updateId") or ""
    resource = _resource(rule, request)
    change = Change(
        event_id=record.event_id,
        name=record.event_name,
        at=record.event_time,
        actor=record.actor,
        scopes=tuple(_scope(rule, scope, resource) for scope in rule.scopes),
        areas=rule.areas,
        resource=resource,
        request=trimmed(request),
        update_id=update,
    )
    return Routed(
        change=change,
        wait=_wait(rule, change),
        subjects=(envelope.subject(record, cluster),),
        notice="" if known else f"the event table does not know {record.event_name} of EKS",
    )


def _resource(rule: EventRule, request: Request) -> Resource:
    named = request.get(rule.resource_member) if rule.resource_member else None
    name = part_in_arn(named) or named
    return Resource(rule.resource_kind, name) if isinstance(name, str) and name else NO_RESOURCE


def _scope(rule: EventRule, scope: Scope, resource: Resource) -> str:
    is_one = rule.one_group and scope is Scope.NODEGROUP and resource.name
    return nodegroup_scope(resource.name) if is_one else str(scope)


def _wait(rule: EventRule, change: Change) -> PendingChange | None:
    if rule.delay_seconds:
        return PendingChange(not_before=change.at + timedelta(seconds=rule.delay_seconds))
    if not rule.waits and not change.update_id:
        return None
    part = {change.resource.kind: change.resource.name}
    return PendingChange(
        update_id=change.update_id,
        nodegroup=part.get("nodegroup", ""),
        addon=part.get("addon", ""),
        fargate_profile=part.get("fargate-profile", ""),
        capability=part.get("capability", ""),
    )


# --- events of other services, and events that nobody called


def _related(envelope: Envelope, record: Record, rules: Mapping[str, RelatedRule]) -> Routed | Ignored:
    rule = rules.get(record.event_name)
    if rule is None:
        return Ignored(f"{record.event_name} of {record.service} is not watched")
    return concerned(envelope, record, rule)


def _read_service_event(envelope: Envelope) -> Routed | Ignored:
    record = envelope.record()
    if record.service == EKS:
        return _unlisted(envelope, record)
    return _related(envelope, record, RELATED_SERVICE_EVENTS.get(record.service, {}))


def _unlisted(envelope: Envelope, record: Record) -> Routed:
    """Read a service event of EKS: none is documented, so it is recorded, looked after and reported."""
    details = record.service_event_details or {}
    cluster = cluster_named(details, record.response_elements or {}, arns_in(record.resources))
    about: Subject = envelope.subject(record, cluster)
    change = Change(
        event_id=record.event_id,
        name=record.event_name,
        at=record.event_time,
        actor=record.actor,
        scopes=(str(Scope.CLUSTER_CONFIG),),
        request=trimmed(details),
    )
    return Routed(
        change=change,
        subjects=(about,) if cluster else (),
        clusters_of=() if cluster else (about,),
        notice=f"EKS recorded a service event that the event table does not know: {record.event_name}",
    )


def _read_sign_in(envelope: Envelope) -> Routed | Ignored:
    record = envelope.record()
    if record.user_identity.type != "Root":
        return Ignored("only the root user's sign-in is watched")
    if record.error_code or (record.response_elements or {}).get("ConsoleLogin") != "Success":
        return Ignored("the sign-in failed")
    return _related(envelope, record, ROOT_SIGN_IN)


_READERS: Mapping[str, Callable[[Envelope], Routed | Ignored]] = MappingProxyType(
    {
        API_CALL: _read_call,
        SERVICE_EVENT: _read_service_event,
        SIGN_IN: _read_sign_in,
        HEALTH_EVENT: read_health,
    }
)
