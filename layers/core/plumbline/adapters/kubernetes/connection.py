"""Connections: requests to one API server, over the Kubernetes client's transport, answered with raw bytes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import msgspec
from kubernetes.client.configuration import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.client.rest import RESTClientObject
from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import HTTPError

from plumbline import __version__
from plumbline.adapters.kubernetes.endpoints import Endpoint
from plumbline.adapters.kubernetes.refusals import Refusal, refused_with, unreachable
from plumbline.domain.verdict import Reason

JSON = "application/json"
_OK = 200
_RETRIED = (429, 500, 502, 503, 504)
_CHUNK = 1 << 20
# Of a refusal only the message is read.
_LONGEST_REFUSAL = 1 << 16


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long, how often and how much is asked of one cluster.

    Attributes:
        in_flight: requests at once.
        connect_seconds, read_seconds: for a connection, and between two pieces of an answer.
        seconds: for everything together; what is not read by then is missing.
        attempts: requests for one page before it counts as refused.
        backoff: seconds before the second retry of a server that names no time, doubled for each one after it.
        longest_wait: seconds at most before one retry, whatever the server asks for.
        pages: of one list.
        answer_bytes: of one answer.

    """

    in_flight: int = 1
    connect_seconds: float = 5
    read_seconds: float = 30
    seconds: float = 600
    attempts: int = 5
    backoff: float = 0.5
    longest_wait: int = 10
    pages: int = 1000
    answer_bytes: int = 128 << 20


class Connection:
    """Asks one API server; closed after use. Redirects are never followed: the token is for nobody else."""

    def __init__(self, endpoint: Endpoint, limits: Limits, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Connect on the first request.

        Args:
            elapsed: tells a time in seconds that only ever grows.

        """
        self.limits = limits
        self._url = endpoint.url.rstrip("/")
        self._authorization = endpoint.authorization
        self._elapsed = elapsed
        self._until = elapsed() + limits.seconds
        self._turn = threading.BoundedSemaphore(limits.in_flight)
        self._client = _client(endpoint, limits)

    def get(self, path: str, accept: str = JSON) -> bytes:
        """Return the body of the answer to a request for a path with its query.

        Raises:
            Refusal: there is no answer, or it is another than 200.

        """
        what = path.partition("?")[0]
        with self._turn:
            self._in_time(what)
            try:
                response = self._response(path, accept)
                try:
                    body = self._body(response, what)
                finally:
                    response.release_conn()
            except (ApiException, HTTPError, OSError) as error:
                raise unreachable(error, what) from error
        if response.status != _OK:
            raise refused_with(response.status, body, what)
        return body

    def close(self) -> None:
        """Close what was opened."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _response(self, path: str, accept: str) -> HTTPResponse:
        headers = {"Accept": accept, "User-Agent": f"plumbline/{__version__}"}
        authorization = self._authorization()
        if authorization:
            headers["Authorization"] = authorization
        timeouts = (self.limits.connect_seconds, self.limits.read_seconds)
        answer = self._client.request(  # type: ignore[no-untyped-call] # the client has no annotations
            "GET", self._url + path, headers=headers, _request_timeout=timeouts
        )
        response: HTTPResponse = answer.response
        return response

    def _body(self, response: HTTPResponse, what: str) -> bytes:
        most = self.limits.answer_bytes if response.status == _OK else _LONGEST_REFUSAL
        read = bytearray()
        for piece in response.stream(_CHUNK, decode_content=True):
            read += piece
            if len(read) > most:
                # What is left unread would be taken for the next answer.
                response.close()
                if response.status != _OK:
                    break
                raise Refusal(Reason.NOT_COLLECTED, f"{what}: an answer of more than {most} bytes")
            self._in_time(what, response)
        return bytes(read)

    def _in_time(self, what: str, response: HTTPResponse | None = None) -> None:
        if self._elapsed() < self._until:
            return
        if response is not None:
            response.close()
        told = f"timeout: {what}: the cluster was not read within {self.limits.seconds:g} s"
        raise Refusal(Reason.ENDPOINT_UNREACHABLE, told, everything=True)


def _client(endpoint: Endpoint, limits: Limits) -> RESTClientObject:
    configuration = Configuration(host=endpoint.url)
    configuration.retries = _retries(limits)
    configuration.connection_pool_maxsize = limits.in_flight
    if endpoint.proxy:
        configuration.proxy = endpoint.proxy
    if endpoint.server_name:
        configuration.tls_server_name = endpoint.server_name
    client = RESTClientObject(configuration)
    # The configuration knows of authorities, but not of a context of one's own.
    client.pool_manager.connection_pool_kw["ssl_context"] = endpoint.tls
    return client


def _retries(limits: Limits) -> Retry:
    again = limits.attempts - 1
    return Retry(
        total=again,
        connect=min(1, again),
        read=min(1, again),
        other=0,
        redirect=0,
        status=again,
        status_forcelist=_RETRIED,
        backoff_factor=limits.backoff,
        backoff_jitter=limits.backoff,
        backoff_max=limits.longest_wait,
        retry_after_max=limits.longest_wait,
        raise_on_redirect=False,
        raise_on_status=False,
    )
