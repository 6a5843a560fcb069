"""Faults of the Kubernetes API: what the API server or something before it answers in place of an answer."""

from __future__ import annotations

import json
from collections.abc import Callable

from local.kubernetes.api import Answer, Request
from local.kubernetes.kinds import BY_PATH, Kind
from local.kubernetes.state import encode
from local.kubernetes.statuses import Refusal, expired, forbidden, no_such_path, too_many_requests, unauthorized

_HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>"
Faulty = Callable[[Request, str], Answer]


def _refused(make: Callable[[Request, str], Refusal]) -> Faulty:
    def answer(request: Request, message: str) -> Answer:
        refusal = make(request, message)
        return Answer(refusal.code, refusal.body, headers=refusal.headers)

    return answer


def _endless(request: Request, _: str) -> Answer:
    """A page that always has a next one: the same object, under a token that grows."""
    kind = _kind(request.path)
    number = int(request.parameter("continue").rpartition("-")[2] or "0") + 1
    metadata = {"resourceVersion": "1", "continue": f"endless-{number}"}
    item = {"metadata": {"name": f"endless-{number}", "namespace": "default", "uid": f"endless-{number}"}}
    name, version = (f"{kind.name}List", kind.api_version) if kind else ("List", "v1")
    return Answer(200, encode({"kind": name, "apiVersion": version, "metadata": metadata, "items": [item]}))


def _kind(path: str) -> Kind | None:
    parts = path.strip("/").split("/")
    return BY_PATH.get((parts[1] if parts[0] == "apis" else "", parts[-1]))


def _forbidden(request: Request, _: str) -> Refusal:
    kind = _kind(request.path)
    return forbidden("injected", "list", (kind.group, kind.plural) if kind else ("", ""), "")


def _null_items(request: Request, _: str) -> Answer:
    kind = _kind(request.path)
    name, version = (f"{kind.name}List", kind.api_version) if kind else ("List", "v1")
    return Answer(200, encode({"kind": name, "apiVersion": version, "metadata": {}, "items": None}))


# The codes of faults of operations `kubernetes:<plural>`, `kubernetes:discovery` and `kubernetes:*`.
FAULTY: dict[str, Faulty] = {
    "BadJson": lambda _, __: Answer(200, b'{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"na'),
    "Empty": lambda _, __: Answer(200, b""),
    "EndlessList": _endless,
    "Expired": _refused(lambda _, __: expired("")),
    "Forbidden": _refused(_forbidden),
    "Html": lambda _, __: Answer(200, _HTML, "text/html; charset=utf-8"),
    "HtmlError": lambda _, __: Answer(502, _HTML, "text/html; charset=utf-8"),
    "InternalError": _refused(lambda _, message: Refusal(500, "InternalError", message)),
    "NotFound": _refused(lambda _, __: no_such_path()),
    "NullItems": _null_items,
    "Redirect": lambda _, __: Answer(302, b"", "text/html", {"Location": "https://sign-in.example.com/"}),
    "ServiceUnavailable": _refused(lambda _, message: Refusal(503, "ServiceUnavailable", message)),
    "TooManyRequests": _refused(lambda _, __: too_many_requests(1)),
    "Unauthorized": _refused(lambda _, __: unauthorized()),
}


def faulty_answer(code: str, message: str, request: Request) -> Answer:
    """The answer of a fault; an unknown code is a 500 that says so."""
    if code not in FAULTY:
        return Answer(500, json.dumps({"message": f"no such fault of the Kubernetes API: {code}"}).encode())
    return FAULTY[code](request, message)


def operation(request: Request) -> str:
    """What a request is counted as: `kubernetes:<plural>`, or `kubernetes:discovery`."""
    parts = request.path.strip("/").split("/")
    depth = 2 if parts[0] == "api" else 3
    rest = parts[depth:] if parts[0] in ("api", "apis") else []
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return f"kubernetes:{rest[0]}" if rest and rest[0].isalnum() else "kubernetes:discovery"
