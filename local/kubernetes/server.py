"""Serves the Kubernetes APIs of clusters over TLS: a loopback port for each cluster, one process for all.

>>> with KubernetesServer() as server:                      # doctest: +SKIP
...     listener = server.listen(Api(state, users))
...     listener.url, listener.authority.certificate
"""

from __future__ import annotations

import gzip
import logging
import selectors
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from local.kubernetes.api import Answer, Request
from local.kubernetes.certificates import Authority, make_authority

Answers = Callable[[Request], Answer]
_HANDSHAKE_SECONDS = 10.0
_IDLE_SECONDS = 75.0
_BACKLOG = 64
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Listener:
    """Where the API of a cluster is served, and the authority that vouches for it."""

    url: str
    authority: Authority
    answers: Answers


class KubernetesServer:
    """One thread accepts for all clusters; each connection has its own."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._accept, name="kubernetes", daemon=True)
        self._thread.start()

    def listen(self, answers: Answers, authority: Authority | None = None) -> Listener:
        """Serves `answers` on a free loopback port from now on."""
        listening = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
        listening.settimeout(0)
        port = listening.getsockname()[1]
        listener = Listener(f"https://127.0.0.1:{port}", authority or make_authority(), answers)
        self._selector.register(listening, selectors.EVENT_READ, listener)
        self._wake.send(b"w")
        return listener

    def stop(self) -> None:
        """Closes every port and connection."""
        self._stopped = True
        self._wake.send(b"w")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            self._selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]
        self._wake.close()
        self._selector.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            _shut(connection)

    def _accept(self) -> None:
        while not self._stopped:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._woken.recv(64)
                    continue
                try:
                    connection, address = key.fileobj.accept()  # type: ignore[union-attr]
                except OSError:
                    continue
                arguments = (connection, address, key.data)
                threading.Thread(target=self._serve, args=arguments, name="kubernetes", daemon=True).start()

    def _serve(self, connection: socket.socket, address: Any, listener: Listener) -> None:
        connection.settimeout(_HANDSHAKE_SECONDS)
        try:
            secured = listener.authority.context.wrap_socket(connection, server_side=True)
        except (OSError, ssl.SSLError):
            connection.close()
            return
        with self._lock:
            self._open.add(secured)
        try:
            _Handler(secured, address, listener.answers)
        except (OSError, ssl.SSLError) as broken:
            _log.debug("connection of %s: %s", address, broken)
        finally:
            with self._lock:
                self._open.discard(secured)
            secured.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP on one connection; `server` is the function that answers."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    wbufsize = -1
    # The API server compresses what is longer than this for clients that accept it.
    compressed_above = 128 * 1024

    def __init__(self, connection: socket.socket, address: Any, answers: Answers) -> None:
        self._answers = answers
        super().__init__(connection, address, None)  # type: ignore[arg-type]

    def _handle(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self._answers(Request(self.command, self.path, headers, body))
        content = answer.body
        self.send_response(answer.status)
        if len(content) > self.compressed_above and "gzip" in headers.get("accept-encoding", ""):
            content = gzip.compress(content, compresslevel=1)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _handle  # noqa: N815 (names of the base class)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""
