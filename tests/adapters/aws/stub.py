"""AWS in process: botocore's requests answered by the simulators, counted, and refused where a test wants it."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, parse_qsl, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from local.simulators import responses
from local.simulators.calls import Caller
from local.simulators.engine import Engine
from local.simulators.errors import AwsError, NotSimulated
from local.simulators.requests import WireRequest
from local.simulators.world import World
from plumbline.adapters.aws.access import Access, ReaderRole
from plumbline.adapters.aws.evidence_source import AwsEvidenceSource
from plumbline.adapters.aws.sessions import Sessions

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
REGION, OTHER_REGION = "eu-west-1", "us-east-1"
ROLE = ReaderRole(name="plumbline-reader", external_id="ext-1", session_tags={"purpose": "compliance"})

_SCOPE = re.compile(r"Credential=(?:AKIA|ASIA)(\d{12})\w*/\d+/([^/]+)/([^/]+)/")
_CREDENTIALS = """<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA{account}ROLE</AccessKeyId>
<SecretAccessKey>x</SecretAccessKey><SessionToken>t</SessionToken><Expiration>{expiry}</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>"""
_IDENTITY = """<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@dataclass
class Refusal:
    """An error in place of an answer: for calls of one operation that hold `holding`, after `after` good ones."""

    code: str
    status: int = 400
    holding: str = ""
    after: int = 0
    region: str = ""


class SimulatedAws:
    """A transport for `Sessions`; `calls` counts `service:Operation`, `requests` keeps what was asked."""

    def __init__(self, world: World) -> None:
        self.calls: Counter[str] = Counter()
        self.requests: list[tuple[str, str, str, str]] = []
        self.roles: list[dict[str, str]] = []
        self.raises: dict[str, Exception] = {}
        self.bodies: dict[str, bytes] = {}
        self._refusals: dict[str, Refusal] = {}
        self._engine = Engine(world, lambda *_: None)
        self._lock = threading.Lock()

    def refuse(self, operation: str, refusal: Refusal) -> None:
        self._refusals[operation] = refusal

    def __call__(self, request: AWSPreparedRequest) -> AWSResponse:
        wire, account, region = _wire(request)
        operation = f"{wire.service}:{wire.operation_name() or dict(parse_qsl(wire.body.decode()))['Action']}"
        asked = request.url + wire.body.decode()
        with self._lock:
            self.calls[operation] += 1
            self.requests.append((account, region, operation, asked))
            if operation in self.raises:
                raise self.raises[operation]
            answer = self._answer(wire, account, region, operation, asked)
        return AWSResponse(request.url, answer.status, cast("Any", answer.headers), _Raw(answer.body))

    def _answer(
        self, wire: WireRequest, account: str, region: str, operation: str, asked: str
    ) -> responses.WireResponse:
        refusal = self._refusals.get(operation)
        if refusal and refusal.holding in asked and region.startswith(refusal.region):
            if refusal.after <= 0:
                failure = responses.error(wire.service, AwsError(refusal.code, "no"), "1")
                return responses.WireResponse(refusal.status, failure.headers, failure.body)
            refusal.after -= 1
        if operation in self.bodies:
            return responses.WireResponse(200, {"Content-Type": "application/json"}, self.bodies[operation])
        if wire.service == "sts":
            return self._sts(wire, account)
        try:
            return self._engine.answer(wire, account, region, Caller("arn:aws:iam::1:user/test", account))
        except NotSimulated:
            return responses.error(wire.service, AwsError("NotFoundException", "nothing of the kind"), "1")

    def _sts(self, wire: WireRequest, account: str) -> responses.WireResponse:
        form = dict(parse_qsl(wire.body.decode()))
        if form["Action"] == "AssumeRole":
            self.roles.append(form)
            member = form["RoleArn"].split(":")[4]
            expiry = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
            body = _CREDENTIALS.format(account=member, expiry=expiry)
        else:
            body = _IDENTITY.format(account=account)
        return responses.WireResponse(200, {"Content-Type": "text/xml"}, body.encode())


class _Raw:
    """The part of urllib3's response that botocore reads."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


def _wire(request: AWSPreparedRequest) -> tuple[WireRequest, str, str]:
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in cast("dict[str, bytes | str]", request.headers).items()
    }
    scope = _SCOPE.search(headers["authorization"])
    assert scope is not None
    account, region, service = scope.groups()
    url, body = urlsplit(request.url), cast("bytes | str | None", request.body) or b""
    encoded = body.encode() if isinstance(body, str) else body
    return WireRequest(service, request.method, url.path, headers, encoded, parse_qs(url.query)), account, region


def source_of(aws: SimulatedAws, **options: object) -> AwsEvidenceSource:
    """An evidence source whose network is `aws`."""
    return AwsEvidenceSource(sessions_of(aws, **options))


def sessions_of(aws: SimulatedAws, **options: object) -> Sessions:
    given = {"region": REGION, "account": ACCOUNT, "width": 4, "attempts": 1} | options
    return Sessions(Access(**given), transport=aws)  # type: ignore[arg-type]
