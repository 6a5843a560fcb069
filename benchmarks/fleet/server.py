"""The server: answers every call after the latency asked for; nothing waits for anything else.

Beside AWS it serves `GET /_stats`, `POST /_reset` and `GET /_truth[?account=&region=]`, which are not counted.
Signatures are not verified; who calls is read from the access key id.
"""

import asyncio
import signal
import time
from urllib.parse import parse_qsl

from benchmarks.fleet.calls import Call
from benchmarks.fleet.counters import Counters
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.names import Names
from benchmarks.fleet.options import Options
from benchmarks.fleet.throttling import Throttle
from benchmarks.fleet.traits import Place
from benchmarks.fleet.truth import truth_of
from benchmarks.fleet.wire import Asked, Request, document, recognised, throttled, written, written_error
from benchmarks.fleet.world import World

_HEAD_END = b"\r\n\r\n"
_LARGEST_CACHE = 400_000
# Credentials expire, so each caller gets new ones.
_NOT_KEPT = frozenset({"sts.AssumeRole"})


class Service:
    """Answers requests about one world. Answers are kept: the same request costs nothing the second time."""

    def __init__(self, options: Options) -> None:
        self.world = World(options)
        self.counters = Counters()
        self.latency = options.latency_ms / 1000
        self._names = Names(self.world.draws)
        self._throttle = Throttle(options.throttle_rate, options.throttle_burst, time.monotonic)
        self._kept: dict[tuple[Place, str, str, bytes], bytes] = {}

    def answer(self, request: Request) -> bytes:
        """Answer one call on AWS, and count it."""
        asked = recognised(request)
        self.counters.begin(asked.name)
        if not self._throttle.admits(asked.place, asked.name):
            self.counters.throttled[asked.name] += 1
            return written_error(asked, throttled(asked))
        key = (asked.place, asked.name, request.target, request.body)
        found = self._kept.get(key)
        if found is None:
            found = self._made(asked)
            if asked.name not in _NOT_KEPT and len(self._kept) < _LARGEST_CACHE:
                self._kept[key] = found
        if asked.answer is None:
            self.counters.unknown[asked.name] += 1
        if not found.startswith(b"HTTP/1.1 200"):
            self.counters.errors[asked.name] += 1
        return found

    def _made(self, asked: Asked) -> bytes:
        if asked.answer is None:
            return written(asked, {})
        try:
            answer = asked.answer(Call(self.world, self._names, asked.place, asked.operation, asked.parameters))
        except AwsError as error:
            return written_error(asked, error)
        return written(asked, answer)

    def about(self, request: Request) -> bytes:
        """Answer a question about the fleet itself."""
        path, _, query = request.target.partition("?")
        if path == "/_stats":
            return document(self.counters.stats())
        if path == "/_reset" and request.method == "POST":
            self.counters.reset()
            self._throttle.reset()
            return document({})
        if path == "/_truth":
            asked = dict(parse_qsl(query))
            place = Place(asked["account"], asked["region"]) if asked.keys() == {"account", "region"} else None
            return document(truth_of(self.world, place))
        return document({"error": f"{request.method} {path} is nothing that is served"}, status=404)


class _Connection(asyncio.Protocol):
    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._service.counters.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (request := self._next_request()) is not None:
            if request.target.startswith("/_"):
                self._write(self._service.about(request))
            else:
                answer = self._service.answer(request)
                self._loop.call_later(self._service.latency, self._end, answer)

    def _next_request(self) -> Request | None:
        """Return the next request that has come completely."""
        head, found, rest = self._received.partition(_HEAD_END)
        if not found:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            self._agree_to_body(headers)
            return None
        self._received = rest[length:]
        method, target, _ = first.split(" ", 2)
        return Request(method, target, headers, rest[:length])

    def _agree_to_body(self, headers: dict[str, str]) -> None:
        if "expect" in headers:
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _end(self, answer: bytes) -> None:
        self._service.counters.end(len(answer))
        self._write(answer)

    def _write(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.write(message)


async def serve(options: Options, port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT; print `READY <url>` when it listens.

    Args:
        options: the fleet.
        port: 0 takes a free one.

    """
    loop = asyncio.get_running_loop()
    service = Service(options)
    server = await loop.create_server(lambda: _Connection(service, loop), "127.0.0.1", port, backlog=2048)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    print(f"READY http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stopped.wait()
    server.close()
