"""The ASGI application: `/_local` endpoints, and everything else to ministack."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from local.server.control import Control
from local.server.gateway import raw_path

_Receive = Callable[[], Awaitable[dict[str, Any]]]
_Send = Callable[[dict[str, Any]], Awaitable[None]]
_Application = Callable[[dict[str, Any], _Receive, _Send], Awaitable[None]]


def application(ministack_app: _Application, control: Control) -> _Application:
    """ministack's application behind the `/_local` endpoints."""

    async def app(scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        if scope["type"] == "http":
            if scope["path"].startswith("/_local/"):
                status, value = await control.answer(scope["method"], scope["path"], await _body(receive))
                return await _reply(send, status, value)
            raw_path.set((scope.get("raw_path") or scope["path"].encode()).split(b"?")[0].decode())
        await ministack_app(scope, receive, send)
        return None

    return app


async def _body(receive: _Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _reply(send: _Send, status: int, value: Any) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(value).encode()})
