"""The envelope: EventBridge's, with CloudTrail's record in it, as far as it is read."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from plumbline.domain.errors import EventError
from plumbline.domain.partitions import partition_of
from plumbline.domain.records import Actor
from plumbline.domain.subject import Subject

T = TypeVar("T")


class Session(msgspec.Struct, frozen=True, rename="camel"):
    """The session of a role that made a call."""

    session_issuer: dict[str, Any] = {}


class Identity(msgspec.Struct, frozen=True, rename="camel"):
    """Who made a call."""

    type: str = ""
    arn: str = ""
    invoked_by: str = ""
    session_context: Session | None = None

    @property
    def issuer(self) -> dict[str, Any]:
        """The role behind the session; empty for others."""
        return self.session_context.session_issuer if self.session_context else {}


class Record(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A CloudTrail record: the `detail` of the event that carries it."""

    event_id: str = msgspec.field(name="eventID")
    event_name: str
    event_source: str
    event_time: datetime
    aws_region: str
    recipient_account_id: str = ""
    user_identity: Identity = Identity()
    source_ip_address: str = msgspec.field(default="", name="sourceIPAddress")
    user_agent: str = ""
    request_parameters: dict[str, Any] | None = None
    response_elements: dict[str, Any] | None = None
    service_event_details: dict[str, Any] | None = None
    resources: list[dict[str, Any]] | None = None
    error_code: str | None = None
    read_only: bool | None = None

    @property
    def service(self) -> str:
        """The service that recorded it, as in `ec2.amazonaws.com`."""
        return self.event_source.removesuffix(".amazonaws.com")

    @property
    def actor(self) -> Actor:
        """Who made the call, from where, with what."""
        identity = self.user_identity
        issuer = str(identity.issuer.get("arn", ""))
        return Actor(
            arn=identity.arn or identity.invoked_by or issuer,
            type=identity.type,
            session_issuer=issuer,
            source_ip=self.source_ip_address,
            user_agent=self.user_agent,
        )


class Envelope(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """An event as EventBridge delivers it."""

    id: str = ""
    detail_type: str = msgspec.field(name="detail-type")
    source: str
    account: str
    region: str
    time: datetime | None = None
    resources: tuple[str, ...] = ()
    detail: msgspec.Raw

    def record(self) -> Record:
        """Read the detail as a CloudTrail record.

        Raises:
            EventError: it is none.

        """
        return decode(bytes(self.detail), Record)

    def subject(self, record: Record, cluster: str = "") -> Subject:
        """Return the cluster (or the region itself) that a record is about."""
        return Subject(
            account=record.recipient_account_id or self.account,
            region=record.aws_region,
            cluster=cluster,
            partition=_partition(record),
        )


def _partition(record: Record) -> str:
    parts = record.user_identity.arn.split(":")
    return parts[1] if len(parts) > 1 and parts[0] == "arn" else partition_of(record.aws_region)


def decode(text: bytes | str, kind: type[T]) -> T:
    """Decode JSON.

    Raises:
        EventError: it is not such a value; the reason says what is wrong where.

    """
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise EventError(f"malformed event: {error}") from error
    except msgspec.DecodeError as error:
        raise EventError(f"not JSON: {error}") from error
