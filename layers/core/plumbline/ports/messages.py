"""What leaves: objects kept, and messages sent."""

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec


class Blobs(Protocol):
    """Keeps what is too large for a record, under a key made of its content."""

    def put(self, data: bytes) -> str:
        """Keep the bytes; return their key."""
        ...

    def get(self, key: str) -> bytes:
        """Return the bytes kept under a key.

        Raises:
            StoreError: there are none, or they are not what was kept.

        """
        ...


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: what people read, what machines read, and the attributes subscribers filter on.

    An attribute with one value is published as String, with several as String.Array: filters work on both.
    """

    id: str
    topic: str
    subject: str
    text: str
    document: dict[str, Any]
    attributes: dict[str, tuple[str, ...]]


class Announcer(Protocol):
    """Publishes alerts."""

    def announce(self, message: Message) -> None:
        """Publish one message.

        Raises:
            StoreError: the message could not be published; it must be tried again.

        """
        ...

    def emit(self, documents: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Put (detail type, detail) pairs on the custom event bus.

        Raises:
            StoreError: an event was not taken; all must be tried again.

        """
        ...
