"""The example fleet in process behind boto3, and one embedded AWS for all contract tests."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from local.fleet.build import build_world
from local.fleet.loading import load_fleet
from local.launcher import EmbeddedAws
from local.rollout import Templates
from local.simulators.calls import Caller
from local.simulators.engine import Engine
from local.simulators.requests import WireRequest
from local.simulators.world import World

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
FIXTURES = Path(__file__).parent / "fixtures"
_CREDENTIAL = re.compile(r"Credential=(?P<account>\d+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += dt.timedelta(seconds=seconds)


class _Raw:
    """The part of a urllib3 response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


class InProcess:
    """boto3 clients whose requests the simulators answer in this process, as the wire would carry them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self.engine = Engine(world, self._emit)

    def _emit(self, account: str, region: str, entry: dict[str, str]) -> None:
        self.events.append((account, region, {**entry, "Detail": json.loads(entry["Detail"])}))

    def details(self) -> list[dict[str, Any]]:
        return [entry["Detail"] for _, _, entry in self.events]

    def client(self, service: str, account: str = "222233334444", region: str = "eu-west-1") -> Any:
        keys = {"aws_access_key_id": account, "aws_secret_access_key": "none"}
        made = boto3.client(service, region_name=region, **keys)  # type: ignore[call-overload]
        made.meta.events.register("before-send", lambda request, **_: self._answer(request, account, region, made))
        return made

    def _answer(self, request: AWSPreparedRequest, account: str, region: str, made: Any) -> AWSResponse:
        return self._sent(request, account, region, made.meta.service_model.signing_name)

    def transport(self, request: AWSPreparedRequest) -> AWSResponse:
        """Stand for the network: the access key of the signature is the account, as in the embedded AWS."""
        signature = _CREDENTIAL.search(_text(request.headers["Authorization"]))
        assert signature, "the request is not signed"
        return self._sent(request, **signature.groupdict())

    def _sent(self, request: AWSPreparedRequest, account: str, region: str, service: str) -> AWSResponse:
        url = urlsplit(request.url)
        body = request.body or b""
        assert isinstance(body, (bytes, bytearray, str))
        wire = WireRequest(
            service=service,
            method=request.method,
            path=url.path,
            headers={key.lower(): _text(value) for key, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else bytes(body),
            query=parse_qs(url.query, keep_blank_values=True),
        )
        caller = Caller(f"arn:aws:sts::{account}:assumed-role/deploy/anna", account, "203.0.113.9", "test")
        found = self.engine.answer(wire, account, region, caller)
        return AWSResponse(request.url, found.status, HTTPHeaders.from_dict(found.headers), _Raw(found.body))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws(clock: Clock) -> InProcess:
    """A fresh example fleet, in process."""
    return InProcess(build_world(load_fleet(), clock))


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """One embedded AWS with the fixture stacks, for all contract tests."""
    templates = Templates(FIXTURES / "template.yaml", FIXTURES / "member.yaml", FIXTURES / "samconfig.toml")
    with EmbeddedAws(state=tmp_path_factory.mktemp("embedded"), templates=templates) as running:
        yield running


@pytest.fixture
def stack(embedded: EmbeddedAws) -> dict[str, str]:
    """The outputs of the fixture's hub stack."""
    assert embedded.outputs is not None
    return embedded.outputs.stack_outputs


Receive = Callable[[str, int], list[dict[str, Any]]]


@pytest.fixture
def receive(embedded: EmbeddedAws) -> Receive:
    """Takes a number of messages from a queue; fewer when they do not come within ten seconds."""

    def take(url: str, count: int) -> list[dict[str, Any]]:
        sqs = embedded.client("sqs")
        messages: list[dict[str, Any]] = []
        deadline = time.monotonic() + 10
        while len(messages) < count and time.monotonic() < deadline:
            answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MessageAttributeNames=["All"])
            for message in answer.get("Messages", []):
                messages.append(message)
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    return take
