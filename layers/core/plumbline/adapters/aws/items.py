"""Items: heads, posture maps, findings and events as DynamoDB items, and back.

Heads and maps are read by machines at every assessment: compressed msgpack, so that an unchanged assessment writes the
fewest capacity units. Findings and history bodies are read by people and exports, and bodies are hashed: the JSON text
itself, so that integers, floats and times come back byte for byte. Only what is too large for an item is compressed,
and beyond that kept as a blob.
"""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from plumbline.domain.errors import StoreError
from plumbline.domain.records import Entry, Finding, Head, entry_key, split_entry_key
from plumbline.domain.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from plumbline.ports import Blobs

    Item = dict[str, AttributeValueTypeDef]
    Read = Mapping[str, AttributeValueTypeDef]

T = TypeVar("T")

HEAD, MAP, EVENT = "HEAD", "MAP", "EVENT"
FINDING_PREFIX = "FINDING#"
SUBJECT_PREFIX = "SUBJECT#"
# Values of the index `heads`.
CLUSTERS, DELETED, REGIONS = "HEADS", "DELETED", "REGIONS"

# An item may hold 400 KB (DynamoDB, service quotas); text above the first limit is compressed, above the second a blob.
LONGEST_TEXT = 64 * 1024
LARGEST_BINARY = 300 * 1024

_COMPRESSION = 6


class Codec:
    """Packs bytes into an attribute and back."""

    def __init__(self, blobs: Blobs | None = None) -> None:
        self._blobs = blobs

    def text(self, content: bytes) -> AttributeValueTypeDef:
        """Pack JSON: as text while it is short."""
        return {"S": content.decode()} if len(content) <= LONGEST_TEXT else self.binary(content)

    def binary(self, content: bytes) -> AttributeValueTypeDef:
        """Pack compressed.

        Raises:
            StoreError: it is too large for an item and there is no store for blobs.

        """
        packed = zlib.compress(content, _COMPRESSION)
        if len(packed) <= LARGEST_BINARY:
            return {"B": packed}
        if self._blobs is None:
            raise StoreError(f"{len(packed)} bytes are too many for an item, and there is no store for blobs")
        return {"M": {"blob": {"S": self._blobs.put(packed)}}}

    def unpack(self, value: AttributeValueTypeDef) -> bytes:
        """Return the bytes that were packed.

        Raises:
            StoreError: they cannot be unpacked.

        """
        if "S" in value:
            return value["S"].encode()
        try:
            packed = value["B"] if "B" in value else self._blob(value["M"]["blob"]["S"])
            return zlib.decompress(packed)
        except (zlib.error, KeyError) as error:
            raise StoreError(f"a record's content cannot be unpacked: {error!r}") from error

    def _blob(self, key: str) -> bytes:
        if self._blobs is None:
            raise StoreError(f"the content is in the blob {key}, and there is no store for blobs")
        return self._blobs.get(key)


def stamp(at: datetime) -> str:
    """Return a time in the one form that sorts: ISO 8601 in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def partition_of(subject: Subject) -> str:
    """Return the partition key of everything the posture table holds of a subject."""
    return SUBJECT_PREFIX + subject.key


def key(partition: str, sort: str) -> Item:
    """Return the primary key of an item."""
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def head_item(head: Head) -> Item:
    """Return the item of a head. Its index keys never change while the cluster lives: no index write."""
    subject = head.subject
    group = CLUSTERS if subject.cluster else REGIONS
    return {
        **key(partition_of(subject), HEAD),
        "revision": {"N": str(head.revision)},
        "heads_pk": {"S": DELETED if head.deleted_at else group},
        "heads_sk": {"S": f"{subject.account}#{subject.region}#{subject.cluster}"},
        "body": {"B": zlib.compress(msgspec.msgpack.encode(head), _COMPRESSION)},
    }


def head_of(item: Read) -> Head:
    """Return the head that an item holds."""
    return decoded(Codec().unpack(item["body"]), Head)


def subject_of(item: Read) -> Subject:
    """Return the subject that an item of the posture table belongs to."""
    return Subject.from_key(item["pk"]["S"].removeprefix(SUBJECT_PREFIX))


def map_item(subject: Subject, entries: Mapping[str, Entry], codec: Codec) -> tuple[Item, str]:
    """Return the item of a posture map, and the digest that its head must carry."""
    content = msgspec.msgpack.encode(entries)
    return {**key(partition_of(subject), MAP), "body": codec.binary(content)}, digest(content)


def entries_of(content: bytes) -> dict[str, Entry]:
    """Return the posture map that unpacked content holds."""
    if not content:
        return {}
    try:
        return msgspec.msgpack.decode(content, type=dict[str, Entry])
    except msgspec.MsgspecError as error:
        raise StoreError(f"a posture map cannot be decoded: {error}") from error


def digest(content: bytes) -> str:
    """Return a digest of bytes, short enough for a head."""
    return hashlib.sha256(content).hexdigest()[:32] if content else ""


def finding_key(subject: Subject, entry: str) -> Item:
    """Return the primary key of the finding with an entry key."""
    control, resource = split_entry_key(entry)
    return key(partition_of(subject), f"{FINDING_PREFIX}{control}#{resource.kind}#{resource.name}")


def finding_item(finding: Finding, codec: Codec) -> Item:
    """Return the item of a finding; only an open one has the keys of the sparse indexes."""
    subject, state = finding.subject, finding.state
    item: Item = {
        **finding_key(subject, entry_key(finding.control, finding.resource)),
        "account": {"S": subject.account},
        "region": {"S": subject.region},
        "cluster": {"S": subject.cluster},
        "control": {"S": finding.control},
        "severity": {"S": str(state.severity)},
        "status": {"S": str(state.status)},
        "open": {"S": "yes" if finding.open else "no"},
        "body": codec.text(msgspec.json.encode(finding)),
    }
    return {**item, **_open_keys(finding)} if finding.open else item


def _open_keys(finding: Finding) -> Item:
    subject, severity = finding.subject, finding.state.severity
    opened_at, resource = stamp(finding.opened_at), finding.resource
    place = f"{subject.account}#{subject.region}#{subject.cluster}"
    return {
        "open_pk": {"S": f"OPEN#{severity}"},
        "open_sk": {"S": f"{opened_at}#{finding.id}"},
        "control_pk": {"S": f"CONTROL#{finding.control}"},
        "control_sk": {"S": f"{place}#{resource.kind}#{resource.name}"},
        "account_pk": {"S": f"ACCOUNT#{subject.account}"},
        "account_sk": {"S": f"{severity.rank}#{opened_at}#{finding.id}"},
    }


def finding_of(item: Read, codec: Codec) -> Finding:
    """Return the finding that an item holds."""
    return decoded(codec.unpack(item["body"]), Finding, json=True)


def event_item(event_id: str, subject: Subject, expires_at: datetime) -> Item:
    """Return the item that makes an event count once for a subject; the table forgets it when it expires."""
    return {
        **key(f"EVENT#{event_id}", f"{EVENT}#{subject.key}"),
        "expires_at": {"N": str(int(expires_at.timestamp()))},
    }


def decoded(content: bytes, kind: type[T], *, json: bool = False) -> T:
    """Decode a record.

    Raises:
        StoreError: the content is not such a record.

    """
    decode = msgspec.json.decode if json else msgspec.msgpack.decode
    try:
        return decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise StoreError(f"a {kind.__name__} cannot be decoded: {error}") from error
