"""Native events: what EKS and AWS Health tell of their own accord (event table E.4)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from plumbline.domain.errors import EventError
from plumbline.domain.partitions import subject_in
from plumbline.domain.records import Actor, Change
from plumbline.domain.scopes import Scope
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.envelope import Envelope, decode
from plumbline.events.naming import cluster_in_arn, part_in_arn
from plumbline.events.routed import Ignored, Routed
from plumbline.events.trimming import trimmed

PLANNED_LIFECYCLE = "AWS_EKS_PLANNED_LIFECYCLE_EVENT"
FARGATE_TERMINATION = "EKS Fargate Pod Scheduled Termination"
ADDON_EVENTS = tuple(
    f"EKS Addon {what}"
    for what in (
        "Creation Succeeded",
        "Creation Failed",
        "Update Succeeded",
        "Update Failed",
        "Deletion Succeeded",
        "Deletion Failed",
        "Health Degraded",
        "Health Restored",
    )
)
NATIVE_EVENTS = frozenset({*ADDON_EVENTS, FARGATE_TERMINATION})

_ADDON_AREAS = ("addon", "iam", "network", "storage", "dns", "logging", "observability")
_AWS = "AWSService"


class _Entity(msgspec.Struct, frozen=True, rename="camel"):
    entity_value: str = ""
    status: str = ""


class _Health(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    event_type_code: str
    service: str = ""
    event_arn: str = ""
    event_region: str = ""
    affected_account: str = ""
    communication_id: str = ""
    affected_entities: tuple[_Entity, ...] = ()


def read_native(envelope: Envelope) -> Routed:
    """Read an event that EKS sends itself: add-ons are looked at, without waiting; the rest is context.

    Raises:
        EventError: its detail is no object, or nothing tells when it happened.

    """
    detail = decode(bytes(envelope.detail), dict[str, Any])
    is_addon = envelope.detail_type in ADDON_EVENTS
    cluster = _cluster(envelope, detail)
    about = subject_in(envelope.account, envelope.region, cluster)
    change = Change(
        event_id=envelope.id,
        name=envelope.detail_type,
        at=_time(envelope),
        actor=Actor(arn=envelope.source, type=_AWS),
        scopes=(str(Scope.ADDON),) if is_addon else (),
        areas=_ADDON_AREAS if is_addon else ("workload",),
        resource=_part(envelope, detail),
        request=trimmed(detail),
    )
    return Routed(change=change, subjects=(about,) if cluster else (), clusters_of=() if cluster else (about,))


def _cluster(envelope: Envelope, detail: dict[str, Any]) -> str:
    named = (detail.get("clusterName"), *(cluster_in_arn(arn) for arn in envelope.resources))
    return next((name for name in named if isinstance(name, str) and name), "")


def _part(envelope: Envelope, detail: dict[str, Any]) -> Resource:
    """Return the add-on or profile that is told of; the payload of add-on events is not documented."""
    is_addon = envelope.detail_type in ADDON_EVENTS
    kind, member = ("addon", "addonName") if is_addon else ("fargate-profile", "fargateProfileName")
    named = (detail.get(member), *(part_in_arn(arn) for arn in envelope.resources))
    name = next((name for name in named if isinstance(name, str) and name), "")
    return Resource(kind, name) if name else NO_RESOURCE


def read_health(envelope: Envelope) -> Routed | Ignored:
    """Read an event of AWS Health: a planned end of support is looked at, anything else about EKS is context.

    Raises:
        EventError: it is malformed, or nothing tells when it happened.

    """
    health = decode(bytes(envelope.detail), _Health)
    if health.service != "EKS":
        return Ignored(f"AWS Health tells of {health.service or 'nothing'}, which is not watched")
    scopes = (Scope.REGION_FACTS, Scope.CLUSTER_CONFIG) if health.event_type_code == PLANNED_LIFECYCLE else ()
    change = Change(
        event_id=health.communication_id or envelope.id,
        name=health.event_type_code,
        at=_time(envelope),
        actor=Actor(arn=envelope.source, type=_AWS),
        scopes=tuple(str(scope) for scope in scopes),
        areas=("version",) if scopes else (),
        request=trimmed(decode(bytes(envelope.detail), dict[str, Any])),
    )
    return Routed(change=change, subjects=tuple(dict.fromkeys(_told_of(envelope, health))))


def _told_of(envelope: Envelope, health: _Health) -> Iterator[Subject]:
    account, region = health.affected_account or envelope.account, health.event_region or envelope.region
    names = [(one.entity_value, cluster_in_arn(one.entity_value)) for one in health.affected_entities]
    for arn, cluster in names:
        parts = arn.split(":", 5)
        if cluster:
            yield subject_in(parts[4] or account, parts[3] or region, cluster)
    if not any(cluster for _, cluster in names):
        yield subject_in(account, region)


def _time(envelope: Envelope) -> datetime:
    if envelope.time is None:
        raise EventError(f"{envelope.detail_type}: the event has no time")
    return envelope.time
