"""Concerning: whom an event of another service concerns, by the rule for it (E.3)."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import msgspec

from plumbline.domain.index import Dependency, Kind, dependency
from plumbline.domain.records import Change
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.envelope import Envelope, Record
from plumbline.events.naming import arns_in, clusters_in_tags, named
from plumbline.events.routed import Ignored, Routed
from plumbline.events.rule import Reach, RelatedRule
from plumbline.events.trimming import trimmed

_AUTO_SCALING = "autoscaling"
_ACCOUNT_DIGITS = 12
_NOTHING = MappingProxyType[str, Any]({})


def concerned(envelope: Envelope, record: Record, rule: RelatedRule) -> Routed | Ignored:
    """Return the change that an event makes, and whom it concerns."""
    request = record.request_parameters or record.service_event_details or {}
    region = envelope.subject(record)
    found = _resources(record, rule, region)
    reach = {*rule.reach, *((Reach.ACCOUNT,) if _mentions(request, rule) else ())}
    resources = tuple(found) if Reach.DEPENDENTS in reach else ()
    regions = tuple(_regions(record, rule, region))
    candidates = _tagged(record, rule, region)
    if not resources and not candidates and reach <= {Reach.DEPENDENTS}:
        return Ignored(f"{record.event_name} names no resource that a cluster can depend on")
    change = Change(
        event_id=record.event_id,
        name=record.event_name,
        at=record.event_time,
        actor=record.actor,
        scopes=tuple(str(scope) for scope in rule.scopes),
        areas=rule.areas,
        sections=rule.sections,
        resource=_resource(found),
        request=trimmed(request),
    )
    return Routed(
        change=change,
        subjects=tuple(_certain(reach, regions)),
        resources=resources,
        candidates=candidates,
        clusters_of=regions if Reach.CLUSTERS in reach else (),
        regions_of=tuple(one.account for one in regions) if Reach.REGIONS in reach else (),
        made_by=_autoscaler(record, region),
        notice=rule.notice,
    )


def _certain(reach: set[Reach], regions: tuple[Subject, ...]) -> Iterator[Subject]:
    for region in regions:
        if Reach.REGION in reach:
            yield region
        if Reach.ACCOUNT in reach:
            yield msgspec.structs.replace(region, region="")


def _resources(record: Record, rule: RelatedRule, region: Subject) -> dict[Dependency, Resource]:
    """Return what is named: as the index calls it, and as controls do."""
    found: dict[Dependency, Resource] = {}
    for place in rule.names:
        for text in _texts(record, place.member):
            one = dependency(place.kind, text, region.account, region.region)
            if one is not None:
                found.setdefault(one, Resource(place.kind, text))
    return found


def _texts(record: Record, member: str) -> tuple[str, ...]:
    if not member:
        return arns_in(record.resources)
    request = record.request_parameters or record.service_event_details or _NOTHING
    return named(record.event_name, member, request, record.response_elements or _NOTHING)


def _resource(found: Mapping[Dependency, Resource]) -> Resource:
    """Return the one resource named; several are none, and then the evidence they change tells what they explain."""
    return next(iter(found.values())) if len(found) == 1 else NO_RESOURCE


def _mentions(request: Any, rule: RelatedRule) -> bool:
    return bool(rule.mentions) and rule.mentions in unquote(str(request))


def _regions(record: Record, rule: RelatedRule, region: Subject) -> Iterator[Subject]:
    if not rule.accounts:
        yield region
        return
    for account in _texts(record, rule.accounts):
        if account.isdigit() and len(account) == _ACCOUNT_DIGITS:
            yield msgspec.structs.replace(region, account=account)


def _tagged(record: Record, rule: RelatedRule, region: Subject) -> tuple[Subject, ...]:
    names = clusters_in_tags(record.event_name, record.request_parameters or {}) if rule.tagged else ()
    return tuple(msgspec.structs.replace(region, cluster=name) for name in names)


def _autoscaler(record: Record, region: Subject) -> tuple[Dependency, ...]:
    """Return the role behind a call of Auto Scaling: the autoscaler's of a cluster only does its work."""
    issuer = str(record.user_identity.issuer.get("arn", ""))
    if record.service != _AUTO_SCALING or not issuer:
        return ()
    role = dependency(Kind.AUTOSCALER, issuer, region.account, "")
    return (role,) if role else ()
