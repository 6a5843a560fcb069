"""Answers requests to the Kubernetes API of one cluster: authentication, authorisation, discovery, lists, changes."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from local.kubernetes import discovery
from local.kubernetes.defaults import stored
from local.kubernetes.kinds import BY_PATH, Kind
from local.kubernetes.paging import Listing, page
from local.kubernetes.rbac import ANONYMOUS, Action, User, allowed
from local.kubernetes.selectors import field_test, label_test
from local.kubernetes.state import ClusterState, UnknownKindError, encode, kind_of
from local.kubernetes.statuses import (
    Refusal,
    bad_request,
    conflict,
    forbidden,
    forbidden_path,
    no_such_object,
    no_such_path,
    success,
    unauthorized,
    unavailable,
)
from local.kubernetes.users import Users

_JSON = "application/json"
_VERBS = {"GET": "get", "POST": "create", "PUT": "update", "DELETE": "delete"}


@dataclass(frozen=True)
class Request:
    """A request: `target` is path and query, header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path without its query."""
        return urlsplit(self.target).path

    def parameter(self, name: str) -> str:
        """A parameter of the query, empty when it is not given."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True).get(name, [""])[0]


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    body: bytes
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Target:
    """A resource path taken apart."""

    kind: Kind
    namespace: str
    name: str


@dataclass(frozen=True)
class Api:
    """The API of a cluster over its state."""

    state: ClusterState
    users: Users

    def answer(self, request: Request) -> Answer:
        """Answers one request."""
        try:
            return self._answer(request, self._user(request))
        except Refusal as refusal:
            return Answer(refusal.code, refusal.body, headers=refusal.headers)

    def _user(self, request: Request) -> User:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return ANONYMOUS
        user = self.users.of_token(token.strip(), self.state) if scheme.lower() == "bearer" else None
        if user is None:
            raise unauthorized()
        return user

    def _answer(self, request: Request, user: User) -> Answer:
        parts = request.path.strip("/").split("/")
        if parts[0] not in ("api", "apis") or len(parts) < (3 if parts[0] == "api" else 4):
            self._authorise_path(user, request)
            return self._about_itself(request, parts)
        target = self._target(parts)
        is_list = request.method == "GET" and not target.name
        verb = "list" if is_list else _VERBS.get(request.method, request.method.lower())
        self._authorise(user, verb, target, request)
        if target.kind.group in self.state.unavailable:
            raise unavailable()
        if request.parameter("watch") in ("1", "true"):
            raise bad_request("watching is not simulated")
        if is_list:
            return self._list(target, request)
        return self._one(target, request)

    def _authorise(self, user: User, verb: str, target: _Target, request: Request) -> None:
        # With a selector for the name a list is authorised like the object of that name.
        name = target.name or _selected_name(request)
        action = Action(verb, target.kind.group, target.kind.plural, target.namespace, name)
        if not allowed(self.state, user, action):
            resource = (target.kind.group, target.kind.plural)
            raise forbidden(user.name, verb, resource, target.namespace, target.name)

    def _authorise_path(self, user: User, request: Request) -> None:
        if not allowed(self.state, user, Action("get", path=request.path)):
            raise forbidden_path(user.name, request.path)

    def _about_itself(self, request: Request, parts: list[str]) -> Answer:
        if request.method != "GET":
            raise Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if parts[:1] in (["healthz"], ["livez"], ["readyz"]):
            return Answer(200, b"ok", "text/plain; charset=utf-8")
        group = parts[1] if parts[0] == "apis" and len(parts) > 2 else ""
        if group in self.state.unavailable:
            raise unavailable()
        version = discovery.aggregated_version(request.headers.get("accept", ""), self.state.minor)
        if version and parts in (["api"], ["apis"]):
            content = discovery.aggregated(self.state, version, core=parts == ["api"])
            return Answer(200, encode(content), discovery.AGGREGATED.format(version=version))
        return _json(discovery.document(self.state, parts))

    def _target(self, parts: list[str]) -> _Target:
        group, version, rest = ("", parts[1], parts[2:]) if parts[0] == "api" else (parts[1], parts[2], parts[3:])
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        kind = BY_PATH.get((group, rest[0]))
        known = kind is not None and kind.version == version and self.state.serves(kind)
        if kind is None or not known or len(rest) > 2 or (namespace and not kind.namespaced):
            raise no_such_path()
        return _Target(kind, namespace, rest[1] if len(rest) == 2 else "")

    def _list(self, target: _Target, request: Request) -> Answer:
        limit = request.parameter("limit") or "0"
        if not limit.isdecimal():
            raise bad_request(f'strconv.ParseInt: parsing "{limit}": invalid syntax')
        tests = (
            field_test(request.parameter("fieldSelector"), target.kind.plural),
            label_test(request.parameter("labelSelector")),
        )
        wanted = Listing(
            target.kind,
            target.namespace,
            int(limit),
            request.parameter("continue"),
            request.parameter("resourceVersion"),
            tuple(test for test in tests if test),
        )
        return Answer(200, page(self.state, wanted))

    def _one(self, target: _Target, request: Request) -> Answer:
        kind, namespace, name = target.kind, target.namespace, target.name
        known = self.state.get(kind, namespace, name) if name else None
        match request.method:
            case "GET" if known:
                return _json(known)
            case "DELETE" if known:
                self.state.delete(kind, namespace, name)
                return _json(success({"name": name, "kind": kind.plural}))
            case "GET" | "DELETE" if name:
                raise no_such_object(kind.resource, name)
            case "POST" if not name:
                return self._put(target, request, is_new=True)
            case "PUT" if known:
                return self._put(target, request, is_new=False)
            case "PUT" if name:
                raise no_such_object(kind.resource, name)
        raise Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def _put(self, target: _Target, request: Request, *, is_new: bool) -> Answer:
        try:
            given = json.loads(request.body)
            kind, name = kind_of(given), given["metadata"]["name"]
        except (ValueError, KeyError, TypeError, UnknownKindError) as wrong:
            raise bad_request(f"the object provided is unrecognized: {wrong}") from wrong
        metadata = {key: value for key, value in given["metadata"].items() if key != "resourceVersion"}
        if target.namespace:
            metadata["namespace"] = target.namespace
        if kind != target.kind or (target.name and name != target.name):
            raise bad_request("the kind or the name of the object does not match the one of the URL")
        if is_new and self.state.get(kind, metadata.get("namespace", ""), name):
            raise conflict(kind.resource, name)
        self.state.apply(stored({**given, "metadata": metadata}, dt.datetime.now(dt.UTC)))
        return _json(self.state.get(kind, metadata.get("namespace", ""), name), 201 if is_new else 200)


def _selected_name(request: Request) -> str:
    for term in request.parameter("fieldSelector").split(","):
        key, _, value = term.partition("=")
        if key == "metadata.name":
            return value.removeprefix("=")
    return ""


def _json(value: object, status: int = 200) -> Answer:
    if value is None:
        raise no_such_path()
    return Answer(status, encode(value))
