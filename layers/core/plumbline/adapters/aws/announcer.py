"""The announcer: alerts to SNS topics and events to the custom bus.

SNS carries 256 KB in a message, EventBridge in a batch of events. What is longer is cut, and says so: what counts is
that the alert arrives.
"""

from __future__ import annotations

import logging
import random
import time
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from plumbline.adapters.aws.failures import as_store_errors
from plumbline.domain.errors import StoreError
from plumbline.ports import Message

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef

SOURCE = "plumbline"

# Limits of SNS Publish and EventBridge PutEvents (service quotas); attributes and subject count too.
LARGEST_MESSAGE = 256 * 1024
LARGEST_BATCH = 256 * 1024
_ROOM = 8 * 1024
_EVENTS_IN_BATCH = 10
# More are dropped by SNS where a subscription delivers raw messages.
_MOST_ATTRIBUTES = 10
_LONGEST_TEXT = 32 * 1024
_LONGEST_SUBJECT = 99

_ATTEMPTS = 4
_FIRST_PAUSE = 0.1

_LOG = logging.getLogger(__name__)


class AwsAnnouncer:
    """Implements `ports.Announcer`.

    Args:
        sns, events: botocore or boto3 clients.
        topics: name of a topic -> its ARN.
        bus: name or ARN of the event bus.
        sleep, jitter: waits for seconds; a random number from 0 to 1.

    """

    def __init__(
        self,
        sns: SNSClient,
        events: EventBridgeClient,
        topics: Mapping[str, str],
        bus: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._sns = sns
        self._events = events
        self._topics = topics
        self._bus = bus
        self._sleep = sleep
        self._jitter = jitter

    def announce(self, message: Message) -> None:
        """Publish one message: its text for people, its document as JSON for machines.

        Raises:
            StoreError: the message could not be published; it must be tried again.

        """
        topic = self._topics.get(message.topic)
        if topic is None:
            raise StoreError(f"publishing {message.id}: there is no topic {message.topic!r}")
        with as_store_errors(f"publishing {message.id}"):
            self._sns.publish(
                TopicArn=topic,
                Subject=_subject(message.subject),
                Message=_fitting(message),
                MessageStructure="json",
                MessageAttributes=_attributes(message.attributes),
            )

    def emit(self, documents: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Put (detail type, detail) pairs on the bus, in order, in as few calls as they fit in.

        Raises:
            StoreError: an event was not taken; all must be tried again.

        """
        for batch in _batches([self._entry(kind, detail) for kind, detail in documents]):
            self._put(batch)

    def _entry(self, kind: str, detail: dict[str, Any]) -> PutEventsRequestEntryTypeDef:
        return {
            "Source": SOURCE,
            "DetailType": kind,
            "Detail": _shortened(detail),
            "EventBusName": self._bus,
        }

    def _put(self, batch: Sequence[PutEventsRequestEntryTypeDef]) -> None:
        refused: str = ""
        for attempt in range(_ATTEMPTS):
            with as_store_errors("putting events on the bus"):
                answer = self._events.put_events(Entries=batch)
            if not answer["FailedEntryCount"]:
                return
            outcomes = list(zip(batch, answer["Entries"], strict=True))
            batch = [entry for entry, outcome in outcomes if outcome.get("ErrorCode")]
            refused = next(outcome["ErrorCode"] for _, outcome in outcomes if outcome.get("ErrorCode"))
            self._sleep(_FIRST_PAUSE * 2**attempt * (0.5 + self._jitter() / 2))
        raise StoreError(f"putting events on the bus: {len(batch)} were not taken: {refused}")


def _fitting(message: Message) -> str:
    """Return the message for every protocol; transitions are left out, from the end, until it fits."""
    listed: Sequence[Any] = message.document.get("transitions", ())
    text = _cut(message.text, str(message.document.get("link") or "the record of the assessment"))

    def with_first(kept: int) -> bytes:
        left_out = {"transitions": listed[:kept], "transitions_left_out": len(listed) - kept}
        document = message.document if kept == len(listed) else {**message.document, **left_out}
        return _structured(message.subject, text, document)

    # The most transitions that fit: everything, as a rule.
    kept = len(listed)
    if len(with_first(kept)) > LARGEST_MESSAGE - _ROOM:
        kept = bisect_right(range(kept), LARGEST_MESSAGE - _ROOM, key=lambda count: len(with_first(count))) - 1
    if kept < 0:
        raise StoreError(f"publishing {message.id}: it is too large even without its transitions")
    return with_first(kept).decode()


def _structured(subject: str, text: str, document: dict[str, Any]) -> bytes:
    """Return the message per protocol. Machines read the default, so that the document is carried once."""
    machine = msgspec.json.encode(document).decode()
    return msgspec.json.encode({"default": machine, "email": text, "sms": subject})


def _cut(text: str, link: str) -> str:
    """Return the text, or its first lines and where the rest is."""
    if len(text.encode()) <= _LONGEST_TEXT:
        return text
    kept = text.encode()[:_LONGEST_TEXT].decode(errors="ignore").rpartition("\n")[0]
    return f"{kept}\n\nThis message is cut here; the rest is in {link}\n"


def _subject(text: str) -> str:
    """Return the text as SNS takes a subject: one line of printable ASCII."""
    plain = unicodedata.normalize("NFKD", " ".join(text.split())).encode("ascii", "replace").decode()
    return "".join(letter for letter in plain if letter.isprintable())[:_LONGEST_SUBJECT]


def _attributes(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, MessageAttributeValueTypeDef]:
    given = [(name, values) for name, values in attributes.items() if any(values)]
    if len(given) > _MOST_ATTRIBUTES:
        _LOG.warning("an alert has %s attributes; only %s are published", len(given), _MOST_ATTRIBUTES)
    return {name: _attribute(values) for name, values in given[:_MOST_ATTRIBUTES]}


def _attribute(values: tuple[str, ...]) -> MessageAttributeValueTypeDef:
    if len(values) == 1:
        return {"DataType": "String", "StringValue": values[0]}
    return {"DataType": "String.Array", "StringValue": msgspec.json.encode(values).decode()}


def _shortened(detail: Mapping[str, Any]) -> str:
    """Return an event's detail as JSON; its largest members are left out, and named, until it fits."""
    sizes = {name: len(msgspec.json.encode(value)) for name, value in detail.items()}
    left_out: list[str] = []
    content = dict(detail)
    while len(msgspec.json.encode(content)) > LARGEST_BATCH - _ROOM:
        largest = max(sizes, key=sizes.__getitem__)
        del sizes[largest], content[largest]
        left_out.append(largest)
        content["left_out"] = left_out
    return msgspec.json.encode(content).decode()


def _batches(entries: Sequence[PutEventsRequestEntryTypeDef]) -> Iterator[list[PutEventsRequestEntryTypeDef]]:
    batch: list[PutEventsRequestEntryTypeDef] = []
    size = 0
    for entry in entries:
        weight = sum(len(entry[part].encode()) for part in ("Source", "DetailType", "Detail"))
        if len(batch) == _EVENTS_IN_BATCH or (batch and size + weight > LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += weight
    if batch:
        yield batch
