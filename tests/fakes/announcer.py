"""An announcer that keeps what it is given."""

from collections.abc import Sequence
from typing import Any

from plumbline.domain.errors import StoreError
from plumbline.ports import Message


class FakeAnnouncer:
    """Implements `ports.Announcer`; while `failing` it takes nothing."""

    def __init__(self, topics: Sequence[str] = ("critical", "standard", "digest")) -> None:
        self.topics = topics
        self.failing = False
        self.messages: list[Message] = []
        self.events: list[tuple[str, dict[str, Any]]] = []

    def announce(self, message: Message) -> None:
        if self.failing or message.topic not in self.topics:
            raise StoreError(f"publishing {message.id}: the topic {message.topic!r} does not answer")
        self.messages.append(message)

    def emit(self, documents: Sequence[tuple[str, dict[str, Any]]]) -> None:
        if self.failing:
            raise StoreError("putting events on the bus: it does not answer")
        self.events += documents
