"""One call to a simulated operation, and the table of the operations that are simulated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.simulators.world import Account, Place, World


@dataclass(frozen=True)
class Caller:
    """Who calls, as CloudTrail records it."""

    arn: str
    account: str
    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    access_key_id: str = ""


@dataclass(frozen=True)
class Call:
    """A decoded request: parameters as in the SDK, in one account and region of the world."""

    service: str
    operation: str
    params: dict[str, Any]
    place: Place
    world: World
    caller: Caller

    @property
    def account(self) -> Account:
        """The global facts of the account that is called."""
        return self.world.account(self.place.account)


Handler = Callable[[Call], dict[str, Any]]
_HANDLERS: dict[tuple[str, str], Handler] = {}


def simulates(service: str, *operations: str) -> Callable[[Handler], Handler]:
    """Marks a function as the answer to `operations` of the service that signs as `service`."""

    def remember(handler: Handler) -> Handler:
        for operation in operations:
            if (service, operation) in _HANDLERS:
                raise ValueError(f"{service}:{operation} is simulated twice")
            _HANDLERS[service, operation] = handler
        return handler

    return remember


def handler_of(service: str, operation: str | None) -> Handler | None:
    """The function that answers an operation, or None when it is not simulated."""
    return _HANDLERS.get((service, operation)) if operation else None


def simulated_operations() -> frozenset[tuple[str, str]]:
    """(signing name, operation) of everything that is simulated."""
    return frozenset(_HANDLERS)
