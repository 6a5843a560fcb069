"""The `/_local` endpoints by which tests, the demo and the launcher steer the embedded AWS.

GET    /_local/health           {"status": "ready"}
GET    /_local/calls            calls by account, region and operation; DELETE sets them to zero
GET    /_local/faults           the faults in force; PUT a list of them; DELETE takes all away
PUT    /_local/settings         {"settle_seconds": 5}: how long EKS updates stay in progress
POST   /_local/events           {"account", "region", "entry"}: PutEvents with an `aws.*` source
POST   /_local/fleet            builds the example fleet anew, as it was at the start
PUT    /_local/kubernetes       {"account", "region", "cluster", "objects"}: applies manifests inside a cluster
DELETE /_local/kubernetes       the same body: removes them (kind and name suffice)
POST   /_local/compaction       makes the continue tokens of all clusters too old
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.kubernetes.state import UnknownKindError
from local.server.faults import FAULTS
from local.server.gateway import Gateway
from local.server.kubernetes import KubernetesFleet, UnknownClusterError
from local.simulators.world import World

Answer = tuple[int, Any]


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    settle_seconds: float = Field(ge=0)


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid")
    account: str
    region: str
    entry: dict[str, str]


class _Objects(BaseModel):
    model_config = ConfigDict(extra="forbid")
    account: str
    region: str
    cluster: str
    objects: list[dict[str, Any]]


class Control:
    """Answers the `/_local` endpoints."""

    def __init__(self, gateway: Gateway, build_world: Callable[[], World], kubernetes: KubernetesFleet) -> None:
        self._gateway = gateway
        self._build_world = build_world
        self._kubernetes = kubernetes

    async def answer(self, method: str, path: str, body: bytes) -> Answer:
        """(HTTP status, JSON value) for one request."""
        routes: dict[tuple[str, str], Callable[[bytes], Answer]] = {
            ("GET", "/_local/health"): lambda _: (200, {"status": "ready"}),
            ("GET", "/_local/calls"): lambda _: (200, self._gateway.calls.as_rows()),
            ("DELETE", "/_local/calls"): self._forget_calls,
            ("GET", "/_local/faults"): self._faults,
            ("PUT", "/_local/faults"): self._set_faults,
            ("DELETE", "/_local/faults"): lambda _: self._set_faults(b"[]"),
            ("PUT", "/_local/settings"): self._set_settings,
            ("POST", "/_local/fleet"): self._rebuild,
            ("PUT", "/_local/kubernetes"): self._apply,
            ("DELETE", "/_local/kubernetes"): self._delete,
            ("POST", "/_local/compaction"): self._compact,
        }
        try:
            if (method, path) == ("POST", "/_local/events"):
                return await self._put_event(body)
            route = routes.get((method, path))
            return route(body) if route else (404, {"message": f"no such endpoint: {method} {path}"})
        except ValidationError as error:
            return 400, {"message": json.loads(error.json(include_url=False))}
        except (UnknownKindError, UnknownClusterError) as error:
            return 400, {"message": str(error)}

    def _forget_calls(self, _: bytes) -> Answer:
        self._gateway.calls.counts.clear()
        return 200, []

    def _faults(self, _: bytes) -> Answer:
        return 200, FAULTS.dump_python(self._gateway.faults.faults)

    def _set_faults(self, body: bytes) -> Answer:
        self._gateway.faults.faults = FAULTS.validate_json(body)
        return self._faults(body)

    def _set_settings(self, body: bytes) -> Answer:
        settings = _Settings.model_validate_json(body)
        self._gateway.engine.world.settle_seconds = settings.settle_seconds
        return 200, settings.model_dump()

    def _rebuild(self, _: bytes) -> Answer:
        self._gateway.engine.world = self._build_world()
        self._kubernetes.announce()
        return 200, {}

    def _apply(self, body: bytes) -> Answer:
        wanted = _Objects.model_validate_json(body)
        self._kubernetes.apply((wanted.account, wanted.region, wanted.cluster), wanted.objects)
        return 200, {}

    def _delete(self, body: bytes) -> Answer:
        wanted = _Objects.model_validate_json(body)
        return 200, self._kubernetes.delete((wanted.account, wanted.region, wanted.cluster), wanted.objects)

    def _compact(self, _: bytes) -> Answer:
        self._kubernetes.compact()
        return 200, {}

    async def _put_event(self, body: bytes) -> Answer:
        event = _Event.model_validate_json(body)
        await asyncio.to_thread(self._gateway.put_event, event.account, event.region, event.entry)
        return 200, {}
