"""The wire: requests are recognised, and answers and errors written, in the protocol of each service."""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

import msgspec

from benchmarks.fleet.calls import Answer, Entries, Operation, Parameters
from benchmarks.fleet.errors import AwsError
from benchmarks.fleet.operations import OPERATIONS, ROUTES, route
from benchmarks.fleet.traits import Place

EC2 = "ec2"
_QUERY_NAMESPACES = {
    "autoscaling": "http://autoscaling.amazonaws.com/doc/2011-01-01/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
_EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
_SIGNED = re.compile(r"Credential=[A-Z]{4}(\d{12})\w*/\d+/([^/]+)/([^/]+)/aws4_request", re.ASCII)


class Request(NamedTuple):
    """A request as it came: the target with its query, the headers in lower case, the body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Asked(NamedTuple):
    """What a request asks for. Nothing answers it when `answer` is None."""

    place: Place
    service: str
    operation: str
    parameters: Parameters
    answer: Operation | None

    @property
    def name(self) -> str:
        """Service and operation, as calls are counted."""
        return f"{self.service}.{self.operation}"


def recognised(request: Request) -> Asked:
    """Return what a request asks for: by the scope of its signature and the habits of the service's protocol."""
    signed = _SIGNED.search(request.headers.get("authorization", ""))
    account, region, service = signed.groups() if signed else ("", "", "unsigned")
    place = Place(account, region)
    path, _, query = request.target.partition("?")
    target = request.headers.get("x-amz-target")
    if target:
        operation = target.rpartition(".")[2]
        parameters = msgspec.json.decode(request.body) if request.body else {}
        return Asked(place, service, operation, parameters, OPERATIONS.get((service, operation)))
    if service in ROUTES:
        return _by_path(service, place, request, path, query)
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    operation = form.get("Action", f"{request.method} {path}")
    return Asked(place, service, operation, form, OPERATIONS.get((service, operation)))


def _by_path(service: str, place: Place, request: Request, path: str, query: str) -> Asked:
    found = route(service, request.method, path)
    if found is None:
        return Asked(place, service, f"{request.method} {path}", {}, None)
    operation, answer, names = found
    body = msgspec.json.decode(request.body) if request.body else {}
    parameters = {**dict(parse_qsl(query)), **body, **{key: unquote(name) for key, name in names.items()}}
    return Asked(place, service, operation, parameters, answer)


def written(asked: Asked, answer: Answer) -> bytes:
    """Return an answer as an HTTP message. An empty answer is well-formed in every protocol."""
    name = asked.operation
    if asked.service == EC2:
        body = (
            f'<{name}Response xmlns="{_EC2_NAMESPACE}"><requestId>0</requestId>{_xml(answer, "item")}</{name}Response>'
        )
        return _message(200, body.encode(), "text/xml;charset=UTF-8")
    if asked.service in _QUERY_NAMESPACES:
        result = f"<{name}Result>{_xml(answer, 'member')}</{name}Result><ResponseMetadata/>"
        namespace = _QUERY_NAMESPACES[asked.service]
        return _message(200, f'<{name}Response xmlns="{namespace}">{result}</{name}Response>'.encode(), "text/xml")
    return _message(200, msgspec.json.encode(answer), "application/json")


def written_error(asked: Asked, error: AwsError) -> bytes:
    """Return an error as an HTTP message."""
    if asked.service == EC2 or asked.service in _QUERY_NAMESPACES:
        found = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
        wrapped = f"<Errors>{found}</Errors>" if asked.service == EC2 else found
        outer = "Response" if asked.service == EC2 else "ErrorResponse"
        return _message(error.status, f"<{outer}>{wrapped}</{outer}>".encode(), "text/xml")
    body = msgspec.json.encode({"__type": error.code, "message": error.message})
    return _message(error.status, body, "application/json", f"x-amzn-errortype: {error.code}\r\n")


def document(content: object, status: int = 200) -> bytes:
    """Return anything as an HTTP message of JSON."""
    return _message(status, msgspec.json.encode(content), "application/json")


def throttled(asked: Asked) -> AwsError:
    """Return the error by which a service says that calls come too fast."""
    if asked.service == EC2:
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if asked.service in _QUERY_NAMESPACES:
        return AwsError("Throttling", "Rate exceeded")
    return AwsError("ThrottlingException", "Rate exceeded", 429 if asked.service == "eks" else 400)


def _message(status: int, body: bytes, kind: str, more: str = "") -> bytes:
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def _xml(value: object, item: str) -> str:
    """Write a value; the elements of a list are called `item`."""
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(inner, item)}</{key}>" for key, inner in value.items() if inner is not None)
    if isinstance(value, Entries):
        item = "entry"
    if isinstance(value, list):
        return "".join(f"<{item}>{_xml(inner, item)}</{item}>" for inner in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(value))
