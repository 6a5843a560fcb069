"""Reading audit logs: what CloudWatch Logs delivers of a control plane's log -> changes inside the cluster (E.5).

It only makes the look at a cluster come earlier: without it the next sweep sees what changed.
"""

import re
import zlib
from datetime import datetime, timedelta

import msgspec

from plumbline.domain.errors import EventError
from plumbline.domain.partitions import subject_in
from plumbline.domain.records import Actor, Change, PendingChange
from plumbline.domain.scopes import Scope
from plumbline.domain.subject import Subject
from plumbline.domain.verdict import NO_RESOURCE, Resource
from plumbline.events.audit_table import (
    AUDIT_RULES,
    AWS_AUTH,
    AWS_AUTH_RULE,
    IGNORED_USERS,
    SUBRESOURCES,
    VERBS,
    AuditRule,
)
from plumbline.events.envelope import decode
from plumbline.events.routed import Ignored, Routed
from plumbline.events.trimming import trimmed

# Rollouts and operators change objects for minutes on end; one look after that is enough.
QUIET = timedelta(minutes=5)

_STREAM = "kube-apiserver-audit"
_LOG_GROUP = re.compile(r"/aws/eks/([^/]+)/cluster")
# The delivery does not tell the region of the log; the name of the subscription filter does.
_FILTER = re.compile(r"plumbline\.([a-z]{2,4}(?:-[a-z]+)+-\d+)")
_DONE = "ResponseComplete"
_FIRST_REFUSAL = 300
_GZIP = 16 + zlib.MAX_WBITS
# CloudWatch Logs sends at most 1 MB compressed; anything that grows beyond this is no log.
_LARGEST = 64 << 20


class Line(msgspec.Struct, frozen=True):
    """One line of a log."""

    message: str = ""


class Delivery(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Lines of one log stream, as a subscription delivers them."""

    message_type: str
    owner: str = ""
    log_group: str = ""
    log_stream: str = ""
    subscription_filters: tuple[str, ...] = ()
    log_events: tuple[Line, ...] = ()


class _User(msgspec.Struct, frozen=True):
    username: str = ""
    extra: dict[str, tuple[str, ...]] | None = None

    def told(self, name: str) -> str:
        """Return what the authenticator of EKS tells of an IAM principal under a name."""
        values = (self.extra or {}).get(name) or ()
        return values[0] if values else ""


class _Object(msgspec.Struct, frozen=True, rename="camel"):
    resource: str = ""
    namespace: str = ""
    name: str = ""
    api_group: str = ""
    subresource: str = ""


class _Answer(msgspec.Struct, frozen=True):
    code: int = 0


class _Audited(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An event of audit.k8s.io; bodies of requests and answers are never read."""

    audit_id: str = msgspec.field(name="auditID")
    stage: str = ""
    verb: str
    request_uri: str = msgspec.field(default="", name="requestURI")
    user: _User = _User()
    source_ips: tuple[str, ...] | None = msgspec.field(default=None, name="sourceIPs")
    user_agent: str = ""
    object_ref: _Object | None = None
    response_status: _Answer | None = None
    request_received_timestamp: datetime


def read_delivery(content: bytes, region: str) -> tuple[Subject, Delivery] | Ignored:
    """Read what a subscription delivers: which cluster's log it is of, and its lines.

    Args:
        content: as CloudWatch Logs sends it, compressed with gzip.
        region: of the log, where the subscription filter's name does not tell it.

    Raises:
        EventError: it is no such delivery; the reason says what is wrong.

    """
    delivery = decode(_unpacked(content), Delivery)
    if delivery.message_type != "DATA_MESSAGE":
        return Ignored(f"a message of type {delivery.message_type}")
    named = _LOG_GROUP.fullmatch(delivery.log_group)
    if named is None or not delivery.log_stream.startswith(_STREAM):
        return Ignored(f"{delivery.log_group} {delivery.log_stream} is not the audit log of a cluster")
    regions = (found[1] for name in delivery.subscription_filters if (found := _FILTER.fullmatch(name)))
    return subject_in(delivery.owner, next(regions, region), named[1]), delivery


def _unpacked(content: bytes) -> bytes:
    unpacking = zlib.decompressobj(_GZIP)
    try:
        text = unpacking.decompress(content, _LARGEST)
    except zlib.error as error:
        raise EventError(f"not compressed with gzip: {error}") from error
    if not unpacking.eof:
        raise EventError("the compressed delivery is cut short or too large")
    return text


def read_line(text: str, cluster: Subject) -> Routed | Ignored:
    """Read one line of a cluster's audit log.

    Returns:
        The change, if it is one that a control can see: it is looked at five minutes later, with all that follows it.

    Raises:
        EventError: it is no audit event; the reason says what is wrong where.

    """
    audited = decode(text, _Audited)
    ignored = _reason_to_ignore(audited)
    if ignored:
        return Ignored(ignored)
    about = audited.object_ref or _Object()
    rule = _rule_of(about)
    if rule is None:
        return Ignored(f"{about.resource} is nothing that the audit table knows")
    change = Change(
        event_id=audited.audit_id,
        name=f"{audited.verb} {about.resource}",
        at=audited.request_received_timestamp,
        actor=_actor(audited),
        scopes=(str(Scope.KUBERNETES),),
        areas=rule.areas,
        sections=rule.sections,
        resource=_resource(rule, about),
        request=trimmed({name: value for name, value in msgspec.to_builtins(about).items() if value}),
    )
    # An unknown cluster is none: whoever writes logs must not make up clusters.
    return Routed(change=change, wait=PendingChange(quiet_until=change.at + QUIET), candidates=(cluster,))


def _reason_to_ignore(audited: _Audited) -> str:
    code = audited.response_status.code if audited.response_status else 0
    if audited.stage != _DONE:
        return f"the stage is {audited.stage}"
    if audited.verb not in VERBS:
        return f"{audited.verb} changes nothing"
    if code >= _FIRST_REFUSAL:
        return f"the request was answered with {code}"
    if audited.user.username.startswith(IGNORED_USERS):
        return f"{audited.user.username} carries out what others asked for"
    if audited.object_ref is not None and audited.object_ref.subresource not in SUBRESOURCES:
        return f"{audited.object_ref.resource}/{audited.object_ref.subresource} is not what controls judge"
    return "a dry run" if "dryRun=" in audited.request_uri else ""


def _rule_of(about: _Object) -> AuditRule | None:
    if (about.api_group, about.resource) == ("", "configmaps"):
        return AWS_AUTH_RULE if (about.namespace, about.name) == AWS_AUTH else None
    return AUDIT_RULES.get((about.api_group, about.resource))


def _resource(rule: AuditRule, about: _Object) -> Resource:
    """Return the object, if it has a name: one that the server is to name has none yet."""
    if not about.name:
        return NO_RESOURCE
    return Resource(rule.kind, f"{about.namespace}/{about.name}" if rule.namespaced else about.name)


def _actor(audited: _Audited) -> Actor:
    """Return who made the request; of an IAM principal EKS tells the ARN."""
    user = audited.user
    return Actor(
        arn=user.told("arn") or user.username,
        type="KubernetesUser",
        session_issuer=user.told("canonicalArn"),
        source_ip=(audited.source_ips or ("",))[0],
        user_agent=audited.user_agent,
    )
